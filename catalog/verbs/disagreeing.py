"""Where observers contradict one another about a checkpoint: never settled, always shown."""

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from catalog.core.declared import dated
from catalog.core.weightsets import is_weights
from catalog.sql.queries import weights as queries

if TYPE_CHECKING:
    from collections.abc import Collection

    from catalog.core.manifests import Manifest
    from catalog.sql.connections import Reader, Row

RULE = "observers-disagree"
HERE = "this catalog"


def shared(connection: "Reader") -> "list[Row]":
    """Return the checkpoints that somebody else observed too, each with its model."""
    return connection.rows("sharing.shared")


def of_models(
    connection: "Reader", names: "Collection[str]"
) -> "Iterator[tuple[Row, tuple[str, ...]]]":
    """Yield the checkpoints of some models about which observers disagree, and how."""
    for row in shared(connection):
        if row.model in names and (said := sentences(connection, row.id)):
            yield row, said


def sentences(connection: "Reader", checkpoint_id: int) -> tuple[str, ...]:
    """Return what observers say of a checkpoint that cannot all be true.

    Each one's newest word on a commit counts. Of two commits nothing has to be equal; where one of
    them is unknown it has: a record then says only whose the bytes are.
    """
    newest: dict[tuple[str | None, str | None], Row] = {}
    for row in connection.rows("sharing.witnesses", checkpoint_id=checkpoint_id):
        newest.setdefault((row.observer, row.commit), row)
    manifests = {
        row.manifest_id: queries.manifest(connection, row.manifest_id) for row in newest.values()
    }
    return tuple(
        sentence
        for word, other in combinations(newest.values(), 2)
        if word.observer != other.observer and _same_commit(word, other)
        for sentence in _differing(word, other, manifests)
    )


def _same_commit(word: "Row", other: "Row") -> bool:
    return word.commit == other.commit or None in (word.commit, other.commit)


def _differing(word: "Row", other: "Row", manifests: "dict[int, Manifest]") -> Iterator[str]:
    """Yield the weight files of which two observers read other bytes."""
    theirs = manifests[other.manifest_id].entries
    for entry in manifests[word.manifest_id]:
        held = theirs.get(entry.path)
        if held is not None and held.sha256 != entry.sha256 and is_weights(entry.path):
            yield (
                f"{entry.path}: {_who(word)} has {entry.sha256[:16]}…, "
                f"{_who(other)} {held.sha256[:16]}…"
            )


def _who(row: "Row") -> str:
    """Return who observed, and when."""
    return f"{row.observer or HERE} ({dated('observed', row.observed_at)})"
