"""Everything that is known about one checkpoint: what was recorded, declared, observed, scored."""

from typing import TYPE_CHECKING, NamedTuple

from catalog.core import tokens
from catalog.core.scores import comparing
from catalog.errors import CheckedBad, CouldNotCheck
from catalog.sql.queries import evals, hub, weights
from catalog.verbs import marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.branches import JudgedBranch
    from catalog.core.loadargs import LoadArgs
    from catalog.core.models import Checkpoint, Model
    from catalog.core.scores.rows import ScoreRow
    from catalog.core.verdicts import Verification
    from catalog.core.witnesses import Recorded
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target


class CheckpointKnown(NamedTuple):
    """What is known of a checkpoint, beside what is known of its model.

    Attributes:
        checkpoint: it.
        epoch: passes over the data seen, None where unknown.
        sequences: training sequences seen, None where unknown.
        recorded: what `populate` recorded, None where it did not.
        contradictions: why that cannot be this checkpoint's, by the other witnesses; and what
            observers say of it that cannot all be true.
        doubts: why nobody can tell whose it is.
        disagreements: what observers say of the checkpoint that cannot all be true.
        verifications: those that were asked for, by default every one, oldest first.
        branch: the judgement on its branch, None where nobody ever looked at it.
        scores: the newest of each kind.
        verified: how many verifications were made.
        about: what was asked for.
        branches: the judgement on its repository: on its branch, main and the last step at least.
    """

    checkpoint: "Checkpoint"
    epoch: float | None
    sequences: int | None
    recorded: "Recorded | None"
    contradictions: tuple[str, ...]
    doubts: tuple[str, ...]
    disagreements: tuple[str, ...]
    verifications: "tuple[Verification, ...]"
    branch: "JudgedBranch | None"
    scores: "tuple[ScoreRow, ...]"
    verified: int
    about: "Target"
    branches: "tuple[JudgedBranch, ...]"

    @property
    def load_args(self) -> "LoadArgs | None":
        """What to call a library with, so that it loads the right weights.

        None where they are nowhere, or the checkpoint was never published.
        """
        return _load_args(self.branches, self.about, self.checkpoint)


def known(
    connection: "Reader",
    about: "Target",
    model: "Model",
    saved: "Checkpoint",
    newest: int | None = None,
) -> CheckpointKnown:
    """Return everything known about a checkpoint.

    Args:
        connection: an open catalog.
        about: what was asked for.
        model: whose it is.
        saved: the checkpoint.
        newest: so many of its verifications, None: every one.

    Raises:
        BadInput: the branch has no weight set of the name asked for.
    """
    scores = comparing.newest(evals.scores(connection, [saved.id]), marks.with_runs)
    record = weights.recorded(connection, saved.id)
    branches = _branches(connection, about, saved, every=record is not None)
    if about.weight_set is not None:  # refused where there is none of its name
        _load_args(branches, about, saved)
    made = weights.verifications(connection, saved.id, newest)
    contradictions: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    among = _disagreements(connection, saved)
    if record is not None:
        from catalog.verbs import witnessing  # noqa: PLC0415 - few have a record

        standing = witnessing.of_record(connection, about, record, branches)
        contradictions, doubts = (*standing.contradictions, *among), standing.doubts
    return CheckpointKnown(
        checkpoint=saved,
        epoch=tokens.epoch(saved.tokens_seen, model.dataset_tokens),
        sequences=_sequences(model, saved),
        recorded=record,
        contradictions=contradictions,
        doubts=doubts,
        disagreements=among,
        verifications=tuple(made),
        branch=_branch(branches, about, saved),
        scores=tuple(marks.marked(connection, scores)),
        verified=len(made) if len(made) != newest else weights.verified(connection, saved.id),
        about=about,
        branches=branches,
    )


def _disagreements(connection: "Reader", saved: "Checkpoint") -> tuple[str, ...]:
    """Return what observers say that cannot all be true; nothing where no other one speaks."""
    if connection.first("sharing.foreign", checkpoint_id=saved.id) is None:
        return ()
    from catalog.verbs import disagreeing  # noqa: PLC0415 - of few others speak

    return disagreeing.sentences(connection, saved.id)


def _load_args(
    branches: "Sequence[JudgedBranch]", about: "Target", saved: "Checkpoint"
) -> "LoadArgs | None":
    """Return what to call a library with, None where no call gives the right weights."""
    if saved.repo_id is None or about.revision is None:
        return None
    from catalog.verbs import right_weights  # noqa: PLC0415 - what was published alone

    try:
        return right_weights.load_args(about, branches)
    except (CheckedBad, CouldNotCheck):
        return None


def _sequences(model: "Model", saved: "Checkpoint") -> int | None:
    """Return how many training sequences were seen, None where it is not known."""
    if saved.training_step is None or model.sequences_per_training_step is None:
        return None
    return saved.training_step * model.sequences_per_training_step


def _branches(
    connection: "Reader", about: "Target", saved: "Checkpoint", *, every: bool
) -> "tuple[JudgedBranch, ...]":
    """Return judged branches of a checkpoint's repository; none where nobody looked at it.

    Args:
        connection: an open catalog.
        about: what was asked for.
        saved: the checkpoint.
        every: all branches, which a record is held against; else the checkpoint's alone.
    """
    if saved.repo_id is None or saved.repo_id not in hub.observed(connection):
        return ()
    from catalog.verbs import judging  # noqa: PLC0415 - most checkpoints were never looked at

    if not every:
        asked = {revision for revision in (about.revision, saved.revision) if revision}
        return tuple(judging.judge_some(connection, [saved.repo_id], lambda _: asked))
    judged = judging.judge(connection, [saved.repo_id]).branches
    return tuple(each for each in judged if each.publication.repo_id == saved.repo_id)


def _branch(
    branches: "Sequence[JudgedBranch]", about: "Target", saved: "Checkpoint"
) -> "JudgedBranch | None":
    """Return the judgement on a checkpoint's branch, None where nobody ever looked at it."""
    by_revision = {branch.revision: branch for branch in branches}
    return by_revision.get(about.revision or "") or by_revision.get(saved.revision or "")
