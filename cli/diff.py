"""`catalog diff`: is a mirror equal to the Hub?"""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadEndpoint, HubUnreachable

from . import output
from .arguments import ObservedArg
from .call import Call, Result, command
from .tables import Column

if TYPE_CHECKING:
    from catalog.verbs.differing import Difference

COLUMNS = (Column("repo_id", "repository"), Column("equal"), Column("missing_at"))
DIFFERS, COULD_NOT, SHOWN = 1, 3, 20


@command
def diff(
    call: Call,
    first: Annotated[str, typer.Argument(metavar="ENDPOINT", help="As in https://huggingface.co.")],
    second: Annotated[str, typer.Argument(metavar="ENDPOINT", help="The mirror's address.")],
    names: ObservedArg = None,
) -> int:
    """Compare what two endpoints hold: branches, commits, sizes and digests of files.

    Looks at both anew and keeps the looks, each as its endpoint's; downloads no weights. Your token
    goes to HF_ENDPOINT alone. Exit 1 where they differ, 3 where one could not be asked, or does not
    say enough of a file.
    """
    from catalog.documents import branches

    catalog = call.catalog

    def result(repo_id: str) -> Result:
        (difference,) = catalog.diff(first, second, repo_id)
        code = 0 if difference.is_equal else COULD_NOT
        if difference.is_different:
            code = DIFFERS
        return Result(code, branches.difference(difference), lambda: _print(difference))

    repositories = catalog.repositories(*(names or ()), observed=True)
    return call.each(repositories, result, fatal=(BadEndpoint, HubUnreachable), columns=COLUMNS)


def _print(difference: "Difference") -> None:
    """Print what differs, one branch a line."""
    first, second = difference.endpoints
    if difference.missing_at is not None:
        output.line(f"{difference.repo_id}: {difference.missing_at} has no such repository")
        return
    counted = Counter(branch.status for branch in difference.branches)
    words = ", ".join(f"{number:,} {status}" for status, number in sorted(counted.items()))
    output.line(f"{difference.repo_id}: {words or 'no branches'}")
    wrong = [branch for branch in difference.branches if branch.status != "equal"]
    for branch in wrong[:SHOWN]:
        before, after = ((sha or "nothing")[:8] for sha in branch.commits)
        commits = f"{before} at {first}, {after} at {second}"
        output.line(f"  {branch.revision} {branch.status}: {commits}")
        for path, what in branch.files.items():
            output.line(f"    {path} {what}")
    if len(wrong) > SHOWN:
        output.line(f"  and {len(wrong) - SHOWN} more; --json lists all")
