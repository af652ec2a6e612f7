"""Which branches, checkpoints and weight sets hold certain bytes, with their verdicts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from catalog.core import weightsets
from catalog.core.tuples import NamedTuple
from catalog.sql.queries import holders

if TYPE_CHECKING:
    from catalog.core.branches import BranchVerdict, JudgedBranch, Label
    from catalog.core.models import RecordedFile
    from catalog.core.published import RemoteFile, Repository
    from catalog.sql.connections import Reader

OBSERVED, RECORDED = "observed", "recorded"


class Holding(NamedTuple):
    """A file of a branch that has certain bytes, with the verdict on the weight set it is in.

    Args:
        model: None where the repository is of no known one.
        repo_id: its repository, None for a model that was never published.
        revision: the branch, None where it has none.
        commit: that it points at, None for what `populate` read from a folder.
        weight_set: None where the file is no weights.
        file: its path.
        verdict: on the weight set, else on the branch; of bytes that only `populate` read it is
            `same-as` where they are another checkpoint's, else `unknown`.
        witness: `observed` on the Hub, or `recorded` by `populate`.
        observed_at: when the witness saw it, None where nobody wrote the day down.
        digests: those of the file that were asked for.
        label: the branch as the judgement has it, None for a record.
        step: that is published, None where there is none.
        checkpoint_id: its row, for a record.
        observer: who read it, for a record; None for who keeps this catalog.
    """

    model: str | None
    repo_id: str | None
    revision: str | None
    commit: str | None
    weight_set: str | None
    file: str
    verdict: "BranchVerdict"
    witness: str = OBSERVED
    observed_at: datetime | None = None
    digests: frozenset[str] = frozenset()
    label: "Label | None" = None
    step: int | None = None
    checkpoint_id: int | None = None
    observer: str | None = None

    @property
    def name(self) -> str:
        """What to call the checkpoint."""
        who = self.model or self.repo_id
        return f"{who}@{self.revision}" if self.revision else str(who)


def which(connection: "Reader", digests: Collection[str]) -> list[Holding]:
    """Return every branch, checkpoint and weight set that holds files with these digests.

    Args:
        connection: an open catalog.
        digests: SHA-256, or git's blob ids of small files.
    """
    places = holders.repositories(connection, digests)
    files = holders.files(connection, digests)
    if not places:
        return list(_recorded(files, digests))
    held = _held(connection, digests, places)
    seen = {(holding.repo_id, holding.revision, holding.file) for holding in held}
    return held + [
        holding
        for holding in _recorded(files, digests, held)
        if (holding.repo_id, holding.revision, holding.file) not in seen
    ]


def _held(connection: "Reader", digests: Collection[str], places: Sequence[str]) -> list[Holding]:
    """Return the branches that hold some of these bytes, at the first endpoint that has any."""
    from catalog.core.published import HUB, endpoint_of  # noqa: PLC0415 - as in which
    from catalog.verbs import judging  # noqa: PLC0415 - the rules are 15 ms; see above

    repo_ids = list(dict.fromkeys(kept.rpartition(" ")[2] for kept in places))
    asked = connection.endpoint
    try:
        for endpoint in dict.fromkeys((asked or HUB, *map(endpoint_of, places))):
            connection.endpoint = endpoint
            judged = judging.judge_some(connection, repo_ids, partial(_holders, digests))
            if held := [each for branch in judged for each in _holdings(branch, digests)]:
                return held
    finally:
        connection.endpoint = asked
    return []


def recorded(connection: "Reader", digests: Collection[str]) -> list[Holding]:
    """Return every checkpoint that `populate` read files with these digests from."""
    return list(_recorded(holders.files(connection, digests), digests))


def _recorded(
    files: "Iterable[RecordedFile]", digests: Collection[str], held: Sequence[Holding] = ()
) -> Iterable[Holding]:
    """Yield the checkpoints that `populate` read these bytes from; nobody judged their branch."""
    from catalog.core.branches import BranchVerdict  # noqa: PLC0415 - as in which

    owned = {digest for each in held if each.verdict.is_true for digest in each.digests}
    for file in files:
        sets = weightsets.find_sets(list(file.paths), lambda _: None, assume=True)
        name = next((weight_set.name for weight_set in sets if file.path in weight_set.files), None)
        own = _digests(file, digests)
        theirs = name is not None and not own.isdisjoint(owned)
        yield Holding(
            file.model,
            file.repo_id,
            file.revision,
            file.commit,
            name,
            file.path,
            BranchVerdict.SAME_AS if theirs else BranchVerdict.UNKNOWN,
            witness=RECORDED,
            observed_at=file.observed_at,
            digests=own,
            step=file.published_step,
            checkpoint_id=file.checkpoint_id,
            observer=file.observer,
        )


def _holders(digests: Collection[str], repository: "Repository") -> set[str]:
    """Return the branches of a repository that hold some of these bytes."""
    commits = {
        sha
        for sha, commit in repository.commits.items()
        if any(_digests(file, digests) for file in commit.files)
    }
    return {ref.revision for ref in repository.look.refs if ref.commit in commits}


def _holdings(branch: "JudgedBranch", digests: Collection[str]) -> Iterable[Holding]:
    if branch.label is None:
        return
    repository = branch.publication.repository
    commit = repository.commits.get(branch.label.ref.commit)
    for file in () if commit is None else commit.files:
        own = _digests(file, digests)
        if not own:
            continue
        held: list[tuple[str | None, BranchVerdict]] = [
            (weight_set.name, weight_set.verdict)
            for weight_set in branch.weight_sets
            if file.path in weight_set.files
        ]
        for name, verdict in held or [(None, branch.verdict)]:
            yield Holding(
                branch.publication.model,
                branch.publication.repo_id,
                branch.revision,
                branch.label.ref.commit,
                name,
                file.path,
                verdict,
                observed_at=repository.look.observed_at,
                digests=own,
                label=branch.label,
                step=branch.label.step,
            )


def _digests(file: "RecordedFile | RemoteFile", asked: Collection[str]) -> frozenset[str]:
    """Return those digests of a file that were asked for."""
    return frozenset(each for each in (file.sha256, file.git_sha1) if each and each in asked)
