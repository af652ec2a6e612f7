"""Checkpoints as plain data: the branch, the record, the scores."""

from typing import TYPE_CHECKING

from catalog.documents import branches, scores, weights
from catalog.documents.plain import Document

if TYPE_CHECKING:
    from catalog.core.loadargs import LoadArgs
    from catalog.core.models import Model
    from catalog.verbs.checkpoint import CheckpointKnown
    from catalog.verbs.coding import Code


def checkpoint(value: "CheckpointKnown", of: "Model", *, brief: bool = False) -> Document:
    """Return everything known about a checkpoint, beside what is known of its model."""
    saved, args = value.checkpoint, None if brief else value.load_args
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
        "verified": value.verified,
        "verifications": [weights.verification_line(made) for made in value.verifications],
        "branch": None if value.branch is None else branches.branch(value.branch),
        "load_args": None if args is None else load_args(args),
        "scores": [scores.score(row) for row in value.scores],
    }


def code(value: "Code") -> Document:
    """Return code for one library, and what every library is to be called with."""
    return {
        "library": value.library,
        "code": value.text,
        "before": value.before,
        "call": value.call,
        "load_args": load_args(value.args),
    }


def load_args(value: "LoadArgs") -> Document:
    """Return what each library is to be called with, by its name."""
    from catalog.core import snippets  # noqa: PLC0415 - for programs alone
    from catalog.core.loadargs import LIBRARIES  # noqa: PLC0415 - as above

    source = value.source
    return {
        "ref": value.ref,
        "repo_id": source.repo_id,
        "branch": source.branch,
        "commit": source.commit,
        "weight_set": source.weight_set,
        "observed": value.is_observed,
        "note": source.note,
        "folder": value.folder,
        "pull": snippets.pull(value),
        "needs_folder": [name for name in LIBRARIES if value.needs_folder(name)],
        "by_library": {name: value.of(name) for name in LIBRARIES},
    }
