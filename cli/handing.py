"""`catalog export records` and `catalog import records`: what was observed, handed on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count

from . import output, writing
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.verbs.sharing import Shared

EXPORTED = tuple(
    Column(name)
    for name in ("file", "by", "observation", "fingerprint", "verification", "look", "digest")
)
XZ = b"\xfd7zXZ"
CONTRADICTED, UNKNOWN = 1, 3
TAKEN = tuple(
    Column(name)
    for name in (
        *("file", "by", "observation", "fingerprint", "verification", "look"),
        *("known", "unknown", "contradictions"),
    )
)


@command
def export(
    call: Call,
    file: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Write to.", readable=False)
    ],
    by: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Who observed what nobody else did. Default: $CATALOG_OBSERVER.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file of records that is there.")
    ] = False,
) -> None:
    """Write looks, digests, fingerprints and verifications to one file, who said what and when.

    What ships with the program is left out. `catalog import records FILE` takes it in, elsewhere
    or here; nothing is taken twice.
    """
    from catalog.documents import sharing

    writing.require_free(file, XZ, "file of records", force=force)
    exported = call.catalog.export_records(by=by)
    writing.write_file(file, exported.content)
    document = sharing.exported(exported, str(file))
    text = f"{file}: {sharing.in_words(exported.counts, 'no record')}, digest {exported.digest}"
    call.print(
        Report(
            document,
            [document],
            EXPORTED,
            text=lambda: output.line(text),
            quiet=lambda _: exported.digest,
        )
    )


@command
def take(
    call: Call,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="What `catalog export records` wrote."),
    ],
) -> int:
    """Take in what others observed: beside what is on record here, never instead of it.

    What is here already is not taken twice. Exit 1 where observers contradict one another about a
    checkpoint, and both words stay on record; 3 where a checkpoint is of no suite here: `catalog
    suites add`, and import again.
    """
    from catalog.documents import sharing

    catalog = call.catalog
    gathered = [(str(file), catalog.import_records(file)) for file in files]
    documents = [sharing.imported(shared, file) for file, shared in gathered]
    rows = [
        document | {key: len(document[key]) for key in ("unknown", "contradictions")}
        for document in documents
    ]

    def text() -> None:
        for file, shared in gathered:
            output.line(
                f"{file}: of {shared.by}, {sharing.in_words(shared.new, 'nothing new')}; "
                f"{count(shared.known, 'record')} known already"
            )

    call.print(Report(documents, rows, TAKEN, text=text))
    return max((_told(shared) for _, shared in gathered), key=(0, UNKNOWN, CONTRADICTED).index)


def _told(shared: "Shared") -> int:
    """Say what is wrong with what was taken in; return the exit code."""
    for ref, sentences in shared.contradictions.items():
        for sentence in sentences:
            output.say(f"catalog: {ref}: {sentence}")
    if shared.unknown:
        named = ", ".join(shared.unknown[:3]) + (" …" if len(shared.unknown) > 3 else "")  # noqa: PLR2004
        output.say(
            f"catalog: left out what is said of {named}: no suite here has it; "
            "`catalog suites add FILE`, and import again"
        )
    if shared.contradictions:
        return CONTRADICTED
    return UNKNOWN if shared.unknown else 0
