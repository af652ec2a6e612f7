"""Suites, models and checkpoints as the catalog has them on record."""

from collections.abc import Sequence
from datetime import datetime

from catalog.core.tuples import NamedTuple
from catalog.errors import UnknownName


class Suite(NamedTuple):
    """A suite and how much of it there is.

    Attributes:
        name: its name.
        title: in words.
        kind: `released`, `comparison`, `unpublished` or `private`.
        shipped: whether it came with the program; else it was added here.
        digest: SHA-256 of its file, hex.
        loaded_at: when it was loaded, UTC.
        models: how many.
        checkpoints: how many.
    """

    name: str
    title: str
    kind: str
    shipped: bool
    digest: str
    loaded_at: datetime
    models: int
    checkpoints: int


class Model(NamedTuple):
    """One training run; the numbers are the ones the catalog works with (`facts.decide`).

    Attributes:
        id: its row.
        name: its name today.
        repo_id: on the Hub, None where it was never published.
        suite: name of its suite.
        suite_kind: as `Suite.kind`.
        size: the size in its name, as 70M.
        architecture: as `gpt-neox`.
        params_total: parameters.
        params_non_embedding: parameters without embedding and head.
        tokens_per_published_step: tokens that one published step stands for.
        tokens_per_training_step: tokens of one step of the optimizer.
        sequence_tokens: tokens of one stored training sequence.
        sequences_per_training_step: sequences of one step of the optimizer.
        dataset_tokens: tokens of one epoch, about.
        derived_from: the run that it continues or varies.
        note: what a user should know.
        tags: of the model and of its checkpoints, where they were asked for.
    """

    id: int
    name: str
    repo_id: str | None
    suite: str
    suite_kind: str
    size: str | None
    architecture: str
    params_total: int | None
    params_non_embedding: int | None
    tokens_per_published_step: int | None
    tokens_per_training_step: int | None
    sequence_tokens: int | None
    sequences_per_training_step: int | None
    dataset_tokens: int | None
    derived_from: str | None
    note: str | None
    tags: tuple[str, ...] = ()


class Checkpoint(NamedTuple):
    """One saved state of one model.

    Attributes:
        id: its row.
        model: whose it is.
        repo_id: on the Hub, None where it was never published.
        revision: its branch, None where it was never published.
        published_step: the number in the name of its branch.
        training_step: steps of the optimizer in the original run.
        tokens_seen: training tokens.
    """

    id: int
    model: str
    repo_id: str | None
    revision: str | None
    published_step: int | None
    training_step: int | None
    tokens_seen: int | None


class RecordedFile(NamedTuple):
    """A file that `populate` read, with its checkpoint; `paths` are all that were read with it.

    `observer` is who read it, None for who keeps this catalog.
    """

    model: str
    repo_id: str | None
    revision: str | None
    commit: str | None
    path: str
    paths: tuple[str, ...]
    sha256: str
    git_sha1: str | None
    published_step: int | None
    observed_at: datetime
    checkpoint_id: int
    observer: str | None


def unknown_suite(text: str, known: Sequence[str]) -> UnknownName:
    """Return the error for a name of no suite, with the suites nearest to it, else all."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for who mistypes

    return UnknownName("suite", text, get_close_matches(text, known, n=3, cutoff=0.3) or known)
