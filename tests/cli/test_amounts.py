"""Amounts: after `@` the checkpoint near them, or a refusal; at `catalog at` with a distance."""

import json

import pytest

STEPS = "nearest: step143000, step142000, step141000"


@pytest.mark.parametrize(
    ("amount", "step"),
    [
        ("0", 0),
        ("2M", 1),
        ("2.1B", 1000),
        ("50%", 71000),
        ("300B", 143000),
        ("301B", 143000),
        ("step143000", 143000),
        ("143000", 143000),
        ("143k steps", 143000),
        ("3,000 steps", 3000),
    ],
)
def test_what_is_near_is_meant(catalog, facts_url, amount, step):
    """Tokens and shares mean the nearest checkpoint, also up to a step past the last."""
    ran = catalog("show", f"pythia-70m@{amount}", "--db", facts_url)
    assert ran.code == 0
    assert ran.out.startswith(f"pythia-70m@step{step}\n")


@pytest.mark.parametrize(
    ("amount", "line"),
    [
        # People write 143k for step143000; as tokens it would be step0.
        ("143k", f"no checkpoint of pythia-70m has seen about 143,000 tokens; {STEPS}"),
        ("143K tokens", f"no checkpoint of pythia-70m has seen about 143,000 tokens; {STEPS}"),
        ("143,001", f"no checkpoint of pythia-70m has seen about 143,001 tokens; {STEPS}"),
        ("step143k", f"unknown revision of pythia-70m 'step143k'; {STEPS}"),
        ("step1.5k", "unknown revision of pythia-70m 'step1.5k'; nearest: step1000, step2000,"),
        ("2k", "no checkpoint of pythia-70m has seen about 2,000 tokens; nearest: step2000,"),
        ("2000k", "'2000k' may be a step or a number of tokens; nearest: step1"),
        ("1e3", "no checkpoint of pythia-70m has seen about 1,000 tokens; nearest: step1000,"),
        ("2097152000", "unknown revision of pythia-70m '2097152000'; nearest: step1000,"),
        ("101%", f"unknown revision of pythia-70m '101%'; {STEPS}"),
        ("12" * 12, f"unknown revision of pythia-70m '{'12' * 12}'; {STEPS}"),
        (f"step{'9' * 30}", f"unknown revision of pythia-70m 'step{'9' * 30}'; {STEPS}"),
        ("400B", "'400B' is past the end of pythia-70m, at 299,892,736,000 tokens; nearest: step"),
        ("3000T", "'3000T' is past the end of pythia-70m, at 299,892,736,000 tokens; nearest: s"),
    ],
)
@pytest.mark.parametrize("command", ["show", "evals show", "advisories", "verify"])
def test_what_is_far_is_refused(catalog, facts_url, command, amount, line):
    """Never the nearest of them without a word, whoever is asked."""
    ran = catalog(*command.split(), f"pythia-70m@{amount}", "--db", facts_url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"catalog: {line}")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("amount", "step", "tokens"),
    [
        ("143k", 143000, "143,000"),
        ("2k", 2000, "2,000"),
        ("0.5K", 500, "500"),
        ("2000k", 2000000, "2,000,000"),
        ("143000", 143000, "143,000"),
        ("143,001", 143001, "143,001"),
        ("1e3", 1000, "1,000"),
        ("1", 1, "1"),
    ],
)
def test_a_number_without_a_unit_may_be_a_step(catalog, shipped_url, amount, step, tokens):
    """`catalog at` refuses it with both spellings: as tokens it would be step0 with exit 0."""
    for words in ([amount], ["--between", "0", amount]):
        ran = catalog("at", *words, "pythia-70m", "--db", shipped_url)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            f"catalog: {amount!r} may be a step or a number of tokens; "
            f"write step{step} for the step, or '{tokens} tokens'\n"
        )


