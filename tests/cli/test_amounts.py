"""An amount after `@` means the checkpoint near it; where none is near, the answer is a refusal."""

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
