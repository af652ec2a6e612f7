"""The values that a suite file turns into. No reading and no rules: those are in `parser`."""

from dataclasses import dataclass
from datetime import date

from catalog.core.citations import Citation
from catalog.core.facts import Fact, Source


@dataclass(frozen=True, slots=True)
class Name:
    """What a model was called, and when.

    Attributes:
        text: as people write it.
        model: the model's name in the catalog.
        kind: "current", "former", "pre-release", "repository" or "file-label".
        valid_from: first day, None: since before the catalog knows.
        valid_to: first day on which the text no longer means this model, None: still valid.
        source: key of a source, None where the suite file itself is the source.
    """

    text: str
    model: str
    kind: str
    valid_from: date | None = None
    valid_to: date | None = None
    source: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One saved state of a run; None means unknown, or not published.

    Attributes:
        published_step: the number in the branch name.
        training_step: optimizer updates of the original run.
        tokens_seen: training tokens consumed.
        revision: branch or tag.
    """

    published_step: int | None = None
    training_step: int | None = None
    tokens_seen: int | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One training run.

    Attributes:
        name: the name in use today, unique in the catalog.
        repo_id: Hub repository, None where the weights were never published.
        size: the size in its name, "1.4B".
        architecture: transformers' model type, "gpt-neox".
        tokens_per_published_step: tokens between two numbers in branch names.
        tokens_per_training_step: tokens in one optimizer update.
        sequence_tokens: tokens stored per training sequence (2,049: one more than is predicted).
        sequences_per_training_step: sequences in one optimizer update.
        dataset_tokens: tokens in one epoch, about.
        derived_from: the model that this run continues or varies.
    """

    name: str
    repo_id: str | None
    size: str | None
    architecture: str
    tokens_per_published_step: int | None = None
    tokens_per_training_step: int | None = None
    sequence_tokens: int | None = None
    sequences_per_training_step: int | None = None
    dataset_tokens: int | None = None
    derived_from: str | None = None
    note: str | None = None
    facts: tuple[Fact, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite file, whole.

    Attributes:
        kind: "released", "comparison", "unpublished" or "private".
        digest: "sha256:hex" of the text it was read from, and of the shipped sources it refers to.
        sources: those that its facts and names use, in order of first use.
        citations: the works that a paper on its models cites.
    """

    name: str
    title: str
    kind: str
    digest: str
    sources: tuple[Source, ...]
    models: tuple[Model, ...]
    names: tuple[Name, ...]
    citations: tuple[Citation, ...] = ()
