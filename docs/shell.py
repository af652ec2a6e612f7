"""Runs the examples of the documentation: by a shell, or without one where none is needed.

A process of its own for each command costs more than the command. What this process prints in its
place is, byte for byte and in the same order, what the shell would have shown.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import IO
from unittest import mock

CHECKOUT = Path(__file__).resolve().parent.parent
WIDTH = "100"
PLAIN = re.compile(
    r"catalog((?: +(?:[\w@%,.:/+=-]+|\"[\w@%,.:/+= -]*\"))*)(?: 2> ?([\w.]+))?"
    r"(; echo \"?exit code \$\?\"?)?"
)
"""A command in which a shell would change nothing; perhaps a file for its words, and a
question for its exit code."""


class Shell:
    """Runs a page's commands one after the other in a folder, with `catalog` from this checkout.

    Args:
        folder: empty; what the commands write stays here.
        database: SQLite file of a catalog with the shipped facts.
    """

    def __init__(self, folder: Path, database: Path) -> None:
        self._folder = folder
        programs = folder / ".bin"
        programs.mkdir(parents=True)
        for name, arguments in (("catalog", " -m catalog"), ("python", "")):
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{arguments} "$@"\n')
            program.chmod(0o755)
        self._environment = {
            **os.environ,
            "CATALOG_DB": str(database),
            "COLUMNS": WIDTH,
            "HF_HUB_OFFLINE": "1",
            "NO_COLOR": "1",
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",  # words and data in the order in which a terminal shows them
        }
        for part in ("docs", "tests"):
            (folder / part).symlink_to(CHECKOUT / part)

    def __call__(self, command: str) -> list[str]:
        """Return the lines that a command prints, words and data together."""
        plain = PLAIN.fullmatch(one_line(command))
        printed = self._here(*plain.groups()) if plain else self._by_shell(command)
        return [line.rstrip() for line in printed.splitlines()]

    def _here(self, words: str, file: str | None, question: str | None) -> str:
        """Run `catalog WORDS` in this process, which has its imports behind it."""
        with (
            mock.patch.dict(os.environ, self._environment, clear=True),
            contextlib.chdir(self._folder),
            Path(file or os.devnull).open("wb") as words_go,
        ):
            code, printed = run_here(shlex.split(words), words_go if file else None)
        return printed + (f"exit code {code}\n" if question else "")

    def _by_shell(self, command: str) -> str:
        return subprocess.run(  # noqa: S602 - our own pages
            command,
            shell=True,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        ).stdout


def one_line(command: str) -> str:
    """Return a command that goes on after a backslash as one line."""
    return command.replace("\\\n", " ")


def needs_a_shell(command: str) -> bool:
    """Return whether anything in a command is a shell's work."""
    return PLAIN.fullmatch(one_line(command)) is None


def run_here(words: list[str], file: IO[bytes] | None = None) -> tuple[int, str]:
    """Run one command in this process; return its exit code and all that it printed.

    Nothing waits in a buffer: words and data come in the order in which a terminal shows them.

    Args:
        words: what follows `catalog`.
        file: where standard error goes instead.
    """
    from cli.main import main

    printed, code = io.BytesIO(), 0
    out = io.TextIOWrapper(printed, "utf-8", write_through=True)
    err = io.TextIOWrapper(file or printed, "utf-8", errors="backslashreplace", write_through=True)
    nothing = io.TextIOWrapper(io.BytesIO())
    with mock.patch.multiple(sys, stdin=nothing, stdout=out, stderr=err):
        try:
            main(words)
        except SystemExit as done:
            code = done.code
    err.detach()  # the file is its opener's to close
    return code, printed.getvalue().decode()
