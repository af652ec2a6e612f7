"""Runs the examples of the documentation: by a shell, or without one where none is needed.

A process of its own for each command costs more than the command. What this process prints in its
place is, byte for byte and in the same order, what the shell would have shown.
"""

import contextlib
import glob
import io
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from unittest import mock

CHECKOUT = Path(__file__).resolve().parent.parent
WIDTH = "100"
PLAIN = re.compile(
    r"catalog(?! run\b)((?: +(?:[\w@%,.:/+=?*[\]-]+|\"[\w@%,.:/+= -]*\"|'[^'\n]*'))*)"
    r"((?: 2?> ?[\w./]+)*)(?: \| ((?:cut|head|tail|wc)[\w, -]*)|(; echo \"?exit code \$\?\"?))?"
)
"""A command in which a shell would replace patterns of files and no more; perhaps files for its
words and its data, a program that reads these, or a question for its exit code. `run` is none: it
puts a program in the place of this one."""
WORD = re.compile(r"\"[^\"]*\"|'[^']*'|[^ ]+")
FILE = re.compile(r" (2?)> ?([\w./]+)")
SCRIPT = re.compile(r"python ((?:[\w.]+/)*[\w.]+\.py)((?: \w+)*)")


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
            printed = self._script(script[1], script[2].split())
        else:
            printed = self._by_shell(command)
        return [line.rstrip() for line in printed.splitlines()]

    def _here(self, words: str, files: str, reader: str | None, question: str | None) -> str:
        """Run `catalog WORDS` in this process, which has its imports behind it."""
        from cli.main import main

        with self._inside(), contextlib.ExitStack() as opened:
            go = {
                stream: opened.enter_context(Path(name).open("wb"))
                for stream, name in FILE.findall(files)
            }
            data = io.BytesIO() if reader else go.get("")
            code, printed = run_here(lambda: main(list(words_of(words))), data, go.get("2"))
        if reader:
            printed += self._by_shell(reader, data.getvalue())
        return printed + (f"exit code {code}\n" if question else "")

    def _script(self, path: str, words: list[str]) -> str:
        """Run a Python program in this process, beside its modules as Python would."""
        with (
            self._inside(),
            mock.patch.object(sys, "argv", [path, *words]),
            mock.patch.object(sys, "path", [str(Path(path).parent.resolve()), *sys.path]),
        ):
            return run_here(lambda: runpy.run_path(path, run_name="__main__"))[1]

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        """Make this process one that the shell would have started."""
        environment = mock.patch.dict(os.environ, self._environment, clear=True)
        with environment, contextlib.chdir(self._folder):
            yield

    def _by_shell(self, command: str, data: bytes = b"") -> str:
        return subprocess.run(  # noqa: S602 - our own pages
            command,
            shell=True,
            cwd=self._folder,
            env=self._environment,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        ).stdout.decode()


def one_line(command: str) -> str:
    """Return a command that goes on after a backslash as one line."""
    return command.replace("\\\n", " ")


def needs_a_shell(command: str) -> bool:
    """Return whether anything in a command is a shell's work."""
    line = one_line(command)
    return PLAIN.fullmatch(line) is None and SCRIPT.fullmatch(line) is None


def words_of(line: str) -> Iterator[str]:
    """Yield the words of a plain command; in place of a pattern the files that it fits, if any."""
    for word in WORD.findall(line):
        if word[0] in "\"'":
            yield word[1:-1]
        else:
            yield from sorted(glob.glob(word)) or [word]  # noqa: PTH207 - as a shell names them


def run_here(
    program: Callable[[], object], data: IO[bytes] | None = None, words: IO[bytes] | None = None
) -> tuple[int, str]:
    """Run a program in this process; return its exit code and all that it printed.

    Nothing waits in a buffer: words and data come in the order in which a terminal shows them.

    Args:
        program: the main function.
        data: where standard output goes instead.
        words: where standard error goes instead.
    """
    printed, code = io.BytesIO(), 0
    out = io.TextIOWrapper(data or printed, "utf-8", write_through=True)
    err = io.TextIOWrapper(words or printed, "utf-8", "backslashreplace", write_through=True)
    nothing = io.TextIOWrapper(io.BytesIO())
    with mock.patch.multiple(sys, stdin=nothing, stdout=out, stderr=err):
        try:
            program()
        except SystemExit as done:
            code = done.code
    for stream in (out, err):
        stream.detach()  # what is below is its opener's to close
    return code, printed.getvalue().decode()
