"""What loaders take from files: one rule, whoever asks."""

import json

import pytest

from catalog.core import loaders, weightsets
from catalog.verbs import populate, target

SINGLE, BIN = "model.safetensors", "pytorch_model.bin"
INDEX = "model.safetensors.index.json"
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def folder_of(folder, *names):
    """Return a folder with files of these names; an index names both shards."""
    weight_map = {"a": SHARDS[0], "b": SHARDS[1]}
    for name in names:
        text = json.dumps({"weight_map": weight_map}) if name == INDEX else "{}"
        (folder / name).write_text(text)
    return folder


def test_shards_without_their_index_do_not_hide_the_bin(tmp_path):
    """The weights transformers 5 loads are the .bin: it is complete, and nothing is downloaded."""
    assert populate.is_complete(
        target.on_disk(str(folder_of(tmp_path, "config.json", *SHARDS, BIN)))
    )


@pytest.mark.parametrize(
    ("names", "complete"),
    [
        ((SINGLE,), True),
        ((INDEX, *SHARDS), True),
        ((INDEX, SHARDS[0]), False),
        (SHARDS, False),
        ((SHARDS[0], INDEX, BIN), False),
        ((), False),
    ],
)
def test_what_would_be_loaded_must_be_whole(tmp_path, names, complete):
    """What another loader would take counts for nothing."""
    assert (
        populate.is_complete(target.on_disk(str(folder_of(tmp_path, "config.json", *names))))
        is complete
    )


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ((*SHARDS, BIN), BIN),
        ((SINGLE, INDEX, *SHARDS), SINGLE),
        ((INDEX, *SHARDS, BIN), INDEX),
        (SHARDS, INDEX),
        (("model-fp16.bin",), "model-fp16.bin"),
        (("model-fp16.bin", "sub/model-fp16.bin"), None),
        ((), None),
    ],
)
def test_what_is_loaded(names, name):
    """What the profile of transformers 5 says; where it takes none, the only set there is."""
    index = json.dumps({"weight_map": {"a": SHARDS[0], "b": SHARDS[1]}}).encode()
    sets = weightsets.weight_sets(list(names), lambda _: index)
    weights = loaders.loaded(sets)
    assert (None if weights is None else weights.name) == name
