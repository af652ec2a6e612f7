"""`catalog audit` on repositories made for one verdict each: every rule, and what it leaves alone.

The repositories are of no known model unless a suite is added: what they should hold is then said
by their names alone.
"""

import json
from textwrap import dedent

import pytest
from inventories import BIN, INDEX, SHARDS, SINGLE, Inventory, audited, branches, verdicts

REPO = "lab/run"
MIRROR = dedent("""\
    [suite]
    name = "mine"
    title = "My runs"
    kind = "private"

    [save_schedule.all]
    steps = [0, 1, 2, "1000..5000/1000"]

    [defaults]
    architecture = "gpt-neox"
    save_schedule = "all"
    tokens_per_published_step = 1024
    revision_label = "step{step}"
    repo_id = "lab/{name}"

    [[model]]
    name = "run"

    [[model]]
    name = "run-deduped"

    [source.notes]
    kind = "own"
    title = "Notebook"
    """)


@pytest.fixture
def mine(catalog, db_url, tmp_path):
    """Return a function that adds a suite of two runs, with facts, and returns the database."""

    def add(*facts):
        told = "".join(
            f'[[fact]]\nsource = "notes"\nmodels = ["{model}"]\nvalues = {{ {value} }}\n'
            for model, value in facts
        )
        file = tmp_path / "mine.toml"
        file.write_text(MIRROR + told)
        assert catalog("suites", "add", file, "--db", db_url).code == 0
        return db_url

    return add


def sharded(one, two, **more):
    """Return the files of a sharded set."""
    return dict(zip(SHARDS, (one, two), strict=True)) | more


def first_set(document, revision):
    """Return the first weight set of a branch."""
    return branches(document)[revision]["weight_sets"][0]


def rules(document):
    """Return the findings' rules by branch."""
    return {(one["rule"], one["revision"]) for one in document["findings"]}


# A clean repository -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", [SINGLE, BIN])
def test_a_clean_repository_has_no_finding(catalog, db_url, tmp_path, path):
    """Branches that all differ, main with the last step's bytes: exit 0 and nothing said."""
    document = audited(catalog, db_url, Inventory().clean(REPO, path=path), tmp_path, code=0)

    assert document["findings"] == []
    assert verdicts(document) == {"main": "expected-equal", "step5000": "expected-equal"}
    assert first_set(document, "main")["owner"] == "step5000"


def test_a_main_that_was_saved_again_is_noted_only(catalog, db_url, tmp_path):
    """Main and the last step with different files are both own; the values may be equal."""
    inventory = Inventory().clean(REPO).branch(REPO, "main", {SINGLE: "saved again"})

    document = audited(catalog, db_url, inventory, tmp_path, code=0)

    assert verdicts(document) == {}
    assert [(one["rule"], one["severity"]) for one in document["findings"]] == [
        ("main-differs", "note")
    ]
    assert first_set(document, "step5000")["reason"].endswith("yet the values may be equal.")


# Rules (a) to (e) -------------------------------------------------------------------------------


def test_alias(catalog, db_url, tmp_path):
    """A step that points at another's commit is an alias; main is never accused of it."""
    inventory = Inventory().clean(REPO)
    inventory.alias(REPO, "step2000", "main").alias(REPO, "step3000", "step4000")

    document = audited(catalog, db_url, inventory, tmp_path, code=1)

    found = verdicts(document)
    assert found["step2000"] == found["step3000"] == found["step4000"] == "alias"
    assert found["main"] == "expected-equal"
    assert "step5000" not in found
    assert first_set(document, "step2000")["owner"] == "step5000"
    assert first_set(document, "step2000")["evidence_level"] == "refs"
    assert first_set(document, "step3000")["owner"] is None
    assert ("alias", "step2000") in rules(document)


def test_a_copy_of_the_last_step(catalog, db_url, tmp_path):
    """Final weights under an early name: the early branch holds the last step's, not its own."""
    inventory = Inventory().clean(REPO).branch(REPO, "step1000", {SINGLE: f"{REPO} 5000"})

    document = audited(catalog, db_url, inventory, tmp_path, code=1)

    copy = first_set(document, "step1000")
    assert (copy["verdict"], copy["owner"]) == ("same-as", "step5000")
    assert sorted(copy["same_as"]) == ["main", "step5000"]
    assert verdicts(document) == {"step1000": "same-as", "main": "expected-equal"}
    assert branches(document)["step1000"]["recipe"] is None


def test_copies_without_an_owner(catalog, db_url, tmp_path):
    """Two early steps with the same bytes accuse each other: metadata cannot tell who is right."""
    inventory = Inventory().clean(REPO).branch(REPO, "step1000", {SINGLE: f"{REPO} 2000"})

    document = audited(catalog, db_url, inventory, tmp_path, code=1)

    for one, other in (("step1000", "step2000"), ("step2000", "step1000")):
        found = first_set(document, one)
        assert (found["verdict"], found["owner"]) == ("same-as", None)
        assert found["same_as"] == [other]


