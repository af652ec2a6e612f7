"""An audit for people: short enough to read, one repository after the other."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from catalog.core.counts import count
from catalog.core.refs import MAIN

from . import output
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch
    from catalog.core.branches.samples import Compared, ProbedSet
    from catalog.core.published import Finding
    from catalog.verbs.outcomes import Audited

OUTCOMES = ("right", "wrong", "nothing")


def print_audit(audited: "Audited", *, every: bool) -> None:
    """Print the judgement, one repository after the other.

    Args:
        audited: it.
        every: list every branch instead of ranges.
    """
    audit = audited.audit
    seen = [each for each in audit.branches if each.publication.repo_id not in audit.unobserved]
    for number, (_, group) in enumerate(groupby(seen, key=lambda each: each.publication.repo_id)):
        if number:
            output.line()
        _print_repository(list(group), every=every)
    if seen:
        output.line("")
    if audited.probes is not None:
        _print_probes(audited.probes)
    if seen or audit.findings:
        _print_findings(audit.findings)


def _print_repository(branches: "Sequence[JudgedBranch]", *, every: bool) -> None:
    publication = branches[0].publication
    look = publication.repository.look
    day = "on an unknown day" if look.observed_at is None else f"on {look.observed_at:%Y-%m-%d}"
    model = f" ({publication.model})" if publication.model else ""
    output.line(f"{publication.repo_id}{model}, seen {day}")
    if look.source:
        output.line(f"  source: {look.source}")
    output.line("")
    if every:
        _print_each(branches)
    else:
        _print_verdicts(branches)
    _print_stored(branches)
    _print_loads(branches)
    _print_recipes(branches)


def _print_each(branches: "Sequence[JudgedBranch]") -> None:
    rows = [
        {"branch": f"  {b.revision}", "verdict": b.verdict.value, "why": b.reason} for b in branches
    ]
    output.table((Column("branch", "  branch"), Column("verdict"), Column("why", wraps=True)), rows)


def _print_verdicts(branches: "Sequence[JudgedBranch]") -> None:
    order = [branch.revision for branch in branches]
    rows = [
        {"verdict": f"  {verdict}", "branches": len(names), "which": ranges(names, order)}
        for verdict, names in _grouped(branches, lambda branch: branch.verdict.value).items()
    ]
    columns = (Column("verdict", "  verdict"), Column("branches"), Column("which", wraps=True))
    output.table(columns, rows)


def _grouped(
    branches: "Iterable[JudgedBranch]", key: "Callable[[JudgedBranch], str]"
) -> dict[str, list[str]]:
    """Return the names of the branches by a key, the largest group first."""
    names: dict[str, list[str]] = defaultdict(list)
    for branch in branches:
        names[key(branch)].append(branch.revision)
    return dict(sorted(names.items(), key=lambda group: -len(group[1])))


def ranges(revisions: Iterable[str], order: Sequence[str]) -> str:
    """Return names with neighbours drawn together: `main, step27000..step52000`.

    Args:
        revisions: what to name.
        order: every branch of the repository, in order.
    """
    place = {revision: number for number, revision in enumerate(order)}
    numbered = enumerate(sorted(revisions, key=place.__getitem__))
    parts = []
    for _, group in groupby(numbered, key=lambda each: place[each[1]] - each[0]):
        run = [revision for _, revision in group]
        if run[0] == MAIN and len(run) > 1:  # main stands before the steps, not among them
            parts.append(run.pop(0))
        parts.append(run[0] if len(run) == 1 else f"{run[0]}..{run[-1]}")
    return ", ".join(parts)


def _print_stored(branches: "Sequence[JudgedBranch]") -> None:
    """Print the precision and the buffers of each weight set, as its size tells them."""
    ways: dict[str, Counter[str]] = defaultdict(Counter)
    for branch in branches:
        for judged in branch.weight_sets:
            if judged.stored is not None or judged.misfit is not None:
                ways[judged.name][str(judged.stored or "of an odd size")] += 1
    if ways:
        output.line("")
    output.pairs(
        [
            (name, "; ".join(f"{number:,} {way}" for way, number in counted.most_common()))
            for name, counted in ways.items()
        ],
        indent="  ",
    )


def _print_loads(branches: "Sequence[JudgedBranch]") -> None:
    """Print what each loader hands out over all branches."""
    from catalog.core import loaders

    output.line("")
    rows = []
    for key in loaders.profiles():
        outcomes = [_outcome(branch, key) for branch in branches if branch.claims]
        counted = {outcome: outcomes.count(outcome) for outcome in OUTCOMES}
        rows.append({"loader": f"  {key}", **counted})
    titles = ("right checkpoint", "another", "nothing")
    columns = [Column(key, title) for key, title in zip(OUTCOMES, titles, strict=True)]
    output.table((Column("loader", "  loader"), *columns), rows)


def _outcome(branch: "JudgedBranch", loader: str) -> str:
    """Return what a loader makes of a branch."""
    name = (branch.loads or {}).get(loader)
    chosen = next((each for each in branch.weight_sets if each.name == name), None)
    if chosen is None:
        return "nothing"
    return "right" if chosen.verdict.is_true else "wrong"


def _print_recipes(branches: "Sequence[JudgedBranch]") -> None:
    """Print what to type where the default is wrong."""
    wrong = [branch for branch in branches if branch.claims and not branch.verdict.is_true]
    if not wrong:
        return
    order = [branch.revision for branch in branches]
    output.line("")
    output.line("  right weights of the others")
    for text, names in _grouped(wrong, _how).items():
        output.line(f"  {text}")
        output.line(f"    {len(names):,}: {ranges(names, order)}")


def _how(branch: "JudgedBranch") -> str:
    """Return a recipe without the branch's own name."""
    if branch.recipe is None:
        return "none in the branch"
    return branch.recipe.replace(f'revision="{branch.revision}"', "revision=…")


