"""Reads an inventory: a CSV file with one line a file of a branch. Refuses what it cannot trust.

Knows no database. A file with one bad line is refused whole, with the number of that line.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from catalog.core import foreign
from catalog.core.foreign import ForeignError
from catalog.core.published import Commit, Ref, RemoteFile, Scope
from catalog.errors import BadInput

COLUMNS = ("repo", "revision", "commit", "file", "bytes", "sha256")
_SIZE = re.compile(r"[0-9]{1,18}")
MOST_ROWS = 200_000
"""Files of all branches: a released model has 500, a whole suite 20,000."""


def _size(text: str) -> str:
    if not _SIZE.fullmatch(text):
        raise ForeignError(f"{foreign.shown(text)} is no number of bytes")
    return text


_RULES: dict[str, tuple[Callable[[str], str], str]] = {
    "repo": (foreign.repository, "a repository, as in EleutherAI/pythia-70m"),
    "revision": (foreign.revision, "a branch name"),
    "commit": (foreign.commit, "a commit of 40 hex digits"),
    "file": (foreign.path, "a relative path"),
    "bytes": (_size, "a number of bytes"),
    "sha256": (foreign.sha256, "a SHA-256 of 64 hex digits"),
}


@dataclass(frozen=True, slots=True)
class Observation:
    """What an inventory says of one repository."""

    repo_id: str
    refs: tuple[Ref, ...]
    commits: tuple[Commit, ...]


@dataclass(slots=True)
class _Draft:
    """One repository while its lines are read: commit by branch, files by branch."""

    commits: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, RemoteFile]] = field(default_factory=dict)


def read(content: bytes, *, label: str) -> list[Observation]:
    """Return what an inventory says, one observation a repository, in the order of the file.

    Raises:
        BadInput: "LABEL:LINE: what is wrong".
    """
    drafts: dict[str, _Draft] = {}
    sizes: dict[str, str] = {}
    for line, row in _rows(content, label):
        if sizes.setdefault(row["sha256"], row["bytes"]) != row["bytes"]:
            what = f"{row['bytes']} bytes, and {sizes[row['sha256']]} with the same SHA-256 before"
            raise BadInput(f"{label}:{line}: {what}", "equal bytes have one size")
        _take(drafts.setdefault(row["repo"], _Draft()), row, f"{label}:{line}")
    if not drafts:
        raise BadInput(f"{label}:1: no line names a file", "an empty inventory says nothing")
    return [_observation(repo_id, draft, label) for repo_id, draft in drafts.items()]


def _rows(content: bytes, label: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number and the checked cells of every line."""
    try:
        text = foreign.text_of(content)
    except ForeignError as error:
        raise BadInput(f"{label}:1: not UTF-8 text: {error}", _form()) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if sorted(header) != sorted(COLUMNS):
            raise BadInput(f"{label}:1: the columns are {', '.join(header) or 'absent'}", _form())
        for cells in reader:
            if reader.line_num > MOST_ROWS:
                raise BadInput(f"{label}: more than {MOST_ROWS:,} lines", "import it in parts")
            if cells:
                yield reader.line_num, _checked(header, cells, f"{label}:{reader.line_num}")
    except csv.Error as error:
        raise BadInput(f"{label}:{reader.line_num}: {error}", _form()) from error


def _form() -> str:
    return f"write a CSV file with the columns {', '.join(COLUMNS)}"


def _checked(header: list[str], cells: list[str], where: str) -> dict[str, str]:
    """Return the cells by column, each of its form."""
    if len(cells) != len(header):
        raise BadInput(f"{where}: {len(cells)} cells, not {len(header)}", _form())
    row = dict(zip(header, cells, strict=True))
    for column, (gate, meaning) in _RULES.items():
        try:
            gate(row[column])
        except ForeignError as error:
            shown = foreign.shown(row[column])
            raise BadInput(f"{where}: {column} is {shown}, not {meaning}", _form()) from error
    return row


def _take(draft: _Draft, row: dict[str, str], where: str) -> None:
    """Add one line to its repository's draft."""
    revision = row["revision"]
    commit = draft.commits.setdefault(revision, row["commit"])
    if commit != row["commit"]:
        raise BadInput(f"{where}: {revision} points at two commits", "a branch has one commit")
    files = draft.files.setdefault(revision, {})
    if row["file"] in files:
        raise BadInput(f"{where}: {revision} has {row['file']} twice", "name each file once")
    files[row["file"]] = RemoteFile(row["file"], int(row["bytes"]), sha256=row["sha256"])


def _observation(repo_id: str, draft: _Draft, label: str) -> Observation:
    """Return a repository's refs and commits; branches of one commit must have the same files."""
    files: dict[str, dict[str, RemoteFile]] = {}
    for revision, sha in draft.commits.items():
        if files.setdefault(sha, draft.files[revision]) != draft.files[revision]:
            raise BadInput(
                f"{label}: {repo_id}: {revision} and another branch share the commit {sha}, "
                "but not their files",
                "a commit has one set of files",
            )
    return Observation(
        repo_id,
        tuple(Ref(revision, sha) for revision, sha in draft.commits.items()),
        tuple(
            Commit(
                sha, tuple(sorted(of_commit.values(), key=lambda file: file.path)), Scope.WEIGHTS
            )
            for sha, of_commit in files.items()
        ),
    )
