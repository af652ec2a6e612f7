"""What commands over several REFs and PATHs share: progress, one outcome each, the gravest code."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from catalog.errors import CatalogError

from . import output

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


class Progress:
    """Words on stderr: what is being done, and on a terminal how far it is.

    Args:
        target: what it is about.
        quiet: say nothing unless stderr is a terminal; the output is for a program.
    """

    def __init__(self, target: str, *, quiet: bool = False) -> None:
        self._target = target
        self._terminal = sys.stderr.isatty()
        self._silent = quiet and not self._terminal
        self._read = 0
        self._shown = 0.0

    def report(self, doing: str) -> None:
        """Say what is done next."""
        if not self._silent:
            output.say(f"{self._target}: {doing}")

    def bytes_read(self, count: int) -> None:
        """Show how much was read, twice a second, on a terminal only."""
        self._read += count
        now = time.monotonic()
        if self._terminal and now - self._shown > 0.5:  # noqa: PLR2004 - seconds
            self._shown = now
            sys.stderr.write(f"\r{self._target}: {self._read / 1e9:.1f} GB read\x1b[K\r")
            sys.stderr.flush()


def each(
    targets: Sequence[str],
    one: Callable[[str], tuple[int, Mapping[str, Any]]],
    *,
    json: bool,
) -> int:
    """Run a function on each target, print errors in its place, and return the gravest code.

    Args:
        targets: REFs and paths.
        one: does one, prints for people unless `json`, and returns exit code and JSON object.
        json: print one list at the end.

    Raises:
        CatalogError: that of the only target.
    """
    codes, documents = [], []
    for text in targets:
        try:
            code, document = one(text)
        except CatalogError as error:
            if len(targets) == 1:
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
