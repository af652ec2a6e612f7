"""Chooses which files of a branch to fetch or to pin: the right weights, and what loads with them.

Which weight set is right is the audit's judgement; which bytes are is the Hub's declaration.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import branches, loaders, weightsets
from catalog.core.branches import BranchVerdict, JudgedBranch, JudgedSet, Publication, Reasons
from catalog.core.branches.recipes import PREFERENCE
from catalog.core.published import Commit, Ref, RemoteFile
from catalog.core.refs import MAIN, PULL_REQUEST
from catalog.core.weightsets import CONFIG
from catalog.errors import CheckedBad, CouldNotCheck, HubMissing
from catalog.sql.queries import hub
from catalog.verbs import judging
from catalog.verbs.target import no_branch

if TYPE_CHECKING:
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader
    from catalog.verbs.reading import Plan
    from catalog.verbs.target import Target

# What transformers 5.23 reads beside the weights (utils/__init__.py, models/auto, tokenizers).
BESIDE = frozenset(
    {
        CONFIG,
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.json",
        "vocab.txt",
        "merges.txt",
        "tokenizer.model",
        "spiece.model",
        "chat_template.jinja",
        "chat_template.json",
    }
)
# What a config's `auto_map` names; kept beside it, and never run here.
CODE = ".py"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which branch is asked for.

    Args:
        text: as it was given.
        model: its name, None where the catalog knows only the repository.
        repo_id: where it is published.
        revision: the branch.
        weight_set: only this one, None for the best that is right.
        distance: of its checkpoint from the tokens asked for, as `Target` has it.
    """

    text: str
    model: str | None
    repo_id: str
    revision: str
    weight_set: str | None
    distance: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What to fetch.

    Args:
        wanted: what was asked for.
        commit: that the branch points at.
        chosen: the weight set that is right.
        files: with config and tokenizer, as the Hub declares them.
        writes_index: the branch has no index for its shards: one is made from their headers.
        plan: what the weights must look like, None where no facts say.
    """

    wanted: Wanted
    commit: str
    chosen: JudgedSet
    files: tuple[RemoteFile, ...]
    writes_index: bool
    plan: "Plan | None" = None

    @property
    def made(self) -> frozenset[str]:
        """What is beside the fetched files when all is done: the index that the branch lacks."""
        return frozenset({self.chosen.name} if self.writes_index else ())


def asked(branch: "Target") -> Wanted:
    """Return a branch as what is asked for."""
    return Wanted(
        branch.text,
        None if branch.model is None else branch.model.name,
        str(branch.repo_id),
        branch.revision or MAIN,
        branch.weight_set,
        branch.distance,
    )


def choose(connection: "Reader", wanted: Wanted, client: "Client") -> Choice:
    """Return what to fetch; the repository was synced just now.

    Raises:
        CheckedBad: the branch has no right weights, or nobody can tell whose they are.
        HubUnavailable: the Hub does not have the branch, or does not answer.
    """
    branch, others = _branch(connection, wanted, client)
    place = f"{wanted.repo_id}@{wanted.revision}"
    if branch.label is None:
        raise HubMissing(f"the Hub does not have {place}")
    chosen = _right(branch, others, wanted)
    commit = branch.label.ref.commit
    declared = {file.path: file for file in client.tree(wanted.repo_id, commit)}
    paths = _with_others(chosen, declared)
    if absent := sorted(path for path in paths if path not in declared):
        raise CheckedBad(f"{place} no longer has {absent[0]}")
    if CONFIG not in paths:
        raise CheckedBad(f"{place} has no {CONFIG}: nothing could load it")
    files = tuple(declared[path] for path in sorted(paths))
    if blind := [file.path for file in files if file.declared is None]:
        raise CouldNotCheck(f"the Hub declares no digest of {blind[0]} of {place}")
    lacks_index = weightsets.is_index(chosen.name) and chosen.name not in paths
    return Choice(wanted, commit, chosen, files, writes_index=lacks_index)


def _with_others(chosen: JudgedSet, there: Collection[str]) -> set[str]:
    """Return the paths of a set, and of what a loader reads beside it."""
    code = {path for path in there if path.endswith(CODE) and "/" not in path}
    index = {chosen.name} & set(there)
    return {*chosen.files, *index, *code, *(BESIDE & set(there))}


def _branch(
    connection: "Reader", wanted: Wanted, client: "Client"
) -> tuple[JudgedBranch, Sequence[JudgedBranch]]:
    """Return a branch, and every branch of its repository."""
    every = judging.judge(connection, [wanted.repo_id]).branches
    for branch in every:
        if branch.revision == wanted.revision:
            return branch, every
    if (asked_for := _by_itself(connection, wanted, client)) is not None:
        return asked_for, ()
    raise no_branch(wanted.repo_id, wanted.revision, [branch.revision for branch in every])


def _by_itself(connection: "Reader", wanted: Wanted, client: "Client") -> JudgedBranch | None:
    """Return a tag or a pull request that was asked for by its exact name, None where it is none.

    It promises no step, so it is compared with nothing; only what lacks a part is wrong.
    """
    (repository,) = hub.state(connection, [wanted.repo_id])
    shas = [ref.commit for ref in repository.look.refs if ref.revision == wanted.revision]
    if wanted.revision.startswith(PULL_REQUEST):
        pulls = client.refs(wanted.repo_id, pulls=True).pulls
        shas = [sha for name, sha in pulls.items() if name == wanted.revision]
    if not shas:
        return None
    commit = repository.commits.get(shas[0]) or Commit(
        shas[0], client.tree(wanted.repo_id, shas[0])
    )
    look = repository.look._replace(refs=(Ref(wanted.revision, commit.sha),))
    alone = Publication(repository._replace(look=look, commits={commit.sha: commit}))
    (branch,) = branches.judge([alone], Reasons(), hub.indexes(connection))
    return branch


def _right(branch: JudgedBranch, others: Sequence[JudgedBranch], wanted: Wanted) -> JudgedSet:
    """Return the right weight set that was asked for, else the best of them.

    Raises:
        CheckedBad: there is none.
        BadInput: the branch has no set of the name asked for.
    """
    name = f"{wanted.model or wanted.repo_id}@{wanted.revision}"
    sets = _asked_for(branch, wanted.weight_set, name)
    right = [judged for judged in sets if judged.verdict.is_true]
    loadable = [judged for judged in right if judged.name in loaders.names_loaded()]
    if loadable:
        return min(loadable, key=lambda judged: PREFERENCE.index(judged.layout))
    if right:
        raise CheckedBad(
            f"{name}: {right[0].name} is right, but nothing that from_pretrained loads by itself",
            f"download {', '.join(right[0].files)} by hand",
        )
    why = "; ".join(f"{judged.name}: {judged.reason.rstrip('.')}" for judged in sets)
    why = why or branch.reason.rstrip(".")
    if any(judged.verdict is BranchVerdict.UNKNOWN for judged in sets):
        raise CouldNotCheck(f"{name}: nobody can tell what its weights are. {why}")
    hint = f"`catalog advisories {name}` may name another source" if wanted.model else ""
    hint = _last_step(branch, others, wanted) or hint
    raise CheckedBad(f"{name} has no weights of its own that one could be sure of. {why}", hint)


def _last_step(branch: JudgedBranch, others: Sequence[JudgedBranch], wanted: Wanted) -> str | None:
    """Return what to pull instead of main or the last step, where the other of them is right."""
    if branch.label is None or not branch.label.final:
        return None
    for other in others:
        right = any(
            judged.verdict.is_true and judged.name in loaders.names_loaded()
            for judged in other.weight_sets
        )
        if right and other.label and other.label.final and other is not branch:
            name = f"{wanted.model or wanted.repo_id}@{other.revision}"
            return f"pull {name}: it has the last step's weights"
    return None


def _asked_for(branch: JudgedBranch, weight_set: str | None, name: str) -> tuple[JudgedSet, ...]:
    """Return the set of a name, or all of a branch."""
    sets = branch.weight_sets
    if weight_set is None:
        return sets
    named = tuple(judged for judged in sets if judged.name == weight_set)
    if not named:
        raise weightsets.no_such_set(name, weight_set, [judged.name for judged in sets])
    return named
