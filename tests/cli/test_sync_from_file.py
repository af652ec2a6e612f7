"""`catalog sync --from-file`, `log`, `which`: dated looks, idempotent; bad files are refused."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from inventories import COLUMNS, SINGLE, Inventory, sha256

REPO = "lab/run"
GOOD = f"{REPO},step1,{'1' * 40},{SINGLE},10,{sha256(1)}"


@pytest.fixture
def sync(catalog, db_url, tmp_path):
    """Return a function that imports an inventory and returns the first repository's object."""

    def run(inventory, *options, code=0):
        file = inventory.write(tmp_path)
        ran = catalog("sync", "--from-file", file, *options, "--db", db_url, "--json")
        assert ran.code == code, ran.err
        return json.loads(ran.out)[0]

    return run


@pytest.fixture
def log(catalog, db_url):
    """Return a function that returns the log of the repository, or of a branch of it."""

    def run(ref=REPO):
        ran = catalog("log", ref, "--db", db_url, "--json")
        assert ran.code == 0, ran.err
        return json.loads(ran.out)

    return run


def test_import_counts(sync):
    """The first import brings every commit; a second look counts what is new and what moved."""
    inventory = Inventory().clean(REPO)
    assert sync(inventory) == {
        "repo_id": REPO,
        "requests": 0,
        "branches": 9,
        "new_commits": 9,
        "changes": 0,
        "status": "read",
        "renamed_to": None,
        "problem": None,
        "findings": [],
        "accepted": 0,
    }
    inventory.branch(REPO, "step1000", {SINGLE: "repaired"}).without(REPO, "step2000")
    again = sync(inventory, "--observed-at", "2026-01-01")
    assert (again["new_commits"], again["changes"]) == (1, 2)


@pytest.mark.both_databases
def test_import_is_idempotent(sync, log):
    """The same file again adds nothing; with a date it says more and is a look of its own."""
    inventory = Inventory().clean(REPO)
    for _ in range(2):
        sync(inventory)
    assert [one["status"] for one in log()] == ["read"]
    for _ in range(2):
        sync(inventory, "--observed-at", "2026-01-01", "--source", "my notes")
    sync(inventory)
    looks = log()
    assert [one["status"] for one in looks] == ["read", "unchanged"]
    assert looks[0]["source"] == looks[0]["digest"]
    assert (looks[1]["source"], looks[1]["observed_at"]) == (
        "my notes",
        "2026-01-01T00:00:00+00:00",
    )


def test_a_day_that_is_yet_to_come(catalog, db_url, tmp_path):
    """It would outrank every real look: exit 2; tomorrow may be today elsewhere."""
    file = Inventory().clean(REPO).write(tmp_path)
    ahead = [datetime.now(UTC) + timedelta(hours=hours) for hours in (12, 48, 24 * 365 * 100)]
    ran = [
        catalog("sync", "--from-file", file, "--observed-at", when.isoformat(), "--db", db_url)
        for when in ahead
    ]
    assert [each.code for each in ran] == [0, 2, 2]
    assert f"{ahead[1]:%Y-%m-%d} is yet to come" in ran[1].err


def test_log_shows_what_changed(sync, log, catalog, db_url):
    """A moved branch, a repaired file and a vanished branch, whatever the order of import."""
    old = Inventory().clean(REPO)
    new = Inventory().clean(REPO).without(REPO, "step2")
    new.branch(REPO, "step1000", {SINGLE: "repaired"})
    sync(new, "--observed-at", "2026-02-01")
    told = sync(old, "--observed-at", "2026-01-01", code=1)
    assert [one["rule"] for one in told["findings"]] == ["vanished", "moved"]

    first, second = log()

    assert first["changes"] == []
    changed = {one["revision"]: one for one in second["changes"]}
    assert {name: one["kind"] for name, one in changed.items()} == {
        "step2": "removed",
        "step1000": "moved",
    }
    assert changed["step1000"]["files"] == {SINGLE: "changed"}
    (only,) = log(f"{REPO}@step1000")[1]["changes"]
    assert only["revision"] == "step1000"
    assert "step1000 moved" in catalog("log", REPO, "--db", db_url).out


