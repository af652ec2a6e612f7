"""Gets a checkpoint's files: from the Hub's cache, else from the Hub, no more than is needed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from catalog.core import loaders
from catalog.core.weightsets import CONFIG
from catalog.errors import CatalogError, CheckedBad, HubUnavailable
from catalog.hub import client, downloads
from catalog.progress import SILENT, Watcher
from catalog.weights import cache, files, headers

if TYPE_CHECKING:
    from catalog.verbs.meaning import Target


def fetch(target: "Target", watcher: Watcher = SILENT) -> "Target":
    """Return the target with its files on this machine: downloads what a REF lacks.

    Raises:
        HubUnavailable: the Hub does not answer or does not have it.
        CheckedBad: the branch holds no weights.
    """
    if target.revision is None or target.model is None or target.model.repo_id is None:
        return target
    by_place = target.path is not None and cache.identify(target.path)
    if (target.path is not None and not by_place) or is_complete(target):
        return target
    repo_id = target.model.repo_id
    held = client.Client(report=watcher.report).listing(repo_id, target.revision)
    wanted = needed(list(held.sizes), target.weight_set)
    if not wanted:
        raise CheckedBad(f"{repo_id}@{target.revision} holds no weights")
    size = sum(held.sizes[path] or 0 for path in wanted)
    watcher.report(f"downloading {len(wanted)} files, {size:,} bytes")
    snapshot = downloads.download(repo_id, target.revision, wanted, cache.cache_folder())
    if snapshot.name != held.commit:
        raise HubUnavailable(f"{target.name} moved while it was downloaded", "try again")
    return replace(target, path=snapshot, commit=snapshot.name)


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
