"""`catalog run`: a program of one's own, in which every load of weights is guarded."""

import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from catalog.errors import BadInput

from . import streams
from .call import Call, command


@command
def run(
    call: Call,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND...", help="What to run, with its arguments; `--` may stand before it."
        ),
    ],
    guard: Annotated[
        str | None,
        typer.Option(
            "--guard",
            metavar="MODE",
            help="warn, strict (of what nobody observed too), error, fix or off. "
            "Default: $CATALOG_GUARD, else warn.",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="FILE", help="Note every load there ($CATALOG_GUARD_LOG)."),
    ] = None,
) -> None:
    """Run a program that is told when it loads another checkpoint's weights than it asks for.

    Every Python that it starts imports `catalog.guard` as it starts, if the catalog is installed in
    it. The program takes this one's place: its output, its exit code and its signals are its own.
    """
    catalog = call.catalog
    environment = catalog.guarded(os.environ, mode=guard, log=None if log is None else str(log))
    streams.flush()
    _become(words, environment)


def _become(words: list[str], environment: dict[str, str]) -> None:
    """Let a program take the place of this process; return only by an error.

    Raises:
        BadInput: there is no such program.
    """
    pipe = getattr(signal, "SIGPIPE", None)
    before = None if pipe is None else signal.signal(pipe, signal.SIG_DFL)
    try:  # Python ignores that signal, and a program would inherit it
        os.execvpe(words[0], words, environment)  # noqa: S606 - no shell reads what is run
    except FileNotFoundError as error:
        hint = "give its path; a script is run by its interpreter, `catalog run -- python FILE`"
        raise BadInput(f"no program {words[0]}", hint) from error
    finally:  # or the next closed pipe would end this process without a word
        if pipe is not None:
            signal.signal(pipe, before)
