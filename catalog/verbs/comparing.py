"""How the weights of two checkpoints relate, and where they differ.

Each side is a folder, a file or a REF of which the files are here, or what is on record of a REF;
a record has digests, no values. Never downloads. Compares; what should be is asked of `verify`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from catalog.core import comparisons, loaders, weightsets, witnesses
from catalog.core.comparisons import ComparedTensor, Group
from catalog.core.parts import Kind
from catalog.core.witnesses import Relation
from catalog.errors import CheckedBad, CouldNotCheck
from catalog.progress import SILENT, Watcher
from catalog.sql.queries import weights as queries
from catalog.verbs import listing
from catalog.weights import comparing, hashing, sides

if TYPE_CHECKING:
    from catalog.core.witnesses import Recorded, SetDigests
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """One of two weight sets.

    Attributes:
        text: what was asked for.
        weight_set: its index or single file.
        dtype: of its parameters, joined by `+`.
        params_total: how many numbers they hold; buffers do not count.
        path: where its files are, None for a record.
        recorded_at: when its files were read, None where they were read now.
        sets: the names of all sets beside it, it among them.
        recorded_by: who read them then, None for who keeps this catalog.
    """

    text: str
    weight_set: str
    dtype: str
    params_total: int
    path: Path | None
    recorded_at: datetime | None
    sets: tuple[str, ...]
    recorded_by: str | None = None


@dataclass(frozen=True, slots=True)
class WeightComparison:
    """Two weight sets, compared.

    Attributes:
        first: one.
        second: the other.
        relation: the strongest of the four that holds.
        tensors: every tensor of either, by canonical name; None where a side is a record, which has
            digests and no values.
        notes: what to know beside it, one sentence each.
    """

    first: ComparedSide
    second: ComparedSide
    relation: Relation
    tensors: tuple[ComparedTensor, ...] | None
    notes: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether both hold the same values."""
        return self.relation is not Relation.DIFFERENT

    @property
    def kinds(self) -> list[Group]:
        """What attention, MLPs, norms and so on have in common."""
        return comparisons.by_kind(self.tensors or ())

    def layers(self, kind: Kind | None = None) -> list[Group]:
        """Return what each layer's parameters have in common; outside the layers, each kind's.

        Args:
            kind: only these.
        """
        return comparisons.by_layer(self.tensors or (), kind)


@dataclass(frozen=True, slots=True)
class _Known:
    """What of one side is here.

    Args:
        shown: what to call it.
        open: its headers and files, None of a record.
        digest: returns its digests, reading the files where nobody has.
    """

    shown: ComparedSide
    open: sides.Side | None
    digest: "Callable[[Watcher], SetDigests]"


def on_record(connection: "Reader", target: "Target") -> "Recorded | None":
    """Return what is on record of a checkpoint, None where nothing is."""
    saved = target.checkpoint
    return None if saved is None else queries.recorded(connection, saved.id, target.commit)


def require_record(target: "Target", record: "Recorded | None") -> None:
    """Refuse a checkpoint of which nothing is on record.

    Raises:
        CouldNotCheck: so it is.
    """
    if record is None:
        hint = f"run `catalog populate {quote(target.text)}`"
        raise CouldNotCheck(f"nothing is on record of {target.text}", hint)


def compared(
    first: "tuple[Target, Recorded | None]",
    second: "tuple[Target, Recorded | None]",
    watcher: Watcher = SILENT,
) -> WeightComparison:
    """Compare two weight sets.

    Args:
        first: where its files are, or what is on record of it.
        second: the same of the other.
        watcher: hears how far it is.

    Raises:
        CheckedBad: a file is broken or hostile, a set is incomplete, or there are no weights.
        BadInput: nothing is there, or no such weight set.
        CouldNotCheck: a REF that is neither here nor on record, or a file that cannot be read.
    """
    here, there = (_known(*side) for side in (first, second))
    notes = _notes(here, there)
    if here.open is not None and there.open is not None:
        made = comparing.compare(here.open, there.open, watcher)
        if not any(tensor.first and tensor.second for tensor in made.tensors):
            notes += ("no tensor of one has the name of a tensor of the other",)
        bad = _not_finite(made.tensors)
        notes += tuple(
            f"{side.shown.text} has {count:,} NaN or infinite among the numbers compared"
            for side, count in zip((here, there), bad, strict=True)
            if count
        )
        return WeightComparison(here.shown, there.shown, made.relation, made.tensors, notes)
    relation = witnesses.relation(here.digest(watcher), there.digest(watcher))
    return WeightComparison(here.shown, there.shown, relation, None, notes)


