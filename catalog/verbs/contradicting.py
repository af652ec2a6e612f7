"""Which records contradict what was observed on the Hub, or one another: findings of the audit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from catalog.core.branches import RULES
from catalog.core.published import Finding
from catalog.sql.queries import models
from catalog.sql.queries import weights as queries
from catalog.verbs import disagreeing
from catalog.verbs.target import Target

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch
    from catalog.core.witnesses import Recorded
    from catalog.sql.connections import Reader

RULE = "record-contradicts"


def findings(connection: "Reader", branches: "Sequence[JudgedBranch]") -> Iterator[Finding]:
    """Yield the records that contradict what was observed, of the models of some branches."""
    yield from _disagreements(connection, _by_model(branches))
    by_model = _by_model(branch for branch in branches if branch.label is not None)
    on_record = queries.recorded_of(connection, list(by_model.values())) if by_model else {}
    if not on_record:
        return
    from catalog.verbs import witnessing  # noqa: PLC0415 - few catalogs have a record

    for name in [name for name in on_record if name in by_model]:
        model = models.named(connection, name)
        for saved in models.checkpoints(connection, model.id):
            record = queries.recorded(connection, saved.id) if saved.id in on_record[name] else None
            if record is None:
                continue
            target = Target(name, model=model, checkpoint=saved, repo_id=model.repo_id)
            if wrong := witnessing.of_record(connection, target, record, branches).contradictions:
                yield _finding(target, by_model[name], record, wrong)


def _by_model(branches: "Iterable[JudgedBranch]") -> dict[str, str]:
    """Return the repositories of branches by their models."""
    publications = (branch.publication for branch in branches)
    return {each.model: each.repo_id for each in publications if each.model is not None}


def _disagreements(connection: "Reader", by_model: "Mapping[str, str]") -> Iterator[Finding]:
    """Yield the checkpoints about which two observers say what cannot both be true."""
    for row, said in disagreeing.of_models(connection, by_model.keys()):
        severity, _ = RULES[disagreeing.RULE]
        text = f"Those who observed it disagree: {said[0]}."
        evidence = {"contradictions": list(said)}
        repo_id = by_model[row.model]
        yield Finding(disagreeing.RULE, severity, repo_id, row.model, row.revision, text, evidence)


def _finding(target: Target, repo_id: str, record: "Recorded", wrong: Sequence[str]) -> Finding:
    from catalog.verbs import witnessing  # noqa: PLC0415 - as above

    text = f"What was recorded {record.day} contradicts it: {wrong[0]}."
    way_out = witnessing.way_out(target)
    evidence = {
        "recorded_at": record.observed_at.isoformat(),
        "recorded_commit": record.commit,
        "contradictions": list(wrong),
    }
    revision = None if target.checkpoint is None else target.checkpoint.revision
    return Finding(
        RULE, RULES[RULE][0], repo_id, target.text, revision, f"{text} {way_out}.", evidence
    )
