"""Which branches, checkpoints and weight sets hold certain bytes, with their verdicts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import weightsets
from catalog.sql.queries import holders

if TYPE_CHECKING:
    from catalog.core.branches import BranchVerdict, JudgedBranch
    from catalog.core.models import RecordedFile
    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class Holding:
    """A file of a branch that has certain bytes, with the verdict on the weight set it is in.

    Args:
        model: None where the repository is of no known one.
        repo_id: its repository, None for a model that was never published.
        revision: the branch, None where it has none.
        commit: that it points at, None for what `populate` read from a folder.
        weight_set: None where the file is no weights.
        file: its path.
        verdict: on the weight set, else on the branch; `unknown` where the branch was never seen.
    """

    model: str | None
    repo_id: str | None
    revision: str | None
    commit: str | None
    weight_set: str | None
    file: str
    verdict: "BranchVerdict"


def which(connection: "Reader", digests: Collection[str]) -> list[Holding]:
    """Return every branch, checkpoint and weight set that holds files with these digests.

    Args:
        connection: an open catalog.
        digests: SHA-256, or git's blob ids of small files.
    """
    repo_ids = holders.repositories(connection, digests)
    files = holders.files(connection, digests)
    if not (repo_ids or files):
        return []
    from catalog.verbs.judging import judge  # noqa: PLC0415 - the rules are 15 ms; see above

    held = [
        holding
        for branch in (judge(connection, repo_ids).branches if repo_ids else ())
        for holding in _holdings(branch, digests)
    ]
    seen = {(holding.repo_id, holding.revision, holding.file) for holding in held}
    return held + [
        holding
        for holding in _recorded(files)
        if (holding.repo_id, holding.revision, holding.file) not in seen
    ]


def _recorded(files: "Iterable[RecordedFile]") -> Iterable[Holding]:
    """Yield the checkpoints that `populate` read these bytes from; nobody judged their branch."""
    from catalog.core.branches import BranchVerdict  # noqa: PLC0415 - as in which

    for file in files:
        sets = weightsets.find_sets(list(file.paths), lambda _: None, assume=True)
        name = next((weight_set.name for weight_set in sets if file.path in weight_set.files), None)
        yield Holding(
            file.model,
            file.repo_id,
            file.revision,
            file.commit,
            name,
            file.path,
            BranchVerdict.UNKNOWN,
        )


def _holdings(branch: "JudgedBranch", digests: Collection[str]) -> Iterable[Holding]:
    if branch.label is None:
        return
    commit = branch.publication.repository.commits.get(branch.label.ref.commit)
    for file in () if commit is None else commit.files:
        if not {file.sha256, file.git_sha1} & set(digests):
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
            )
