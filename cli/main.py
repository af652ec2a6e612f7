"""The `catalog` command: assembles the commands, words every error, chooses the exit code.

Only the module of the command that was asked for is imported: that is what keeps a question quick.
This is the one place that turns what was raised into a line and an exit code.
"""

import atexit
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from types import FrameType
from typing import Annotated, Any

import typer

from catalog import __version__
from catalog.errors import INTERRUPTED, BadInput, CatalogError, UnknownName, of_system

from . import output, streams
from .words import COMMANDS, GROUPS, Line, want_json, with_dashes, with_debug

BUG = 70

# Typer exports BadParameter but not its base, which unknown options and missing arguments raise.
UsageError: Any = typer.BadParameter.__base__


def assemble(name: str | None = None) -> typer.Typer:
    """Return the program, with all commands or with one command or group of them.

    Args:
        name: the only one that is needed; None, or one that there is not, takes all.
    """
    app = typer.Typer(
        name="catalog",
        help="The metadata catalog and checkpoint registry for language-model suites.",
        epilog="Exit codes: 0 checked and good, 1 checked and bad, 2 asked wrongly, "
        "3 could not check, 70 a bug of ours, 130 interrupted (run it again to go on).",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        suggest_commands=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_options)
    known = name in COMMANDS or name in GROUPS
    for command, function in COMMANDS.items():
        if command == name or not known:
            module = import_module(f".{command}", __package__)
            app.command(command)(getattr(module, function))
    for group in GROUPS:
        if group == name or not known:
            app.add_typer(import_module(f".{group}", __package__).app, name=group)
    return app


def _show_version(asked: bool) -> None:
    if asked:
        output.line(f"catalog {__version__}")
        raise typer.Exit


def _options(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
    _debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error too ($CATALOG_DEBUG).")
    ] = False,
) -> None:
    """Print the help where no command was named: that is no mistake."""
    if context.invoked_subcommand is None:
        output.write_lines([context.get_help()])


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and leave by `SystemExit` with its exit code.

    Args:
        argv: the words after `catalog`; None takes the process's own.
    """
    own_process = argv is None
    words = list(sys.argv[1:] if argv is None else argv)
    streams.prepare()
    try:
        if own_process:  # from here on interruptions are worded below
            signal.signal(signal.SIGINT, _interrupt)
            sys.unraisablehook = _unraisable
        code = run(words)
        if own_process:  # its work is done: Ctrl-C has nothing left to stop
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:
        _interrupted(own_process=own_process)
    if own_process:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End the process at once where nobody else has something to do in it.

    Taking hundreds of modules apart would take a fifth of a question's time, for nothing: what was
    printed is flushed, databases are closed, and whatever asked to be called at the end is called.
    """
    threading = sys.modules.get("threading")
    watched = sys.getprofile() or sys.gettrace() or sys.flags.interactive
    if watched or (threading is not None and threading.active_count() > 1):
        return
    atexit._run_exitfuncs()  # noqa: SLF001 - as multiprocessing does before the same step
    with suppress(streams.OutputLost):
        streams.flush()
    os._exit(code)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """Interrupt a command; while torch is imported, leave: it may swallow an exception."""
    while frame is not None:
        place = frame.f_globals.get("__name__"), frame.f_code.co_name
        if place == ("catalog.forward", "require"):
            _interrupted(own_process=True)
        frame = frame.f_back
    raise KeyboardInterrupt


def _unraisable(lost: "sys.UnraisableHookArgs") -> None:
    """Interrupt once more where an interruption met code that no exception leaves.

    A weak reference's callback, say: Python would print a traceback, and go on as if nobody had
    pressed a key.
    """
    if issubclass(lost.exc_type, KeyboardInterrupt):
        import _thread
        import threading

        threading.Timer(0.001, _thread.interrupt_main).start()  # once this hook has returned
    else:
        sys.__unraisablehook__(lost)


