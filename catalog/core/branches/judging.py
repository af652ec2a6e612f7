"""Every branch of every repository, judged: put together from refs, holdings, rulings and sizes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from catalog.core import loaders
from catalog.core.branches.holdings import Family, Held, Indexes, Shelf, family
from catalog.core.branches.reasons import Reasons
from catalog.core.branches.recipes import best, elsewhere, recipe
from catalog.core.branches.rulings import Court, judged
from catalog.core.branches.sizes import Sizes
from catalog.core.branches.values import BranchVerdict, JudgedBranch, JudgedSet, Label, Publication
from catalog.core.refs import MAIN

NO_LOADS: dict[str, str | None] = dict.fromkeys(loaders.profiles())


Only = Mapping[str, Collection[str]]
"""Which branches are asked about: revisions by repository; none at all means every one."""


def judge(
    publications: Sequence[Publication],
    reasons: Reasons,
    indexes: Indexes,
    only: Only | None = None,
) -> list[JudgedBranch]:
    """Return every branch that was expected or seen, in order of training, main first.

    Args:
        publications: the repositories; those of one family are compared with one another.
        reasons: why branches may be equal.
        indexes: what index files say, by their digest; None where one cannot be read.
        only: spares the rulings on all other branches, main and the last step excepted: each of
            these two says what it may of the other.
    """
    shelf = Shelf(indexes)
    families: dict[str, list[Publication]] = defaultdict(list)
    for publication in publications:
        families[publication.family].append(publication)
    judged_of: dict[str, list[JudgedBranch]] = {}
    for members in families.values():
        held = family(members, shelf)
        court = Court(held, reasons)
        for publication in members:
            if only is None or publication.repo_id in only:
                revisions = () if only is None else only[publication.repo_id]
                branches = _branches(publication, held, court, shelf, revisions)
                judged_of[publication.repo_id] = list(branches)
    return [
        branch for publication in publications for branch in judged_of.get(publication.repo_id, ())
    ]


def _branches(
    publication: Publication,
    held: Family,
    court: Court,
    shelf: Shelf,
    revisions: Collection[str],
) -> Iterator[JudgedBranch]:
    """Yield the branches of one repository, then those that are not there."""
    sizes = Sizes(publication, held)
    seen = held.labels[publication.repo_id]
    judged_branches = [
        _branch(publication, label, held, court, shelf, sizes)
        for label in seen
        if not revisions or label.final or label.ref.revision in revisions
    ]
    yield from _with_elsewhere(_with_main_note(judged_branches))
    there = {label.ref.revision for label in seen}
    for expected in publication.expected:
        if expected.revision not in there:
            yield _absent(publication, expected.revision)


def _absent(publication: Publication, revision: str) -> JudgedBranch:
    """Return an expected branch that was not seen."""
    verdict, reason = BranchVerdict.MISSING, "There is no such branch."
    if not publication.is_read:
        verdict, reason = BranchVerdict.UNKNOWN, "Nobody looked at it yet."
    elif publication.repository.look.partial:
        verdict, reason = BranchVerdict.UNKNOWN, "Only some branches were looked at, not this one."
    return JudgedBranch(
        publication, revision, None, expected=True, verdict=verdict, reason=reason, loads=NO_LOADS
    )


def _branch(
    publication: Publication, label: Label, held: Family, court: Court, shelf: Shelf, sizes: Sizes
) -> JudgedBranch:
    revision = label.ref.revision
    listed = publication.expected
    expected = any(each.revision == revision for each in listed) if listed else None
    commit = publication.repository.commits.get(label.ref.commit)
    place = (label.repo_id, label.ref.commit)
    if commit is None or place not in held.held:
        return JudgedBranch(
            publication,
            revision,
            label,
            expected=expected,
            verdict=BranchVerdict.UNKNOWN,
            reason="The files of its commit were never read.",
            loads=NO_LOADS,
        )
    sets = tuple(_set(label, holding, court, sizes) for holding in held.held[place])
    loads = shelf.files(commit).loads
    verdict, reason = _of_branch(sets, loads[loaders.DEFAULT])
    return JudgedBranch(
        publication,
        revision,
        label,
        expected=expected,
        verdict=verdict,
        reason=reason,
        weight_sets=sets,
        loads=loads,
        recipe=recipe(label, sets, loads),
    )


def _set(label: Label, held: Held, court: Court, sizes: Sizes) -> JudgedSet:
    """Return a weight set with its verdict; sizes speak where the bytes are nobody else's."""
    verdict, account = court.judge(label, held), sizes.account(held)
    if verdict.verdict is BranchVerdict.OWN:
        verdict = sizes.judge(held, account) or verdict
    made = judged(held, verdict)
    if account.misfit and verdict.verdict is BranchVerdict.SPLICED:
        made = made._replace(reason=f"{made.reason} {account.misfit}")
    return made._replace(stored=account.stored, misfit=account.misfit)


