"""`catalog ls` and `catalog facts`: models by name, size and fact."""

import csv
import io
import json

import pytest
from pyarrow import parquet


@pytest.fixture
def names(catalog, shipped_url):
    """Return a function that runs `catalog ls … -q` and returns names and what was said."""

    def run(*words):
        ran = catalog("ls", *words, "-q", "--db", shipped_url)
        assert ran.code == 0, ran.err
        return ran.out.split(), ran.err

    return run


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["--where", "layers=24", "--suite", "pythia", "--where", "lr<3e-4"],
            ["pythia-1.4b", "pythia-1.4b-deduped"],
        ),
        (["pythia", "--size", "12B"], ["pythia-12b", "pythia-12b-deduped"]),
        (
            ["pythia", "--size", "6.9B.."],
            ["pythia-6.9b", "pythia-6.9b-deduped", "pythia-12b", "pythia-12b-deduped"],
        ),
        (["--size", "..125M", "--where", "suite_kind=comparison"], ["opt-125m", "gpt-neo-125m"]),
        (
            ["gpt-neo", "--sort", "size", "--reverse"],
            ["gpt-neo-2.7B", "gpt-neo-1.3B", "gpt-neo-125m"],
        ),
        (
            ["pythia-1?b*", "--suite", "pythia"],
            ["pythia-12b", "pythia-12b-deduped"],
        ),
        (["--where", "seed=3", "--where", "size=14M"], ["pythia-14m-seed3"]),
        (["--where", "data_seed=2"], ["pythia-160m-data-seed2"]),
        (["pythia-70m", "opt-125m"], ["pythia-70m", "opt-125m"]),
        (["--where", "layers=999"], []),
    ],
)
def test_what_is_chosen(names, words, expected):
    """Of several conditions all are true; the order is the suites', or the one asked for."""
    assert names(*words)[0] == expected


def test_variant_seed_and_stage_are_facts(catalog, shipped_url, names):
    """Each has a source, and agrees with the data that is on record, whatever a name says."""
    ran = catalog(
        "facts", "variant", "dataset", "stage", "--sources", "--json", "--db", shipped_url
    )
    rows = json.loads(ran.out)
    assert len(rows) > 100
    for row in rows:
        known = row["variant"] is not None and row["dataset"] is not None
        assert not known or (row["variant"] == "deduped") == ("dedup" in row["dataset"])
        assert (row["variant"] is None) == (row["variant_source"] is None)
    assert len(names("--where", "variant=deduped", "--suite", "pythia")[0]) == 10
    assert len(names("--where", "variant=standard", "--suite", "polypythias")[0]) == 51
    assert len(names("--where", "stage=intervention")[0]) == 10


def test_another_name_is_said(names):
    """A pattern is held against former names too, and what is there for one says which."""
    chosen, said = names("*350m*", "--suite", "pythia-v0")
    assert chosen == ["pythia-410m-v0", "pythia-410m-deduped-v0"]
    assert "pythia-410m-v0 is listed for another of its names: pythia-350m\n" in said


def test_a_repository_is_no_other_name(names):
    """A pattern with an owner is held against what the table shows: nothing needs be said."""
    chosen, said = names("EleutherAI/*70m*", "--suite", "pythia")
    assert chosen == ["pythia-70m", "pythia-70m-deduped"]
    assert "listed for another" not in said


@pytest.mark.parametrize("where", ["variant='deduped'", 'variant="deduped"', "variant = 'De*'"])
def test_quotes_around_a_value(where, names):
    """They are SQL's, and no part of it; of a number too."""
    assert names("--where", where)[0] == names("--where", "variant=deduped")[0] != []
    assert names("--where", "layers='24'")[0] == names("--where", "layers=24")[0]


@pytest.mark.parametrize("joint", [" and ", " AND ", ",", " & ", " or "])
def test_several_conditions_in_one(joint, catalog, shipped_url):
    """Each is an option of its own; a text is not searched for the rest of them."""
    for first in ("layers=24", "variant=deduped"):
        ran = catalog("ls", "--where", f"{first}{joint}heads=16", "--db", shipped_url)
        assert ran.code == 2
        assert ran.err.endswith("says several things; write --where once for each\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["pythia-70m"],
            "pythia-70m is no fact: name one before it; write `catalog facts",
        ),
        (["layers", "hedas", "pythia-70m"], "unknown field 'hedas'; nearest: heads"),
        (["layers", "hedas"], "unknown field 'hedas'; nearest: heads"),
        (["layers", "pythia-70n"], "unknown model 'pythia-70n'; nearest: pythia-70m"),
    ],
)
def test_a_fact_or_a_model(words, said, catalog, shipped_url):
    """A word in the wrong place, or mistyped, is taken for what it is nearest to."""
    ran = catalog("facts", *words, "--db", shipped_url)
    assert ran.code == 2
    assert ran.err.startswith(f"catalog: {said}")


