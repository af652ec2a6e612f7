"""Which weight set of a judged branch is right, and what makes a loader take it.

Which set is right is the audit's judgement. Asks nobody and reads no file: the branches were judged
from what was seen.
"""

from typing import TYPE_CHECKING

from catalog.core import loadargs, loaders, weightsets
from catalog.core.branches import BranchVerdict
from catalog.core.branches.recipes import PREFERENCE
from catalog.core.loadargs import LoadArgs, Source
from catalog.core.published import Scope
from catalog.core.refs import MAIN
from catalog.errors import CheckedBad, CouldNotCheck
from catalog.verbs.target import never_published, no_branch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.branches import JudgedBranch, JudgedSet
    from catalog.verbs.target import Target


def right(
    branch: "JudgedBranch",
    others: "Sequence[JudgedBranch]",
    who: str,
    weight_set: str | None = None,
    *,
    known: bool = True,
) -> "JudgedSet":
    """Return the right weight set that was asked for, else the best of them.

    Args:
        branch: where it is looked for.
        others: branches of the same repository, main and the last step among them.
        who: the model, else the repository.
        weight_set: only this one.
        known: whether the catalog knows the model, and may know another source.

    Raises:
        CheckedBad: there is none.
        CouldNotCheck: nobody can tell.
        BadInput: the branch has no set of the name asked for.
    """
    name = f"{who}@{branch.revision}"
    sets = _asked_for(branch, weight_set, name)
    rights = [judged for judged in sets if judged.verdict.is_true]
    loadable = [judged for judged in rights if judged.name in loaders.names_loaded()]
    if loadable:
        return min(loadable, key=lambda judged: PREFERENCE.index(judged.layout))
    if rights:
        raise CheckedBad(
            f"{name}: {rights[0].name} is right, but nothing that from_pretrained loads by itself",
            f"download {', '.join(rights[0].files)} by hand",
        )
    why = "; ".join(f"{judged.name}: {judged.reason.rstrip('.')}" for judged in sets)
    why = why or branch.reason.rstrip(".")
    if any(judged.verdict is BranchVerdict.UNKNOWN for judged in sets):
        raise CouldNotCheck(f"{name}: nobody can tell what its weights are. {why}")
    hint = f"`catalog advisories {name}` may name another source" if known else ""
    other = same_checkpoint(branch, others)
    if other is not None:
        hint = f"pull {who}@{other.revision}: it has the last step's weights"
    raise CheckedBad(f"{name} has no weights of its own that one could be sure of. {why}", hint)


def same_checkpoint(
    branch: "JudgedBranch", others: "Sequence[JudgedBranch]"
) -> "JudgedBranch | None":
    """Return the other one of main and the last step, where it has right weights to load."""
    if branch.label is None or not branch.label.final:
        return None
    for other in others:
        rights = any(
            judged.verdict.is_true and judged.name in loaders.names_loaded()
            for judged in other.weight_sets
        )
        if rights and other.label and other.label.final and other.revision != branch.revision:
            return other
    return None


def _asked_for(
    branch: "JudgedBranch", weight_set: str | None, name: str
) -> "tuple[JudgedSet, ...]":
    """Return the set of a name, or all of a branch."""
    sets = branch.weight_sets
    if weight_set is None:
        return sets
    named = tuple(judged for judged in sets if judged.name == weight_set)
    if not named:
        raise weightsets.no_such_set(name, weight_set, [judged.name for judged in sets])
    return named


# Loading ---------------------------------------------------------------------------------------


def load_args(meant: "Target", judged: "Sequence[JudgedBranch]") -> LoadArgs:
    """Return what to call each library with, so that it loads the right weights of a branch.

    Args:
        meant: the branch.
        judged: branches of its repository, main and the last step among them; none where nobody
            ever looked at it.

    Raises:
        BadInput: it was never published, or the branch has no weight set of the name asked for.
        CheckedBad: right weights are nowhere.
        CouldNotCheck: nobody can tell what the weights are.
        UnknownName: the repository has no such branch.
    """
    if meant.repo_id is None:
        raise never_published(meant.name)
    revision = meant.revision or MAIN
    branch = next((each for each in judged if each.revision == revision), None)
    if branch is None:
        _require_branch(meant, revision, judged)
        return LoadArgs(_plain(meant, revision))
    if not _was_looked_at(branch):
        commit = None if branch.label is None else branch.label.ref.commit
        return LoadArgs(_plain(meant, revision)._replace(commit=commit))
    return LoadArgs(_source(meant, branch, judged))


def _require_branch(meant: "Target", revision: str, judged: "Sequence[JudgedBranch]") -> None:
    """Refuse a branch that an observed repository has not; what is a tag promises no step."""
    if not judged:
        return
    look = judged[0].publication.repository.look
    if revision not in {ref.revision for ref in look.refs} and not revision.startswith("refs/"):
        raise no_branch(str(meant.repo_id), revision, [each.revision for each in judged])


def _was_looked_at(branch: "JudgedBranch") -> bool:
    """Return whether its files, or that there is no such branch, are known."""
    return bool(branch.weight_sets) or branch.verdict is not BranchVerdict.UNKNOWN


def _plain(meant: "Target", revision: str) -> Source:
    """Return a branch that nobody looked at."""
    saved = meant.checkpoint
    return Source(
        name=_name(meant, revision),
        repo_id=str(meant.repo_id),
        branch=revision,
        tokens_seen=None if saved is None else saved.tokens_seen,
        asked_set=meant.weight_set,
    )


def _name(meant: "Target", revision: str) -> str:
    return f"{meant.repo_id if meant.model is None else meant.model.name}@{revision}"


def _source(meant: "Target", branch: "JudgedBranch", judged: "Sequence[JudgedBranch]") -> Source:
    """Return a branch's right weights, those of the other branch of its checkpoint if it has none.

    Raises:
        CheckedBad: neither has any.
    """
    who, known = _name(meant, "").rstrip("@"), meant.model is not None
    note = None
    try:
        chosen = right(branch, judged, who, meant.weight_set, known=known)
    except CheckedBad:
        other = same_checkpoint(branch, judged)
        if other is None or meant.weight_set is not None:
            raise
        note = f"{who}@{branch.revision} has other weights; {other.revision} is the same checkpoint"
        branch, chosen = other, right(other, judged, who, known=known)
    if branch.label is None:  # it has a right set, so it was seen
        raise CouldNotCheck(f"{who}@{branch.revision}: nobody looked at it")
    commit = branch.publication.repository.commits[branch.label.ref.commit]
    there = None
    if commit.scope is Scope.ALL:
        there = [file.path for file in commit.files]
    return _plain(meant, branch.revision)._replace(
        commit=commit.sha,
        weight_set=chosen.name,
        layout=chosen.layout,
        indexed=chosen.weights.indexed,
        files=tuple(loadargs.wanted_files(chosen.name, chosen.files, there)),
        loads=branch.loads or {},
        note=note or _beside(branch, chosen),
    )


def _beside(branch: "JudgedBranch", chosen: "JudgedSet") -> str | None:
    """Return whose weights the branch's default file holds, where it is not the right one."""
    loaded = branch.loaded
    if loaded is None or loaded.name == chosen.name or loaded.verdict.is_true:
        return None
    return f"not {loaded.name}, which lies beside it. {loaded.reason}"
