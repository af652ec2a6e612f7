"""The files of a target, before any is read: are they here, and is the weight set among them?"""

from collections.abc import Iterable
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from catalog.core.weightsets import RAW, no_such_set
from catalog.errors import CatalogError, CouldNotCheck
from catalog.weights import files, headers

if TYPE_CHECKING:
    from catalog.core.weightsets import WeightSet
    from catalog.verbs.target import Target


def listed(target: "Target", exclude: Iterable[Path] = ()) -> files.Found:
    """Return a target's files, the weight set that was asked for among them.

    Raises:
        BadInput: nothing is there, or no such weight set.
        CouldNotCheck: it is not on this machine.
    """
    listing = files.find(_located(target), exclude=exclude)
    if target.weight_set is not None:
        held = [weight_set.name for weight_set in headers.sets_of(listing)]
        if target.weight_set not in held:
            raise no_such_set(target.place, target.weight_set, held)
    return listing


def tensor_sets(target: "Target", listing: files.Found) -> "list[WeightSet]":
    """Return the weight sets that are asked for and have tensors; none of broken ones."""
    try:
        there = headers.sets_of(listing)
    except CatalogError:
        return []
    return [each for each in there if each.layout != RAW and target.includes(each.name)]


def require_there(target: "Target") -> None:
    """Refuse what is not on this machine, before seconds go into importing torch.

    Raises:
        BadInput: nothing is at its path.
        CouldNotCheck: it is not in the Hub's cache, or may not be looked at.
    """
    files.require(_located(target))


def _located(target: "Target") -> Path:
    """Return where a target's files are."""
    if target.path is None:
        raise _not_cached(target)
    return target.path


def _not_cached(target: "Target") -> CouldNotCheck:
    """Return why a REF cannot be read; what no suite names cannot be populated either."""
    known, text = target.model is not None or "/" not in target.text, quote(target.text)
    fetch = f"catalog populate {text}" if known else f"catalog pull {text} --to DIR"
    return CouldNotCheck(f"{target.text} is not in the Hub's cache", f"run `{fetch}`")