def _of_branch(sets: Iterable[JudgedSet], loaded: str | None) -> tuple[BranchVerdict, str]:
    """Return a branch's verdict: that of the set which transformers 5 loads."""
    by_name = {judged_set.name: judged_set for judged_set in sets}
    if loaded is not None:
        return by_name[loaded].verdict, by_name[loaded].reason
    if by_name:
        text = f"It holds {', '.join(by_name)}, which transformers 5 does not load."
        return BranchVerdict.MISSING, text
    return BranchVerdict.MISSING, "It holds no weights."


def _with_main_note(branches: list[JudgedBranch]) -> list[JudgedBranch]:
    """Say where main and the last step have different files: their values may still be equal."""
    finals = [branch for branch in branches if branch.label and branch.label.final]
    main = next((final for final in finals if final.revision == MAIN), None)
    last = next((final for final in finals if final.revision != MAIN and final.weight_sets), None)
    if main is None or last is None:
        return branches
    joined = [judged for judged in main.weight_sets if last.label in judged.group]
    if joined and all(judged.verdict.is_true for judged in joined):
        note = f"{joined[0].name} is that of {last.revision}: main is the last step."
        return [_joined(branch, note) if branch is main else branch for branch in branches]
    differing = _owned(main) & _owned(last)
    others = {MAIN: last.revision, last.revision: MAIN} if differing else {}
    return [
        _noted(branch, differing, others[branch.revision]) if branch.revision in others else branch
        for branch in branches
    ]


def _joined(main: JudgedBranch, note: str) -> JudgedBranch:
    """Say of main's other sets that one of them proves which step it is."""
    sets = tuple(
        judged._replace(reason=f"{judged.reason} {note}")
        if judged.verdict is BranchVerdict.OWN
        else judged
        for judged in main.weight_sets
    )
    return with_sets(main, sets)


def _owned(branch: JudgedBranch) -> set[str]:
    """Return the names of the sets that are the branch's own: two such are not equal."""
    return {judged.name for judged in branch.weight_sets if judged.verdict is BranchVerdict.OWN}


def _noted(branch: JudgedBranch, names: set[str], other: str) -> JudgedBranch:
    note = f"The file differs from that of {other}, yet the values may be equal."
    sets = tuple(
        judged._replace(reason=f"{judged.reason} {note}", differs_from=other)
        if judged.name in names
        else judged
        for judged in branch.weight_sets
    )
    return with_sets(branch, sets)


def with_sets(branch: JudgedBranch, sets: tuple[JudgedSet, ...]) -> JudgedBranch:
    """Return a branch with other verdicts on its weight sets, and what that makes of it."""
    loads = branch.loads or NO_LOADS
    verdict, reason = _of_branch(sets, loads[loaders.DEFAULT])
    advice = recipe(branch.label, sets, loads) if branch.label else None
    if advice is None and best(branch.weight_sets, loads) is None:
        advice = branch.recipe  # it led elsewhere, and still does
    return branch._replace(weight_sets=sets, verdict=verdict, reason=reason, recipe=advice)


def _with_elsewhere(branches: list[JudgedBranch]) -> Iterator[JudgedBranch]:
    """Point main to the last step and back, where only the other one has the right weights."""
    finals = [
        branch for branch in branches if branch.label and branch.label.final and branch.recipe
    ]
    for branch in branches:
        if branch.recipe is None and branch.label and branch.label.final and finals:
            yield branch._replace(recipe=elsewhere(finals[0]))
        else:
            yield branch
