"""What headers and ranges change in the judgement: verdicts on weight sets, further findings."""

from collections.abc import Iterator, Sequence

from catalog.core.branches.findings import RULES
from catalog.core.branches.judging import with_sets
from catalog.core.branches.samples import Compared, ProbedSet
from catalog.core.branches.values import BranchVerdict, Evidence, JudgedBranch, JudgedSet
from catalog.core.published import Finding


def with_headers(branch: JudgedBranch, sets: Sequence[ProbedSet]) -> JudgedBranch:
    """Return a branch with what headers say of its sets.

    Args:
        branch: as metadata judged it.
        sets: everything that was looked into, of any branch.
    """
    mine = {probed.judged.name: probed for probed in sets if probed.branch is branch}
    if not mine:
        return branch
    changed = tuple(_with_header(judged, mine.get(judged.name)) for judged in branch.weight_sets)
    return branch if changed == branch.weight_sets else with_sets(branch, changed)


def _with_header(judged: JudgedSet, probed: ProbedSet | None) -> JudgedSet:
    """Return a set's verdict after its headers were read."""
    if probed is None or probed.is_complete is None:
        return judged
    verdict, reason = judged.verdict, judged.reason
    if probed.problem:
        verdict, reason = BranchVerdict.INCOMPLETE, f"Broken: {probed.problem}."
    elif verdict is BranchVerdict.SUSPECT:
        verdict = BranchVerdict.OWN
        reason = "No other branch has its bytes, and its headers are complete."
    else:
        return judged
    return judged._replace(
        verdict=verdict,
        reason=reason,
        evidence_level=Evidence.HEADER,
        misfit=None,
        differs_from=None,  # of what is broken nobody asks whether it may equal the last step
    )


def findings(sets: Sequence[ProbedSet]) -> Iterator[Finding]:
    """Yield what comparing ranges amounts to."""
    pairs: set[tuple[object, ...]] = set()
    for probed in sets:
        for other in probed.compared:
            same_step = probed.branch.revision == other.revision or _both_last(probed, other, sets)
            if same_step and other.is_sure:
                pair = _pair(probed, other)
                if pair not in pairs:
                    pairs.add(pair)
                    yield _finding("sets-differ", probed, other, _differing(probed, other))
            elif not same_step and not other.differing and not probed.label.final:
                yield _finding("norms-equal", probed, other, _alike(probed, other))


def _pair(probed: ProbedSet, other: Compared) -> tuple[object, ...]:
    """Return what is the same for two sets whichever is named first."""
    here = (probed.branch.revision, probed.judged.name)
    return probed.label.repo_id, frozenset({here, (other.revision, other.weight_set)})


def _both_last(probed: ProbedSet, other: Compared, sets: Sequence[ProbedSet]) -> bool:
    return probed.label.final and any(
        twin.label.final and twin.branch.revision == other.revision
        for twin in sets
        if twin.label.repo_id == other.repo_id
    )


def _differing(probed: ProbedSet, other: Compared) -> str:
    place = "" if other.revision == probed.branch.revision else f" of {other.revision}"
    return (
        f"{probed.judged.name} and {other.weight_set}{place} hold different weights: "
        f"{len(other.differing)} of {other.tensors} tensors compared differ, "
        f"{other.differing[0]} among them."
    )


def _alike(probed: ProbedSet, other: Compared) -> str:
    return (
        f"{probed.judged.name} and {other.weight_set} of {other.revision} are different "
        f"files, yet equality is {other.answer} ({other.tensors} tensors)."
    )


def _finding(rule: str, probed: ProbedSet, other: Compared, message: str) -> Finding:
    severity, _ = RULES[rule]
    evidence = {
        "evidence_level": Evidence.RANGE.value,
        "commit": probed.label.ref.commit,
        "weight_set": probed.judged.name,
        "other": {"revision": other.revision, "weight_set": other.weight_set},
        "tensors": other.tensors,
        "bytes": other.size_bytes,
        "differing": len(other.differing),
    }
    publication = probed.branch.publication
    return Finding(
        rule,
        severity,
        publication.repo_id,
        publication.model,
        probed.branch.revision,
        message,
        evidence,
    )