def _print_probes(probes: "Sequence[ProbedSet]") -> None:
    """Print what was looked into, what it cost, and what two sets said of each other."""
    requests = sum(probe.requests for probe in probes)
    size = sum(probe.bytes_read for probe in probes)
    cost = f"{requests:,} requests, {size:,} bytes"
    output.line(f"probed: {count(len(probes), 'weight set')}, {cost}")
    headers: dict[str, int] = defaultdict(int)
    for probe in probes:
        headers[_headers(probe)] += 1
    rows: list[tuple[str, object]] = [(f"headers {word}", n) for word, n in headers.items()]
    rows += _compared(
        [
            other
            for probe in probes
            for other in probe.compared
            if (probe.branch.revision, probe.judged.name) < (other.revision, other.weight_set)
        ]
    )
    output.pairs(rows, indent="  ")
    for probe in probes:
        if probe.unread:
            output.line(f"  {probe.branch.revision}: {probe.unread}")
    output.line("")


def _headers(probe: "ProbedSet") -> str:
    """Return in a word what the headers of a set said."""
    if probe.is_complete:
        return "complete"
    return "broken" if probe.problem else "not told"


def _compared(pairs: "Sequence[Compared]") -> list[tuple[str, object]]:
    """Return how many pairs of sets were compared, and on how many bytes they agree."""
    if not pairs:
        return []
    sizes = sorted({pair.size_bytes for pair in pairs if not pair.differing})
    ends = dict.fromkeys((*sizes[:1], *sizes[-1:]))
    spread = f", on {' to '.join(f'{size:,}' for size in ends)} bytes" if sizes else ""
    refuted = sum(bool(pair.differing) for pair in pairs)
    return [
        ("pairs compared", len(pairs)),
        ("refuted", refuted),
        ("not refuted", f"{len(pairs) - refuted:,}{spread}"),
    ]


def _print_findings(findings: "Sequence[Finding]") -> None:
    """Print how many findings there are of each rule, and what scores and ranges say."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for finding in findings:
        counts[finding.severity, finding.rule] += 1
    if not counts:
        output.line("no findings")
        return
    rows = [
        {"finding": rule, "severity": severity, "branches": number}
        for (severity, rule), number in sorted(counts.items())
    ]
    output.table((Column("finding"), Column("severity"), Column("branches")), rows)
    for finding in findings:
        if finding.evidence.get("evidence_level") in ("scores", "range"):
            output.line(f"  {finding.model}@{finding.revision}: {finding.message}")
