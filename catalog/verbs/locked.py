"""Compares what a lock pins with what is there: in the Hub's cache, or anywhere below a folder.

Folders go by their content; a name counts only where the lock itself gave it, or where nothing
below has the content. Only what is pinned is compared; what else lies there is of no account.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import loaders, witnesses
from catalog.core.counts import count
from catalog.core.locks import ALONE, Lock, Locked, parse
from catalog.core.manifests import Manifest
from catalog.core.verdicts import Check, Level, Rule, Seen, Verdict, Verification
from catalog.errors import BadInput, CatalogError, CheckedBad, CouldNotCheck
from catalog.progress import SILENT, Watcher
from catalog.verbs import verify
from catalog.verbs.expecting import Witness
from catalog.verbs.target import Target
from catalog.weights import cache, files, hashing, headers, impostors, manifest_files, searching

if TYPE_CHECKING:
    from catalog.forward import Choice

DEEP = (Rule.SHAPES, Rule.FINITE, Rule.PARAMETERS, Rule.VALUES, Rule.FORWARD)
OLD = (
    "this lock is of version 1: no digest covers its commit, step and tokens; "
    "`catalog lock` writes a new one"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A checkpoint that a lock pins, and what is there of it.

    Attributes:
        locked: what is pinned.
        folder: what was compared, None where nothing was.
        verification: how the comparison came out.
        advisories: ids of the advisories that concern it.
    """

    locked: Locked
    folder: Path | None
    verification: Verification
    advisories: tuple[str, ...] = ()


def _nothing_known(locked: Locked) -> tuple[Target, Witness]:
    return Target(locked.name), Witness()


@dataclass(frozen=True, slots=True)
class Options:
    """How to compare.

    Args:
        source: who says what is expected.
        level: `files`, `weights` or `forward`.
        choice: where and how to run the network; for `forward` only.
        known: returns what the catalog knows of a pinned checkpoint.
        watcher: hears how far it is.
    """

    source: str
    level: Level = Level.FILES
    choice: "Choice | None" = None
    known: Callable[[Locked], tuple[Target, Witness]] = _nothing_known
    watcher: Watcher = SILENT


def depth(level: str) -> Level:
    """Return how deep to look.

    Raises:
        BadInput: less deep than the bytes, which are what a lock pins.
    """
    asked = Level.of(level)
    if asked is Level.METADATA:
        raise BadInput("a lock pins bytes, not sizes alone", "take --level files")
    return asked


def read(file: Path) -> Lock:
    """Return what a lock file says.

    Raises:
        BadInput: there is none, it is no lock, was changed by hand, or is of a later version.
        CouldNotCheck: it cannot be read.
    """
    return parse(manifest_files.read(file, "write it with `catalog lock REF -o FILE`"), str(file))


def compare(lock: Lock, top: Path | None, options: Options, *, now: datetime) -> Iterator[Compared]:
    """Return how each checkpoint that a lock pins compares with what is there, one at a time.

    Args:
        lock: what is pinned.
        top: a folder that holds it, at any depth; None for the Hub's cache.
        options: how to compare.
        now: when it began.

    Raises:
        BadInput: there is no such folder.
    """
    folders = None if top is None else searching.Folders(top, options.watcher)
    notes = () if lock.digest else (OLD,)
    return (_looked(locked, folders, options, notes, now) for locked in lock.checkpoints)


def _looked(
    locked: Locked,
    folders: searching.Folders | None,
    options: Options,
    notes: tuple[str, ...],
    now: datetime,
) -> Compared:
    """Compare one checkpoint; what is wrong with its files is part of the answer."""
    place = _Place()
    try:
        place = _cached(locked, options) if folders is None else _below(folders, locked)
        verification = _verified(locked, place, options, now)
    except (CheckedBad, CouldNotCheck) as error:
        is_bad = isinstance(error, CheckedBad)
        place = replace(place, held=None, why=str(error), could_look=is_bad)
        verification = _verified(locked, place, options, now)
    noted = replace(verification, notes=(*notes, *place.notes, *verification.notes))
    return Compared(locked, place.folder, noted)