def test_changes_are_told_until_they_are_accepted(sync, catalog, db_url, tmp_path):
    """As those that the Hub is seen to make: exit 1 once, then by audits; `--accept` ends it."""
    sync(Inventory().clean(REPO), "--observed-at", "2026-01-01")
    new = Inventory().clean(REPO).without(REPO, "step2")
    file = new.branch(REPO, "step1000", {SINGLE: "repaired"}).write(tmp_path)
    words = ("sync", "--from-file", file, "--observed-at", "2026-02-01")
    ran = catalog(*words, "--db", db_url)
    assert ran.code == 1
    assert f"{REPO}@step1000: moved. It moved from " in ran.out
    assert f"{REPO}@step2: vanished. " in ran.out
    assert f"`catalog sync --accept --from-file {file}`" in ran.err
    assert catalog(*words, "--db", db_url).code == 0
    assert catalog("audit", "--db", db_url).code == 1
    assert sync(new, "--observed-at", "2026-02-01", "--accept")["accepted"] == 2
    assert catalog("audit", "--db", db_url).code == 0


def test_an_unknown_day_is_older_than_any_date(catalog, sync, db_url, tmp_path):
    """An undated inventory changes no newer state, and the user is told so."""
    sync(Inventory().clean(REPO), "--observed-at", "2026-01-01")
    undated = Inventory().clean(REPO).branch(REPO, "step1000", {SINGLE: f"{REPO} 5000"})

    ran = catalog("sync", "--from-file", undated.write(tmp_path), "--db", db_url)

    assert "a look with a date counts as newer" in ran.err
    assert catalog("audit", "--db", db_url).code == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (GOOD.replace(REPO, "a b"), "repo is 'a b'"),
        (GOOD.replace("step1", ""), "revision is ''"),
        (GOOD.replace("1" * 40, "abc"), "commit is 'abc'"),
        (GOOD.replace(SINGLE, "../up"), "file is '../up'"),
        (GOOD.replace(SINGLE, "/etc/x"), "file is '/etc/x'"),
        (GOOD.replace(",10,", ",-1,"), "bytes is '-1'"),
        (GOOD.replace(sha256(1), sha256(1).upper()), "sha256 is"),
        (GOOD + ",more", "7 cells, not 6"),
        (GOOD.replace("1" * 40, "2" * 40), "step1 points at two commits"),
        (GOOD, "twice"),
        (
            GOOD.replace("step1", "step2").replace(",10,", ",11,"),
            "11 bytes, and 10 with the same SHA-256 before",
        ),
        ('"' + GOOD, "unexpected end of data"),
    ],
)
def test_a_malformed_line_refuses_the_file(catalog, db_url, tmp_path, line, says):
    """One bad line: exit 2, its number in the message, nothing imported."""
    file = tmp_path / "bad.csv"
    file.write_text(f"{COLUMNS}\n{GOOD}\n{line}\n")

    ran = catalog("sync", "--from-file", file, "--db", db_url)

    assert ran.code == 2
    assert f"{file}:3" in ran.err or f"{file}:4" in ran.err
    assert says in ran.err
    after = catalog("log", REPO, "--db", db_url)
    assert (after.code, "is empty" in after.err) == (3, True)


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n", COLUMNS.encode() + b"\n", b"\xff\xfe", b"repo,repo\n1,2\n"]
)
def test_what_is_no_inventory(catalog, db_url, tmp_path, content):
    """Empty files, other columns and binary files are asked wrongly."""
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    assert catalog("sync", "--from-file", file, "--db", db_url).code == 2


def test_columns_in_any_order_and_a_byte_order_mark(catalog, db_url, tmp_path):
    """A spreadsheet's export is read as well."""
    columns = COLUMNS.split(",")[::-1]
    cells = GOOD.split(",")[::-1]
    file = tmp_path / "sheet.csv"
    file.write_bytes(b"\xef\xbb\xbf" + f"{','.join(columns)}\r\n{','.join(cells)}\r\n".encode())
    assert catalog("sync", "--from-file", file, "--db", db_url).code == 0


@pytest.mark.both_databases
def test_a_commit_never_changes(catalog, sync, db_url, tmp_path):
    """An inventory that gives a known commit other bytes contradicts the record: exit 1."""
    commit = "9" * 40
    sync(Inventory().branch(REPO, "step1", {SINGLE: "a"}, commit=commit))
    other = Inventory().branch(REPO, "step1", {SINGLE: "b"}, commit=commit).write(tmp_path)

    ran = catalog("sync", "--from-file", other, "--db", db_url)

    assert ran.code == 1
    assert "other bytes" in ran.err


def test_bad_options(catalog, db_url, tmp_path):
    """A date that is none is asked wrongly; a file that is not there could not be checked."""
    file = Inventory().clean(REPO).write(tmp_path)
    options = ("--db", db_url)
    assert catalog("sync", "--from-file", file, "--observed-at", "soon", *options).code == 2
    assert catalog("sync", "--from-file", tmp_path / "none.csv", *options).code == 3


