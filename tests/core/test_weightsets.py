"""Which files form weight sets, by names alone: shards in any spelling, sets beside one another."""

import pytest

from catalog.core import filenames
from catalog.core.weightsets import RAW, find_sets, is_index, is_weights

INDEX = "model.safetensors.index.json"


def sets_of(*paths, index=None, assume=False):
    """Return the sets among names; an index that is there says what it is given."""
    return find_sets(list(paths), lambda _: index, assume=assume)


def shard(number, count, form="model-{:05d}-of-{:05d}.safetensors"):
    """Return a shard's name."""
    return form.format(number, count)


@pytest.mark.parametrize(
    "form",
    [
        "model-{:05d}-of-{:05d}.safetensors",
        "model_{:05d}-of-{:05d}.safetensors",
        "model-{:05d}_of_{:05d}.safetensors",
        "model-{:05d}-of-{:06d}.safetensors",
        "model.{}-of-{}.safetensors",
    ],
)
@pytest.mark.parametrize("numbers", [(1, 2, 3), (0, 1, 2)])
def test_shards_in_any_spelling(form, numbers):
    """They are one set under the name of their index; one that is missing is named."""
    names = [shard(number, 3, form) for number in numbers]
    (whole,) = sets_of(*names, assume=True)
    assert (whole.name, whole.files, whole.complete) == (INDEX, tuple(names), True)
    (half,) = sets_of(*names[:-1], assume=True)
    assert not half.complete
    assert f"shard {numbers[-1]} of 3" in half.problems[0]


def test_a_count_that_nobody_counts_to():
    """A name that promises a million shards costs nothing."""
    (made,) = sets_of(shard(1, 999_999, "model-{:d}-of-{:d}.safetensors"), assume=True)
    assert "shard 2 of 999999" in made.problems[0]
    assert sets_of("model-1-of-99999999999999999999.safetensors") != ()


@pytest.mark.parametrize("assume", [True, False])
def test_two_splits_beside_one_another(assume):
    """Three shards that come from two splits are no whole set, whatever their numbers."""
    mixed = [shard(1, 2), shard(2, 2), shard(3, 3)]
    sets = sets_of(*mixed, assume=assume)
    assert [each.files for each in sets] == [tuple(mixed[:2]), tuple(mixed[2:])]
    assert not any(each.complete for each in sets)


def test_the_index_says_which_split_is_loaded():
    """What is left of another split is a set of its own, and the index's is whole."""
    names = [INDEX, shard(1, 2), shard(2, 2), shard(1, 3)]
    sets = sets_of(*names, index={"a": shard(1, 2), "b": shard(2, 2)})
    assert [(each.name, each.complete) for each in sets] == [(shard(1, 3), False), (INDEX, True)]
    assert not sets[1].problems


def test_a_shard_too_many():
    """A shard of the same split that the index forgets is its problem."""
    names = [INDEX, shard(1, 2), shard(2, 2)]
    (made,) = sets_of(*names, index={"a": shard(1, 2)})
    assert made.problems == (f"{shard(2, 2)} is not in {INDEX}",)


@pytest.mark.parametrize(
    "name",
    [
        "._model.safetensors",
        "._model-00001-of-00002.safetensors",
        "._model.safetensors.index.json",
        "adapter_model.safetensors",
        "adapter_model.bin",
        "adapter_model-00001-of-00002.safetensors",
        "adapter_model.safetensors.index.json",
        "adapters.safetensors",
        "0000100_adapters.safetensors",
        "pytorch_lora_weights.safetensors",
        "optimizer.safetensors",
        "optimizer.bin",
    ],
)
@pytest.mark.parametrize("folder", ["", "sub/"])
def test_what_ends_as_weights_do(name, folder):
    """It is neither weights nor an index, in no set and in no other format."""
    path = folder + name
    assert sets_of(path, index="is broken") == ()
    assert not is_weights(path)
    assert not is_index(path)
    assert filenames.format_of(path) is None


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "model.fp16.bin"])
def test_weights_are_in_no_other_format(name):
    """What is looked into is not told as something else."""
    assert is_weights(name)
    assert filenames.format_of(name) is None
    assert filenames.notes([name, "config.json", "tokenizer.model", "README.md"], []) == ()


def test_layer_files_are_the_weights_of_a_trainer():
    """Beside files of layers an optimizer's states count for nothing; alone they may be weights."""
    layers = [f"layer_{number:02d}-model_00-model_states.pt" for number in range(3)]
    beside = ["mp_rank_00_model_states.pt", "zero_pp_rank_0_mp_rank_00_optim_states.pt"]
    (made,) = sets_of(*layers, *beside)
    assert (made.layout, made.files) == (RAW, tuple(layers))
    (alone,) = sets_of(*beside)
    assert alone.files == (beside[0],)
    assert filenames.others([*layers, *beside]) == []
