"""pythia-2.8b as its inventory of 2026-08-23 has it: the facts that the audit must reproduce.

Nothing here is told to the audit: it has the shipped observations and the shipped facts.
"""

import json

import pytest

MAIN = "ab496f1c3fd79e3c749a9d5414136a2c8e4224f94eecb261970315cdb0f813fe"
EARLY = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, *range(1000, 25001, 1000)]
IN_BIN = [
    *range(27000, 52001, 1000),
    *(1000 * n for n in (55, 60, 65, 70, 80, 90, 100, 110, 120, 130, 140)),
]
ALIASES = [26000, 53000, 103000]
OF_THE_LAST = [54000, 56000, 57000, 58000, 59000, 61000, 62000, 63000, 64000]
SINGLE, BIN, INDEX = "model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"


@pytest.fixture(scope="module")
def audited(templates, tmp_path_factory):
    """Return the audit of pythia-2.8b from a fresh catalog, by branch, and its findings."""
    import contextlib
    import io

    from cli.main import run

    with templates.copy("sqlite", "facts", tmp_path_factory.mktemp("audit")) as url:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            assert run(["audit", "pythia-2.8b", "--json", "--db", url]) == 1
    document = json.loads(said.getvalue())
    return {one["revision"]: one for one in document["branches"]}, document["findings"]


def steps(found) -> list[int]:
    """Return the steps of some branches."""
    return sorted(int(name.removeprefix("step")) for name in found)


def holding(branches, weight_set, verdict, owner=None) -> list[int]:
    """Return the steps whose weight set has a verdict, and an owner if one is given."""
    return steps(
        name
        for name, branch in branches.items()
        for one in branch["weight_sets"]
        if one["name"] == weight_set
        and one["verdict"] == verdict
        and owner in (None, one["owner"])
        and name != "main"
    )


def test_every_branch_is_there(audited):
    """155 branches, all expected, none missing."""
    branches, _ = audited
    assert len(branches) == 155
    assert all(one["expected"] for one in branches.values())
    assert {one["observed_at"] for one in branches.values()} == {"2026-08-23T00:00:00+00:00"}


def test_aliases(audited):
    """Three branches point at main's commit, and main is accused of nothing."""
    branches, _ = audited
    assert steps(name for name, one in branches.items() if one["verdict"] == "alias") == ALIASES
    assert branches["main"]["verdict"] == branches["step143000"]["verdict"] == "own"
    assert branches["step26000"]["commit"] == branches["main"]["commit"]


def test_stale_single_files(audited):
    """model.safetensors is main's on 73 further branches, and nine share step143000's."""
    branches, _ = audited
    of_main = holding(branches, SINGLE, "same-as", "main")
    assert len(of_main) == 73
    assert of_main == sorted(EARLY + IN_BIN)
    assert holding(branches, SINGLE, "same-as", "step143000") == OF_THE_LAST


def test_own_weights_by_set(audited):
    """Where the steps' own weights are: shards, .bin, both formats, or nowhere."""
    branches, _ = audited
    in_shards, in_bin = holding(branches, INDEX, "own"), holding(branches, BIN, "own")
    in_single = holding(branches, SINGLE, "own")
    both = sorted(set(in_bin) & set(in_single))
    assert in_shards == EARLY
    assert sorted(set(in_bin) - set(in_single)) == IN_BIN
    assert len(both) == 68 + 1
    assert both[-1] == 143000
    nowhere = set(steps(set(branches) - {"main"})) - {*in_shards, *in_bin, *in_single}
    assert sorted(nowhere) == sorted(ALIASES + OF_THE_LAST)


def test_what_loaders_hand_out(audited):
    """Transformers 5 hands out another checkpoint on 85 branches, older ones on 48."""
    branches, _ = audited
    wrong = {}
    for branch in branches.values():
        sets = {one["name"]: one["verdict"] for one in branch["weight_sets"]}
        for loader, chosen in branch["loads"].items():
            wrong[loader] = wrong.get(loader, 0) + (sets[chosen] not in ("own", "expected-equal"))
    assert wrong["transformers-5"] == 85
    assert wrong["transformers-bin"] == 48
    assert branches["step1000"]["loads"]["vllm"] == INDEX


