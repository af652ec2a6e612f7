"""Answers the shell that completes a line: Typer knows the shells, this knows our lines.

bash splits a REF at its `@`, and an option from its value at `=`; the parts are joined again here,
and what stands before the part at the cursor is taken off the answers: bash leaves it in place,
all but the `@`, after which it would complete names of hosts.
Nothing that goes wrong is said: it would stand in the middle of what is being typed.
"""

import io
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass

import typer

from .words import Line, option

BREAKS = "@:="
"""Where bash takes words apart that are one to us (see COMP_WORDBREAKS)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A line that is being completed.

    Attributes:
        before: the words before the cursor, after the program.
        word: the one at the cursor, as far as it is written.
        after: the words behind it.
        kept: how much of the word the shell leaves in place.
    """

    before: tuple[str, ...]
    word: str
    after: tuple[str, ...] = ()
    kept: str = ""

    def arranged(self) -> tuple[str, ...]:
        """Return the words before the cursor, shared options behind the command."""
        line = Line.of(self.before)
        if not line.path and self.word.startswith(("--db=", "--format=")):
            return ("ls",)  # the option's value is written now: any command would have it
        if line.shared and self.before[-1] in ("--db", "--format"):
            return ("ls", self.before[-1])
        return tuple(line.arranged())


def answer(assemble: Callable[[str | None], typer.Typer]) -> int:
    """Print completions and return the exit code.

    Args:
        assemble: makes the program, with the command of a name alone.
    """
    asked = _of_bash() if "COMP_WORDS" in os.environ else _of_others()
    _use_database(asked)
    words = asked.arranged()
    _tell_typer(words, asked.word)
    with redirect_stdout(io.StringIO()) as printed:
        code = _complete(assemble(words[0] if words else None))
    lines = printed.getvalue().splitlines()
    # A shell puts them on the line that is being typed: what a terminal would obey is left out.
    safe = (text for text in lines if text.replace("\t", "").isprintable())
    sys.stdout.write("".join(f"{text.removeprefix(asked.kept)}\n" for text in safe))
    return code


def _complete(app: typer.Typer) -> int:
    try:
        app(args=[], prog_name="catalog", standalone_mode=False)
    except SystemExit as done:  # how Typer leaves; its code tells fish whether there is anything
        return done.code if isinstance(done.code, int) else 0
    except Exception:  # noqa: BLE001 - whatever it is, here is nobody to tell
        return 1
    return 0


def _of_bash() -> Asked:
    """Return what bash asks, its words joined again."""
    text = os.environ["COMP_WORDS"]
    words = text.split("\n") if "\n" in text else text.split()
    at = int(os.environ.get("COMP_CWORD") or len(words))
    word = words[at] if at < len(words) else ""
    *before, whole = _joined([*words[1:at], word])
    kept = whole.removesuffix(word).removesuffix("@")
    return Asked(tuple(before), whole, tuple(_joined(words[at + 1 :])), kept)


def _is_break(word: str) -> bool:
    return bool(word) and not word.strip(BREAKS)


def _joined(words: Sequence[str]) -> list[str]:
    """Return words with those that bash took apart in one piece."""
    joined: list[str] = []
    for number, word in enumerate(words):
        glued = _is_break(word) or (number > 0 and _is_break(words[number - 1]))
        if glued and joined:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _of_others() -> Asked:
    """Return what zsh or fish asks: a line up to the cursor."""
    line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
    words = line.split()
    word = words.pop() if words[1:] and not line.endswith((" ", "\n")) else ""
    return Asked(tuple(words[1:]), word)


def _use_database(asked: Asked) -> None:
    """Let the completion ask the catalog that the line names."""
    named = option([*asked.before, *asked.after], "--db")
    if named:
        try:
            (path,) = shlex.split(named)
        except ValueError:  # quotes that are still open, or blanks
            return
        os.environ["CATALOG_DB"] = os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111 - or a URL


def _tell_typer(before: Sequence[str], word: str) -> None:
    """Write the line where Typer reads it."""
    words = ["catalog", *before, word]
    os.environ["COMP_WORDS"], os.environ["COMP_CWORD"] = "\n".join(words), str(len(before) + 1)
    os.environ["_TYPER_COMPLETE_ARGS"] = " ".join(words)
