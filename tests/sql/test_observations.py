"""What was seen on the Hub, in the database: commits once, looks appended, findings over time."""

from datetime import UTC, datetime

import pytest

from catalog.core.published import (
    Commit,
    Finding,
    Look,
    LookStatus,
    Ref,
    RefKind,
    RemoteFile,
    Scope,
    changes,
)
from catalog.sql import database
from catalog.sql.queries import hub as queries
from catalog.sql.records import hub as records

pytestmark = pytest.mark.both_databases

REPO = "lab/model"
ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
WEIGHTS = RemoteFile("model.safetensors", 5_684_693_096, sha256="a" * 64)
OTHER = RemoteFile("model.safetensors", 5_684_693_096, sha256="b" * 64)
CONFIG = RemoteFile("config.json", 600, git_sha1="c" * 40)


def day(number: int) -> datetime:
    """Return a day of one month."""
    return datetime(2026, 8, number, tzinfo=UTC)


def put(url: str, look: Look, *commits: Commit) -> LookStatus:
    """Write commits and a look at one repository, each in its own transaction."""
    for commit in commits:
        with database.writing(url) as connection:
            records.put_commit(connection, records.put_repository(connection, REPO), commit)
    with database.writing(url) as connection:
        return records.put_look(connection, records.put_repository(connection, REPO), look)


def looked(on: datetime | None, **refs: str) -> Look:
    """Return a look with these refs."""
    return Look(on, "the Hub", refs=tuple(Ref(name, sha) for name, sha in refs.items()))


def state(url: str):
    """Return what is known of the repository."""
    with database.reading(url) as connection:
        (found,) = queries.state(connection)
    return found


def test_a_commit_is_stored_once_for_all_its_refs(db_url: str) -> None:
    """Two refs and two looks share a commit; its files come back sorted, sizes beyond 32 bits."""
    commit = Commit(ONE, (WEIGHTS, CONFIG))

    put(db_url, looked(day(1), main=ONE, step1=ONE), commit)
    put(db_url, looked(day(2), main=ONE), commit)

    assert state(db_url).commits == {ONE: Commit(ONE, (CONFIG, WEIGHTS))}
    assert state(db_url).look.refs == (Ref("main", ONE),)


def test_an_unchanged_repository_adds_one_row(db_url: str) -> None:
    """The same refs again are one look that says so, and the newest state keeps its refs."""
    first = put(db_url, looked(day(1), main=ONE), Commit(ONE, (WEIGHTS,)))
    second = put(db_url, looked(day(2), main=ONE))

    assert (first, second) == (LookStatus.READ, LookStatus.UNCHANGED)
    found = state(db_url)
    assert (found.look.observed_at, found.look.status) == (day(2), LookStatus.UNCHANGED)
    assert found.look.refs == (Ref("main", ONE),)


def test_older_looks_may_come_later(db_url: str) -> None:
    """An inventory of an earlier day, or of none, takes its place in time and changes no state."""
    put(db_url, looked(day(3), main=ONE), Commit(ONE, (WEIGHTS,)))
    put(db_url, looked(day(5), main=ONE))

    assert put(db_url, looked(day(4), main=TWO), Commit(TWO, (OTHER,))) is LookStatus.READ
    assert put(db_url, looked(None, main=TWO)) is LookStatus.READ
    assert put(db_url, looked(None, main=TWO)) is LookStatus.UNCHANGED

    assert state(db_url).look.refs == (Ref("main", ONE),)
    with database.reading(db_url) as connection:
        dates = [(one.observed_at, one.refs[0].commit) for one in queries.looks(connection, REPO)]
    assert dates == [(None, TWO), (None, TWO), (day(3), ONE), (day(4), TWO), (day(5), ONE)]


@pytest.mark.parametrize("status", [LookStatus.GONE, LookStatus.GATED])
def test_a_closed_repository_keeps_its_last_refs(db_url: str, status: LookStatus) -> None:
    """A repository that is gone is known to be gone, and what it held is still known."""
    put(db_url, looked(day(1), main=ONE), Commit(ONE, (WEIGHTS,)))
    put(db_url, Look(day(2), "the Hub", status=status))

    assert state(db_url).look.status is status
    assert state(db_url).look.refs == (Ref("main", ONE),)


def test_more_is_never_replaced_by_less(db_url: str) -> None:
    """A full listing replaces one of the weights alone, and not the other way round."""
    weights, whole = Commit(ONE, (WEIGHTS,), Scope.WEIGHTS), Commit(ONE, (CONFIG, WEIGHTS))

    for commit in (Commit(ONE, gone=True), weights, whole, weights, Commit(ONE, gone=True)):
        put(db_url, looked(day(1), main=ONE), commit)

    assert state(db_url).commits[ONE] == whole
    with database.reading(db_url) as connection:
        assert queries.known_commits(connection, REPO) == {ONE: Scope.ALL}


def test_indexes_are_kept_by_digest(db_url: str) -> None:
    """An index is stored once; one that cannot be read is remembered as such."""
    for _ in range(2):
        with database.writing(db_url) as connection:
            records.put_index(connection, "d" * 40, {"tensor": "model-00001-of-00001.safetensors"})
            records.put_index(connection, "e" * 40, None)
    with database.reading(db_url) as connection:
        assert queries.known_indexes(connection) == {"d" * 40, "e" * 40}
        assert queries.indexes(connection)["e" * 40] is None


def test_findings_open_and_close(db_url: str) -> None:
    """A finding opens once, stands, and closes with a date when it is no longer made."""
    one = Finding("same-as", "error", REPO, None, "step1", "It is another.", {"sha256": "a"})
    two = Finding("missing-branch", "error", REPO, None, "step2", "It is absent.", {})

    settled = []
    for found in ([one], [one, two], [two], [one, two]):
        with database.writing(db_url) as connection:
            settled.append(records.settle_findings(connection, {REPO: found}, now=day(1)))

    assert settled == [(1, 0), (1, 0), (0, 1), (1, 0)]


def test_changes_between_looks() -> None:
    """Moved, new and vanished refs are told apart, with the files that changed."""
    commits = {ONE: Commit(ONE, (WEIGHTS, CONFIG)), TWO: Commit(TWO, (OTHER,))}
    before = [Ref("main", ONE), Ref("step1", ONE)]
    after = [Ref("main", TWO), Ref("step2", TWO), Ref("v1", TWO, RefKind.TAG)]

    found = {change.revision: change for change in changes(before, after, commits)}

    assert {name: change.kind for name, change in found.items()} == {
        "main": "moved",
        "step1": "removed",
        "step2": "added",
        "v1": "added",
    }
    assert found["main"].files == {"config.json": "removed", "model.safetensors": "changed"}
    assert found["step1"].files is None


def test_silence_is_no_change() -> None:
    """A source that knows weights alone does not make the other files vanish."""
    commits = {ONE: Commit(ONE, (WEIGHTS, CONFIG)), TWO: Commit(TWO, (OTHER,), Scope.WEIGHTS)}

    (change,) = changes([Ref("main", ONE)], [Ref("main", TWO)], commits)

    assert change.files == {"model.safetensors": "changed"}
