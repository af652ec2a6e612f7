"""Checkpoints as plain data: the branch, the record, the scores."""

from typing import TYPE_CHECKING

from catalog.documents import branches, scores, weights
from catalog.documents.plain import Document

if TYPE_CHECKING:
    from catalog.core.models import Model
    from catalog.verbs.checkpoint import CheckpointKnown


def checkpoint(value: "CheckpointKnown", of: "Model") -> Document:
    """Return everything known about a checkpoint, beside what is known of its model."""
    saved = value.checkpoint
    return {
        "revision": saved.revision,
        "step": saved.published_step,
        "training_step": saved.training_step,
        "tokens_seen": saved.tokens_seen,
        "epoch": value.epoch,
        "sequences": None
        if value.sequences is None
        else {"start": 0, "stop": value.sequences, "tokens_each": of.sequence_tokens or 0},
        "weights": None
        if value.recorded is None
        else weights.recorded(value.recorded)
        | {"contradictions": list(value.contradictions), "doubts": list(value.doubts)},
        "disagreements": list(value.disagreements),
        "verifications": [weights.verification_line(made) for made in value.verifications],
        "branch": None if value.branch is None else branches.branch(value.branch),
        "scores": [scores.score(row) for row in value.scores],
    }
