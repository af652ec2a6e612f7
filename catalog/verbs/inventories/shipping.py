"""The observations that ship with the catalog: packed by the importer, loaded by `init`.

The form is JSON lines under xz, the same bytes every time: a head with the sources, then one line
a look, with its refs and its commits. Content that the catalog knows already is stored once.
"""

import hashlib
import json
import lzma
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from catalog.core.inventories import Observation, read
from catalog.core.published import Commit, Look, Ref, RefKind, RemoteFile, Scope
from catalog.errors import CheckedBad
from catalog.sql.records import sources
from catalog.verbs.inventories import store

if TYPE_CHECKING:
    from catalog.sql.connections import Writer

FORM = "checkpoint-catalog observations 1"
_FILE = "observations.jsonl.xz"
_MARK = "shipped-observations"


@dataclass(frozen=True, slots=True)
class Origin:
    """A public inventory.

    Args:
        key: of its row in the sources.
        title: with the attribution that its licence asks for.
        url: where it is.
        commit: of that place.
        license: under which it may be passed on.
        dated: the day that it describes, ISO.
    """

    key: str
    title: str
    url: str
    commit: str
    license: str
    dated: str

    @property
    def moment(self) -> datetime:
        """The day that it describes."""
        return datetime.fromisoformat(self.dated).replace(tzinfo=UTC)


ORIGINS = (
    Origin(
        "hub-inventory-pythia-2.8b",
        'Hub inventory of EleutherAI/pythia-2.8b: Michael Jordan, "Decodable Is Not Learned" '
        "(2026), CC BY 4.0",
        "https://github.com/lxman/decodable-is-not-learned/blob/"
        "2e6b8dcf398b0b9f6d5994c54a1c0d9fb0050c7c/experiments/exp2g/hub_inventory.json",
        "2e6b8dcf398b0b9f6d5994c54a1c0d9fb0050c7c",
        "CC-BY-4.0",
        "2026-08-23",
    ),
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """What loading did: "loaded" or "known", and how many repositories and branches there are."""

    status: str
    repositories: int = 0
    branches: int = 0


def pack(inventories: Iterable[bytes]) -> bytes:
    """Return the packed form of inventories in CSV, one for each of `ORIGINS`, in that order.

    Raises:
        BadInput: one of them is malformed.
    """
    head = {"form": FORM, "sources": [asdict(origin) for origin in ORIGINS]}
    lines: list[object] = [head]
    for number, (origin, content) in enumerate(zip(ORIGINS, inventories, strict=True)):
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        told = read(content, label=origin.key)
        lines.extend([number, digest, one.repo_id, *_packed(one)] for one in told)
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    return lzma.compress(text.encode(), check=lzma.CHECK_SHA256, preset=9 | lzma.PRESET_EXTREME)


def _packed(one: Observation) -> tuple[list[list[str]], list[list[Any]]]:
    """Return refs and commits as lists."""
    refs = [[ref.revision, ref.kind.value, ref.commit] for ref in one.refs]
    commits = [
        [
            commit.sha,
            commit.scope.value,
            [[file.path, file.size_bytes, file.sha256, file.git_sha1] for file in commit.files],
        ]
        for commit in one.commits
    ]
    return refs, commits


def load_shipped(connection: "Writer") -> Shipped:
    """Load the shipped observations; where exactly these are loaded, it costs a single read."""
    packed = resources.files("catalog").joinpath("shipped", _FILE).read_bytes()
    return load(connection, packed)


def load(connection: "Writer", packed: bytes) -> Shipped:
    """Load a packed file; looks that are there already stay as they are.

    Raises:
        CheckedBad: the bytes are not a packed file.
    """
    digest = f"sha256:{hashlib.sha256(packed).hexdigest()}"
    if sources.source_digest(connection, _MARK) == digest:
        return Shipped("known")
    origins, lines = _unpacked(packed)
    for origin in origins:
        _put_source(connection, origin)
    branches = 0
    for number, of_file, *parts in lines:
        one, origin = _observation(*parts), origins[number]
        source = f"{origin.title}; {origin.url}"
        store(connection, one, Look(origin.moment, source, of_file, refs=one.refs))
        branches += len(one.refs)
    title = "Observations of the Hub that ship with the catalog"
    mark: dict[str, str | None] = {"key": _MARK, "kind": "measurement", "title": title}
    sources.ensure_source(connection, mark | {"digest": digest})
    return Shipped("loaded", len(lines), branches)


def _unpacked(packed: bytes) -> tuple[list[Origin], list[list[Any]]]:
    try:
        head, *lines = [json.loads(line) for line in lzma.decompress(packed).splitlines()]
    except (lzma.LZMAError, ValueError) as error:
        raise CheckedBad(f"the shipped observations are damaged: {error}") from error
    if not isinstance(head, dict) or head.get("form") != FORM:
        raise CheckedBad("the shipped observations have another form")
    return [Origin(**one) for one in head["sources"]], lines


def _observation(repo_id: str, refs: list[list[str]], commits: list[list[Any]]) -> Observation:
    return Observation(
        repo_id,
        tuple(Ref(revision, sha, RefKind(kind)) for revision, kind, sha in refs),
        tuple(
            Commit(sha, tuple(RemoteFile(*file) for file in files), Scope(scope))
            for sha, scope, files in commits
        ),
    )


def _put_source(connection: "Writer", origin: Origin) -> None:
    row: dict[str, str | None] = {
        "key": origin.key,
        "kind": "measurement",
        "title": origin.title,
        "url": origin.url,
        "commit": origin.commit,
    }
    sources.ensure_source(connection, row)