def test_the_first_update_needs_a_stated_reason(catalog, mine, tmp_path):
    """step0 = step1 is expected where the facts say so, and a finding where they do not."""
    inventory = Inventory().clean(REPO).branch(REPO, "step1", {SINGLE: f"{REPO} 0"})

    without = audited(catalog, mine(), inventory, tmp_path, code=1)
    stated = audited(
        catalog, mine(("run", "first_learning_rate = 0.0")), inventory, tmp_path, code=0
    )

    assert verdicts(without)["step1"] == "same-as"
    assert verdicts(stated)["step1"] == verdicts(stated)["step0"] == "expected-equal"
    assert "learning rate 0" in first_set(stated, "step1")["reason"]


def test_a_reason_must_cover_every_label(catalog, mine, tmp_path):
    """step0 and step1 are no exception when main has the same bytes."""
    inventory = Inventory().clean(REPO)
    for step in ("step0", "step1"):
        inventory.branch(REPO, step, {SINGLE: f"{REPO} 5000"})

    document = audited(
        catalog, mine(("run", "first_learning_rate = 0.0")), inventory, tmp_path, code=1
    )

    assert verdicts(document) == {
        "step0": "same-as",
        "step1": "same-as",
        "main": "expected-equal",
    }


def test_siblings_may_share_their_start_and_nothing_later(catalog, mine, tmp_path):
    """Runs of one initialisation are equal at step 0 by right, at step 1000 by mistake."""
    url = mine(("run-deduped", 'initialised_as = "run"'))
    inventory = Inventory().clean(REPO).clean("lab/run-deduped")
    inventory.branch("lab/run-deduped", "step0", {SINGLE: f"{REPO} 0"})
    inventory.branch("lab/run-deduped", "step1000", {SINGLE: f"{REPO} 1000"})

    found = verdicts(audited(catalog, url, inventory, tmp_path, code=1))

    assert {name: verdict for name, verdict in found.items() if "step5000" not in name} == {
        "lab/run@main": "expected-equal",
        "lab/run-deduped@main": "expected-equal",
        "lab/run@step0": "expected-equal",
        "lab/run-deduped@step0": "expected-equal",
        "lab/run@step1000": "same-as",
        "lab/run-deduped@step1000": "same-as",
    }


def test_a_sibling_that_is_not_asked_for_is_compared(catalog, mine, tmp_path):
    """An audit of one model sees that its bytes are a sibling's last step."""
    url = mine()
    inventory = Inventory().clean(REPO).clean("lab/run-deduped")
    inventory.branch("lab/run-deduped", "step2000", {SINGLE: f"{REPO} 5000"})

    document = audited(catalog, url, inventory, tmp_path, names=["run-deduped"], code=1)

    assert {one["repo_id"] for one in document["branches"]} == {"lab/run-deduped"}
    assert first_set(document, "step2000")["owner"] == "lab/run@step5000"


def test_splices(catalog, db_url, tmp_path):
    """Shards of two checkpoints in one set: the side that is not main or the last step is it."""
    inventory = Inventory()
    for step in (1000, 2000, 3000, 4000, 5000):
        inventory.branch(REPO, f"step{step}", sharded(f"{step} a", f"{step} b"))
    inventory.branch(REPO, "main", sharded("5000 a", "5000 b"))
    inventory.branch(REPO, "step1000", sharded("1000 a", "5000 b"))
    inventory.branch(REPO, "step3000", sharded("3000 a", "2000 b"))

    document = audited(catalog, db_url, inventory, tmp_path, code=1)

    assert verdicts(document) == {
        "step1000": "spliced",
        "step2000": "spliced",
        "step3000": "spliced",
        "main": "expected-equal",
        "step5000": "expected-equal",
    }
    assert first_set(document, "step1000")["owner"] == "step5000"
    assert first_set(document, "step3000")["owner"] is None
    assert first_set(document, "step3000")["name"] == INDEX


def test_two_layouts_of_one_model_are_no_splice(catalog, db_url, tmp_path):
    """The same step in one file and in shards has different bytes, and nothing is wrong."""
    inventory = Inventory().clean(REPO)
    inventory.branch(REPO, "step1000", sharded("a", "b"))

    assert audited(catalog, db_url, inventory, tmp_path, code=0)["findings"] == []


# Sets, loaders, recipes -------------------------------------------------------------------------


