"""`catalog name`: the issue's own examples, on the shipped facts."""

import json

import pytest


@pytest.fixture
def name(catalog, shipped_url):
    """Return a function that runs `catalog name … --json` and returns exit code and answers."""

    def run(*words, stdin=""):
        ran = catalog("name", *words, "--db", shipped_url, "--json", stdin=stdin)
        return ran.code, json.loads(ran.out)

    return run


@pytest.mark.parametrize(
    ("text", "on", "model"),
    [
        ("pythia-1.3b", "2022-12-15", "pythia-1.4b-v0"),
        ("pythia-1.4b", "2023-02-10", "pythia-1.4b-v0"),
        ("pythia-1.4b-v0", None, "pythia-1.4b-v0"),
        ("pythia-1.4b", None, "pythia-1.4b"),
        ("pythia-1.3b", None, "pythia-1.4b-v0"),
        ("EleutherAI/pythia-350M-deduped", None, "pythia-410m-deduped-v0"),
        ("Pythia 1.3B deduped v0", None, "pythia-1.4b-deduped-v0"),
        ("pythia-v1.1-1b-bf16", None, "pythia-1b"),
        ("PYTHIA-19M", None, "pythia-70m-v0"),
        ("pythia-19m-deduped", None, "pythia-70m-deduped-v0"),
        ("pythia-125m", None, "pythia-160m-v0"),
        ("pythia-800m", None, "pythia-1b-v0"),
        ("pythia-2.7b", None, "pythia-2.8b-v0"),
        ("pythia-6.7b", None, "pythia-6.9b-v0"),
        ("pythia-13b", None, "pythia-12b-v0"),
        ("EleutherAI/pythia-160m-seed3@step1000", None, "pythia-160m-seed3"),
        ("pythia-160m-data-seed1", None, "pythia-160m-data-seed1"),
    ],
)
def test_what_people_write(name, text, on, model):
    """Each spelling, on its day, means the run it meant."""
    code, (answer,) = name(text, *(["--on", on] if on else []))

    assert (code, answer["text"], answer["model"]) == (0, text, model)
    assert answer["repo_id"] == f"EleutherAI/{model}"
    assert answer["explanation"]


def test_the_documented_keys(name):
    """An answer has the keys others rely on; the days bound the name's period."""
    _, (answer,) = name("pythia-1.4b", "--on", "2023-02-10")

    assert answer["valid_from"] == "2023-01-20"
    assert answer["valid_to"] == "2023-04-03"
    assert answer["today"] == {"model": "pythia-1.4b", "repo_id": "EleutherAI/pythia-1.4b"}
    assert {"candidates", "explanation", "error"} <= answer.keys()


def test_an_old_name_offers_v1_as_other_libraries_read_it(name):
    """A bare old name is not ambiguous, but says how others read it."""
    code, (answer,) = name("pythia-1.3b")

    readings = {c["model"]: c["reason"] for c in answer["candidates"]}
    assert code == 0
    assert "as other libraries read it" in readings["pythia-1.4b"]


def test_answers_before_the_renaming_tell_of_the_replaced_model(name):
    """One model was replaced at the renaming, and no document says which."""
    _, (answer,) = name("pythia-1.3b", "--on", "2022-12-15")

    assert "replaced" in answer["explanation"]


def test_a_revision_is_taken_along(name):
    """A reference keeps its revision; a step that was never saved is said and exits 2."""
    _, (answer,) = name("EleutherAI/pythia-160m-seed3@step1000")

    assert answer["revision"] == "step1000"
    assert answer["tokens_seen"] == 2_097_152_000

    code, (answer,) = name("pythia-70m@step77")
    assert (code, answer["model"]) == (2, "pythia-70m")
    assert "nearest: step64" in answer["revision_error"]


def test_a_bare_size_is_ambiguous(name):
    """A size alone lists candidates and exits 2."""
    code, (answer,) = name("350m")

    assert (code, answer["model"]) == (2, None)
    assert "ambiguous" in answer["error"]
    assert {"pythia-410m-v0", "opt-350m"} <= {c["model"] for c in answer["candidates"]}


def test_many_names_keep_their_order(name):
    """Standard input is answered line by line; one bad name does not stop the others."""
    code, answers = name("-", stdin="pythia-70m\n\nnonsense\npythia-19m\n")

    assert code == 2
    assert [a["text"] for a in answers] == ["pythia-70m", "nonsense", "pythia-19m"]
    assert [a["model"] for a in answers] == ["pythia-70m", None, "pythia-70m-v0"]


def test_an_unknown_name_lists_the_nearest(name, catalog, shipped_url):
    """A slip of the pen gets the closest names, in JSON and in words."""
    _, (answer,) = name("pythia-71m")
    ran = catalog("name", "pythia-71m", "--db", shipped_url)

    assert "pythia-70m" in answer["nearest"]
    assert ran.code == 2
    assert "pythia-70m" in ran.out


def test_the_plain_output_says_what_when_and_why(catalog, shipped_url):
    """The words name both meanings and the reason."""
    ran = catalog("name", "pythia-1.4b", "--on", "2023-02-10", "--db", shipped_url)

    assert ran.code == 0
    assert "today       pythia-1.4b  (EleutherAI/pythia-1.4b)" in ran.out
    assert "2023-02-10  pythia-1.4b-v0  (EleutherAI/pythia-1.4b-v0)" in ran.out
    assert "from 2023-01-20 until 2023-04-03" in ran.out


@pytest.mark.parametrize("day", ["yesterday", "2023-13-01", "2023"])
def test_a_day_that_is_none(catalog, shipped_url, day):
    """A malformed date is refused with an example."""
    ran = catalog("name", "pythia-70m", "--on", day, "--db", shipped_url)

    assert ran.code == 2
    assert "2022-12-31" in ran.err