@pytest.mark.parametrize(
    ("amount", "revision", "distance"),
    [
        ("143k steps", "step143000", 0),
        ("143,000 tokens", "step0", -143_000),
        ("143k tokens", "step0", -143_000),
        ("2,097,152,000", "step1000", 0),
        ("2.1e9", "step1000", -2_848_000),
        ("0", "step0", 0),
        ("0%", "step0", 0),
        ("100%", "step143000", 0),
    ],
)
def test_a_unit_or_many_digits_settle_it(catalog, shipped_url, amount, revision, distance):
    """Tokens that say so, and numbers above every step of the run."""
    ran = catalog("at", amount, "pythia-70m", "--db", shipped_url, "--json")
    (row,) = json.loads(ran.out)
    assert (ran.code, row["revision"], row["distance"]) == (0, revision, distance)
    assert row["note"] is None


@pytest.mark.parametrize(
    ("amount", "model", "note"),
    [
        (
            "3000T",
            "pythia-70m",
            "the run of pythia-70m ends at 299,892,736,000 tokens (step143000)",
        ),
        ("step200000", "pythia-70m", "the run of pythia-70m ends at 299,892,736,000 tokens"),
        ("310B", "gpt-neo-125m", "the run of gpt-neo-125m ends at 300,000,000,000 tokens (main)"),
        ("1M", "pythia-1b-v0", "the checkpoints of pythia-1b-v0 begin at 2,097,152,000 tokens ("),
        ("300B", "pythia-70m", None),
        ("1.5B", "pythia-1b-v0", None),
    ],
)
def test_where_a_run_ends_and_begins(catalog, shipped_url, amount, model, note):
    """An answer that is far because there is nothing nearer says so, in words and in JSON."""
    ran = catalog("at", amount, model, "--db", shipped_url)
    (row,) = json.loads(catalog("at", amount, model, "--db", shipped_url, "--json").out)
    assert ran.code == 0
    assert (row["note"] or "").startswith(note or "")
    assert (f"note: {row['note']}\n" in ran.err) == (note is not None) == (row["note"] is not None)


def test_notes_on_many_runs_are_few_lines(catalog, shipped_url):
    """Four of them; the others are in JSON."""
    ran = catalog("at", "3000T", "pythia", "--db", shipped_url)
    assert (ran.err.count("note: the run of "), ran.err.count("note: 16 more, in --json\n")) == (
        4,
        1,
    )


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("step143k", "not an amount of training: 'step143k'; write step143000"),
        ("step-1.5K", "not an amount of training: 'step-1.5K'; write step1500"),
        ("0.5 steps", "not an amount of training: '0.5 steps'; write 300B"),
        (f"step{'9' * 23}", f"'step{'9' * 23}' is more tokens than the catalog can store"),
    ],
)
def test_what_is_no_amount(catalog, shipped_url, amount, why):
    """The line has the spelling that was meant."""
    ran = catalog("at", amount, "pythia-70m", "--db", shipped_url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"catalog: {why}")


@pytest.mark.parametrize(
    ("text", "distance"),
    [
        ("pythia-70m@2.2B", -102_848_000),
        ("pythia-70m@2B tokens", 97_152_000),
        ("pythia-70m@50%", -1_048_576_000),
    ],
)
def test_scores_and_names_say_how_far(catalog, shipped_url, text, distance):
    """A nearest checkpoint is told with its distance, in words and in JSON."""
    name = json.loads(catalog("name", text, "--db", shipped_url, "--json").out)[0]
    shown = catalog("show", text, "--db", shipped_url, "--json")
    assert name["distance"] == json.loads(shown.out)["distance"] == distance
    assert f"tokens {'more' if distance > 0 else 'fewer'}\n" in shown.err


def test_scores_of_a_nearest_checkpoint(catalog, shipped_url):
    """Each row has the distance."""
    asked = ["evals", "show", "--task", "piqa", "--db", shipped_url, "--json"]
    near, exact = (catalog(*asked, f"pythia-70m@{text}") for text in ("2.2B", "step1000"))
    assert {row["distance"] for row in json.loads(near.out)} == {-102_848_000}
    assert {row["distance"] for row in json.loads(exact.out)} == {None}
    assert "pythia-70m@step1000 is the nearest to 2.2B" in near.err
