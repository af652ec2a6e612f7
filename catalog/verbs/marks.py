"""What to know before a score is used: advisories, findings, how it was placed, its weights."""

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from catalog.core import advisories
from catalog.sql.queries import evals, hub
from catalog.verbs import bound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.core.scores.rows import ScoreRow
    from catalog.core.scores.values import Note
    from catalog.sql.connections import Reader

_MARKS = ("advisories", "findings", "remarks", "loader", "weight_set", "weights")
"""The last fields of a score, in this order."""
_REMARKABLE = ("checkpoint", "commit", "conditions")


def marked(connection: "Reader", scores: "Sequence[ScoreRow]") -> "list[ScoreRow]":
    """Return scores with the advisories, open findings and remarks that concern them."""
    if not scores:
        return []
    findings = _open_findings(connection, scores)
    ids = sorted({score.evaluation_id for score in scores})
    notes = evals.notes_on(connection, ids)
    weights = bound.bound(connection, scores)
    remarks = {number: _remarks(notes[number], weights[number]) for number in ids}
    marks = {
        score.evaluation_id: (
            _advisories(score.model, score.revision),
            tuple(findings.get((score.model, score.revision), ())),
            remarks[score.evaluation_id],
            *weights[score.evaluation_id][:3],
        )
        for score in {score.evaluation_id: score for score in scores}.values()
    }
    # Thousands of scores: `_replace` would take ten times as long.
    make, own = type(scores[0])._make, -len(_MARKS)
    return [make((*score[:own], *marks[score.evaluation_id])) for score in scores]


def _open_findings(
    connection: "Reader", scores: "Sequence[ScoreRow]"
) -> "Mapping[tuple[str, str | None], list[str]]":
    """Return the rules of the open findings on the branches that scores are of; notes are none."""
    concerned = {(score.model, score.revision) for score in scores if score.revision}
    rules: defaultdict[tuple[str, str | None], list[str]] = defaultdict(list)
    for finding in hub.open_findings(
        connection, lambda row: (row.model, row.revision) in concerned
    ):
        if finding.severity != "note":
            rules[finding.model or "", finding.revision].append(finding.rule)
    return rules


@cache
def _advisories(model: str, revision: str | None) -> tuple[str, ...]:
    """Return the advisories on a published checkpoint; one never published has none."""
    if revision is None:
        return ()
    return tuple(advisory.id for advisory in advisories.about(model, revision))


def _remarks(notes: "Sequence[Note]", weights: bound.Bound) -> tuple[str, ...]:
    worded = [_worded(note) for note in notes if note.field in _REMARKABLE]
    return (*worded, weights.doubt) if weights.doubt else tuple(worded)


def _worded(note: "Note") -> str:
    if note.field == "checkpoint":
        return f"taken for {note.used} on a user's word ({note.other})"
    if note.kind == "contradiction":
        return f"it is of {note.used}, though the file says {note.other}"
    return str(note.other)


def with_runs(score: "ScoreRow", runs: int) -> "ScoreRow":
    """Return a score that stands for several runs."""
    return score if runs == score.runs else score._replace(runs=runs)
