"""The log of a guard: what a process loaded, one line of JSON a load; and reading it back.

Values and their form. Who writes lines is `catalog.guard.journal`; a lock is made of them by
`catalog.verbs.lock`.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog.core import foreign
from catalog.core.foreign import ForeignError
from catalog.errors import BadInput

if TYPE_CHECKING:
    from catalog.core.loads import Load

SHA256_ZERO = "0" * 64
MOST_LINES = 100_000


class File(NamedTuple):
    """One file that was loaded, or belongs to what was.

    Args:
        path: relative to the repository.
        size_bytes: its size on this machine.
        sha256: that the Hub declared; of a small file: computed. None where neither is known.
        git_sha1: git's blob id of a small file.
    """

    path: str
    size_bytes: int
    sha256: str | None
    git_sha1: str | None


class Entry(NamedTuple):
    """One load, as a log has it.

    Args:
        repo_id: as it was asked for.
        revision: the same; by commit: the branch that was seen there.
        commit: that was loaded.
        model: None where the catalog knew none.
        step: published step, None where there is none.
        tokens_seen: None where nobody knows.
        weight_set: that was loaded.
        verdict: on it.
        line: what is wrong with it, None where nothing is known to be.
        files: what was loaded.
    """

    repo_id: str
    revision: str
    commit: str
    model: str | None
    step: int | None
    tokens_seen: int | None
    weight_set: str
    verdict: str
    line: str | None
    files: tuple[File, ...]

    @property
    def name(self) -> str:
        """What to call the checkpoint."""
        return f"{self.model or self.repo_id}@{self.revision}"


def line(
    load: "Load", files: Iterable[File], *, when: datetime, library: str, version: str | None
) -> str:
    """Return the line of a load."""
    branch = load.branch
    document = {
        "when": when.isoformat(),
        "repo_id": load.repo_id,
        "revision": load.revision,
        "commit": load.commit,
        "model": load.model,
        "step": None if branch is None else branch.step,
        "tokens_seen": None if branch is None else branch.tokens_seen,
        "weight_set": load.weight_set,
        "verdict": load.verdict,
        "holds": load.holds,
        "problem": load.line,
        "files": [
            {"path": each.path, "size": each.size_bytes, "sha256": each.sha256}
            | ({"git_sha1": each.git_sha1} if each.git_sha1 else {})
            for each in files
        ],
        "library": library,
        "version": version,
    }
    return json.dumps(document) + "\n"


def parse(text: str, where: str) -> list[Entry]:
    """Read a log; a load that stands in it twice is one.

    Raises:
        BadInput: a line is none of ours, or there is none.
    """
    lines = [(number, row) for number, row in enumerate(text.splitlines(), 1) if row.strip()]
    if not lines:
        raise BadInput(f"{where} holds no load", "run with CATALOG_GUARD_LOG=FILE to write one")
    if len(lines) > MOST_LINES:
        raise BadInput(f"{where} holds more than {MOST_LINES:,} loads")
    entries: dict[tuple[str, ...], Entry] = {}
    for number, row in lines:
        try:
            entry = _entry(foreign.json_of(row))
        except ForeignError as error:
            raise BadInput(f"{where}, line {number}: {error}") from error
        key = (entry.repo_id.lower(), entry.revision, entry.commit, entry.weight_set)
        if key not in entries or len(entries[key].files) < len(entry.files):
            entries[key] = entry
    return list(entries.values())


def _entry(stated: Any) -> Entry:  # noqa: ANN401 - as JSON has it
    if not isinstance(stated, dict) or not isinstance(stated.get("files"), list):
        raise ForeignError("no load: it has no files")
    return Entry(
        repo_id=foreign.repository(stated.get("repo_id")),
        revision=foreign.revision(stated.get("revision")),
        commit=foreign.commit(stated.get("commit")),
        model=_maybe(foreign.name, stated.get("model")),
        step=_maybe(foreign.whole, stated.get("step")),
        tokens_seen=_maybe(foreign.whole, stated.get("tokens_seen")),
        weight_set=foreign.path(stated.get("weight_set")),
        verdict=foreign.name(stated.get("verdict")),
        line=_maybe(_sentence, stated.get("problem")),
        files=tuple(map(_file, stated["files"])),
    )


def _sentence(value: object) -> str:
    return foreign.name(value, foreign.LONGEST_PATH)


def _maybe(read: Any, value: object) -> Any:  # noqa: ANN401 - one of the gates above
    return None if value is None else read(value)


def _file(stated: Any) -> File:  # noqa: ANN401 - as JSON has it
    if not isinstance(stated, dict):
        raise ForeignError(f"{foreign.shown(stated)} is no file")
    return File(
        foreign.path(stated.get("path")),
        foreign.whole(stated.get("size")),
        _maybe(foreign.sha256, stated.get("sha256")),
        _maybe(foreign.commit, stated.get("git_sha1")),
    )