def test_a_stale_default_beside_true_weights(catalog, db_url, tmp_path):
    """The verdict is on each set; the branch's own is what transformers 5 loads."""
    stale = f"{REPO} 5000"
    inventory = Inventory().clean(REPO)
    inventory.branch(REPO, "step1000", sharded("a", "b", **{SINGLE: stale}))
    inventory.branch(REPO, "step2000", {SINGLE: stale, BIN: "true 2000"})
    inventory.branch(REPO, "step3000", {SINGLE: f"{REPO} 3000", BIN: "final bin"})
    inventory.branch(REPO, "step5000", {SINGLE: stale, BIN: "final bin"})

    document = audited(catalog, db_url, inventory, tmp_path, code=1)
    found = branches(document)

    one, two, three = (found[f"step{step}"] for step in (1000, 2000, 3000))
    assert (one["verdict"], two["verdict"], three["verdict"]) == ("same-as", "same-as", "own")
    assert one["loads"] == {
        "transformers-5": SINGLE,
        "transformers-bin": SINGLE,
        "vllm": INDEX,
        "shards-first": INDEX,
    }
    assert [each["verdict"] for each in one["weight_sets"]] == ["same-as", "own"]
    assert "assumed" in one["weight_sets"][1]["reason"]
    assert one["recipe"].startswith(INDEX)
    assert "use_safetensors=False" in two["recipe"]
    assert three["recipe"] == f'{SINGLE}: from_pretrained("{REPO}", revision="step3000")'
    assert ("other-set", "step3000") in rules(document)


def test_incomplete_numbering(catalog, db_url, tmp_path):
    """One shard of two is incomplete, and accuses nobody whose shard it has."""
    inventory = Inventory().clean(REPO, path=BIN)
    inventory.branch(REPO, "step1000", {SHARDS[0]: "a"})
    inventory.branch(REPO, "step2000", sharded("a", "b"))

    document = audited(catalog, db_url, inventory, tmp_path, code=1)

    assert verdicts(document)["step1000"] == "incomplete"
    assert "step2000" not in verdicts(document)
    assert "shard 2 of 2" in first_set(document, "step1000")["reason"]


def test_a_file_smaller_than_all_others_is_suspect(catalog, db_url, tmp_path):
    """A size off the usual is statistics: suspect, a warning; half of it is another precision."""
    inventory = Inventory().clean(REPO)
    inventory.sized(f"{REPO} 1000", 700).sized(f"{REPO} 2000", 500)

    document = audited(catalog, db_url, inventory, tmp_path, code=1)

    assert verdicts(document)["step1000"] == "suspect"
    assert "step2000" not in verdicts(document)
    assert rules(document) == {("suspect", "step1000")}


def test_only_raw_files(catalog, db_url, tmp_path):
    """A trainer's own files are a set apart that transformers does not load."""
    raw = "layer_00-model_00-model_states.pt"
    inventory = Inventory().clean(REPO).branch(REPO, "step1000", {raw: "r", "optimizer.bin": "o"})

    document = audited(catalog, db_url, inventory, tmp_path, code=1)

    found = branches(document)["step1000"]
    assert (found["verdict"], found["weight_sets"][0]["layout"]) == ("missing", "raw")
    assert rules(document) == {("not-loadable", "step1000")}


# Schedule ---------------------------------------------------------------------------------------


def test_missing_and_extra_branches(catalog, mine, tmp_path):
    """Against the save schedule: what is absent is missing, what is too many is noted."""
    inventory = Inventory().clean(REPO, (0, 1, 2, 1000, 2000, 4000, 5000))
    inventory.branch(REPO, "step4500", {SINGLE: "more"}).branch(REPO, "backup", {SINGLE: "x"})

    document = audited(catalog, mine(), inventory, tmp_path, names=["run"], code=1)

    found = branches(document)
    assert found["step3000"] | {"reason": None} == {
        "model": "run",
        "repo_id": REPO,
        "revision": "step3000",
        "commit": None,
        "observed_at": None,
        "expected": True,
        "verdict": "missing",
        "weight_sets": [],
        "loads": dict.fromkeys(found["main"]["loads"]),
        "recipe": None,
        "reason": None,
    }
    assert (found["step4500"]["expected"], found["step4500"]["verdict"]) == (False, "own")
    assert rules(document) == {
        ("missing-branch", "step3000"),
        ("extra-branch", "step4500"),
        ("extra-branch", "backup"),
    }


def test_a_gap_in_a_regular_sequence(catalog, db_url, tmp_path):
    """Without a schedule, a step that a regular sequence leaves out is found too."""
    steps = [*range(1000, 12000, 1000)]
    steps.remove(7000)

    document = audited(catalog, db_url, Inventory().clean(REPO, steps), tmp_path, code=1)

    (gap,) = document["findings"]
    assert (gap["rule"], gap["evidence"]["steps"]) == ("gap", [7000])