# Where it is -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pinned checkpoint is, and what is there of it.

    Args:
        folder: None where it is nowhere.
        held: those of its files that are pinned; None where it is nowhere.
        notes: what a reader should know.
        why: why it is nowhere.
        could_look: whether what is missing is wrong: users download what they load, so a cache
            need not be whole.
    """

    folder: Path | None = None
    held: Manifest | None = None
    notes: tuple[str, ...] = ()
    why: str | None = None
    could_look: bool = True


def _cached(locked: Locked, options: Options) -> _Place:
    """Return the pinned commit's snapshot, else the branch's."""
    repository = cache.repository_folder(locked.repo_id)
    known = cache.is_repository(repository)
    pinned = cache.snapshot(repository, locked.commit) if known else None
    folder = pinned or (cache.snapshot(repository, locked.revision) if known else None)
    fetch = f"`catalog pull {locked.ref} --to DIR` fetches it; then name DIR too"
    if folder is None:
        return _Place(notes=(fetch,), why="not in the Hub's cache", could_look=False)
    notes = _loads_other(folder, locked)
    if pinned is None:
        moved = f"the cache has commit {folder.name[:8]}, the lock pins {locked.commit[:8]}"
        notes.insert(0, moved)
    listing = files.some(folder, locked.manifest.entries)
    options.watcher.expect(listing.size_bytes)
    held = hashing.digest_files(listing, options.watcher.advance)
    if locked.manifest.entries.keys() - held.entries.keys():
        notes.append(fetch)
    return _Place(folder, held, tuple(notes), could_look=False)


def _below(folders: searching.Folders, locked: Locked) -> _Place:
    """Return where a checkpoint is: by the lock's own name for it, by content, by its branch.

    A folder that has the lock's name for a checkpoint is what a user would load as that: it is
    compared, whatever lies elsewhere.
    """
    manifest, named = locked.manifest, folders.top / locked.folder
    is_entitled = locked.folder != ALONE and searching.holds_any(named, manifest)
    if is_entitled and folders.holds(named, manifest):
        return _placed(folders, named, locked)
    by_content = folders.holding(manifest)
    if is_entitled:
        elsewhere = [f"what is pinned is in {by_content}"] if by_content else []
        return _placed(folders, named, locked, *elsewhere)
    if by_content is not None:
        return _placed(folders, by_content, locked)
    guesses = (named, folders.top / locked.name, folders.top / locked.revision)
    fetch = f"`catalog pull {locked.ref} --to {folders.top / locked.name}` fetches it"
    for folder in guesses:
        if searching.holds_any(folder, manifest):
            return _placed(folders, folder, locked, fetch)
    return _Place(notes=(fetch,), why=f"no folder in {folders.top} holds it")


def _placed(folders: searching.Folders, folder: Path, locked: Locked, *notes: str) -> _Place:
    held = folders.held(folder, locked.manifest)
    return _Place(folder, held, (*_loads_other(folder, locked), *notes))


def _loads_other(folder: Path, locked: Locked) -> list[str]:
    """Return a note where another weight set than the pinned one would be loaded."""
    try:
        loaded = loaders.loaded(headers.sets_of(files.find(folder)))
    except CatalogError:  # what else lies there is of no account
        return []
    if loaded is None or loaded.name == locked.weight_set:
        return []
    return [f"from_pretrained would load {loaded.name} here; what is pinned is {locked.weight_set}"]


# What it is ------------------------------------------------------------------------------------


def _verified(locked: Locked, place: _Place, options: Options, now: datetime) -> Verification:
    """Return every check of the level; what the weights are, only of the pinned bytes."""
    began = time.monotonic()
    compared = _compared(locked, place, f"{options.source}: manifest {locked.manifest.digest}")
    verification = Verification(
        target=locked.name,
        level=options.level,
        checks=(compared,),
        expected=locked.manifest.digest,
        observed=None if place.held is None else place.held.digest,
        worst_difference=None,
        tolerance=None,
        environment=None,
        started_at=now,
        duration_s=0.0,
        seen=None if place.held is None else _seen(locked, place.held),
    )
    if options.level is not Level.FILES:
        verification = _deeper(verification, locked, place, options)
    return replace(verification, duration_s=time.monotonic() - began)


def _seen(locked: Locked, held: Manifest) -> Seen:
    return Seen(locked.name, held, (), locked.repo_id, locked.commit)


def _compared(locked: Locked, place: _Place, expected: str) -> Check:
    missing = Verdict.FAILED if place.could_look else Verdict.INCONCLUSIVE
    if place.held is None or place.folder is None:
        return Check(Rule.FILES, missing, expected, place.why)
    difference = locked.manifest.diff(place.held)
    if difference:
        verdict = Verdict.FAILED if difference.different else missing
        others = files.some(place.folder, [was.path for was, _ in difference.different])
        seen = impostors.pointer(others) or witnesses.in_words(difference)
        return Check(Rule.FILES, verdict, expected, str(seen))
    held = f"{count(len(place.held), 'file')}, as they are pinned"
    return Check(Rule.FILES, Verdict.PASSED, expected, held)


def _deeper(
    verification: Verification, locked: Locked, place: _Place, options: Options
) -> Verification:
    """Look into the pinned weight set as `verify` does, if its files are those that are pinned."""
    if place.folder is None or verification.verdict is not Verdict.PASSED:
        rule = Rule.FORWARD if options.level is Level.FORWARD else Rule.SHAPES
        seen = "not looked at: the files are not those that are pinned"
        unseen = Check(rule, Verdict.INCONCLUSIVE, None, seen)
        return replace(verification, checks=(*verification.checks, unseen))
    target, witness = options.known(locked)
    names = [weights.name for weights in headers.sets_of(files.find(place.folder))]
    only = locked.weight_set if locked.weight_set in names else None
    target = target._replace(path=place.folder, commit=locked.commit, weight_set=only)
    looking = verify.Options(options.level, options.choice, (), options.watcher)
    witness = replace(witness, expected=None)  # the lock says which files there are
    looked = verify.look(target, witness, looking, now=verification.started_at)
    deep = [check for check in looked.checks if check.rule in DEEP]
    return replace(
        looked,
        target=verification.target,
        checks=(*verification.checks, *deep),
        expected=verification.expected,
        observed=verification.observed,
        seen=_with_sets(verification.seen, looked.seen),
    )


def _with_sets(pinned: Seen | None, looked: Seen | None) -> Seen | None:
    """Return the pinned files that were read, with what the weights among them hold."""
    if pinned is None or looked is None:
        return pinned
    return replace(pinned, sets=looked.sets)
