"""`catalog hash`: digests of files, weights and whole checkpoints; a path needs no catalog."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import complete, output, writing
from .arguments import AsOpt, ForceOpt
from .call import Call, command
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.manifests import FileEntry
    from catalog.verbs.hash import Digested

BAD = 1
COLUMNS = (Column("path"), Column("size_bytes"), Column("sha256"))
KEYS = ("path", "size_bytes", "sha256", "git_sha1")


@command
def hash_(
    call: Call,
    target: Annotated[
        str,
        typer.Argument(
            metavar="PATH|REF",
            help="A folder, a file, or MODEL@REVISION in the Hub's cache; ./NAME is always a path.",
            show_default=False,
            autocompletion=complete.refs_and_paths,
        ),
    ],
    tensors: Annotated[
        bool, typer.Option("--tensors", help="Tensor, parameter and value digests too.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write the manifest to a file.", readable=False
        ),
    ] = None,
    called: AsOpt = None,
    force: ForceOpt = False,
) -> int:
    """Hash every file of a checkpoint, and with --tensors what its weights hold.

    Reads each file once and runs nothing that is in it. Exit 1 where a weight file is broken,
    incomplete or hostile, or holds NaN; then no FILE is written.
    """
    from catalog.documents import weights

    catalog = call.catalog
    if file is not None:
        writing.require_place(file)
        catalog.require_manifest(file, force=force)
    exclude = () if file is None else (file,)
    digested = catalog.hash(target, tensors=tensors, called=called, exclude=exclude)
    document = weights.digested(digested)
    if file is not None and not digested.findings:
        writing.write_file(file, digested.print_manifest(weights.manifest_extra(digested)))
    call.print(
        Report(document, document["files"], COLUMNS, text=lambda: _print(digested), keys=KEYS)
    )
    if catalog.is_lock(target):
        call.notes([f"{target} is a lock; `catalog verify {target}` compares what it pins"])
    for finding in digested.findings:
        output.say(f"catalog: {finding}")
    return BAD if digested.findings else 0


def _sum_line(entry: "FileEntry") -> str:
    """Return one line as `sha256sum` prints it: a backslash first where the path has escapes."""
    spelled = entry.path
    for character, escape in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r")):
        spelled = spelled.replace(character, escape)
    return f"{'' if spelled == entry.path else chr(92)}{entry.sha256}  {spelled}"


def _print(digested: "Digested") -> None:
    """Print the digests for people: file digests as `sha256sum` does."""
    output.write_lines(map(_sum_line, digested.manifest))  # `sha256sum -c` reads them
    digests: list[tuple[str, object]] = [("manifest", digested.manifest.digest)]
    for name, parameters, values in digested.set_digests:
        digests.append((f"parameters of {name}", parameters))
        digests.append((f"values of {name}", values))
    output.line()
    output.pairs(digests)
