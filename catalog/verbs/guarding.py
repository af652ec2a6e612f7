"""What guards a load: the judgement on a repository as a loader needs it, and a guarded process.

It judges as the audit does and adds no rule; what a load gets is decided in `catalog.core.loads`,
and libraries are hooked in `catalog.guard`.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from catalog.core import modes
from catalog.core.branches import BranchVerdict, recipes
from catalog.core.held import HeldBranch, HeldRepository, HeldSet
from catalog.core.refs import MAIN
from catalog.errors import BadInput
from catalog.sql.queries import hub, models
from catalog.verbs import judging

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch, JudgedSet
    from catalog.core.branches.values import Label
    from catalog.core.published import Repository
    from catalog.sql.connections import Reader

SITE = os.path.join(  # noqa: PTH118 - no pathlib where it is read
    os.path.dirname(os.path.dirname(__file__)),  # noqa: PTH120 - as above
    "guard",
    "site",
)
"""A folder that, on a Python's path, turns the guard on as it starts."""


def home(connection: "Reader", repo_id: str) -> str | None:
    """Return the repository that a loader's name means, None for one that nobody looked at.

    The name of a repository that was looked at means just that, which spares reading all others.
    """
    if repo_id in hub.observed(connection):
        return repo_id
    from catalog.verbs.meaning import Meaning  # noqa: PLC0415 - for other names alone

    try:
        (meant,) = Meaning(connection).repositories([repo_id], observed=True)
    except BadInput:
        return None
    return meant


def known(connection: "Reader", repo_id: str, *, named: bool = False) -> HeldRepository | None:
    """Return what is known of a repository's branches, None where nobody ever looked at it.

    Args:
        connection: an open catalog.
        repo_id: the repository.
        named: also under which names it may be asked for; where no catalog is, nobody else knows.
    """
    if repo_id not in hub.observed(connection):
        return None
    judged = judging.judge_some(connection, [repo_id], _every)
    model = judging.published_models(connection).get(repo_id)
    saved: dict[str, int | None] = {}
    if model is not None:
        every = models.checkpoints(connection, model.id)
        saved = {str(each.revision): each.tokens_seen for each in every}
        saved[MAIN] = every[-1].tokens_seen if every else None
    branches = tuple(
        _branch(branch, branch.label, saved) for branch in judged if branch.label is not None
    )
    names = _names(connection, repo_id) if named else ()
    return HeldRepository(repo_id, None if model is None else model.name, names, branches)


def _every(repository: "Repository") -> set[str]:
    """Return all branches: with the findings of an audit they would take half as long again."""
    return {ref.revision for ref in repository.look.refs}


def _names(connection: "Reader", repo_id: str) -> tuple[str, ...]:
    """Return what else, written with the owner, means a repository."""
    owner = repo_id.partition("/")[0]
    index = models.index(connection)
    texts = {entry.text for entry in index.entries if entry.repo_id == repo_id}
    full = {text if "/" in text else f"{owner}/{text}" for text in texts}
    return tuple(sorted(text.lower() for text in full if index.resolve(text).repo_id == repo_id))


def _branch(judged: "JudgedBranch", label: "Label", saved: Mapping[str, int | None]) -> HeldBranch:
    commit = judged.publication.repository.commits.get(label.ref.commit)
    files = {} if commit is None else {file.path: file.digest for file in commit.files}
    best = recipes.best(judged.weight_sets, judged.loads) if judged.loads else None
    return HeldBranch(
        revision=judged.revision,
        commit=label.ref.commit,
        step=label.step,
        tokens_seen=saved.get(judged.revision),
        final=label.final,
        claims=label.claims,
        best=None if best is None else best.name,
        sets=tuple(_set(judged, held, files) for held in judged.weight_sets),
    )


def _set(branch: "JudgedBranch", held: "JudgedSet", files: Mapping[str, str]) -> HeldSet:
    is_wrong = not held.verdict.is_true
    return HeldSet(
        name=held.name,
        layout=held.layout,
        verdict=held.verdict.value,
        holds=_owner(branch, held.owner) if is_wrong and held.owner else None,
        others=tuple(branch.same_as(held)) if is_wrong and held.owner is None else (),
        reason=held.reason if held.verdict is BranchVerdict.SUSPECT else "",
        digests={path: files[path] for path in held.files if path in files},
    )


def _owner(branch: "JudgedBranch", owner: "Label") -> str:
    """Return what to call the checkpoint that bytes belong to: main is the last step."""
    publication = branch.publication
    if owner.is_main and owner.repo_id == publication.repo_id:
        backwards = (each.revision for each in reversed(publication.expected))
        last = next((revision for revision in backwards if revision != MAIN), None)
        if last is not None:
            return last
    return owner.seen_from(publication.repo_id)


def environment(
    before: Mapping[str, str], *, url: str | None, mode: str | None, log: str | None
) -> dict[str, str]:
    """Return the environment in which every Python that starts is guarded.

    Args:
        before: the environment as it is.
        url: the catalog, None for what the environment or the default says.
        mode: how to guard; None leaves what the environment says.
        log: the path of the log.

    Raises:
        BadInput: no such mode.
    """
    mode = None if mode is None else modes.require(mode)
    log = None if log is None else os.path.abspath(log)  # noqa: PTH100 - as above
    path = [SITE, *filter(None, [before.get("PYTHONPATH")])]
    added = {"CATALOG_DB": url, "CATALOG_GUARD": mode, "CATALOG_GUARD_LOG": log}
    given = {name: value for name, value in added.items() if value is not None}
    return {**before, **given, "PYTHONPATH": os.pathsep.join(path)}
