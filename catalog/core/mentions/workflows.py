"""Scripts within a configuration: the steps of a workflow, with its environment and its matrix.

`run: |` and its like hold lines for a shell; what `env:` and `matrix:` name is known to them.
Nothing is judged here: `shell` reads the script.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_SCRIPT = re.compile(
    r"^(?P<indent>\s*)(?:-\s+)?(?P<key>run|script|command|commands|cmd|setup|entrypoint)\s*:"
    r"\s*(?P<rest>.*)$"
)
_ANY = re.compile(r"^\s*(?:-\s+)?(?:run|script|commands?|cmd|setup|entrypoint)\s*:", re.MULTILINE)
_BLOCK = re.compile(r"[|>][-+]?\d?\s*(?:#.*)?")
_HOLDER = re.compile(r"^(?P<indent>\s*)(?:-\s+)?(?:env|matrix|variables)\s*:\s*$")
_ENTRY = re.compile(r"^(?P<indent>\s+)(?P<name>\w+)\s*:\s*(?P<value>[^#]*?)\s*(?:#.*)?$")
_EXPRESSION = re.compile(r"\$\{\{\s*(?:env|matrix)\.(?P<name>\w+)\s*\}\}")


class Script(NamedTuple):
    """Lines for a shell within a configuration.

    Attributes:
        first: the number of its first line in the file, from 0.
        lines: how many lines of the file it takes.
        text: they, with an expression of the workflow as a variable.
    """

    first: int
    lines: int
    text: str


def scripts(text: str) -> Iterator[Script]:
    """Yield the scripts of a configuration."""
    if not _ANY.search(text):
        return
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        match = _SCRIPT.match(lines[number])
        number += 1
        if match is None:
            continue
        if not _BLOCK.fullmatch(match["rest"]):
            if match["key"] == "run" and match["rest"]:
                yield Script(number - 1, 1, _as_shell(match["rest"]))
            continue
        last = number
        indent = len(match["indent"])
        while last < len(lines) and (not lines[last].strip() or _indent(lines[last]) > indent):
            last += 1
        yield Script(number, last - number, _as_shell("\n".join(lines[number:last])))
        number = last


def variables(text: str) -> Mapping[str, list[str]]:
    """Return what the environments and matrices of a workflow name."""
    if not _ANY.search(text):
        return {}
    known: dict[str, list[str]] = {}
    within: int | None = None
    for line in text.split("\n"):
        if match := _HOLDER.match(line):
            within = len(match["indent"])
        elif line.strip() and within is not None and _indent(line) <= within:
            within = None
        elif within is not None and (entry := _ENTRY.match(line)) and entry["value"]:
            known[entry["name"]] = _values(entry["value"])
    return known


def _values(text: str) -> list[str]:
    inner = text.strip()
    parts = inner[1:-1].split(",") if inner.startswith("[") and inner.endswith("]") else [inner]
    return [part.strip().strip("\"'") for part in parts]


def _as_shell(text: str) -> str:
    return _EXPRESSION.sub(lambda match: f"${{{match['name']}}}", text)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
