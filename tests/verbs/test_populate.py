"""Which files of a branch are downloaded before they are populated."""

import pytest

from catalog.verbs import populate

BOTH = ["README.md", "config.json", "model.safetensors", "pytorch_model.bin", "tokenizer.json"]
SHARDS = [f"pytorch_model-0000{number}-of-00002.bin" for number in (1, 2)]
SHARDED = [
    "config.json",
    "pytorch_model.bin.index.json",
    *SHARDS,
    "model-00001-of-00001.safetensors",
]


@pytest.mark.parametrize(
    ("paths", "weight_set", "files"),
    [
        (BOTH, None, ["config.json", "model.safetensors"]),
        (BOTH, "pytorch_model.bin", ["config.json", "pytorch_model.bin"]),
        (BOTH[:1] + BOTH[3:], None, ["pytorch_model.bin"]),
        (SHARDED, None, ["config.json", "pytorch_model.bin.index.json", *SHARDS]),
        (["config.json", "README.md"], None, []),
        (BOTH, "model.gguf", []),
        ([], None, []),
    ],
    ids=["the default", "asked for", "no config", "shards", "no weights", "absent", "empty"],
)
def test_config_and_one_weight_set_are_needed(paths, weight_set, files):
    """The set that was asked for, else the one that loads; nothing where there is none."""
    assert populate.needed(paths, weight_set) == files
