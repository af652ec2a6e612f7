"""Notebooks: the source of their cells as one program, and where each line stands in the file.

Outputs are left out; lines for a shell and cells of prose are read as what they are.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from catalog.core import foreign
from catalog.core.mentions import mending, shell
from catalog.core.mentions.names import Recogniser
from catalog.core.mentions.values import Mention, Read

Reads = Callable[[str, Recogniser], Read]
_OTHER = re.compile(
    r"%%(?:bash|sh|script|shell|cmd|html|javascript|js|latex|markdown|svg|perl|ruby|r|sql|cython"
    r"|julia|system|sx|!)(?:\s|$)",
    re.IGNORECASE,
)
_MAGIC = re.compile(r"^\s*[%!?]")


def notebook(source: str, names: Recogniser, python: Reads, markdown: Reads) -> Read:
    """Return what the cells of a notebook name.

    Args:
        source: the file's text.
        names: recognises models.
        python: reads a program.
        markdown: reads a cell of prose.
    """
    try:
        document = foreign.json_of(source, numbers_only=False, whole_characters=False)
    except foreign.ForeignError as error:
        return Read((), (f"it is no notebook: {error}",))
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        return Read((), ("it is no notebook of version 4",))
    code = [(n, _source(each)) for n, each in enumerate(cells, start=1) if _kind(each) == "code"]
    words = [
        (n, _source(each)) for n, each in enumerate(cells, start=1) if _kind(each) == "markdown"
    ]
    where = _Places(source, dict((*code, *words)))
    program, owners = _program(code)
    program_read = python(program, names)
    mentions = [where.moved(each, *owners[each.line - 1]) for each in program_read.mentions]
    for n, lines in code:
        commands = "\n".join(_commands(lines))
        mentions += [where.moved(each, n, each.line) for each in shell.mentions(commands, names)]
    for n, lines in words:
        mentions += [
            where.moved(each, n, each.line) for each in markdown("\n".join(lines), names).mentions
        ]
    return Read(tuple(mentions), program_read.notes)


def _kind(cell: object) -> object:
    return cell.get("cell_type") if isinstance(cell, dict) else None


def _source(cell: Mapping[str, object]) -> list[str]:
    said = cell.get("source", "")
    whole = (
        "".join(part for part in said if isinstance(part, str)) if isinstance(said, list) else said
    )
    return whole.split("\n") if isinstance(whole, str) else []


def _program(code: list[tuple[int, list[str]]]) -> tuple[str, list[tuple[int, int]]]:
    """Return all cells as one program, and of each line its cell and its line there.

    A cell that is no Python (another language's, by its magic) is left out, so that the others
    still parse; `%%time` and its like say nothing of the language.
    """
    program: list[str] = []
    owners: list[tuple[int, int]] = []
    for n, lines in code:
        plain = [mending.passing(line) if _MAGIC.match(line) else line for line in lines]
        if lines and _OTHER.match(lines[0]):
            plain = [""] * len(lines)
        kept, _ = mending.mended("\n".join(plain))
        plain = kept.split("\n") if mending.parsed(kept) else [""] * len(lines)
        program += plain
        owners += [(n, number) for number in range(1, len(lines) + 1)]
    return "\n".join(program), owners


def _commands(lines: list[str]) -> Iterator[str]:
    """Yield the lines of a cell that a shell runs: all of a `%%bash` cell, else those after `!`."""
    if lines and re.match(r"%%(?:bash|sh|script|shell|cmd)\b", lines[0]):
        yield from ("", *lines[1:])
        return
    yield from (line.lstrip()[1:] if _MAGIC.match(line) else "" for line in lines)


class _Places:
    """Where the lines of cells stand in a notebook's file."""

    def __init__(self, source: str, cells: Mapping[int, list[str]]) -> None:
        self._lines: dict[tuple[int, int], int] = {}
        cursor, counted, lines = 0, 0, 1
        for n in sorted(cells):
            for number, line in enumerate(cells[n], start=1):
                place = max((source.find(f'"{form}', cursor) for form in _forms(line)), default=-1)
                if line.strip() and place >= 0:
                    cursor = place + 1
                lines += source.count("\n", counted, cursor)
                counted = max(counted, cursor)
                self._lines[n, number] = lines

    def moved(self, mention: Mention, cell: int, line: int) -> Mention:
        """Return a mention with its line in the file, and its cell."""
        return mention._replace(line=self._lines.get((cell, line), 1), cell=cell)


def _forms(line: str) -> tuple[str, str]:
    return json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1]
