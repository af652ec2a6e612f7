"""`catalog show` and `catalog ls`: facts with sources, conflicts, checkpoints."""

import json

import pytest

COUNTS = {
    "70m": (70_426_624, 18_915_328),
    "160m": (162_322_944, 85_056_000),
    "410m": (405_334_016, 302_311_424),
    "1b": (1_011_781_632, 805_736_448),
    "1.4b": (1_414_647_808, 1_208_602_624),
    "2.8b": (2_775_208_960, 2_517_652_480),
    "6.9b": (6_857_302_016, 6_444_163_072),
    "12b": (11_846_072_320, 11_327_027_200),
}


@pytest.fixture
def show(catalog, shipped_url):
    """Return a function that runs `catalog show REF --json` and returns the object."""

    def run(ref):
        ran = catalog("show", ref, "--db", shipped_url, "--json")
        assert ran.code == 0, ran.err + ran.out
        return json.loads(ran.out)

    return run


def test_counts_of_every_size_and_form(show):
    """Counts are exact for v1 and v0, standard and deduped."""
    for size, counts in COUNTS.items():
        for form in ("", "-deduped", "-v0", "-deduped-v0"):
            shown = show(f"pythia-{size}{form}")
            assert (shown["params_total"], shown["params_non_embedding"]) == counts
    assert show("pythia-14m")["params_total"] == 14_067_712
    assert show("pythia-31m")["params_total"] == 30_494_720


def test_every_fact_has_a_source(show):
    """A fact names the document it comes from, and its kind decides precedence."""
    shown = show("pythia-2.8b")

    assert {fact["key"] for fact in shown["facts"]} >= {"layers", "model_dim", "heads"}
    assert all(fact["source"]["title"] and fact["source"]["kind"] for fact in shown["facts"])
    assert shown["values"]["layers"] == 32


def test_a_conflict_shows_both_values_and_both_sources(show, catalog, shipped_url):
    """Sources that differ about one run are shown, and the value in use comes first."""
    shown = show("pythia-1b")
    (decay,) = [c for c in shown["conflicts"] if c["key"] == "weight_decay"]

    assert [v["value"] for v in decay["values"]] == [0.1, 0.01]
    assert [v["used"] for v in decay["values"]] == [True, False]
    assert all(v["sources"] for v in decay["values"])
    assert shown["values"]["weight_decay"] == 0.1
    assert "conflicts" in catalog("show", "pythia-1b", "--db", shipped_url).out


def test_two_runs_are_no_conflict(show):
    """A v0 card and a v1 configuration speak of two runs."""
    assert show("pythia-160m-v0")["values"]["batch_size_tokens"] == 4_194_304
    assert show("pythia-160m")["values"]["batch_size_tokens"] == 2_097_152
    assert not [c for c in show("pythia-160m")["conflicts"] if c["key"] == "batch_size_tokens"]


def test_a_checkpoint_says_tokens_epoch_and_sequences(show):
    """The deduplicated Pile was seen one and a half times, the standard one not quite once."""
    deduped, standard = show("pythia-410m-deduped@main"), show("pythia-410m@step143000")

    assert deduped["tokens_seen"] == standard["tokens_seen"] == 299_892_736_000
    assert 1.4 < deduped["epoch"] < 1.5
    assert 0.99 < standard["epoch"] < 1
    assert standard["sequences"] == {"start": 0, "stop": 143_000 * 1024, "tokens_each": 2049}
    assert show("pythia-70m@step0")["sequences"]["stop"] == 0


def test_a_checkpoint_has_its_scores(show, catalog, shipped_url):
    """Scores carry task, value, shots and source; the words show them too."""
    scores = show("pythia-2.8b@step143000")["scores"]

    official = [
        s["value"]
        for s in scores
        if (s["task"], s["metric"], s["shots"], s["commit"]) == ("lambada_openai", "acc", 0, None)
    ]
    assert [round(value, 4) for value in official] == [0.6472]
    assert show("pythia-2.8b@step2000")["scores"] == []
    ran = catalog("show", "pythia-2.8b@step143000", "--db", shipped_url)
    assert "lambada_openai  acc" in ran.out


def test_sequences_follow_the_training_step(show):
    """Half as many updates of twice as many sequences: the same data."""
    assert show("pythia-1.4b-v0@step1000")["sequences"]["stop"] == 1_024_000
    assert show("pythia-1.4b-v0@step1000")["training_step"] == 500


@pytest.mark.parametrize(
    ("revision", "step"), [("143000", 143000), ("2.1B", 1000), ("main", 143000), ("step1", 1)]
)
def test_revisions_as_people_write_them(show, revision, step):
    """A bare number, tokens and main find the checkpoint."""
    assert show(f"pythia-70m@{revision}")["step"] == step


def test_names_with_their_periods(show):
    """A model lists what it has been called."""
    names = {(n["text"], n["valid_from"], n["valid_to"]) for n in show("pythia-1.4b-v0")["names"]}

    assert ("pythia-1.3b", None, "2023-01-20") in names
    assert ("pythia-1.4b", "2023-01-20", "2023-04-03") in names


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("pythia-70m@step77", "unknown revision of pythia-70m 'step77'; nearest: step64"),
        ("pythia-70m@nope", "unknown revision of pythia-70m 'nope'"),
        ("pythia-71m", "unknown model 'pythia-71m'; nearest: pythia-70m"),
        ("350m", "'350m' is ambiguous"),
        ("@step1", "not a checkpoint reference"),
    ],
)
def test_asked_wrongly(catalog, shipped_url, ref, message):
    """One line on stderr, exit 2."""
    ran = catalog("show", ref, "--db", shipped_url)

    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_ls_filters(catalog, shipped_url):
    """A suite and a size narrow the list; an unknown suite lists the known ones."""
    ran = catalog("ls", "--suite", "pythia-v0", "--size", "1.4b", "--json", "--db", shipped_url)
    assert [m["model"] for m in json.loads(ran.out)] == [
        "pythia-1.4b-v0",
        "pythia-1.4b-deduped-v0",
    ]
    ran = catalog("ls", "--suite", "pythia-v9", "--db", shipped_url)
    assert ran.code == 2
    assert "pythia-v0" in ran.err