def _interrupted(*, own_process: bool) -> None:
    """Say so, and in a process of our own leave at once.

    Python would end by the signal itself, not with our code, where it had been executing a string.
    """
    if own_process:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    output.say("catalog: interrupted; run the same command again to go on")
    if own_process:
        with suppress(streams.OutputLost):
            streams.flush()
        os._exit(INTERRUPTED)


def run(words: list[str]) -> int:
    """Run one command and return its exit code: 0, 1, 2, 3, 70 or 130 (see `catalog --help`).

    Raises:
        KeyboardInterrupt: outside a command; within one Typer makes it 130.
    """
    if os.environ.get("_CATALOG_COMPLETE", "").startswith("complete_"):
        from . import completion

        return completion.answer(assemble)
    words, debug = with_debug(with_dashes(words))
    line = Line.of(words)
    words = line.arranged()
    try:
        named = line.path[0] if line.path else None
        code = assemble(named)(args=words, prog_name="catalog", standalone_mode=False)
        streams.flush()
    except typer.Abort:
        raise
    except Exception as error:
        if _is_interruption(error):
            raise KeyboardInterrupt from error
        if debug:
            _show(error)
        code = _failed(error, words, as_json=want_json([*line.shared, *words]))
    return code if isinstance(code, int) else 0


def _show(error: Exception) -> None:
    """Print a traceback; what it quotes may hold anything."""
    import traceback

    text = "".join(traceback.format_exception(error))
    with suppress(AttributeError, OSError, ValueError):  # None, a full disk, closed
        sys.stderr.write(streams.for_terminal(text))


def _is_interruption(error: BaseException | None) -> bool:
    """Return whether an interruption became another error, as within `__set_name__` it does."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _failed(error: Exception, words: list[str], *, as_json: bool) -> int:
    """Word an error and return its exit code."""
    as_json = as_json and not isinstance(error, streams.OutputLost)
    try:
        if isinstance(error, OSError):  # a library's own write, perhaps, which says less of it
            streams.flush()
        worded = _worded(error, words)
        if worded is None:
            return _bug(error, as_json=as_json)
        report(worded, as_json=as_json)
        streams.flush()
    except streams.OutputLost as lost:  # nobody can read it; the words may still be heard
        output.say(f"catalog: {lost}")
        return lost.exit_code
    return worded.exit_code


def _worded(error: Exception, words: list[str]) -> CatalogError | None:
    """Return an error that is not ours in our words, None for a bug."""
    if isinstance(error, UnknownName) and not error.nearest:  # candidates say more
        from . import advice

        if error.what_kind.partition(" of ")[0] in ("model", "suite", "revision"):
            error.hint = advice.apart(Line.of(words).rest) or error.hint
    if isinstance(error, CatalogError):
        return error
    if isinstance(error, UsageError):
        return _misused(error, words)
    if isinstance(error, OSError | MemoryError):
        return of_system(error)
    return None


def _misused(error: Any, words: list[str]) -> BadInput:  # noqa: ANN401 - Typer names no base
    """Return a usage error in one line, with what to type instead."""
    from . import advice

    context = error.ctx
    known = getattr(context and context.command, "commands", None)
    if known is None:  # a command was understood, if only in part: its own name is known too
        known = [*COMMANDS, *GROUPS, *([context.info_name] if context else [])]
    if hint := advice.instead_of(words, known):
        error.possibilities = None  # the options whose names look alike
    path = context.command_path if context else "catalog"
    return BadInput(error.format_message().rstrip("."), hint or f"see `{path} --help`")


def _bug(error: Exception, *, as_json: bool) -> int:
    """Say that it is our fault, and how to see where."""
    what = f"{type(error).__name__}: {error}"
    hint = "run it again with --debug, and report what it prints"
    if as_json:
        output.emit_json({"error": {"kind": "bug", "message": what, "hint": hint}})
    output.say(f"catalog: this is a bug of ours: {what}; {hint}")
    return BUG


def report(error: CatalogError, *, as_json: bool) -> None:
    """Print an error: one line on stderr, or a JSON object on stdout."""
    if as_json:
        output.emit_json({"error": {"kind": error.kind, "message": error.what, "hint": error.hint}})
    else:
        output.say(f"catalog: {error}")
