"""Tables of Markdown and LaTeX: the steps of a row, by the heads of its columns.

A column headed `Step` or `Revision` has each row's own; columns headed `1000`, `10000` … under or
beside the word `step` have those of every row with a value there.
"""

import re
from collections.abc import Mapping

_HEAD = re.compile(
    r"(?:training\s+)?(?:steps?|revisions?|branch|checkpoints?|ckpts?)", re.IGNORECASE
)
_STEP = re.compile(r"(?:step[-_ ]?)?(\d{1,3}(?:,\d{3})+|\d{1,6}|\d{1,3}k)", re.IGNORECASE)
_EMPTY = frozenset(("", "-", "--", "---", "\u2013", "\u2014"))
Rows = Mapping[int, tuple[str, ...]]


def steps(text: str) -> Rows:
    """Return the revisions of each row of a paragraph that is a table, by its line from 0."""
    lines = text.split("\n")
    rows: dict[int, tuple[str, ...]] = {}
    own: set[int] = set()
    heads: dict[int, str] = {}
    for number, line in enumerate(lines):
        cells = _cells(line)
        if len(cells) < 2:  # noqa: PLR2004 - no row
            continue
        named = {place for place, cell in enumerate(cells) if _HEAD.fullmatch(cell)}
        if named and sum(cell not in _EMPTY for cell in cells) > 1:  # alone it spans the others
            own, heads = named, {}
            continue
        near = " ".join(lines[max(number - 2, 0) : number + 1])
        if not own and not heads and (headed := _headed(cells, near)):
            heads = headed
            continue
        stated = [step for place in own if place < len(cells) for step in _steps(cells[place])]
        stated += [
            step
            for place, step in heads.items()
            if place < len(cells) and cells[place] not in _EMPTY
        ]
        if stated:
            rows[number] = tuple(dict.fromkeys(stated))
    return rows


def _cells(line: str) -> list[str]:
    """Return the cells of a row, none of a line that is no row."""
    plain = line.strip().removesuffix("\\\\").strip()
    if plain.count("|") > 1:
        return [cell.strip(" *") for cell in plain.strip("|").split("|")]
    return [cell.strip() for cell in plain.split("&")] if "&" in plain else []


def _headed(cells: list[str], near: str) -> dict[int, str]:
    """Return the steps that head columns, none of a row of values."""
    matches = {place: match for place, cell in enumerate(cells) if (match := _STEP.fullmatch(cell))}
    if len(matches) < 2 or 0 in matches or "step" not in near.lower():  # noqa: PLR2004 - one is a value
        return {}
    return {place: _name(match[1]) for place, match in matches.items()}


def _steps(cell: str) -> list[str]:
    parts = [
        part.strip(" `") for part in re.split(r"\s*,\s+|\s+and\s+|\s+", cell) if part.strip(" `")
    ]
    matches = [_STEP.fullmatch(part) for part in parts]
    return [_name(match[1]) for match in matches if match] if all(matches) else []


def _name(digits: str) -> str:
    plain = digits.replace(",", "").lower()
    return f"step{int(plain[:-1]) * 1000 if plain.endswith('k') else int(plain)}"
