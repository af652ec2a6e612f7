"""The `catalog` command: assembles the commands, words every error, chooses the exit code.

Only the module of the command that was asked for is imported: that is what keeps a question quick.
This is the one place that turns what was raised into a line and an exit code.
"""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any

import typer

from catalog import __version__
from catalog.errors import BadInput, CatalogError, CouldNotCheck

from . import advice, output

INTERRUPTED = 130
BUG = 70

# Typer exports BadParameter but not its base, which unknown options and missing arguments raise.
UsageError: Any = typer.BadParameter.__base__

COMMANDS = {
    "init": "init",
    "ls": "ls",
    "show": "show",
    "name": "name",
    "at": "at",
    "hash": "hash_",
    "populate": "populate",
    "verify": "verify",
    "forget": "forget",
    "pull": "pull",
    "lock": "lock",
    "sync": "sync",
    "audit": "audit",
    "which": "which",
    "log": "log",
    "advisories": "advisories",
}
"""Each command, in the order of the help; its module has its name, and the function this one."""
GROUPS = ("evals", "suites", "db")

# What every command takes may also stand before it; with how many words each goes.
SHARED_OPTIONS = {"--db": 2, "--format": 2, "--json": 1, "--csv": 1, "--quiet": 1, "-q": 1}


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
        output.line(context.get_help())


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and leave by `SystemExit` with its exit code.

    Args:
        argv: the words after `catalog`; None takes the process's own.
    """
    if argv is None:  # our own process: from here on interruptions are worded below
        signal.signal(signal.SIGINT, signal.default_int_handler)
    words = list(sys.argv[1:] if argv is None else argv)
    output.accept_any_character()
    try:
        code = run(words)
    except KeyboardInterrupt:  # a second one, while the first was being said
        code = INTERRUPTED
    if argv is None:  # our own process, and its work is done: Ctrl-C has nothing left to stop
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def run(words: list[str]) -> int:
    """Run one command and return its exit code: 0, 1, 2, 3, 70 or 130 (see `catalog --help`)."""
    words, debug = _with_debug(words)
    words = _shared_last(words)
    try:
        code = assemble(_named(words))(args=words, prog_name="catalog", standalone_mode=False)
        output.flush()
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place: worded, and never exit 1
        if debug:
            import traceback

            traceback.print_exc()
        code = _failed(error, words)
    if code == INTERRUPTED:  # Typer itself turns Ctrl-C within a command into this code
        output.say("catalog: interrupted; run the same command again to go on")
    return code if isinstance(code, int) else 0


def _failed(error: Exception, words: list[str]) -> int:
    """Word an error and return its exit code."""
    told = _worded(error, words)
    if told is None:
        return _bug(error, as_json=_wants_json(words))
    try:
        report(told, as_json=_wants_json(words))
        output.flush()
    except CouldNotCheck as lost:  # nobody can read it; the words may still be heard
        output.say(f"catalog: {lost}")
        return lost.exit_code
    return told.exit_code


def _worded(error: Exception, words: list[str]) -> CatalogError | None:
    """Return an error that is not ours in our words, None for a bug."""
    if isinstance(error, CatalogError):
        return error
    if isinstance(error, UsageError):
        hint = advice.instead_of(words, [*COMMANDS, *GROUPS]) or _help_line(words)
        return BadInput(error.format_message().rstrip("."), hint)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return CouldNotCheck(f"{where}{error.strerror or error}")
    if isinstance(error, MemoryError):
        return CouldNotCheck("not enough memory")
    return None


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


# Words -----------------------------------------------------------------------------------------


def _with_debug(words: list[str]) -> tuple[list[str], bool]:
    """Return the words without `--debug`, and whether tracebacks are wanted."""
    end = words.index("--") if "--" in words else len(words)
    rest = [word for word in words[:end] if word != "--debug"] + words[end:]
    return rest, rest != words or os.environ.get("CATALOG_DEBUG", "0") not in ("", "0")


def _shared_last(words: list[str]) -> list[str]:
    """Return the words with the options that stand before the command behind its name."""
    before: list[str] = []
    rest = list(words)
    while rest and (taken := SHARED_OPTIONS.get(rest[0].partition("=")[0])):
        count = 1 if "=" in rest[0] else taken
        before += rest[:count]
        rest = rest[count:]
    named = 2 if rest[:1] and rest[0] in GROUPS else 1
    if not rest or rest[0].startswith("-"):
        return words if not rest else [*before, *rest]
    return [*rest[:named], *before, *rest[named:]]


def _wants_json(words: list[str]) -> bool:
    formats = [after for word, after in pairwise(words) if word == "--format"]
    return bool({"--json", "--format=json"} & set(words)) or "json" in formats


def _named(words: list[str]) -> str | None:
    """Return the command or group that is asked for, also by the shell that completes a line."""
    if "_CATALOG_COMPLETE" in os.environ:
        line = os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS", "")
        after = line.split()[1:]
        # The word that is being completed may become another command.
        return after[0] if len(after) > 1 or (line.endswith((" ", "\n")) and after) else None
    return words[0] if words else None


def _help_line(words: list[str]) -> str:
    """Return which help to read: that of the command whose words were given."""
    named: list[str] = []
    for word in words:
        if word.startswith("-") or len(named) == 2:  # noqa: PLR2004 - a group and its command
            break
        named.append(word)
    depth = 2 if named[:1] and named[0] in GROUPS else int(bool(named[:1]) and named[0] in COMMANDS)
    return f"see `{' '.join(['catalog', *named[:depth], '--help'])}`"