def _not_finite(tensors: "Sequence[ComparedTensor]") -> tuple[int, int]:
    """Return how many numbers of each side are NaN or infinite, as far as they were compared."""
    halves = [(tensor.first, tensor.second) for tensor in tensors]
    first, second = (
        sum(half.non_finite or 0 for half in side if half) for side in zip(*halves, strict=True)
    )
    return first, second


@contextmanager
def _of(target: "Target") -> Iterator[None]:
    """Say which of the two sides an error is about, where it is about files."""
    try:
        yield
    except (CheckedBad, CouldNotCheck) as error:
        if target.text not in error.what and str(target.path) not in error.what:
            error.what = f"{target.text}: {error.what}"
        raise


def _known(target: "Target", record: "Recorded | None") -> _Known:
    with _of(target):
        if record is not None:
            return _recorded(target, record)
        target = _of_index(target)
        inventory = listing.listed(target)
        side = sides.side(inventory, target.weight_set)
    parameters = side.parameters
    shown = ComparedSide(
        target.text,
        side.weights.name,
        "+".join(sorted({header.spec.dtype for header in parameters})),
        sum(header.spec.parameters for header in parameters),
        inventory.path,
        None,
        side.sets,
    )
    return _Known(shown, side, partial(_digested, side, target))


def _of_index(target: "Target") -> "Target":
    """Return the set that an index on this disk means; any other target as it is."""
    path = target.path
    if path is None or not path.is_file() or not weightsets.is_index(path.name):
        return target
    return target._replace(path=path.parent, weight_set=path.name)


def _recorded(target: "Target", record: "Recorded") -> _Known:
    """Return the weight set on record that is meant: the loaded one where none is named."""
    paths = list(record.manifest.entries)
    by_name = {
        each.name: each
        for each in weightsets.find_sets(paths, lambda _: None, assume=True)
        if each.name in record.sets
    }
    loaded = loaders.loaded(list(by_name.values()))
    name = target.weight_set or (loaded.name if loaded else next(iter(record.sets), ""))
    if name not in record.sets:
        raise weightsets.no_such_set(f"the record of {target.text}", name, record.sets)
    files = by_name[name].files if name in by_name else ()
    content = tuple(sorted(record.manifest.entries[path].sha256 for path in files))
    held = replace(record.sets[name], content=content)
    shown = ComparedSide(
        *(target.text, name, held.dtype, held.params_total),
        path=None,
        recorded_at=record.observed_at,
        sets=tuple(sorted(record.sets)),
        recorded_by=record.observer,
    )
    return _Known(shown, None, lambda _: held)


def _digested(side: sides.Side, target: "Target", watcher: Watcher) -> "SetDigests":
    """Digest the one weight set, and no other file."""
    name = side.weights.name
    chosen = replace(
        side.listing,
        files={path: side.listing.files[path] for path in side.weights.all_files},
    )
    watcher.expect(chosen.size_bytes)
    with _of(target):
        hashed = hashing.hash_files(chosen, tensors=True, weight_set=name, progress=watcher.advance)
    return hashed.sets[name]


def _notes(first: _Known, second: _Known) -> tuple[str, ...]:
    """Return what to know of both sides."""
    notes = [note for side in (first, second) for note in _notes_of(side.shown)]
    identities = [
        {file.identity for path, file in side.open.listing.files.items() if path in side.open.plans}
        for side in (first, second)
        if side.open is not None
    ]
    if len(identities) > 1 and identities[0] == identities[1]:
        notes.append("both are the same files on this disk")
    return tuple(notes)


def _notes_of(side: ComparedSide) -> Iterator[str]:
    if len(side.sets) > 1:
        yield f"{side.text} holds {len(side.sets)} weight sets; {side.weight_set} is compared"
    if side.recorded_at is not None:
        by = f" by {side.recorded_by}" if side.recorded_by else ""
        day = f"{side.recorded_at:%Y-%m-%d}{by}"
        yield f"{side.text} is what was recorded {day}: a record has digests, no values"
