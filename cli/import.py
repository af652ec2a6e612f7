"""`catalog import`: files that others exported."""  # noqa: N999 - a module has its command's name

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import output
from .call import Call, command
from .group import group
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.verbs.sharing import Shared

CONTRADICTED, UNKNOWN = 1, 3
COLUMNS = tuple(
    Column(name)
    for name in (
        *("file", "by", "observation", "fingerprint", "verification", "look"),
        *("known", "unknown", "contradictions"),
    )
)

app = group("Files that others exported: records of observation.")


@app.command()
@command
def records(
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
                f"{file}: of {shared.by}, {sharing.in_words(shared.new)}; "
                f"{output.count(shared.known, 'record')} known already"
            )

    call.print(Report(documents, rows, COLUMNS, text=text))
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
    return CONTRADICTED if shared.contradictions else UNKNOWN if shared.unknown else 0
