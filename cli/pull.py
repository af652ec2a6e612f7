"""`catalog pull`: the right weights of a branch, every byte checked, in a folder that loads."""

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core.counts import count
from catalog.errors import BadInput, HubUnreachable, NoDatabase, SchemaOutOfDate

from . import complete, many, output
from .call import Call, Result, command
from .many import FromOpt
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from catalog._door.turns import Turn
    from catalog.verbs.pull import Pulled
    from catalog.verbs.selecting import Selected

COLUMNS = (Column("path"), Column("size_bytes"), Column("sha256"), Column("git_sha1"))
SEVERAL = (
    Column("ref"),
    Column("status"),
    Column("commit"),
    Column("weight_set"),
    Column("path"),
)
FATAL = (HubUnreachable, NoDatabase, SchemaOutOfDate)
"""What every further checkpoint would meet too."""
RefsArg = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="REF...",
        help="MODEL@REVISION, or with #FILE one weight set of it; or MODEL@step1..step512.",
        show_default=False,
        autocompletion=complete.selections,
    ),
]
ToOpt = Annotated[
    Path,
    typer.Option(
        "--to",
        metavar="DIR",
        help="New folder to leave it in; of several checkpoints, DIR/MODEL@REVISION each.",
        show_default=False,
    ),
]
LockOpt = Annotated[
    Path | None,
    typer.Option(
        "--lock",
        metavar="FILE",
        readable=False,
        show_default=False,
        help="Download what a lock pins: its commits, its bytes.",
    ),
]
CommitOpt = Annotated[
    str | None,
    typer.Option(
        "--commit",
        metavar="SHA",
        show_default=False,
        help="Refuse the branch if it is not at this commit any more.",
    ),
]
JobsOpt = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        metavar="N",
        min=1,
        show_default=False,
        help="How many files to download at once. Default: 4.",
    ),
]


@command
def pull(
    call: Call,
    to: ToOpt,
    refs: RefsArg = None,
    listed: FromOpt = None,
    lock: LockOpt = None,
    commit: CommitOpt = None,
    jobs: JobsOpt = None,
) -> int:
    """Download the right weights of branches, even where their default file is another model's.

    Looks at the repository as `sync` does, judges the branch as `audit` does, and downloads one
    weight set that is the checkpoint's own, with config and tokenizer. Every byte is compared with
    what the Hub declares. `from_pretrained(DIR)` loads the true checkpoint, and DIR says which one
    it is. A branch that has no right weights, or whose owner cannot be told: exit 1, nothing is
    downloaded. Several are downloaded side by side, each into DIR/MODEL@REVISION; after Ctrl-C the
    same command goes on.
    """
    if lock is not None:
        if refs or listed is not None or commit is not None:
            raise BadInput("a lock says which checkpoints, and at which commits", "leave out REF")
        return _locked(call, lock, to, jobs)
    many.require_some(refs or [], listed)
    chosen = call.catalog.select(*(refs or []), listed=many.lines(listed))
    if listed is None and [each.text for each in chosen] == refs and len(chosen) == 1:
        return _one(call, chosen[0].text, to, commit)
    if commit is not None:
        raise BadInput("--commit is that of one branch", "pin several with `catalog lock`")
    return _several(call, chosen, to, jobs)


def _one(call: Call, ref: str, to: Path, commit: str | None) -> int:
    """Pull one; a row is a file."""
    from catalog.documents import weights

    pulled = call.catalog.pull(ref, to, commit=commit)
    document = weights.pulled(pulled)
    call.print(Report(document, document["files"], COLUMNS, text=lambda: _print(pulled, to)))
    return 0


def _several(call: Call, chosen: "Sequence[Selected]", to: Path, jobs: int | None) -> int:
    """Pull several; a row is a checkpoint."""
    turns = call.catalog.pull_each(chosen, to, jobs=jobs)
    return _each(call, [each.text for each in chosen], turns, to)


def _locked(call: Call, lock: Path, to: Path, jobs: int | None) -> int:
    """Pull what a lock pins; a row is a checkpoint."""
    catalog = call.catalog
    return _each(call, catalog.pinned(lock), catalog.pull_lock(lock, to, jobs=jobs), to)


def _each(
    call: Call, texts: "Sequence[str]", turns: "Generator[Turn[Pulled], None, None]", to: Path
) -> int:
    """Print what came of several."""
    from catalog.documents import weights

    def result(pulled: "Pulled") -> Result:
        return Result(0, weights.pulled(pulled), lambda: _print(pulled, to))

    report: dict[str, Any] = {"columns": SEVERAL, "quiet": lambda row: row.get("path", "")}
    with closing(turns):
        return call.each(texts, many.in_turn(turns, result), fatal=FATAL, **report)


def _print(pulled: "Pulled", to: Path) -> None:
    choice = pulled.choice
    output.line(f"{choice.wanted.name}: {pulled.status}, commit {choice.commit[:8]}")
    output.line(f"  {choice.chosen.name}: {choice.chosen.verdict}. {choice.chosen.reason}")
    if choice.writes_index:
        output.line(f"  {choice.chosen.name} is not in the branch; written from the headers")
    size = sum(file.size_bytes for file in choice.files)
    output.line(
        f"  {count(len(choice.files), 'file')}, {size:,} bytes: each as the Hub declares it"
    )
    folder = to / pulled.folder.relative_to(Path(os.path.expanduser(to)).absolute())  # noqa: PTH111 - as it was typed
    output.line(f'  load it: from_pretrained("{folder}")')
