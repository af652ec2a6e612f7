"""`catalog at`: checkpoints by tokens seen."""

import csv
import io
import json

import pytest
from suns import SUITE


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


# Several amounts, ranges, spacings -------------------------------------------------------------


def meant(rows):
    """Return which checkpoint each row is, and what it answers."""
    return [(row["model"], row["revision"], row["asked"]) for row in rows]


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (["1B", "pythia-70m", "--exact"], "leave out --exact"),
        (["step5..step7", "pythia-70m"], "`catalog at step5` finds the nearest"),
        (["--between", "step5", "step7", "pythia-70m"], "`catalog at step5` finds the nearest"),
        (["step5..step7", "pythia-70m", "--scored"], "leave out --scored"),
        (["--common", "pythia-70m", "opt-1.3b"], "leave out --common"),
    ],
)
def test_where_nothing_is(catalog, shipped_url, words, instead):
    """What to leave out is what was given, and of a range where to look; exit 1."""
    ran = catalog("at", *words, "--db", shipped_url)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"catalog: no checkpoint there; {instead}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pythia-70m@log"], "not a selection of checkpoints: 'pythia-70m@log'; write MODEL@all"),
        (["1B,2B", "pythia-70m"], "not an amount of training: '1B,2B'; write `catalog at 1B 2B`"),
        (["1B-2B", "pythia-70m"], "not an amount of training: '1B-2B'; write `catalog at 1B..2B`"),
        (["1B", "pythia-*"], "unknown model 'pythia-*'; "),
        (
            ["pythia-70m@every10B:log3"],
            "'pythia-70m@every10B:log3': every10B is a spacing; write it last",
        ),
    ],
)
def test_near_misses_of_selections(catalog, shipped_url, words, said):
    """The next thing to type is the one that was meant."""
    ran = catalog("at", *words, "--db", shipped_url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"catalog: {said}")


def test_a_word_that_begins_a_selection(catalog, shipped_url):
    """It is no branch: how it goes on is said, not which branches have other names."""
    ran = catalog("verify", "pythia-70m@log", "--db", shipped_url)
    assert ran.code == 2
    assert ran.err == (
        "catalog: unknown revision of pythia-70m 'log'; for several write pythia-70m@log14\n"
    )


def test_a_task_is_no_model(catalog, shipped_url):
    """What follows it is not written behind it with an `@`."""
    ran = catalog("at", "--scored", "--task", "nosuch", "1B", "pythia-70m", "--db", shipped_url)
    assert ran.code == 2
    assert "nosuch@" not in ran.err
    assert "evals tasks" in ran.err


def test_several_amounts(at, catalog, shipped_url):
    """A row for each amount and model, model by model; the table says which is which."""
    assert meant(at("1B", "2B", "pythia-70m", "pythia-1b")[1]) == [
        ("pythia-70m", "step512", "1B"),
        ("pythia-70m", "step1000", "2B"),
        ("pythia-1b", "step512", "1B"),
        ("pythia-1b", "step1000", "2B"),
    ]
    assert "asked" in catalog("at", "1B", "2B", "pythia-70m", "--db", shipped_url).out
    assert "asked" not in catalog("at", "1B", "pythia-70m", "--db", shipped_url).out


def test_ranges(at):
    """By steps and by tokens, open ones too, beside single amounts; exit 1 where there is none."""
    assert [r["revision"] for r in at("step1..step4", "pythia-70m")[1]] == [
        "step1",
        "step2",
        "step4",
    ]
    assert [r["revision"] for r in at("..4M", "100%..", "pythia-70m")[1]] == [
        *("step0", "step1", "step143000"),
    ]
    assert [r["asked"] for r in at("1M..3M", "1B", "pythia-70m")[1]] == ["1M..3M", "1B"]
    assert at("1M..2M", "pythia-70m") == (1, [])
    assert at("1M..3M", "pythia-70m", "pythia-70m-v0")[0] == 0


@pytest.mark.parametrize(
    ("words", "which"),
    [
        (["--log", "5"], "log5"),
        (["--linear", "5"], "linear5"),
        (["--every", "50B"], "every50B"),
        (["--every", "step20000"], "everystep20000"),
        (["--scored", "--log", "4"], "scored:log4"),
        (["step8..step512"], "step8..step512"),
        (["step8..step512", "--log", "3"], "step8..step512:log3"),
    ],
)
def test_options_are_what_the_text_says(at, catalog, shipped_url, words, which):
    """At `at` and in a list of REFs the same words mean the same checkpoints."""
    expected = [row["revision"] for row in at(*words, "pythia-1.4b")[1]]
    assert [row["revision"] for row in at(f"pythia-1.4b@{which}")[1]] == expected
    ran = catalog("populate", "--dry-run", f"pythia-1.4b@{which}", "-q", "--db", shipped_url)
    assert [text.partition("@")[2] for text in ran.out.split()] == expected
    if words[0].startswith("--"):
        plan = catalog("verify", "--dry-run", "pythia-1.4b", *words, "-q", "--db", shipped_url)
        assert plan.out == ran.out


