"""Facts: who is believed, and where sources about one run contradict each other."""

from datetime import date

import pytest

from catalog.core import suites
from catalog.core.facts import (
    KEYS,
    NOT_FROM_CONFIGS,
    PRECEDENCE,
    Fact,
    Source,
    conflicts,
    decide,
    fits,
    number,
)

CARD = Source("card", "model-card", "A card")
CONFIG = Source("config", "training-config", "A configuration")
NEWER = Source("newer", "model-card", "A later card", dated=date(2024, 1, 1))
OLDER = Source("older", "model-card", "An earlier card", dated=date(2023, 1, 1))
SOURCES = {source.key: source for source in (CARD, CONFIG, NEWER, OLDER)}


@pytest.fixture(scope="module")
def runs() -> dict[str, tuple[suites.Model, dict[str, Source]]]:
    """Return every shipped model with the sources of its suite."""
    return {
        model.name: (model, {source.key: source for source in suite.sources})
        for suite in suites.shipped()
        for model in suite.models
    }


def used(runs, model: str) -> dict[str, object]:
    """Return the values that the catalog works with."""
    return {key: fact.value for key, fact in decide(runs[model][0].facts, runs[model][1]).items()}


def differing(runs, model: str) -> dict[str, list[object]]:
    """Return the keys that sources differ on, with their values, the one in use first."""
    found = conflicts(runs[model][0].facts, runs[model][1])
    return {each.key: [statement.value for statement in each.values] for each in found}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2M", 2_097_152),
        ("4M", 4_194_304),
        ("2m", 2_097_152),
        ("1k", 1024),
        ("1e-3", 0.001),
        ("2,097,152", 2_097_152),
        (" 7 ", 7),
        ("about 2M", None),
        ("nan", None),
        ("M", None),
        (True, None),
        (float("inf"), None),
    ],
)
def test_numbers_are_read_as_people_write_them(text, value):
    """Batch sizes are in binary multiples; what is no number is no number."""
    assert number(text) == value


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (6, "integer", True),
        (6.5, "integer", False),
        (True, "integer", False),
        ("2M", "integer", True),
        (0.1, "number", True),
        ("high", "number", False),
        (True, "switch", True),
        (1, "switch", False),
        ("fp16", "text", True),
        (16, "text", False),
        ([1, 2], "list", True),
        ([[1]], "list", False),
    ],
)
def test_values_must_be_of_their_keys_kind(value, kind, expected):
    """A key says what its values look like."""
    assert fits(value, kind) is expected


def test_equal_numbers_in_other_spellings_are_no_conflict():
    """2M is 2,097,152 tokens, and 1e-3 is 0.001."""
    facts = [
        Fact("batch_size_tokens", "2M", "card"),
        Fact("batch_size_tokens", 2_097_152, "config"),
        Fact("learning_rate", "1e-3", "card"),
        Fact("learning_rate", 0.001, "config"),
    ]
    assert conflicts(facts, SOURCES) == ()


def test_a_conflict_holds_each_value_with_its_sources():
    """Both values and all their sources are kept, and the used value comes first."""
    facts = [
        Fact("weight_decay", 0.01, "card"),
        Fact("weight_decay", 0.1, "config"),
        Fact("weight_decay", 0.01, "older"),
    ]
    (conflict,) = conflicts(facts, SOURCES)
    assert conflict.key == "weight_decay"
    assert [(each.value, each.sources) for each in conflict.values] == [
        (0.1, (CONFIG,)),
        (0.01, (OLDER, CARD)),
    ]
    assert decide(facts, SOURCES)["weight_decay"].source == "config"


def test_of_equal_ranks_the_later_document_is_used():
    """A card of 2024 is believed before a card of 2023, whatever the order of the facts."""
    facts = [Fact("layers", 5, "older"), Fact("layers", 6, "newer")]
    assert decide(facts, SOURCES)["layers"].value == 6
    assert decide(facts[::-1], SOURCES)["layers"].value == 6


def test_configurations_do_not_overrule_the_published_shape():
    """For the shape and the data, a training configuration ranks behind a card."""
    for key in NOT_FROM_CONFIGS:
        facts = [Fact(key, 1, "config"), Fact(key, 2, "card")]
        assert decide(facts, SOURCES)[key].value == 2


def test_the_registries_are_consistent():
    """Ranks are distinct, kinds are known, and the excepted keys exist."""
    assert sorted(PRECEDENCE.values()) == list(range(len(PRECEDENCE)))
    assert {key.kind for key in KEYS.values()} <= {"integer", "number", "text", "switch", "list"}
    assert all(key.meaning for key in KEYS.values())
    assert set(NOT_FROM_CONFIGS) <= set(KEYS)


# What ships --------------------------------------------------------------------------------------

