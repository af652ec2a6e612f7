"""Runs the examples of the documentation: by a shell, or without one where none is needed.

A process of its own for each command costs more than the command. What this process prints in its
place is, byte for byte and in the same order, what the shell would have shown.
"""

import contextlib
import io
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from unittest import mock

CHECKOUT = Path(__file__).resolve().parent.parent
WIDTH = "100"
PLAIN = re.compile(
    r"catalog(?! run\b)((?: +(?:[\w@%,.:/+=-]+|\"[\w@%,.:/+= -]*\"))*)(?: 2> ?([\w.]+))?"
    r"(; echo \"?exit code \$\?\"?)?"
)
"""A command in which a shell would change nothing; perhaps a file for its words, and a
question for its exit code. `run` is none: it puts a program in the place of this one."""
SCRIPT = re.compile(r"python ([\w.]+\.py)")


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
        line = one_line(command)
        if plain := PLAIN.fullmatch(line):
            printed = self._here(*plain.groups())
        elif script := SCRIPT.fullmatch(line):
            with self._inside():
                _, printed = run_here(lambda: runpy.run_path(script[1], run_name="__main__"))
        else:
            printed = self._by_shell(command)
        return [line.rstrip() for line in printed.splitlines()]

    def _here(self, words: str, file: str | None, question: str | None) -> str:
        """Run `catalog WORDS` in this process, which has its imports behind it."""
        from cli.main import main

        with self._inside(), Path(file or os.devnull).open("wb") as words_go:
            code, printed = run_here(lambda: main(shlex.split(words)), words_go if file else None)
        return printed + (f"exit code {code}\n" if question else "")

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        """Make this process one that the shell would have started."""
        environment = mock.patch.dict(os.environ, self._environment, clear=True)
        with environment, contextlib.chdir(self._folder):
            yield

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
    line = one_line(command)
    return PLAIN.fullmatch(line) is None and SCRIPT.fullmatch(line) is None


def run_here(program: Callable[[], object], file: IO[bytes] | None = None) -> tuple[int, str]:
    """Run a program in this process; return its exit code and all that it printed.

    Nothing waits in a buffer: words and data come in the order in which a terminal shows them.

    Args:
        program: the main function.
        file: where standard error goes instead.
    """
    printed, code = io.BytesIO(), 0
    out = io.TextIOWrapper(printed, "utf-8", write_through=True)
    err = io.TextIOWrapper(file or printed, "utf-8", errors="backslashreplace", write_through=True)
    nothing = io.TextIOWrapper(io.BytesIO())
    with mock.patch.multiple(sys, stdin=nothing, stdout=out, stderr=err):
        try:
            program()
        except SystemExit as done:
            code = done.code
    err.detach()  # the file is its opener's to close
    return code, printed.getvalue().decode()
