"""Brings a checkpoint's files to this machine, into the Hub's cache: what a REF lacks, no more."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from catalog.core import loaders, weightsets
from catalog.core.counts import count
from catalog.core.weightsets import CONFIG
from catalog.errors import CatalogError, CheckedBad, HubUnavailable, HubUnreachable
from catalog.hub import client, downloads
from catalog.progress import SILENT, Advance, Watcher
from catalog.weights import cache, files, headers

if TYPE_CHECKING:
    from catalog.verbs.target import Target


class Rate:
    """How fast downloads of this process were; those side by side count one after the other."""

    def __init__(self) -> None:
        self._bytes, self._seconds = 0, 0.0
        self._lock = threading.Lock()

    @contextmanager
    def measured(self, advance: Advance) -> Iterator[Advance]:
        """Measure one download; yields what its pieces are told to."""
        began = time.monotonic()

        def told(count: int) -> None:
            with self._lock:
                self._bytes += count
            advance(count)

        try:
            yield told
        finally:
            with self._lock:
                self._seconds += time.monotonic() - began

    @property
    def bytes_a_second(self) -> float | None:
        """What all of them came to, None before the first that brought anything."""
        with self._lock:
            return self._bytes / self._seconds if self._bytes and self._seconds else None


RATE = Rate()
"""Of this process."""


def fetch(target: "Target", watcher: Watcher = SILENT, *, offline: bool = False) -> "Target":
    """Return the target with its files on this machine: downloads what a REF lacks.

    Args:
        target: which checkpoint.
        watcher: hears what is downloaded.
        offline: ask nobody.

    Raises:
        HubUnavailable: the Hub does not answer or does not have it.
        CheckedBad: the branch holds no weights.
        BadInput: nor the weight set that was asked for.
    """
    if target.revision is None or target.model is None or target.model.repo_id is None:
        return target
    by_place = target.path is not None and cache.identify(target.path)
    if (target.path is not None and not by_place) or is_complete(target):
        return target
    if offline:
        raise unasked(target)
    repo_id = target.model.repo_id
    held = client.Client(report=watcher.report).listing(repo_id, target.revision)
    wanted = needed(list(held.sizes), target.weight_set)
    if not wanted:
        raise _nothing_to_fetch(target, list(held.sizes))
    sizes = [held.sizes[path] for path in wanted]
    size = sum(each or 0 for each in sizes)
    watcher.report(f"downloading {count(len(wanted), 'file')}, {size:,} bytes")
    watcher.download(size)
    with RATE.measured(watcher.advance) as progress:
        snapshot = downloads.download(
            repo_id,
            target.revision,
            wanted,
            cache.cache_folder(),
            size=None if None in sizes else size,
            progress=progress,
        )
    if snapshot.name != held.commit:
        raise HubUnavailable(f"{target.name} moved while it was downloaded", "try again")
    return target._replace(path=snapshot, commit=snapshot.name)


def _nothing_to_fetch(target: "Target", paths: list[str]) -> CatalogError:
    """Return why there is nothing to download of a branch."""
    if target.weight_set is None:
        return CheckedBad(f"{target.repo_id}@{target.revision} holds no weights")
    sets = weightsets.find_sets(paths, lambda _: None)
    return weightsets.no_such_set(target.branch, target.weight_set, [each.name for each in sets])


def unasked(target: "Target") -> HubUnreachable:
    """Return the error of a target that is not here whole where nobody may be asked."""
    why = f"{target.name} is not whole in the Hub's cache, and nobody was asked"
    return HubUnreachable(why, "leave out --offline to download it")


def is_complete(target: "Target") -> bool:
    """Return whether config and the weights asked for are all there, as far as names tell."""
    if target.path is None:
        return False
    try:
        listing = files.find(target.path)
        there = headers.sets_of(listing)
    except CatalogError:
        return False
    wanted = [weights for weights in there if weights.name == target.weight_set]
    chosen = wanted[0] if wanted else loaders.loaded(there)
    named = target.weight_set is None or bool(wanted)
    return CONFIG in listing.files and named and chosen is not None and not chosen.problems


def needed(paths: Sequence[str], weight_set: str | None = None) -> list[str]:
    """Return which files of a branch to download: config and one weight set.

    The set is the one asked for, else the one that transformers 5 loads.

    >>> needed(["README.md", "config.json", "model.safetensors", "pytorch_model.bin"])
    ['config.json', 'model.safetensors']
    """
    first = [weight_set] if weight_set else loaders.names_loaded()
    chosen = next((name for name in first if name in paths), None)
    if chosen is None:
        return []
    wanted = [CONFIG, chosen]
    whole = PurePosixPath(chosen.removesuffix(".index.json"))
    if str(whole) != chosen:
        start, end = f"{whole.with_suffix('')}-", whole.suffix
        wanted += [path for path in paths if path.startswith(start) and path.endswith(end)]
    return [path for path in wanted if path in paths]