def test_recipes(audited):
    """Each branch that has its own weights says how to load them."""
    branches, _ = audited
    assert sum(one["recipe"] is None for one in branches.values()) == 12
    assert branches["step27000"]["recipe"].startswith(BIN)
    assert branches["step0"]["recipe"].startswith(INDEX)


def test_step_0_and_1_are_not_excused(audited):
    """They share their stale file, but so does main: no reason covers all three."""
    branches, _ = audited
    (one,) = [each for each in branches["step0"]["weight_sets"] if each["name"] == SINGLE]
    assert (one["verdict"], one["owner"]) == ("same-as", "main")


def test_findings(audited):
    """One error a branch that transformers 5 loads wrongly, a note on main, what scores say."""
    _, findings = audited
    counted = {}
    for one in findings:
        counted[one["rule"], one["severity"]] = counted.get((one["rule"], one["severity"]), 0) + 1
    assert counted == {
        ("same-as", "error"): 82,
        ("alias", "error"): 3,
        ("main-differs", "note"): 1,
        ("suspect", "warning"): 5,
    }


def test_for_people(catalog, facts_url):
    """Ranges of branches, what each loader hands out, and what to do about it; --all lists all."""
    ran = catalog("audit", "pythia-2.8b", "--db", facts_url)

    assert ran.code == 1
    assert "step26000, step53000, step103000" in ran.out
    assert "step27000..step52000, step55000, step60000" in ran.out
    assert max(map(len, ran.out.splitlines())) < 320
    assert len(ran.out.splitlines()) < 40
    assert len(catalog("audit", "--all", "--db", facts_url).out.splitlines()) > 155


def test_which_and_show(catalog, facts_url):
    """A digest names every branch that holds it; `show` tells what a branch holds."""
    found = json.loads(catalog("which", MAIN, "--db", facts_url, "--json").out)
    shown = json.loads(catalog("show", "pythia-2.8b@step1000", "--db", facts_url, "--json").out)

    assert len(found) == 77
    assert found[0] == {
        "model": "pythia-2.8b",
        "repo_id": "EleutherAI/pythia-2.8b",
        "revision": "main",
        "commit": "2a259cdd96a4beb1cdf467512e3904197345f6a9",
        "weight_set": SINGLE,
        "file": SINGLE,
        "verdict": "own",
        "witness": "observed",
        "observed_at": found[0]["observed_at"],
        "observer": None,
    }
    assert shown["branch"]["verdict"] == "same-as"
    assert shown["branch"]["loads"]["shards-first"] == INDEX
    printed = catalog("show", "pythia-2.8b@step1000", "--db", facts_url).out
    assert "transformers-5 loads    model.safetensors" in printed


@pytest.mark.data("hub_inventory_pythia-2.8b.csv")
def test_the_shipped_export_is_the_inventory(catalog, facts_url, test_data):
    """Importing the real inventory adds nothing to what ships."""
    file = test_data / "hub_inventory_pythia-2.8b.csv"

    ran = catalog("sync", "--from-file", file, "--db", facts_url, "--json")

    assert json.loads(ran.out) == [
        {
            "repo_id": "EleutherAI/pythia-2.8b",
            "requests": 0,
            "branches": 155,
            "new_commits": 0,
            "changes": 0,
            "status": "known",
            "renamed_to": None,
            "problem": None,
            "findings": [],
            "accepted": 0,
        }
    ]
    assert len(json.loads(catalog("log", "pythia-2.8b", "--db", facts_url, "--json").out)) == 1


@pytest.mark.data("hub_inventory_pythia-2.8b.csv")
def test_the_inventory_alone_is_enough(catalog, db_url, test_data):
    """Without any facts, of no known model, the verdicts are the same."""
    file = test_data / "hub_inventory_pythia-2.8b.csv"
    catalog("sync", "--from-file", file, "--db", db_url)

    ran = catalog("audit", "--db", db_url, "--json")

    found = [one["verdict"] for one in json.loads(ran.out)["branches"]]
    assert (found.count("same-as"), found.count("alias"), found.count("own")) == (82, 3, 70)
