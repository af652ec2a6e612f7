"""`catalog pull`: the right weights of a branch, every byte checked, in a folder that loads."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import output
from .arguments import BranchArg
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.verbs.pull import Pulled

COLUMNS = (Column("path"), Column("size_bytes"), Column("sha256"), Column("git_sha1"))


@command
def pull(
    call: Call,
    ref: BranchArg,
    to: Annotated[
        Path,
        typer.Option("--to", metavar="DIR", help="New folder to leave it in.", show_default=False),
    ],
) -> None:
    """Download the right weights of a branch, even where its default file is another model's.

    Looks at the repository as `sync` does, judges the branch as `audit` does, and downloads one
    weight set that is the checkpoint's own, with config and tokenizer. Every byte is compared with
    what the Hub declares. `from_pretrained(DIR)` loads the true checkpoint. A branch that has no
    right weights, or whose owner cannot be told: exit 1, nothing is downloaded.
    """
    from catalog.documents import weights

    pulled = call.catalog.pull(ref, to)
    document = weights.pulled(pulled)
    call.print(Report(document, document["files"], COLUMNS, text=lambda: _print(pulled, to)))


def _print(pulled: "Pulled", to: Path) -> None:
    choice = pulled.choice
    name = f"{choice.wanted.model or choice.wanted.repo_id}@{choice.wanted.revision}"
    output.line(f"{name}: {pulled.status}, commit {choice.commit[:8]}")
    output.line(f"  {choice.chosen.name}: {choice.chosen.verdict}. {choice.chosen.reason}")
    if choice.writes_index:
        output.line(f"  {choice.chosen.name} is not in the branch; written from the headers")
    size = sum(file.size_bytes for file in choice.files)
    output.line(f"  {len(choice.files)} files, {size:,} bytes: each as the Hub declares it")
    output.line(f'  load it: from_pretrained("{to}")')
