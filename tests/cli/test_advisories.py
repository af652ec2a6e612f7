"""`catalog advisories`, and the warnings of the commands that touch an affected checkpoint."""

import json
from datetime import date

import pytest
from inventories import Inventory

from catalog.core import advisories
from catalog.core.suites import shipped


def test_what_ships_is_well_formed():
    """Ids are unique; models and single revisions exist; every advisory has sources."""
    known = {
        (model.name, one.revision)
        for suite in shipped()
        for model in suite.models
        for one in model.checkpoints
    }
    names = {model for model, _ in known}
    every = advisories.shipped()
    assert len({one.id for one in every}) == len(every) >= 6
    for one in every:
        assert one.status in ("verified", "reported")
        assert date.fromisoformat(one.dated)
        assert one.sources
        assert all(source.startswith("https://") for source in one.sources)
        for group in one.affected:
            assert set(group.models) <= names
            ends = [end for each in group.revisions for end in each.split("..")]
            assert all((model, end) in known for model in group.models for end in ends)


def test_85_and_12_branches(catalog, shipped_url):
    """The advisories on pythia-2.8b cover the branches that the shipped observations accuse."""
    told = json.loads(catalog("audit", "pythia-2.8b", "--json", "--db", shipped_url).out)
    bad = {one["revision"] for one in told["branches"] if one["verdict"] in ("same-as", "alias")}
    lost = {
        one["revision"]
        for one in told["branches"]
        if one["revision"] in bad and "own" not in {each["verdict"] for each in one["weight_sets"]}
    }
    assert (len(bad), len(lost)) == (85, 12)
    by_id = {one.id: one for one in advisories.shipped()}
    steps = {one["revision"] for one in told["branches"]}
    for number, expected in (("CKPT-2026-0001", bad), ("CKPT-2026-0002", lost)):
        assert {step for step in steps if by_id[number].covers("pythia-2.8b", step)} == expected


def test_the_two_branches_of_pythia_12b(catalog, shipped_url):
    """Each branch of the other shipped inventories that the audit accuses has its advisory."""
    for revision, number in (("step50000", "CKPT-2026-0005"), ("step58000", "CKPT-2026-0006")):
        ran = catalog("advisories", f"pythia-12b@{revision}", "--json", "--db", shipped_url)
        assert [one["id"] for one in json.loads(ran.out)] == [number]


def test_listing(catalog, shipped_url):
    """All, those of a model, those of a checkpoint; old names are understood; none is said."""
    every = json.loads(catalog("advisories", "--json", "--db", shipped_url).out)
    assert len(every) >= 6
    ran = catalog("advisories", "EleutherAI/pythia-2.8b@step54000", "--json", "--db", shipped_url)
    assert {one["id"] for one in json.loads(ran.out)} == {"CKPT-2026-0001", "CKPT-2026-0002"}
    ran = catalog("advisories", "pythia-6.9b", "--db", shipped_url)
    assert (ran.code, ran.out) == (0, "")
    assert "none known" in ran.err
    assert catalog("advisories", "qwertz", "--db", shipped_url).code == 2


@pytest.mark.parametrize(
    ("words", "warned"),
    [
        (["show", "pythia-2.8b@step54000"], True),
        (["show", "pythia-2.8b@step143000"], False),
        (["at", "6B", "pythia-2.8b"], True),
        (["at", "300B", "pythia-2.8b"], False),
        (["populate", "pythia-2.8b@step3000"], True),
        (["verify", "pythia-2.8b@step3000"], True),
    ],
)
def test_commands_warn(catalog, shipped_url, words, warned):
    """One line on stderr where an affected checkpoint is touched, and none elsewhere."""
    ran = catalog(*words, "--db", shipped_url)
    assert ("CKPT-2026-0001" in ran.err) is warned
    assert "CKPT-" not in ran.out


def test_many_branches_are_one_warning(catalog, shipped_url):
    """However many branches a command touches, an advisory is one line a model."""
    ran = catalog("at", "--between", "0", "300B", "pythia-2.8b", "--db", shipped_url)
    (line, _) = [line for line in ran.err.splitlines() if line.startswith("warning: ")]
    assert line.startswith("warning: pythia-2.8b@step0 and 84 more: ")


def test_show_lists_the_ids(catalog, shipped_url):
    """`show --json` has the ids."""
    ran = catalog("show", "pythia-2.8b@step3000", "--json", "--db", shipped_url)
    assert json.loads(ran.out)["advisories"] == ["CKPT-2026-0001"]


def test_audits_extend_the_list(catalog, facts_url, tmp_path):
    """An open error of an audit of one's own is listed, until an audit no longer finds it."""
    broken = Inventory().clean("lab/mine").alias("lab/mine", "step1000", "main")
    words = ("sync", "--from-file", broken.write(tmp_path), "--observed-at", "2026-01-01")
    assert catalog(*words, "--db", facts_url).code == 0
    catalog("audit", "lab/mine", "--db", facts_url)
    ran = catalog("advisories", "--json", "--db", facts_url)
    (found,) = [one for one in json.loads(ran.out) if one["from"] == "audit"]
    assert found["id"] == "AUDIT:alias:lab/mine@step1000"
    repaired = Inventory().clean("lab/mine")
    words = ("sync", "--from-file", repaired.write(tmp_path), "--observed-at", "2026-02-01")
    assert catalog(*words, "--accept", "--db", facts_url).code == 0
    catalog("audit", "lab/mine", "--db", facts_url)
    ran = catalog("advisories", "--json", "--db", facts_url)
    assert all(one["from"] == "shipped" for one in json.loads(ran.out))