V1 = {
    # size: total, non-embedding, layers, model dimension, heads, learning rate in use
    "14m": (14_067_712, 1_189_888, 6, 128, 4, 1.0e-3),
    "31m": (30_494_720, 4_739_072, 6, 256, 8, 1.0e-3),
    "70m": (70_426_624, 18_915_328, 6, 512, 8, 1.0e-3),
    "160m": (162_322_944, 85_056_000, 12, 768, 12, 6.0e-4),
    "410m": (405_334_016, 302_311_424, 24, 1024, 16, 3.0e-4),
    "1b": (1_011_781_632, 805_736_448, 16, 2048, 8, 2.5e-4),
    "1.4b": (1_414_647_808, 1_208_602_624, 24, 2048, 16, 2.0e-4),
    "2.8b": (2_775_208_960, 2_517_652_480, 32, 2560, 32, 1.6e-4),
    "6.9b": (6_857_302_016, 6_444_163_072, 32, 4096, 32, 1.2e-4),
    "12b": (11_846_072_320, 11_327_027_200, 36, 5120, 40, 1.2e-4),
}
ROW = ("params_total", "params_non_embedding", "layers", "model_dim", "heads", "learning_rate")


@pytest.mark.parametrize("size", V1)
@pytest.mark.parametrize("data", ["", "-deduped"])
def test_v1_facts_in_use(runs, size, data):
    """Counts, shape, learning rate and batch of every v1 model, after precedence."""
    values = used(runs, f"pythia-{size}{data}")
    assert tuple(values[key] for key in ROW) == V1[size]
    assert values["batch_size_tokens"] == 2_097_152
    assert values["precision"] == ("bf16" if (size, data) == ("1b", "") else "fp16")
    assert values["weight_decay"] == 0.1
    assert values["dataset"] == ("the Pile, deduplicated" if data else "the Pile")


@pytest.mark.parametrize("size", list(V1)[2:])
@pytest.mark.parametrize("data", ["", "-deduped"])
def test_v0_facts_in_use(runs, size, data):
    """The v0 card's batch sizes and learning rates, with the same counts and shape as v1."""
    values = used(runs, f"pythia-{size}{data}-v0")
    rate = 3.0e-4 if size == "1b" else V1[size][-1]
    assert tuple(values[key] for key in ROW) == (*V1[size][:-1], rate)
    four = size in {"160m", "410m", "1.4b"}
    assert values["batch_size_tokens"] == (4_194_304 if four else 2_097_152)
    assert values["training_steps"] == (71_500 if four else 143_000)
    assert values["min_learning_rate"] == pytest.approx(
        0.0 if size in {"6.9b", "12b"} else (2.5e-5 if size == "1b" else rate / 10)
    )


@pytest.mark.parametrize(
    ("model", "key", "values"),
    [
        ("pythia-1b", "precision", ["bf16", "fp16"]),
        ("pythia-1b", "learning_rate", [2.5e-4, 3.0e-4]),
        ("pythia-1b-deduped", "learning_rate", [2.5e-4, 3.0e-4]),
        ("pythia-70m", "weight_decay", [0.1, 0.01]),
        ("pythia-6.9b", "init_method", ["normal", "small_init"]),
        ("pythia-12b-deduped", "layers", [36, 40]),
        ("pythia-12b-deduped", "heads", [40, 36]),
        ("pythia-14m", "dataset", ["the Pile", "the Pile, deduplicated"]),
        ("pythia-1b-v0", "batch_size_tokens", [2_097_152, 4_194_304]),
        ("pythia-1b-v0", "learning_rate", [3.0e-4, 2.5e-4]),
        ("pythia-410m-v0", "save_interval", [500, 250]),
    ],
)
def test_known_conflicts_are_found(runs, model, key, values):
    """Contradictions between published documents about one run are shown, used value first."""
    assert differing(runs, model)[key] == values


@pytest.mark.parametrize("size", ["160m", "410m", "1.4b"])
def test_two_generations_are_two_runs(runs, size):
    """4M tokens on the v0 card and 2M in the v1 configuration are no conflict."""
    assert "batch_size_tokens" not in differing(runs, f"pythia-{size}")
    assert "batch_size_tokens" not in differing(runs, f"pythia-{size}-v0")


@pytest.mark.parametrize(
    ("model", "equivalents"),
    [
        ("pythia-160m", ("GPT-Neo 125M", "OPT-125M")),
        ("pythia-410m", ("OPT-350M",)),
        ("pythia-1.4b-v0", ("GPT-Neo 1.3B", "OPT-1.3B")),
        ("pythia-2.8b-deduped", ("GPT-Neo 2.7B", "OPT-2.7B")),
        ("pythia-6.9b", ("OPT-6.7B",)),
        ("opt-350m", ("Pythia 410M",)),
        ("gpt-neo-2.7B", ("Pythia 2.8B",)),
    ],
)
def test_equivalents_are_those_of_the_card(runs, model, equivalents):
    """The card's table of equivalents holds in both directions; 70M, 1B and 12B have none."""
    assert used(runs, model)["equivalent"] == equivalents
    assert "equivalent" not in used(runs, "pythia-12b")
