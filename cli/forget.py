"""`catalog forget`: takes back a record that was wrong, or the looks at a repository."""

from typing import TYPE_CHECKING, Annotated

import typer

from . import complete, output
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.documents.plain import Document

COLUMNS = (
    Column("model"),
    Column("revision"),
    Column("observations"),
    Column("recorded_at"),
    Column("manifest_digest"),
)

REPOSITORY_COLUMNS = (Column("repo_id"), Column("endpoint"), Column("looks"))


@command
def forget(
    call: Call,
    ref: Annotated[
        str,
        typer.Argument(
            metavar="REF|REPO",
            help="MODEL@REVISION, of which the record is wrong; or a model or repository.",
            autocompletion=complete.refs,
        ),
    ],
) -> None:
    """Take back what `populate` recorded of a checkpoint, or what was observed of a repository.

    For a record that contradicts what was observed on the Hub. What was observed stays, and so
    does every verification; `catalog populate` records the checkpoint anew. Of a repository all
    looks at one endpoint are forgotten: HF_ENDPOINT says at which.
    """
    from catalog.documents import weights

    document = weights.forgotten(call.catalog.forget(ref))
    if "repo_id" in document:
        _print_repository(call, document)
        return
    name = f"{document['model']}@{document['revision']}"
    times = f"{document['observations']} record{'s' if document['observations'] > 1 else ''}"
    text = f"{name}: forgot {times}, the last of {document['recorded_at'][:10]}"
    call.print(
        Report(document, [document], COLUMNS, text=lambda: output.line(text), quiet=lambda _: name)
    )


def _print_repository(call: Call, document: "Document") -> None:
    """Print what was forgotten of a repository."""
    name = document["repo_id"]
    looks = output.count(document["looks"], "look")
    text = f"{name}: forgot {looks} at {document['endpoint']}"
    call.print(
        Report(
            document,
            [document],
            REPOSITORY_COLUMNS,
            text=lambda: output.line(text),
            quiet=lambda _: name,
        )
    )
