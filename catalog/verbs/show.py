"""Everything that is known about a model or one of its checkpoints, gathered from all witnesses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import facts as rules
from catalog.core import tokens
from catalog.core.scores import comparing
from catalog.sql.queries import hub, models, weights
from catalog.verbs import judging, scores

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch
    from catalog.core.models import Checkpoint, Model
    from catalog.core.names import Entry
    from catalog.core.scores.rows import ScoreRow
    from catalog.core.verdicts import Verification
    from catalog.core.witnesses import Recorded
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target


@dataclass(frozen=True, slots=True)
class ModelKnown:
    """What is known of a model.

    Attributes:
        model: it.
        checkpoints: how many it has.
        final_tokens: training tokens seen by the last of them, None where unknown.
        facts: every statement that holds today.
        sources: who made them, by key.
        names: every name that it has or had.
    """

    model: "Model"
    checkpoints: int
    final_tokens: int | None
    facts: tuple[rules.Fact, ...]
    sources: Mapping[str, rules.Source]
    names: "tuple[Entry, ...]"

    @property
    def used(self) -> dict[str, rules.Fact]:
        """The fact that the catalog works with, by key."""
        return rules.decide(self.facts, self.sources)

    @property
    def conflicts(self) -> tuple[rules.Conflict, ...]:
        """The keys on which sources differ."""
        return rules.conflicts(self.facts, self.sources)


@dataclass(frozen=True, slots=True)
class CheckpointKnown:
    """What is known of a checkpoint, beside what is known of its model.

    Attributes:
        checkpoint: it.
        epoch: passes over the data seen, None where unknown.
        sequences: training sequences seen, None where unknown.
        recorded: what `populate` recorded, None where it did not.
        verifications: every one that was made, oldest first.
        branch: the judgement on its branch, None where nobody ever looked at it.
        scores: the newest of each kind.
    """

    checkpoint: "Checkpoint"
    epoch: float | None
    sequences: int | None
    recorded: "Recorded | None"
    verifications: "tuple[Verification, ...]"
    branch: "JudgedBranch | None"
    scores: "tuple[ScoreRow, ...]"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of what a REF is about.

    Attributes:
        about: what the REF means.
        model: of the model.
        checkpoint: of the checkpoint, None where the REF names none.
        advisories: ids of the known problems that concern it.
    """

    about: "Target"
    model: ModelKnown
    checkpoint: CheckpointKnown | None
    advisories: tuple[str, ...] = ()


def known(connection: "Reader", about: "Target", advisories: Sequence[str] = ()) -> Known:
    """Return everything known about a model, or with a revision about a checkpoint."""
    if about.model is None:
        raise TypeError("only a known model can be shown")
    saved = about.checkpoint
    of_checkpoint = None if saved is None else _of_checkpoint(connection, about, about.model, saved)
    return Known(about, _of_model(connection, about.model), of_checkpoint, tuple(advisories))


def _of_model(connection: "Reader", model: "Model") -> ModelKnown:
    stated, sources = models.facts(connection, model.id)
    saved = models.checkpoints(connection, model.id)
    return ModelKnown(
        model=model,
        checkpoints=len(saved),
        final_tokens=saved[-1].tokens_seen if saved else None,
        facts=tuple(stated),
        sources=sources,
        names=tuple(models.names_of(connection, model.id)),
    )


def _of_checkpoint(
    connection: "Reader", about: "Target", model: "Model", saved: "Checkpoint"
) -> CheckpointKnown:
    rows = scores.rows(connection, [saved.id])
    return CheckpointKnown(
        checkpoint=saved,
        epoch=tokens.epoch(saved.tokens_seen, model.dataset_tokens),
        sequences=_sequences(model, saved),
        recorded=weights.recorded(connection, saved.id),
        verifications=tuple(weights.verifications(connection, saved.id)),
        branch=_branch(connection, about, saved),
        scores=tuple(comparing.newest(rows, scores.with_runs)),
    )


def _sequences(model: "Model", saved: "Checkpoint") -> int | None:
    """Return how many training sequences were seen, None where it is not known."""
    if saved.training_step is None or model.sequences_per_training_step is None:
        return None
    return saved.training_step * model.sequences_per_training_step


def _branch(connection: "Reader", about: "Target", saved: "Checkpoint") -> "JudgedBranch | None":
    """Return the judgement on a checkpoint's branch, None where nobody ever looked at it."""
    if saved.repo_id is None or hub.latest_look(connection, saved.repo_id) is None:
        return None
    by_revision = {
        branch.revision: branch
        for branch in judging.judge(connection, [saved.repo_id]).branches
        if branch.publication.repo_id == saved.repo_id
    }
    return by_revision.get(about.revision or "") or by_revision.get(saved.revision or "")