def test_steps_are_numbers(catalog, db_url, tmp_path):
    """step900 comes before step1000: the last step is the highest, not the last by name."""
    inventory = Inventory().clean(REPO, (100, 900, 1000))

    document = audited(catalog, db_url, inventory, tmp_path, code=0)

    names = [one["revision"] for one in document["branches"]]
    assert names == ["main", "step100", "step900", "step1000"]


def test_a_branch_without_a_promise_accuses_nobody(catalog, db_url, tmp_path):
    """A branch `backup` with a step's bytes is a copy, and the step stays its own."""
    inventory = Inventory().clean(REPO).branch(REPO, "backup", {SINGLE: f"{REPO} 2000"})
    inventory.alias(REPO, "release", "step3000")

    document = audited(catalog, db_url, inventory, tmp_path, code=0)

    assert "step2000" not in verdicts(document)
    assert "step3000" not in verdicts(document)
    assert first_set(document, "backup")["owner"] == "step2000"
    assert {one["severity"] for one in document["findings"]} == {"note"}


# What was not looked at -------------------------------------------------------------------------


def test_never_observed_is_unknown(catalog, mine):
    """A model that nobody looked at: every branch unknown, exit 3."""
    ran = catalog("audit", "run", "--db", mine(), "--json")

    document = json.loads(ran.out)
    assert ran.code == 3
    assert {one["verdict"] for one in document["branches"]} == {"unknown"}
    assert len(document["branches"]) == 9
    assert document["findings"] == []


def test_bad_beats_unobserved(catalog, mine, tmp_path):
    """With a defect in one model and none seen of the other, the exit code is 1."""
    inventory = Inventory().clean(REPO).branch(REPO, "step1000", {SINGLE: f"{REPO} 5000"})
    names = ["run", "run-deduped"]

    document = audited(catalog, mine(), inventory, tmp_path, names=names, code=1)

    assert "unknown" in verdicts(document).values()


def test_nothing_observed_at_all(catalog, mine):
    """An audit of an empty catalog could not check anything."""
    ran = catalog("audit", "--db", mine())

    assert (ran.code, ran.out) == (3, "")


def test_the_unobserved_are_counted(catalog, mine, tmp_path):
    """Without a name, what nobody looked at is one line of words."""
    file = Inventory().clean(REPO).write(tmp_path)
    url = mine()
    catalog("sync", "--from-file", file, "--db", url)

    ran = catalog("audit", "--db", url)

    assert ran.code == 0
    assert "1 published models were never observed" in ran.err


# Over time --------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_findings_open_and_close(catalog, db_url, tmp_path):
    """A repaired branch closes its finding, and the old one stays on record with its date."""
    import sqlalchemy as sa
    from sql_rows import connected

    from catalog.sql.tables import finding

    bad = Inventory().clean(REPO).branch(REPO, "step1000", {SINGLE: f"{REPO} 5000"})
    for day, inventory in (("2026-01-01", bad), ("2026-02-01", Inventory().clean(REPO))):
        file = inventory.write(tmp_path)
        catalog("sync", "--from-file", file, "--observed-at", day, "--db", db_url)
        catalog("audit", "--db", db_url)

    with connected(db_url) as connection:
        rows = connection.execute(sa.select(finding)).all()
    assert [(row.rule, row.revision, row.closed_at is None) for row in rows] == [
        ("same-as", "step1000", False),
        ("moved", "step1000", True),
    ]


def test_nothing_is_written_where_nothing_changed(catalog, db_url, tmp_path, monkeypatch):
    """A second audit with the same findings takes no lock; one with others does."""
    from catalog.sql import database

    def refused(_url):
        raise AssertionError("a transaction that writes")

    bad = Inventory().clean(REPO).branch(REPO, "step1000", {SINGLE: f"{REPO} 5000"})
    catalog("sync", "--from-file", bad.write(tmp_path), "--observed-at", "2026-01-01", *on(db_url))
    assert "1 finding opened" in catalog("audit", *on(db_url)).err
    with monkeypatch.context() as watched:
        watched.setattr(database, "writing", refused)
        assert catalog("audit", *on(db_url)).code == 1
    good = Inventory().clean(REPO).write(tmp_path)
    catalog("sync", "--from-file", good, "--observed-at", "2026-02-01", *on(db_url))
    assert "1 closed" in catalog("audit", *on(db_url)).err


def on(url):
    """Return the option that names a database."""
    return ("--db", url)


def test_one_branch_is_not_audited(catalog, shipped_url):
    """An audit compares whole repositories; what one branch holds is asked of `show`."""
    ran = catalog("audit", "pythia-2.8b@step3000", "--db", shipped_url)
    assert (ran.code, ran.out) == (2, "")
    assert "catalog show pythia-2.8b@step3000" in ran.err
