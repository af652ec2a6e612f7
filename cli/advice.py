"""What was probably meant: near misses of commands, and of how a REF is written."""

import os
import shlex
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from itertools import pairwise

from catalog.core import tokens
from catalog.core.refs import MAIN

from .words import GROUPS, SHARED_OPTIONS, positional

SYNONYMS = {
    "list": "ls",
    "models": "ls",
    "search": "ls",
    "info": "show",
    "describe": "show",
    "get": "show",
    "view": "show",
    "cat": "show",
    "checkpoints": "at",
    "find": "at",
    "tokens": "at",
    "resolve": "name",
    "names": "name",
    "translate": "name",
    "download": "pull",
    "fetch": "pull",
    "clone": "pull",
    "check": "verify",
    "validate": "verify",
    "test": "verify",
    "digest": "hash",
    "checksum": "hash",
    "sha256": "hash",
    "record": "populate",
    "freeze": "lock",
    "pin": "lock",
    "judge": "audit",
    "whose": "which",
    "eval": "evals",
    "scores": "evals show",
    "history": "log",
    "advisory": "advisories",
    "problems": "advisories",
    "update": "sync",
    "refresh": "sync",
    "upgrade": "db upgrade",
    "migrate": "db upgrade",
    "suite": "suites",
    "add": "suites add",
    "create": "init",
    "version": "--version",
    "suites list": "suites ls",
    "suites import": "suites add",
    "suites load": "suites add",
    "suites show": "suites ls",
    "evals list": "evals show",
    "evals ls": "evals show",
    "evals add": "evals import",
    "evals load": "evals import",
    "evals diff": "evals compare",
    "db init": "init",
    "db create": "init",
    "db migrate": "db upgrade",
    "db version": "db current",
    "db status": "db current",
}
"""What other tools call our commands."""
OF_ONE_REF = ("show", "log", "advisories", "hash")


def instead_of(words: Sequence[str], known: Collection[str]) -> str:
    """Return what to type instead of words that could not be understood, empty for no idea.

    Args:
        words: after `catalog`, arranged.
        known: the commands that could stand in the place of the one that was not understood.
    """
    depth = 2 if words[:1] and words[0] in GROUPS else 1
    path, rest = list(words[:depth]), list(words[depth:])
    if not path or path[-1].startswith("-"):
        return "write `catalog --version`" if path[:1] in (["-V"], ["-v"]) else ""
    if path[-1] not in known:
        return _command(path, rest, known)
    return _arguments(" ".join(path), positional(rest))


def _command(path: Sequence[str], rest: Sequence[str], known: Collection[str]) -> str:
    """Return what to type instead of a command that there is not."""
    if path[0] == "help":
        of = rest[:1] if {*rest[:1]} <= {*known} else []
        return f"write `{_line(of, ['--help'])}`"
    if meant := SYNONYMS.get(" ".join(path)):
        takes_rest = meant not in GROUPS and not meant.startswith("-")
        return f"write `{_line([meant], rest if takes_rest else [])}`"
    near = get_close_matches(path[-1], known, n=1)
    return f"did you mean `{_line([*path[:-1], *near], [])}`?" if near else ""


def _arguments(command: str, targets: Sequence[str]) -> str:
    """Return what to type instead of arguments that a command does not take."""
    if command in OF_ONE_REF and len(targets) == 2:  # noqa: PLR2004
        hint = apart(sorted(targets, key=is_revision))
        return hint and f"write `{_line([command], [hint.removeprefix('write ')])}`"
    return ""


def apart(targets: Sequence[str]) -> str:
    """Return how a model and its revision are written that stand apart, empty where none do.

    Args:
        targets: words of a line; what follows an option is its value, and no revision. What is
            there is a folder or file, and neither.
    """
    for model, revision in pairwise(targets):
        if os.path.lexists(model) or os.path.lexists(revision):
            continue
        plain = not model.startswith("-") and "@" not in model
        if is_revision(revision) and plain and not is_revision(model):
            return f"write {model}@{revision}"
    return ""


def is_revision(text: str) -> bool:
    """Return whether a text is a checkpoint's label rather than a model's name."""
    return text == MAIN or tokens.is_amount(text)


def _line(command: Sequence[str], rest: Sequence[str]) -> str:
    """Return a line to type; with options of another command it would not work, so none then."""
    foreign = any(
        word.startswith("-") and word.partition("=")[0] not in (*SHARED_OPTIONS, "--help")
        for word in rest
    )
    return " ".join(["catalog", *command, *([] if foreign else [shlex.join(rest)])]).strip()
