"""The `catalog` command: assembles the commands, words every error, chooses the exit code.

This is the one place that turns a `CatalogError` into a line and an exit code. Anything else
that is raised is a bug and keeps its traceback.
"""

import signal
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from catalog import __version__
from catalog.errors import BadInput, CatalogError

from . import (
    advisories,
    at,
    audit,
    database,
    evals,
    init,
    lock,
    log,
    ls,
    name,
    output,
    populate,
    pull,
    show,
    suites,
    sync,
    verify,
    which,
)
from . import hash as hashing

INTERRUPTED = 130

# Typer exports BadParameter but not its base, which unknown options and missing arguments raise.
UsageError: Any = typer.BadParameter.__base__

app = typer.Typer(
    name="catalog",
    help="The metadata catalog and checkpoint registry for language-model suites.",
    epilog="Exit codes: 0 checked and good, 1 checked and bad, 2 asked wrongly, "
    "3 could not check, 130 interrupted (run it again to go on).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        output.line(f"catalog {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


app.command("init")(init.init)
app.command("ls")(ls.ls)
app.command("show")(show.show)
app.command("name")(name.name)
app.command("at")(at.at)
app.command("hash")(hashing.hash_)
app.command("populate")(populate.populate)
app.command("verify")(verify.verify)
app.command("pull")(pull.pull)
app.command("lock")(lock.lock)
app.command("sync")(sync.sync)
app.command("audit")(audit.audit)
app.command("which")(which.which)
app.command("log")(log.log)
app.command("advisories")(advisories.advisories)
app.add_typer(evals.app, name="evals")
app.add_typer(suites.app, name="suites")
app.add_typer(database.app, name="db")


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and leave by `SystemExit` with its exit code.

    Args:
        argv: the words after `catalog`; None takes the process's own.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    output.accept_any_name()
    try:
        code = run(words)
    except KeyboardInterrupt:  # a second one, while the first was being said
        code = INTERRUPTED
    if argv is None:  # our own process, and its work is done: Ctrl-C has nothing left to stop
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def run(words: list[str]) -> int:
    """Run one command and return its exit code: 0, 1, 2, 3 or 130 (see `catalog --help`)."""
    as_json = "--json" in words
    try:
        code = app(args=words, prog_name="catalog", standalone_mode=False)
    except CatalogError as error:
        report(error, as_json=as_json)
        return error.exit_code
    except UsageError as error:
        asked_wrongly = BadInput(error.format_message().rstrip("."), _help_line(words))
        report(asked_wrongly, as_json=as_json)
        return asked_wrongly.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    finally:
        output.flush()
    if code == INTERRUPTED:  # Typer itself turns Ctrl-C within a command into this code
        output.say("catalog: interrupted; run the same command again to go on")
    return code if isinstance(code, int) else 0


def _help_line(words: list[str]) -> str:
    """Return which help to read: that of the command whose words were given."""
    named: list[str] = []
    for word in words:
        if word.startswith("-") or len(named) == 2:  # noqa: PLR2004 - a group and its command
            break
        named.append(word)
    known = {command.name for command in app.registered_commands}
    groups = {group.name for group in app.registered_groups}
    depth = 2 if named[:1] and named[0] in groups else int(bool(named[:1]) and named[0] in known)
    return f"see `{' '.join(['catalog', *named[:depth], '--help'])}`"


def report(error: CatalogError, *, as_json: bool) -> None:
    """Print an error: one line on stderr, or a JSON object on stdout."""
    if as_json:
        output.emit_json({"error": {"kind": error.kind, "message": error.what, "hint": error.hint}})
    else:
        output.say(f"catalog: {error}")
