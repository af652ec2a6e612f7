"""What is to be fetched: the right weights of branches, or what a lock pins.

Of a branch the judgement says which weights, and the Hub which files; of a lock the lock says both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.core import foreign, weightsets
from catalog.core.branches import BranchVerdict, Evidence, JudgedSet
from catalog.core.foreign import ForeignError
from catalog.core.locks import ALONE
from catalog.core.published import RemoteFile
from catalog.errors import BadInput, CatalogError, CheckedBad
from catalog.verbs import choosing, judging, reading
from catalog.verbs.choosing import Choice, Right, Wanted

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch
    from catalog.core.locks import Locked
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader
    from catalog.verbs.reading import Plan
    from catalog.verbs.target import Target


@dataclass(frozen=True, slots=True)
class Order:
    """A branch's right weights; which files its commit has the Hub is asked next.

    Args:
        right: the weights.
        plan: what they must look like, None where no facts say.
        client: of the Hub.
    """

    right: Right
    plan: "Plan | None"
    client: "Client"

    def choose(self) -> Choice:
        """Return what to fetch, in any thread; raises as `choosing.with_files` does."""
        return replace(choosing.with_files(self.right, self.client), plan=self.plan)


@dataclass(frozen=True, slots=True)
class Refused:
    """A branch of which there is nothing to fetch.

    Args:
        error: why.
    """

    error: CatalogError

    def choose(self) -> Choice:
        """Raise it."""
        raise self.error


def orders(
    connection: "Reader",
    branches: "Sequence[Target]",
    client: "Client",
    lost: Mapping[str, CatalogError],
    commit: str | None = None,
) -> list[Order | Refused]:
    """Return the right weights of branches, each repository judged once.

    Args:
        connection: an open catalog.
        branches: of repositories that were looked at just now.
        client: of the Hub.
        lost: repositories that could not be looked at, and why.
        commit: where the branches must be, None for wherever they are.
    """
    judged: dict[str, Sequence[JudgedBranch]] = {}
    plans: dict[str, Plan | None] = {}
    made: list[Order | Refused] = []
    for branch in branches:
        wanted = choosing.asked(branch)
        repo_id = wanted.repo_id
        try:
            if repo_id in lost:
                raise lost[repo_id]
            if repo_id not in judged:
                judged[repo_id] = judging.judge(connection, [repo_id]).branches
                plans[repo_id] = _plan(connection, repo_id)
            right = choosing.right(connection, wanted, client, judged[repo_id])
            _require_commit(right, commit)
        except CatalogError as error:
            made.append(Refused(error))
        else:
            made.append(Order(right, plans[repo_id], client))
    return made


def _plan(connection: "Reader", repo_id: str) -> "Plan | None":
    """Return what the weights of a repository must look like, None where no facts say."""
    model = judging.published_models(connection).get(repo_id)
    return None if model is None else reading.plan_of(connection, model)


def _require_commit(right: Right, commit: str | None) -> None:
    """Refuse a branch that is not where it was when its commit was written down."""
    if commit is not None and not right.commit.startswith(commit):
        name = right.wanted.name
        what = f"{name} is at commit {right.commit[:8]} now, and not at {commit[:8]}"
        raise CheckedBad(what, f"`catalog log {name}` says what changed; a lock pins the files")


def folder_of(locked: "Locked") -> str:
    """Return where within a folder what a lock pins belongs: the lock may be anybody's.

    Raises:
        BadInput: it would lead out of the folder, or the lock names no repository.
    """
    try:
        foreign.repository(locked.repo_id)
        foreign.revision(locked.revision)
        return locked.folder if locked.folder == ALONE else foreign.path(locked.folder)
    except ForeignError as error:
        raise BadInput(f"the lock's checkpoint {foreign.shown(locked.name)}: {error}") from error


def pinned(locked: "Locked", written: Iterable[str]) -> Choice:
    """Return what a lock pins as what to fetch.

    Args:
        locked: the checkpoint.
        written: files that no repository has.

    Raises:
        BadInput: it does not pin the files of its weight set.
    """
    wanted = Wanted(
        locked.ref,
        locked.model,
        locked.repo_id,
        locked.revision,
        locked.weight_set,
        locked.distance,
        locked.published_step,
        locked.tokens_seen,
    )
    made = set(written)
    entries = [entry for entry in locked.manifest if entry.path not in made]
    remote = tuple(RemoteFile(each.path, each.size_bytes, sha256=each.sha256) for each in entries)
    paths = [file.path for file in remote]
    sets = weightsets.find_sets(paths, lambda _: None, assume=True)
    weights = next((each for each in sets if each.name == locked.weight_set), None)
    if weights is None:
        raise BadInput(f"{locked.name}: the lock has no files of {locked.weight_set}")
    if locked.verdict not in [verdict.value for verdict in BranchVerdict if verdict.is_true]:
        raise BadInput(f"{locked.name}: the lock calls {locked.weight_set} {locked.verdict!r}")
    judged = JudgedSet(
        weights,
        sum(file.size_bytes for file in remote if file.path in weights.files),
        BranchVerdict(locked.verdict),
        (),
        None,
        "As the lock pins it.",
        Evidence.DIGEST,
    )
    lacks_index = weightsets.is_index(weights.name) and weights.name not in paths
    return Choice(wanted, locked.commit, judged, remote, writes_index=lacks_index)
