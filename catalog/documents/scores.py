"""Scores, comparisons and imports of score files as plain data."""

from functools import cache
from typing import TYPE_CHECKING

from catalog.core import advisories
from catalog.documents.plain import Document, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.scores.rows import ScoreRow, TaskRow
    from catalog.verbs.evals import Amended, Outcome, Read
    from catalog.verbs.sidebyside import Beside, Compared, Comparison

MARK = "!"
"""Stands at a score of which there is something to know before it is used."""
STATUSES = ("imported", "known", "refused")
_UNREAD: Document = {
    "model": None,
    "revision": None,
    "step": None,
    "published_step": None,
    "training_step": None,
    "tokens_seen": None,
    "shots": None,
    "num_fewshot": None,
    "scores": 0,
    "conflicts": [],
}


def score(row: "ScoreRow") -> Document:
    """Return a score, without rows of the database."""
    # Not by `plain`: a checkpoint has hundreds of scores, and these fields alone are not plain.
    document = row._asdict()
    del document["checkpoint_id"], document["evaluation_id"]
    document["evaluated_at"] = plain(row.evaluated_at)
    for key in ("advisories", "findings", "remarks"):
        document[key] = list(document[key])
    reasons = _reasons(row.advisories, row.findings, row.remarks)
    document["mark"] = MARK if reasons else None
    document["reasons"] = list(reasons)
    return document


@cache
def _reasons(
    numbers: tuple[str, ...], findings: tuple[str, ...], remarks: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what there is to know, in words; the same of all scores of a checkpoint."""
    titles = {each.id: each.title for each in advisories.shipped()}
    known = [f"{number}: {titles.get(number, 'a known problem')}" for number in numbers]
    return (*known, *(f"open finding: {rule}" for rule in findings), *remarks)


def flat_marks(row: "ScoreRow") -> Document:
    """Return what to know of a score as text, for tables."""
    marks = {"advisories": row.advisories, "findings": row.findings, "remarks": row.remarks}
    return {key: "; ".join(values) for key, values in marks.items()} | {
        "mark": MARK if row.is_marked else "",
        "reasons": "; ".join(_reasons(row.advisories, row.findings, row.remarks)),
    }


def task(value: "TaskRow") -> Document:
    """Return a task, and what is on record of it."""
    document: Document = plain(value)
    return document


def comparison(value: "Comparison") -> Document:
    """Return checkpoints side by side."""
    return {
        "conditions": dict(value.conditions),
        "rows": [
            {
                "ref": row.ref,
                "model": row.checkpoint.model,
                "revision": row.checkpoint.revision,
                "tokens_seen": row.checkpoint.tokens_seen,
                "scores": {task: _beside(beside) for task, beside in row.scores.items()},
            }
            for row in value.rows
        ],
    }


def _beside(value: "Beside") -> Document:
    differs = list(value.differs)
    return {**score(value.score), "comparable": not differs, "differs": differs}


def comparison_rows(value: "Comparison") -> list[Document]:
    """Return a comparison as a flat table, one row a checkpoint and task."""
    return [
        document | {"differs": "; ".join(document["differs"]), **flat_marks(beside.score)}
        for row in value.rows
        for document, beside in zip(compared(row), row.scores.values(), strict=True)
    ]


def compared(row: "Compared") -> list[Document]:
    """Return one checkpoint of a comparison, one row a task."""
    return [
        {
            "ref": row.ref,
            "model": row.checkpoint.model,
            "revision": row.checkpoint.revision,
            "tokens_seen": row.checkpoint.tokens_seen,
            **_beside(beside),
            "task": task,
        }
        for task, beside in row.scores.items()
    ]


def imports(outcomes: "Sequence[Outcome]") -> Document:
    """Return what became of score files."""
    counts = {word: sum(each.status == word for each in outcomes) for word in STATUSES}
    return {"files": [outcome(each) for each in outcomes], "counts": counts}


def outcome(value: "Outcome") -> Document:
    """Return what became of one file; its own keys speak for its only evaluation."""
    evaluations = value.evaluations
    only = evaluations[0] if len(evaluations) == 1 else None
    models = {evaluation.model for evaluation in evaluations}
    document: Document = {
        "path": value.path,
        "status": value.status,
        "form": value.form,
        "reason": value.reason,
        "unread": list(value.unread),
        **(_UNREAD if only is None else _evaluation(only)),
        "model": next(iter(models)) if len(models) == 1 else None,
        "scores": sum(evaluation.scores for evaluation in evaluations),
    }
    if value.form == "csv" or len(evaluations) > 1:
        document["conflicts"] = [c for each in evaluations for c in _conflicts(each)]
        shared = {key: document[key] for key in ("path", "status", "reason")}
        document["evaluations"] = [shared | _evaluation(each) for each in evaluations]
    return document


def _evaluation(value: "Read") -> Document:
    """Return an evaluation; `published_step` and `num_fewshot` are older names."""
    document: Document = plain(value)
    del document["notes"]
    return document | {
        "step": value.published_step,
        "shots": value.num_fewshot,
        "conflicts": _conflicts(value),
        "completed": [
            {"field": note.field, "value": note.used, "from": note.other or note.place}
            for note in value.notes
            if note.kind == "completed"
        ],
        "doubts": [note.other for note in value.notes if note.kind == "doubt"],
    }


def _conflicts(value: "Read") -> list[Document]:
    return [
        {"field": note.field, "used": note.used, "stated": note.other, "place": note.place}
        for note in value.notes
        if note.kind == "contradiction"
    ]


def amended(values: "Sequence[Amended]") -> list[Document]:
    """Return what became of score files on record."""
    return [plain(value) for value in values]
