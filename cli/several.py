"""What commands over several REFs and PATHs share: progress, one outcome each, the gravest code."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from catalog.errors import CatalogError
from catalog.progress import Watcher

from . import output

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

TargetsArg = Annotated[
    list[str],
    typer.Argument(
        metavar="REF|PATH...",
        help="MODEL@REVISION, or a folder or file; ./NAME is always a path.",
        show_default=False,
    ),
]
AsOpt = Annotated[
    str | None,
    typer.Option("--as", metavar="REF", help="Which checkpoint the given folder holds."),
]
DeviceOpt = Annotated[
    str,
    typer.Option("--device", help="auto, cpu, cuda or cuda:N. auto: CUDA if there is any."),
]
DtypeOpt = Annotated[
    str,
    typer.Option("--dtype", help="auto, float32, bfloat16 or float16. auto: float32, exact."),
]

# From worst to best; of several codes the first one here counts.
_GRAVEST = (1, 3, 2, 0)


def gravest(codes: Iterable[int]) -> int:
    """Return the code of a command over several inputs: the gravest of 1, then 3, then 2."""
    found = set(codes)
    return next((code for code in _GRAVEST if code in found), 0)


class Once:
    """Says each remark once, however many targets it is true of."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def notes(self, notes: Iterable[str]) -> None:
        """Say what was not said yet."""
        for note in notes:
            if note not in self._said:
                self._said.add(note)
                output.say(f"note: {note}")


class Progress(Watcher):
    """Words on stderr: what is being done, and on a terminal a bar of how far it is.

    A context manager: the bar goes when it is left, however that is.

    Args:
        target: what it is about.
        quiet: say nothing unless stderr is a terminal; the output is for a program.
    """

    def __init__(self, target: str, *, quiet: bool = False) -> None:
        self._target = target
        self._terminal = sys.stderr.isatty()
        self._silent = quiet and not self._terminal
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def report(self, doing: str) -> None:
        """Say what is done next."""
        if not self._silent:
            output.say(f"{self._target}: {doing}")

    def expect(self, total_bytes: int) -> None:
        """Begin a bar, in the place of the one before."""
        if not self._terminal:
            return
        if self._bar is not None:
            self._bar.stop()
        self._bar = _bar()
        self._bar.add_task(self._target, total=total_bytes)
        self._bar.start()

    def bytes_read(self, count: int) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], count)


def _bar() -> "Bar":
    """Return a bar that shows bytes, speed and the time left."""
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def each(
    targets: Sequence[str],
    one: Callable[[str], tuple[int, Mapping[str, Any]]],
    *,
    json: bool,
    fatal: type[CatalogError] | tuple[()] = (),
) -> int:
    """Run a function on each target, print errors in its place, and return the gravest code.

    Args:
        targets: REFs and paths.
        one: does one, prints for people unless `json`, and returns exit code and JSON object.
        json: print one list at the end.
        fatal: an error that every further target would meet too.

    Raises:
        CatalogError: that of the only target, or a fatal one.
    """
    codes, documents = [], []
    for text in targets:
        try:
            code, document = one(text)
        except CatalogError as error:
            if len(targets) == 1 or isinstance(error, fatal):
                raise
            code, document = error.exit_code, {"target": text, "error": _described(error)}
            if not json:
                output.say(f"catalog: {text}: {error}")
        codes.append(code)
        documents.append(document)
    if json:
        output.emit_json(documents)
    return gravest(codes)


def _described(error: CatalogError) -> dict[str, str]:
    return {"kind": error.kind, "message": error.what, "hint": error.hint}
