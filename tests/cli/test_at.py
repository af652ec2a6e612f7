"""`catalog at`: checkpoints by tokens seen."""

import csv
import io
import json

import pytest


@pytest.fixture
def at(catalog, shipped_url):
    """Return a function that runs `catalog at … --json` and returns exit code and rows."""

    def run(*words):
        ran = catalog("at", *words, "--db", shipped_url, "--json")
        return ran.code, json.loads(ran.out)

    return run


def test_nearest_for_one_model(at):
    """One model gives one row with the documented keys."""
    code, rows = at("300B", "pythia-410m-deduped")

    assert code == 0
    assert rows == [
        {
            "model": "pythia-410m-deduped",
            "repo_id": "EleutherAI/pythia-410m-deduped",
            "revision": "step143000",
            "step": 143000,
            "training_step": 143000,
            "tokens_seen": 299_892_736_000,
            "distance": -107_264_000,
            "note": None,
            "asked": "300B",
        }
    ]


@pytest.mark.parametrize(
    ("asked", "revision"),
    [
        ("2.1e9", "step1000"),
        ("2,097,152,000", "step1000"),
        ("1.5T", "step143000"),
        ("50%", "step71000"),  # 71,500 lies in the middle: a tie goes to the earlier step
        ("step3000", "step3000"),
        ("step3001", "step3000"),
        ("0", "step0"),
        ("1/143 of training", "step1000"),
    ],
)
def test_every_spelling(at, asked, revision):
    """Counts, shares and steps find the same grid."""
    code, rows = at(asked, "pythia-70m")

    assert (code, rows[0]["revision"]) == (0, revision)


def test_published_and_training_steps_are_kept_apart(at):
    """First-generation models of 4M tokens a batch have two step numbers, one token count."""
    _, rows = at("2,097,152,000", "pythia-1.4b-v0", "pythia-70m-v0")

    assert [(r["step"], r["training_step"], r["distance"]) for r in rows] == [
        (1000, 500, 0),
        (1000, 1000, 0),
    ]


def test_floor_ceil_and_exact(at):
    """They bound the answer, and find nothing with exit 1."""
    assert at("1B", "pythia-70m", "--floor")[1][0]["revision"] == "step256"
    assert at("1B", "pythia-70m", "--ceil")[1][0]["revision"] == "step512"
    assert at("step512", "pythia-70m", "--exact")[0] == 0
    assert at("1B", "pythia-70m", "--exact") == (1, [])
    assert at("1B", "pythia-70m-v0", "--floor") == (1, [])
    assert at("400B", "pythia-70m", "--ceil") == (1, [])


def test_between_includes_both_ends(at):
    """A range lists every checkpoint in it."""
    code, rows = at("--between", "step1000", "6,291,456,000", "pythia-70m")

    assert code == 0
    assert [r["revision"] for r in rows] == ["step1000", "step2000", "step3000"]


def test_one_row_a_model_for_several_a_suite_and_all(at, catalog, shipped_url):
    """Models and suites mix; without any, every model answers."""
    assert len(at("1B", "pythia-v0")[1]) == 16
    assert len(at("1B", "pythia-v0", "pythia-70m-v0", "pythia-70m")[1]) == 17
    listed = json.loads(catalog("ls", "--db", shipped_url, "--json").out)
    everything = [row["model"] for row in at("1B")[1]]
    assert len(everything) == len(set(everything))
    assert set(everything) <= {row["model"] for row in listed}
    assert {"pythia-12b", "pythia-12b-v0"} <= set(everything)


def test_csv(catalog, shipped_url):
    """CSV has the columns of JSON."""
    ran = catalog("at", "1B", "pythia-70m", "--csv", "--db", shipped_url)

    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert row["revision"] == "step512"
    assert row["tokens_seen"] == "1073741824"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "how many tokens?"),
        (["3xx"], "not an amount of training: '3xx'"),
        (["1B", "pythia-71m"], "unknown model 'pythia-71m'; nearest: pythia-70m"),
        (["1B", "--floor", "--ceil"], "exclude one another"),
        (["1B", "pythia-70m", "--between", "1B"], "requires 2 arguments"),
        (["--between", "2B", "1B", "pythia-70m"], "the first end is the larger"),
        (["1B", "--nearest"], "No such option: --nearest"),
    ],
)
def test_asked_wrongly(catalog, shipped_url, words, message):
    """Each wrong question gets one line on stderr and exit 2."""
    ran = catalog("at", "--db", shipped_url, *words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("catalog: ")
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_errors_are_json_too(catalog, shipped_url):
    """Under --json an error is an object on stdout, for usage errors as well."""
    for words in (["at", "3xx", "--db", shipped_url], ["at", "--what"]):
        ran = catalog(*words, "--json")

        error = json.loads(ran.out)["error"]
        assert (ran.code, error["kind"], ran.err) == (2, "bad-input", "")
        assert error["message"]
        assert error["hint"]
