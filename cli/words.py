"""The words of a command line: which command they name, and what may stand anywhere among them.

Click wants the options of a command behind its name; people also write them before. Nothing here
knows what a command does.
"""

import os
from collections.abc import Sequence
from itertools import takewhile

from catalog.core.tuples import NamedTuple

COMMANDS = {
    "init": "init",
    "ls": "ls",
    "show": "show",
    "facts": "facts",
    "name": "name",
    "at": "at",
    "hash": "hash_",
    "compare": "compare",
    "populate": "populate",
    "verify": "verify",
    "jobs": "jobs",
    "forget": "forget",
    "pull": "pull",
    "lock": "lock",
    "run": "run",
    "sync": "sync",
    "audit": "audit",
    "watch": "watch",
    "diff": "diff",
    "which": "which",
    "log": "log",
    "advisories": "advisories",
    "tag": "tag",
    "cite": "cite",
    "scan": "scan",
}
"""Each command, in the order of the help; its module has its name, and the function this one."""
GROUPS = ("evals", "suites", "attest", "export", "import", "db")

SHARED_OPTIONS = {"--db": 2, "--format": 2, "--json": 1, "--csv": 1, "--quiet": 1, "-q": 1}
"""What every command takes, with how many words each goes."""


class Line(NamedTuple):
    """The words of a line, taken apart.

    Attributes:
        shared: options of every command that stand before or within the command's name.
        path: the command's name, a group's before it.
        rest: what follows.
    """

    shared: tuple[str, ...]
    path: tuple[str, ...]
    rest: tuple[str, ...]

    @classmethod
    def of(cls, words: Sequence[str]) -> "Line":
        """Take words apart."""
        shared: list[str] = []
        path: list[str] = []
        rest = list(words)
        while rest and not _is_whole(path):
            if rest[0].partition("=")[0] in SHARED_OPTIONS:
                taken = 1 if "=" in rest[0] else SHARED_OPTIONS[rest[0]]
                shared, rest = shared + rest[:taken], rest[taken:]
            elif rest[0].startswith("-"):
                break
            else:
                path.append(rest.pop(0))
        return cls(tuple(shared), tuple(path), tuple(rest))

    def arranged(self) -> list[str]:
        """Return the words with the shared options behind the command's name.

        Where no command follows there is nothing to give them to: its help is shown.
        """
        if not _is_whole(self.path):
            return [*self.path, *self.rest]
        return [*self.path, *self.shared, *self.rest]


def _is_whole(path: Sequence[str]) -> bool:
    """Return whether a path names a command; a group's name alone does not."""
    return bool(path) and (path[0] not in GROUPS or len(path) > 1)


_OF_RUN = ("--guard", "--log", "--db", "--format")
"""Options of `run` that have a value."""


def with_dashes(words: Sequence[str]) -> list[str]:
    """Return the words of `run` with the `--` that people leave out: what follows is a program's.

    >>> with_dashes(["run", "--guard", "error", "python", "train.py", "--debug"])
    ['run', '--guard', 'error', '--', 'python', 'train.py', '--debug']
    """
    line = Line.of(words)
    at = len(words) - len(line.rest)
    while line.path == ("run",) and at < len(words) and words[at] != "--":
        if not words[at].startswith("-"):
            return [*words[:at], "--", *words[at:]]
        at += 2 if words[at] in _OF_RUN else 1
    return list(words)


def before_dashes(words: Sequence[str]) -> list[str]:
    """Return the words among which there may be options: those before `--`."""
    return list(takewhile(lambda word: word != "--", words))


def with_debug(words: Sequence[str]) -> tuple[list[str], bool]:
    """Return the words without `--debug`, and whether tracebacks are wanted."""
    options = before_dashes(words)
    rest = [word for word in options if word != "--debug"]
    asked = rest != options or os.environ.get("CATALOG_DEBUG", "0") not in ("", "0")
    return [*rest, *words[len(options) :]], asked


def want_json(words: Sequence[str]) -> bool:
    """Return whether the answer, or an error in its place, is to be JSON."""
    options = before_dashes(words)
    return "--json" in options or option(options, "--format") == "json"


def option(words: Sequence[str], name: str) -> str | None:
    """Return the value of an option, None where it is not among the words; the last one counts."""
    value = None
    for number, word in enumerate(words):
        if word == name and number + 1 < len(words):
            value = words[number + 1]
        elif word.startswith(f"{name}="):
            value = word.partition("=")[2]
    return value


def positional(words: Sequence[str]) -> list[str]:
    """Return the words that are no options, nor values of the options that every command has."""
    plain: list[str] = []
    rest = list(words)
    while rest:
        if rest[0].startswith("-") and rest[0] != "-":
            rest = rest[SHARED_OPTIONS.get(rest[0], 1) :]
        else:
            plain.append(rest.pop(0))
    return plain
