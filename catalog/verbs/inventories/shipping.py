"""The observations that ship with the catalog: packed by the importer, loaded by `init`.

A line is a look at one repository, with its refs and its commits: the number of its origin, the
digest of the inventory, the repository, refs and commits. Content that the catalog knows already
is stored once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.core.digests import Digest
from catalog.core.inventories import Observation, read
from catalog.core.published import Commit, Look, Ref, RefKind, RemoteFile, Scope
from catalog.verbs.inventories import store
from catalog.verbs.shipping import Origin, Pack

if TYPE_CHECKING:
    from catalog.sql.connections import Writer

PACK = Pack(
    content="observations",
    file="observations.jsonl.xz",
    form="checkpoint-catalog observations 1",
    kind="measurement",
    mark="shipped-observations",
    title="Observations of the Hub that ship with the catalog",
)
PUBLISHED = "https://github.com/lxman/decodable-is-not-learned/blob"
# Five more repositories, of one file: copied out twice, independently of each other, and all 1,864
# rows agree; 437 of 437 that a third public source states agree too.
LATER = "5bd515c4e7b822fb1d016c22b09fd3e2f5a58196"


def _origin(model: str, commit: str, path: str, dated: str, checked: str = "") -> Origin:
    """Return the origin of one repository's inventory."""
    return Origin(
        f"hub-inventory-{model}",
        f'Hub inventory of EleutherAI/{model}: Michael Jordan, "Decodable Is Not Learned" '
        f"(2026), CC BY 4.0{checked}",
        f"{PUBLISHED}/{commit}/{path}",
        commit,
        "CC-BY-4.0",
        dated,
    )


ORIGINS = (
    _origin(
        "pythia-2.8b",
        "2e6b8dcf398b0b9f6d5994c54a1c0d9fb0050c7c",
        "experiments/exp2g/hub_inventory.json",
        "2026-08-23",
    ),
    *(
        _origin(
            model,
            LATER,
            "experiments/exp5/hub_inventory_5.json",
            "2026-09-22",
            "; copied twice, the copies agree",
        )
        for model in ("pythia-160m", "pythia-410m", "pythia-1.4b", "pythia-6.9b", "pythia-12b")
    ),
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """What loading did: "loaded" or "known", and how many repositories and branches there are.

    Attributes:
        status: one of these words.
        repositories: how many.
        branches: how many.
    """

    status: str
    repositories: int = 0
    branches: int = 0


def pack(inventories: Iterable[bytes], origins: Sequence[Origin] = ORIGINS) -> bytes:
    """Return the packed form of inventories in CSV, one for each origin, in that order.

    Raises:
        BadInput: one of them is malformed.
    """
    lines: list[object] = []
    for number, (origin, content) in enumerate(zip(origins, inventories, strict=True)):
        digest = str(Digest.of(content))
        observations = read(content, label=origin.key)
        lines += [[number, digest, each.repo_id, *_packed(each)] for each in observations]
    return PACK.packed(origins, lines)


def _packed(observation: Observation) -> tuple[list[list[str]], list[list[Any]]]:
    """Return refs and commits as lists."""
    refs = [[ref.revision, ref.kind.value, ref.commit] for ref in observation.refs]
    commits = [
        [
            commit.sha,
            commit.scope.value,
            [[file.path, file.size_bytes, file.sha256, file.git_sha1] for file in commit.files],
        ]
        for commit in observation.commits
    ]
    return refs, commits


def load_shipped(connection: "Writer") -> Shipped:
    """Load the shipped observations; where exactly these are loaded, it costs a single read."""
    return load(connection, PACK.read())


def load(connection: "Writer", packed: bytes) -> Shipped:
    """Load a packed file; looks that are there already stay as they are.

    Raises:
        CheckedBad: the bytes are not a packed file.
    """
    if PACK.is_loaded(connection, packed):
        return Shipped("known")
    _, origins, lines = PACK.unpacked(packed)
    for origin in origins:
        PACK.put_source(connection, origin)
    branches = 0
    for number, inventory, *parts in lines:
        observation, origin = _observation(*parts), origins[number]
        source = f"{origin.title}; {origin.url}"
        look = Look(origin.moment, source, inventory, refs=observation.refs)
        store(connection, observation, look)
        branches += len(observation.refs)
    PACK.put_mark(connection, packed)
    return Shipped("loaded", len(lines), branches)


def _observation(repo_id: str, refs: list[list[str]], commits: list[list[Any]]) -> Observation:
    return Observation(
        repo_id,
        tuple(Ref(revision, sha, RefKind(kind)) for revision, kind, sha in refs),
        tuple(
            Commit(sha, tuple(RemoteFile(*file) for file in files), Scope(scope))
            for sha, scope, files in commits
        ),
    )