def test_log_of_the_unknown(catalog, facts_url):
    """An unknown name is asked wrongly, a model never observed could not be checked."""
    assert catalog("log", "nope", "--db", facts_url).code == 2
    assert catalog("log", "pythia-70m", "--db", facts_url).code == 3
    assert catalog("log", "pythia-2.8b@nope", "--db", facts_url).code == 2


def test_which_takes_a_file(catalog, sync, db_url, tmp_path):
    """A file's own digest is looked up; bytes that nobody observed are exit 3."""
    file = tmp_path / "model.bin"
    file.write_text("seed")
    sync(Inventory().clean(REPO).branch(REPO, "step1", {SINGLE: "seed"}))

    ran = catalog("which", file, "--db", db_url, "--json")

    assert (ran.code, [one["revision"] for one in json.loads(ran.out)]) == (0, ["step1"])
    nobody = catalog("which", "f" * 64, "--db", db_url, "--json")
    assert (nobody.code, json.loads(nobody.out)) == (3, [])
    assert catalog("which", tmp_path / "none", "--db", db_url).code == 2
    assert catalog("which", tmp_path, "--db", db_url).code == 2


def test_which_knows_what_populate_read(catalog, facts_url, trajectory):
    """Bytes of a checkpoint that was never on the Hub are found by their file."""
    catalog("suites", "add", trajectory / "suite.toml", "--db", facts_url)
    folder = trajectory / "step8"
    ran = catalog("populate", "--as", "topics-183k@step8", folder, "--db", facts_url)
    assert ran.code == 0, ran.err

    ran = catalog("which", folder / SINGLE, "--db", facts_url, "--json")

    (found,) = json.loads(ran.out)
    assert (found["model"], found["revision"], found["weight_set"], found["verdict"]) == (
        "topics-183k",
        "step8",
        SINGLE,
        "unknown",
    )


def test_an_audit_of_the_unreadable_is_exit_3(catalog, db_url):
    """A gated repository that nobody could read is unknown, not wrong."""
    from datetime import UTC, datetime

    from catalog.core.published import Look, LookStatus
    from catalog.sql import database
    from catalog.sql.records import hub as records

    look = Look(datetime(2026, 1, 1, tzinfo=UTC), "the Hub", status=LookStatus.GATED)
    with database.writing(db_url) as connection:
        records.put_look(connection, records.put_repository(connection, REPO), look)

    ran = catalog("audit", REPO, "--db", db_url, "--json")

    assert [one["rule"] for one in json.loads(ran.out)["findings"]] == ["repository-gated"]
    assert ran.code == 3


def test_a_partial_inventory_says_nothing_of_other_branches(catalog, facts_url, tmp_path):
    """Two branches of a model with a schedule of 154: the others are unknown, and not missing."""
    repo = "EleutherAI/pythia-70m"
    some = Inventory()
    for step in (1000, 2000):
        some.branch(repo, f"step{step}", {SINGLE: step}).sized(step, 166_029_852)
    file, database = some.write(tmp_path), ("--db", facts_url, "--json")
    for status in ("read", "known"):
        ran = catalog("sync", "--from-file", file, "--partial", *database)
        assert json.loads(ran.out)[0]["status"] == status
    ran = catalog("audit", "pythia-70m", *database)
    told = json.loads(ran.out)
    counted = [branch["verdict"] for branch in told["branches"]]
    assert (counted.count("own"), counted.count("unknown")) == (2, 153)
    assert [one for one in told["findings"] if one["evidence"]["repo_id"] == repo] == []
    assert ran.code == 3
    assert catalog("sync", "--from-file", file, *database).code == 0
    told = json.loads(catalog("audit", "pythia-70m", *database).out)
    assert len([one for one in told["findings"] if one["rule"] == "missing-branch"]) == 153


def test_a_partial_inventory_renews_what_it_names(sync, catalog, db_url, log):
    """After a whole look it changes the branches that it names, and keeps the others."""
    sync(Inventory().clean(REPO), "--observed-at", "2026-01-01")
    some = Inventory().branch(REPO, "step1000", {SINGLE: "repaired"})
    told = sync(some, "--partial", "--observed-at", "2026-02-01", code=1)
    assert [one["rule"] for one in told["findings"]] == ["moved"]
    assert (told["new_commits"], told["changes"], told["branches"]) == (1, 1, 9)
    assert [one["kind"] for one in log()[1]["changes"]] == ["moved"]
    told = json.loads(catalog("audit", "--db", db_url, "--json").out)
    assert {one["verdict"] for one in told["branches"]} == {"own", "expected-equal"}
    assert len(told["branches"]) == 9


def test_partial_is_of_an_inventory(catalog, db_url):
    """It says how a file is meant: without one it is asked wrongly."""
    assert catalog("sync", "--partial", "--db", db_url).code == 2