def test_a_word_that_no_model_has(names):
    """Which there are is said; not where several conditions leave nothing."""
    chosen, said = names("--where", "variant=dedup")
    assert chosen == []
    assert "no model has variant=dedup; variant may be " in said
    assert "deduped" in said
    chosen, said = names("--where", "variant=deduped", "--where", "layers=1")
    assert (chosen, said) == ([], "")


def test_sources_that_differ(names):
    """The preferred one counts, and where another decides otherwise that is said, also with -q."""
    chosen, said = names("--where", "batch_size_tokens<4M", "--suite", "pythia-v0")
    assert "pythia-1b-v0" in chosen
    assert said == (
        "sources differ on batch_size_tokens of pythia-1b-v0, pythia-1b-deduped-v0: the preferred "
        "one counts, see `catalog facts batch_size_tokens --sources`\n"
    )
    assert names("--where", "layers=24", "--suite", "opt")[1] == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--where", "lyers=24"], "unknown field 'lyers'; nearest: layers"),
        (["--sort", "lyers"], "unknown field 'lyers'; nearest: layers"),
        (["--reverse"], "give --sort FIELD too"),
        (["--size", "3B..1B"], "the first end is the larger"),
        (["--size", "big.."], "not a range of sizes: 'big..'"),
        (["--size", "100B..200B"], "no model here has a size in 100B..200B"),
        (["*nosuch*"], "no model's name matches '*nosuch*'"),
        (["pythia-71m"], "unknown model 'pythia-71m'"),
        (["--tag", "nosuch"], "unknown tag 'nosuch'; see `catalog tag`"),
    ],
)
def test_asked_wrongly(catalog, shipped_url, words, says):
    """One line, exit 2."""
    ran = catalog("ls", *words, "--db", shipped_url)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err


# Facts -----------------------------------------------------------------------------------------


def test_a_table_of_facts(catalog, shipped_url):
    """A row a model, a column a fact; what sources differ on is marked, in every format."""
    words = ["facts", "layers", "learning_rate", "pythia-70m", "pythia-1b", "--db", shipped_url]
    table = catalog(*words)
    assert table.out == (
        "model       layers  learning_rate\n"
        "pythia-70m       6  0.001\n"
        "pythia-1b       16  0.00025 !\n"
    )
    assert "! sources differ on 1 value: --sources says who\n" in table.err
    rows = list(csv.DictReader(io.StringIO(catalog(*words, "--csv").out)))
    assert [(r["model"], r["layers"], r["conflicts"]) for r in rows] == [
        ("pythia-70m", "6", ""),
        ("pythia-1b", "16", "learning_rate"),
    ]
    (row,) = json.loads(catalog("facts", "lr", "pythia-1b", "--sources", "--json", *words[-2:]).out)
    assert row["learning_rate"] == 0.00025
    assert "; not " in row["learning_rate_source"]


def test_facts_in_a_file(catalog, shipped_url, tmp_path):
    """A table is read by others as it was printed: numbers are numbers."""
    words = ["facts", "layers", "learning_rate", "pythia-70m", "pythia-1b", "--db", shipped_url]
    file = tmp_path / "facts.parquet"
    ran = catalog(*words, "-o", file)
    assert (ran.code, ran.out, f"wrote {file}: 2 rows" in ran.err) == (0, "", True)
    table = parquet.read_table(file)
    assert table.column("layers").to_pylist() == [6, 16]
    assert table.column("learning_rate").to_pylist() == [0.001, 0.00025]
    assert catalog(*words[:1], "-o", file, *words[-2:]).code == 2


def test_all_models_that_have_one(catalog, shipped_url):
    """Without a model, those of which nobody knows any of the facts are left out."""
    rows = json.loads(catalog("facts", "data_seed", "--json", "--db", shipped_url).out)
    assert [row["data_seed"] for row in rows] == [1, 2, 3]
    rows = json.loads(
        catalog("facts", "data_seed", "--suite", "gpt-neo", "--json", "--db", shipped_url).out
    )
    assert rows == []
    rows = json.loads(catalog("facts", "data_seed", "gpt-neo", "--json", "--db", shipped_url).out)
    assert [row["data_seed"] for row in rows] == [None] * 3


def test_which_facts_there_are(catalog, shipped_url):
    """Alone it lists them, with type, unit and how many models have each."""
    rows = {r["key"]: r for r in json.loads(catalog("facts", "--json", "--db", shipped_url).out)}
    assert rows["training_tokens"]["unit"] == "tokens"
    assert rows["seed"]["models"] > 50
    assert rows["suite"]["models"] is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["lyers"], "unknown field 'lyers'; nearest: layers"),
        (["pythia-70m"], "pythia-70m is no fact: name one before it"),
        (["layers", "lerning_rate", "pythia-70m"], "unknown field 'lerning_rate'"),
        (["layers", "lerning_rate", "heads", "pythia"], "unknown field 'lerning_rate'"),
        (["--sources"], "which facts?"),
    ],
)
def test_facts_asked_wrongly(catalog, shipped_url, words, says):
    """One line, exit 2."""
    ran = catalog("facts", *words, "--db", shipped_url)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err
