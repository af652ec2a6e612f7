"""`catalog forget`: takes back a record that was wrong, or the looks at a repository."""

from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count

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
    Column("by"),
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
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="NAME",
            help="Only what this observer said of it, as `import records` brought it.",
            show_default=False,
        ),
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Only what was recorded here, not what others said.")
    ] = False,
) -> None:
    """Take back what `populate` recorded of a checkpoint, or what was observed of a repository.

    For a record that contradicts what was observed on the Hub. What was observed stays, and so
    does every verification; `catalog populate` records the checkpoint anew. Where observers
    contradict one another, --by and --own take back one side. Of a repository all
    looks at one endpoint are forgotten: HF_ENDPOINT says at which.
    """
    from catalog.documents import weights

    document = weights.forgotten(call.catalog.forget(ref, by=by, own=own))
    if "repo_id" in document:
        _print_repository(call, document)
        return
    name = f"{document['model']}@{document['revision']}"
    text = f"{name}: forgot {_times(document)}"
    call.print(
        Report(document, [document], COLUMNS, text=lambda: output.line(text), quiet=lambda _: name)
    )


def _times(document: "Document") -> str:
    """Return how much was forgotten of a checkpoint, in words."""
    counts = [count(document["observations"], "record")]
    if document["by"] is not None:
        kinds = ("fingerprint", "verification")
        counts += [count(document[f"{kind}s"], kind) for kind in kinds]
    of = f" of {document['by']}" if document["by"] else ""
    last = f", the last of {document['recorded_at'][:10]}" if document["recorded_at"] else ""
    return f"{', '.join(counts)}{of}{last}"


def _print_repository(call: Call, document: "Document") -> None:
    """Print what was forgotten of a repository."""
    name = document["repo_id"]
    looks = count(document["looks"], "look")
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