def test_only_scored_ones(at):
    """The nearest that has a score on the task; step4000 and step57000 have none."""
    asked = ["8.4B", "119B", "pythia-1.4b"]
    assert [row["revision"] for row in at(*asked)[1]] == ["step4000", "step57000"]
    scored = at(*asked, "--scored", "--task", "lambada_openai")[1]
    assert [row["revision"] for row in scored] == ["step3000", "step53000"]
    assert [
        row["revision"] for row in at("step4000", "pythia-1.4b", "--scored", "--exact")[1]
    ] == []


def test_the_same_tokens_in_every_size(at):
    """Only amounts at which each of the models has a checkpoint."""
    code, rows = at("--common", "pythia-70m", "pythia-1.4b-v0", "pythia-12b")
    seen = {
        model: [row["tokens_seen"] for row in rows if row["model"] == model]
        for model in ("pythia-70m", "pythia-1.4b-v0", "pythia-12b")
    }
    assert code == 0
    assert seen["pythia-70m"] == seen["pythia-1.4b-v0"] == seen["pythia-12b"]
    assert len(seen["pythia-70m"]) == 143
    rows = at("1B", "--common", "pythia-70m", "pythia-1.4b-v0")[1]
    assert {row["revision"] for row in rows} == {"step1000"}
    assert at("--common", "pythia-70m", "gpt-neo-125m") == (1, [])


def test_fewer_than_asked_for(catalog, shipped_url):
    """All there are, and a line that says so; a model without tokens is named as ever."""
    ran = catalog("at", "--log", "200", "pythia-70m", "-q", "--db", shipped_url)
    assert (ran.code, len(ran.out.split())) == (0, 154)
    assert "note: pythia-70m has 154 such checkpoints, not 200\n" in ran.err
    ran = catalog("at", "--log", "3", "opt-125m", "--db", shipped_url)
    assert ran.code == 3
    assert "tokens not known for 1 model" in ran.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pythia-70m"], "not an amount of training: 'pythia-70m'"),
        (["pythia-70m@log3", "pythia-1b"], "not an amount of training: 'pythia-1b'"),
        (["pythia-70m", "1B", "2B"], "write `catalog at 1B 2B pythia-70m`"),
        (["1B", "--log", "3", "pythia-70m"], "say already where; leave out 1B"),
        (["--log", "3", "--linear", "3"], "exclude one another"),
        (["--floor", "1B..2B"], "--floor is about an amount"),
        (["--floor", "--log", "3"], "--floor is about an amount"),
        (["--task", "piqa", "1B"], "give --scored too"),
        (
            ["--scored", "--task", "piqua", "1B", "pythia-70m"],
            "unknown task 'piqua'; nearest: piqa",
        ),
        (["--every", "often", "pythia-70m"], "not an amount of training: 'often'"),
        (["--every", "1000", "pythia-70m"], "may be a step or a number of tokens"),
        (["--log", "0", "pythia-70m"], "--log"),
    ],
)
def test_what_does_not_go_together(catalog, shipped_url, words, says):
    """One line, exit 2."""
    ran = catalog("at", *words, "--db", shipped_url)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err


def test_an_amount_that_is_a_name(catalog, db_url, tmp_path):
    """The first word is the amount; a further one that a model is called by is refused."""
    suite = SUITE.replace("sun-1m-seed2", "2B")
    (tmp_path / "suite.toml").write_text(suite)
    assert catalog("suites", "add", tmp_path / "suite.toml", "--db", db_url).code == 0
    ran = catalog("at", "1M", "2B", "--db", db_url)
    assert (ran.code, ran.err) == (
        2,
        (
            "catalog: '2B' is an amount of training and a name here; "
            "put it first, or write '2B tokens' for the amount\n"
        ),
    )
    assert catalog("at", "2B", "lab/2B", "--db", db_url).code == 0
    assert catalog("at", "1M", "2B tokens", "sun-1m", "--db", db_url).code == 0
