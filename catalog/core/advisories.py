"""Known problems of published checkpoints: what ships, and which checkpoints it concerns.

Reads what `shipped/advisories.toml` holds and nothing else. An advisory is a fact with sources.
Nothing is judged here (`catalog.verbs.audit` does): a checkpoint without one is not known to be
good.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from catalog.core import packaged
from catalog.core.refs import labelled_step
from catalog.core.tuples import NamedTuple


class Affected(NamedTuple):
    """Which checkpoints an advisory concerns.

    Args:
        models: by their names today.
        revisions: branch labels, or `A..B` in the order of steps; empty: every one.
    """

    models: tuple[str, ...]
    revisions: tuple[str, ...]

    def covers(self, model: str, revision: str | None) -> bool:
        """Return whether it concerns a checkpoint; without a revision, any of the model's."""
        if model not in self.models:
            return False
        if revision is None or not self.revisions:
            return True
        return any(_within(revision, label) for label in self.revisions)


class Advisory(NamedTuple):
    """One known problem.

    Args:
        id: stable.
        title: one sentence.
        dated: ISO day on which it became known.
        status: `verified` (two sources, or our own observation) or `reported` (one).
        affected: which checkpoints.
        weight_sets: which of a branch's weight sets; empty: all.
        problem: what is wrong.
        instead: what to load or do instead.
        evidence: what it rests on.
        sources: where that is.
    """

    id: str
    title: str
    dated: str
    status: str
    affected: tuple[Affected, ...]
    weight_sets: tuple[str, ...]
    problem: str
    instead: str
    evidence: str
    sources: tuple[str, ...]

    def covers(self, model: str, revision: str | None) -> bool:
        """Return whether it concerns a checkpoint; without a revision, any of the model's."""
        return any(affected.covers(model, revision) for affected in self.affected)


def _within(revision: str, label: str) -> bool:
    """Return whether a revision is a label, or lies in a range of steps.

    >>> _within("step512", "step0..step1000")
    True
    """
    first, dots, last = label.partition("..")
    if not dots:
        return revision == label
    step, low, high = labelled_step(revision), labelled_step(first), labelled_step(last)
    if step is None or low is None or high is None:
        return False
    return low <= step <= high


@cache
def shipped() -> tuple[Advisory, ...]:
    """Return every advisory that ships, the newest first."""
    return parse(packaged.table("advisories"))


def parse(document: Mapping[str, Any]) -> tuple[Advisory, ...]:
    """Return the advisories of a document, the newest first.

    Raises:
        KeyError, TypeError: not of the form of `shipped/advisories.toml`.
    """
    advisories = [_advisory(dict(table)) for table in document["advisory"]]
    return tuple(
        sorted(advisories, key=lambda advisory: (advisory.dated, advisory.id), reverse=True)
    )


def _advisory(table: Mapping[str, Any]) -> Advisory:
    texts = ("id", "title", "status", "problem", "instead", "evidence")
    unknown = set(table) - {
        *texts,
        *("dated", "models", "revisions", "weight_sets", "sources", "also"),
    }
    if unknown:
        raise KeyError(f"unknown key {min(unknown)}")
    affected = tuple(
        Affected(tuple(group["models"]), tuple(group["revisions"]))
        for group in (table, *table.get("also", ()))
    )
    return Advisory(
        affected=affected,
        dated=str(table["dated"]),
        weight_sets=tuple(table["weight_sets"]),
        sources=tuple(table["sources"]),
        **{key: str(table[key]) for key in texts},
    )


def about(
    model: str, revision: str | None = None, *, among: Sequence[Advisory] | None = None
) -> tuple[Advisory, ...]:
    """Return the advisories that concern a checkpoint, or any of a model's."""
    every = shipped() if among is None else among
    return tuple(advisory for advisory in every if advisory.covers(model, revision))
