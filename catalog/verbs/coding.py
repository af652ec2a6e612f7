"""Code that loads the right weights of a checkpoint, by what was seen; nobody is asked."""

from typing import TYPE_CHECKING, NamedTuple

from catalog.core import snippets
from catalog.sql.queries import hub
from catalog.verbs import right_weights
from catalog.verbs.target import never_published

if TYPE_CHECKING:
    from catalog.core.branches import JudgedBranch
    from catalog.core.loadargs import LoadArgs
    from catalog.sql.connections import Reader
    from catalog.verbs.target import Target


class Code(NamedTuple):
    """Code for one library.

    Attributes:
        library: its name.
        args: what it is called with, and that of the other libraries.
        text: the code, its lines ended.
        before: what is to be typed in a shell first, None where nothing is.
    """

    library: str
    args: "LoadArgs"
    text: str
    before: str | None

    @property
    def call(self) -> dict[str, object]:
        """The arguments of the library's call, by name."""
        return self.args.of(self.library)


def code(connection: "Reader", meant: "Target", library: str) -> Code:
    """Return the code that loads a branch's right weights.

    Args:
        connection: an open catalog.
        meant: the branch.
        library: one of `catalog.core.loadargs.LIBRARIES`.

    Raises:
        BadInput: no such library, or the model was never published.
        CheckedBad: right weights are nowhere.
        CouldNotCheck: nobody can tell what the weights are.
    """
    if meant.repo_id is None:
        raise never_published(meant.name)
    args = right_weights.load_args(meant, _judged(connection, meant.repo_id, str(meant.revision)))
    return Code(library, args, snippets.code(args, library), snippets.before(args, library))


def _judged(connection: "Reader", repo_id: str, revision: str) -> "list[JudgedBranch]":
    """Return the branch with main and the last step, as judged; none where nobody looked."""
    if repo_id not in hub.observed(connection):
        return []
    from catalog.verbs import judging  # noqa: PLC0415 - what was observed alone

    return judging.judge_some(connection, [repo_id], lambda _: {revision})
