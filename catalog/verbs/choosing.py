"""Chooses which files of a branch to fetch or to pin: the right weights, and what loads with them.

Which weight set is right is the audit's judgement; which bytes are is the Hub's declaration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import branches, loadargs, weightsets
from catalog.core.branches import JudgedBranch, JudgedSet, Publication, Reasons
from catalog.core.locks import ALONE, Locked
from catalog.core.manifests import Manifest
from catalog.core.published import Commit, Ref, RemoteFile
from catalog.core.refs import MAIN, PULL_REQUEST
from catalog.core.weightsets import CONFIG
from catalog.errors import CheckedBad, CouldNotCheck, HubMissing
from catalog.sql.queries import hub
from catalog.verbs import judging, right_weights
from catalog.verbs.target import no_branch

if TYPE_CHECKING:
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader
    from catalog.verbs.reading import Plan
    from catalog.verbs.target import Target


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
        step: the published step, None where nobody knows.
        tokens_seen: tokens of the checkpoint, None where nobody knows.
    """

    text: str
    model: str | None
    repo_id: str
    revision: str
    weight_set: str | None
    distance: int | None = None
    step: int | None = None
    tokens_seen: int | None = None

    @property
    def name(self) -> str:
        """What to call it: model or repository, and branch."""
        return f"{self.model or self.repo_id}@{self.revision}"


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

    def pinned(self, manifest: Manifest) -> Locked:
        """Return it as a lock pins it.

        Args:
            manifest: its files, each with its SHA-256.
        """
        wanted = self.wanted
        return Locked(
            ref=wanted.text,
            model=wanted.model,
            repo_id=wanted.repo_id,
            revision=wanted.revision,
            commit=self.commit,
            weight_set=self.chosen.name,
            verdict=self.chosen.verdict.value,
            published_step=wanted.step,
            tokens_seen=wanted.tokens_seen,
            folder=ALONE,
            distance=wanted.distance,
            manifest=manifest,
        )

    @property
    def made(self) -> frozenset[str]:
        """What is beside the fetched files when all is done: the index that the branch lacks."""
        return frozenset({self.chosen.name} if self.writes_index else ())


def asked(branch: "Target") -> Wanted:
    """Return a branch as what is asked for."""
    saved = branch.checkpoint
    return Wanted(
        branch.text,
        None if branch.model is None else branch.model.name,
        str(branch.repo_id),
        branch.revision or MAIN,
        branch.weight_set,
        branch.distance,
        None if saved is None else saved.published_step,
        None if saved is None else saved.tokens_seen,
    )


@dataclass(frozen=True, slots=True)
class Right:
    """The right weights of a branch, before anybody asked for the files of its commit.

    Args:
        wanted: what was asked for.
        commit: that the branch points at.
        chosen: the weight set that is right.
    """

    wanted: Wanted
    commit: str
    chosen: JudgedSet


def choose(connection: "Reader", wanted: Wanted, client: "Client") -> Choice:
    """Return what to fetch; the repository was synced just now.

    Raises:
        CheckedBad: the branch has no right weights, or nobody can tell whose they are.
        HubUnavailable: the Hub does not have the branch, or does not answer.
    """
    return with_files(right(connection, wanted, client), client)


def right(
    connection: "Reader",
    wanted: Wanted,
    client: "Client",
    judged: Sequence[JudgedBranch] | None = None,
) -> Right:
    """Return the right weights of a branch; the Hub is asked for none of its files.

    Args:
        connection: an open catalog.
        wanted: which branch.
        client: of the Hub, for a pull request.
        judged: every branch of its repository, where they were judged already.

    Raises:
        CheckedBad: the branch has no right weights, or nobody can tell whose they are.
        HubUnavailable: the Hub does not have the branch.
    """
    branch, others = _branch(connection, wanted, client, judged)
    if branch.label is None:
        raise HubMissing(f"the Hub does not have {wanted.repo_id}@{wanted.revision}")
    who, known = wanted.model or wanted.repo_id, wanted.model is not None
    chosen = right_weights.right(branch, others, who, wanted.weight_set, known=known)
    return Right(wanted, branch.label.ref.commit, chosen)


def with_files(right: Right, client: "Client") -> Choice:
    """Return what to fetch of a commit: the Hub declares the digest of each file.

    Raises:
        CheckedBad: the commit lacks something that is needed.
        CouldNotCheck: the Hub declares no digest of a file.
        HubUnavailable: the Hub does not answer.
    """
    wanted, commit, chosen = right.wanted, right.commit, right.chosen
    place = f"{wanted.repo_id}@{wanted.revision}"
    declared = {file.path: file for file in client.tree(wanted.repo_id, commit)}
    paths = loadargs.with_others(chosen.name, chosen.files, declared)
    if absent := sorted(path for path in paths if path not in declared):
        raise CheckedBad(f"{place} no longer has {absent[0]}")
    if CONFIG not in paths:
        raise CheckedBad(f"{place} has no {CONFIG}: nothing could load it")
    files = tuple(declared[path] for path in sorted(paths))
    if blind := [file.path for file in files if file.declared is None]:
        raise CouldNotCheck(f"the Hub declares no digest of {blind[0]} of {place}")
    lacks_index = weightsets.is_index(chosen.name) and chosen.name not in paths
    return Choice(wanted, commit, chosen, files, writes_index=lacks_index)


def _branch(
    connection: "Reader",
    wanted: Wanted,
    client: "Client",
    judged: Sequence[JudgedBranch] | None,
) -> tuple[JudgedBranch, Sequence[JudgedBranch]]:
    """Return a branch, and every branch of its repository."""
    every = judging.judge(connection, [wanted.repo_id]).branches if judged is None else judged
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
