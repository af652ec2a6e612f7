"""Known problems of published checkpoints: what ships, and which checkpoints it concerns.

Reads the packaged `shipped/advisories.toml` and nothing else. An advisory is a fact with sources.
Nothing is judged here (`verbs.audit` does): a checkpoint without one is not known to be good.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_STEP = re.compile(r"step(\d+)")


@dataclass(frozen=True, slots=True)
class Affected:
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
        return any(_within(revision, one) for one in self.revisions)


@dataclass(frozen=True, slots=True)
class Advisory:
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
        return any(one.covers(model, revision) for one in self.affected)


def _within(revision: str, said: str) -> bool:
    """Return whether a revision is a label, or lies in a range of steps.

    >>> _within("step512", "step0..step1000")
    True
    """
    first, dots, last = said.partition("..")
    if not dots:
        return revision == said
    step, low, high = _STEP.fullmatch(revision), _STEP.fullmatch(first), _STEP.fullmatch(last)
    if not (step and low and high):
        return False
    return int(low[1]) <= int(step[1]) <= int(high[1])


@cache
def shipped() -> tuple[Advisory, ...]:
    """Return every advisory that ships, the newest first."""
    text = (resources.files("catalog") / "shipped" / "advisories.toml").read_text("utf-8")
    return parse(tomllib.loads(text))


def parse(document: Mapping[str, Any]) -> tuple[Advisory, ...]:
    """Return the advisories of a document, the newest first.

    Raises:
        KeyError, TypeError: not of the form of `shipped/advisories.toml`.
    """
    found = [_advisory(dict(each)) for each in document["advisory"]]
    return tuple(sorted(found, key=lambda one: (one.dated, one.id), reverse=True))


def _advisory(told: Mapping[str, Any]) -> Advisory:
    texts = ("id", "title", "status", "problem", "instead", "evidence")
    unknown = set(told) - {
        *texts,
        *("dated", "models", "revisions", "weight_sets", "sources", "also"),
    }
    if unknown:
        raise KeyError(f"unknown key {min(unknown)}")
    affected = tuple(
        Affected(tuple(one["models"]), tuple(one["revisions"]))
        for one in (told, *told.get("also", ()))
    )
    return Advisory(
        affected=affected,
        dated=told["dated"].isoformat(),
        weight_sets=tuple(told["weight_sets"]),
        sources=tuple(told["sources"]),
        **{key: str(told[key]) for key in texts},
    )


def about(
    model: str, revision: str | None = None, *, among: Sequence[Advisory] | None = None
) -> tuple[Advisory, ...]:
    """Return the advisories that concern a checkpoint, or any of a model's."""
    every = shipped() if among is None else among
    return tuple(one for one in every if one.covers(model, revision))
