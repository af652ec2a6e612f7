"""What was probably meant: near misses of commands and of how a REF is written."""

from collections.abc import Sequence
from difflib import get_close_matches

from catalog.core import tokens
from catalog.core.refs import MAIN

# What other tools call our commands.
SYNONYMS = {
    "list": "ls",
    "models": "ls",
    "info": "show",
    "describe": "show",
    "find": "at",
    "translate": "name",
    "download": "pull",
    "get": "pull",
    "fetch": "pull",
    "check": "verify",
    "import": "evals import",
    "eval": "evals",
    "scores": "evals show",
    "compare": "evals compare",
    "history": "log",
    "update": "sync",
    "upgrade": "db upgrade",
    "add": "suites add",
    "help": "--help",
    "version": "--version",
}
OF_ONE_REF = ("show", "log", "advisories", "pull", "hash")


def instead_of(words: Sequence[str], known: Sequence[str]) -> str:
    """Return what to type instead of words that could not be understood, empty for no idea.

    Args:
        words: after `catalog`.
        known: every command and group.
    """
    plain = [word for word in words if not word.startswith("-")]
    if not plain:
        return ""
    name = plain[0]
    if name not in known:
        if name in SYNONYMS:
            return f"write `catalog {' '.join([SYNONYMS[name], *words[1:]])}`"
        near = get_close_matches(name, known, n=1)
        return f"did you mean `catalog {near[0]}`?" if near else ""
    depth = 2 if plain[:2] == ["evals", "show"] else 1
    targets = plain[depth:]
    if (name in OF_ONE_REF or depth > 1) and len(targets) == 2 and _is_revision(targets[1]):  # noqa: PLR2004
        return f"write `catalog {' '.join(plain[:depth])} {targets[0]}@{targets[1]}`"
    return ""


def _is_revision(text: str) -> bool:
    return text == MAIN or tokens.is_amount(text)
