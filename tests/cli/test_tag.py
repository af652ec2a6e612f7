"""`catalog tag`: words of one's own, apart from facts."""

import json
import lzma

import pytest


@pytest.fixture
def run(catalog, facts_url):
    """Return a function that runs a command and returns its JSON."""

    def answer(*words):
        ran = catalog(*words, "--json", "--db", facts_url)
        assert ran.code == 0, ran.out + ran.err
        return json.loads(ran.out)

    return answer


def test_written_listed_and_removed(run):
    """On a model, a checkpoint, and several; twice is once; the newest note counts."""
    run("tag", "pythia-70m", "mine", "mine", "a.b")
    run("tag", "pythia-70m@log2", "ends", "--note", "the ends")
    run("tag", "Pythia 70M@step143000", "ends", "--note", "the last")
    listed = [(row["target"], row["tags"], row["note"]) for row in run("tag")]
    assert listed == [
        ("pythia-70m", ["a.b", "mine"], None),
        ("pythia-70m@step1", ["ends"], "the ends"),
        ("pythia-70m@step143000", ["ends"], "the last"),
    ]
    assert run("tag", "pythia-70m@main") == run("tag")[2:]
    (left,) = run("tag", "pythia-70m", "--remove", "mine")
    assert left["tags"] == ["a.b"]
    run("tag", "pythia-70m", "--remove")
    run("tag", "pythia-70m@tag=ends", "--remove", "--note", "")
    assert run("tag") == []


def test_shown_and_chosen_by(run):
    """`show`, `ls` and `at` print and filter; a model's tag is that of all its checkpoints."""
    run("tag", "pythia-70m@step8", "odd", "--note", "jumps")
    run("tag", "gpt-neo-125m", "theirs")
    shown = run("show", "pythia-70m@step8")
    assert (shown["tags"], shown["own_note"]) == (["odd"], "jumps")
    assert run("show", "pythia-70m")["tags"] == []
    (row,) = run("ls", "--tag", "odd")
    assert (row["model"], row["tags"]) == ("pythia-70m", ["odd"])
    assert [row["revision"] for row in run("at", "--tag", "odd")] == ["step8"]
    assert [row["model"] for row in run("at", "--tag", "theirs")] == ["gpt-neo-125m"]
    assert [row["revision"] for row in run("at", "1B", "pythia-70m", "--tag", "odd")] == ["step8"]


def test_shown_in_words(catalog, facts_url):
    """Columns and lines are there where something is tagged, and only there."""
    assert "tags" not in catalog("ls", "--db", facts_url).out
    catalog("tag", "pythia-70m", "mine", "--note", "look here", "--db", facts_url)
    assert "own note       look here\n" in catalog("show", "pythia-70m", "--db", facts_url).out
    assert catalog("ls", "pythia-70m", "--db", facts_url).out.splitlines()[1].endswith("mine")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pythia-70m", "two words"], "not a tag: 'two words'"),
        (["pythia-70m", "a=b"], "not a tag"),
        (["pythia-70m", "x" * 61], "not a tag"),
        (["pythia-70m", "--note", "a\x1b[1m"], "not a note"),
        (["pythia-70m", "--note", "x" * 2001], "not a note"),
        (["pythia-70m", "never", "--remove"], "pythia-70m has no tag never"),
        (["--remove"], "on what?"),
        (["pythia-71m", "mine"], "unknown model 'pythia-71m'"),
        (["pythia-70m@tag=never", "mine"], "unknown tag 'never'"),
    ],
)
def test_asked_wrongly(catalog, facts_url, words, says):
    """One line, exit 2, and nothing is written."""
    ran = catalog("tag", *words, "--db", facts_url)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err
    assert json.loads(catalog("tag", "--json", "--db", facts_url).out) == []


def test_kept_apart_from_facts(catalog, facts_url, tmp_path):
    """They go with a copy of the catalog, and not with exported records."""
    catalog("tag", "pythia-70m", "private-word", "--db", facts_url)
    records = tmp_path / "records.xz"
    assert catalog("export", "records", "--as", "Lab", "-o", records, "--db", facts_url).code == 0
    assert b"private-word" not in lzma.decompress(records.read_bytes())
    assert "private-word" not in catalog("facts", "--db", facts_url).out
