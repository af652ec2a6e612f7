"""Names and revisions in sentences, lists and tables.

A step belongs to the name that it stands beside; to all of `A, B and C, each at …`; to
the only name of its sentence; and in a table to the name of its row.
"""

import re
from collections.abc import Iterator, Sequence

from catalog.core.mentions import tables
from catalog.core.mentions.names import Recogniser, Written
from catalog.core.mentions.text import AT_ONCE, NAMED, VARIABLE, mentioned, read_as
from catalog.core.mentions.values import Mention

_NUMBER = r"\d{1,3}(?:,\d{3})+|\d+k?"
_TO = r"\s*(?:-{1,3}|[\u2013\u2014\u2026]|\.{2,3}|\s(?:to|through))\s*"
_AND = rf"(?:\s*,\s*(?:and\s+)?|\s+and\s+|{_TO})(?:(?:at\s+)?steps?[\s~_-]*)?"
_STEPS = rf"step(?:s)?[\s~_-]*(?P<numbers>(?:{_NUMBER})(?:{_AND}(?:{_NUMBER})\b)*)"
_WORDS = "at|after|from|in|checkpoints?|revisions?|training"
_STEP_BEHIND = re.compile(
    rf"[\s,;:(\[|&]*(?:(?:{_WORDS})[\s~(]*){{0,3}}{_STEPS}(?!\s*(?:per|/|times))",
    re.IGNORECASE,
)
_STEP_BEFORE = re.compile(
    rf"(?:{_STEPS}|(?<![\w,.])(?P<before>{_NUMBER})[-\s]steps?\s+(?:checkpoint|revision|weights))"
    r"\s+of\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_COUNTED_BEHIND = re.compile(
    rf"[\s,;:(]*(?:(?:at|after)\s+(?P<counted>{_NUMBER})\s+(?:training\s+)?steps(?!\s+of\b)"
    rf"|(?:at\s+)?checkpoints?\s+(?P<thousands>(?:\d+,?000|\d+k)(?:{_AND}(?:\d+,?000|\d+k)\b)*))"
    r"(?![\w-])",
    re.IGNORECASE,
)
"""Steps that are counted, `after 8000 steps`, and checkpoints that only their step can be."""
_SAME_WORDS = 40
"""Characters between a name and what is said of it."""
_REVISION = re.compile(r"(?:step[-_]?)?\d+|main|[0-9a-f]{7,40}", re.IGNORECASE)
_COMMIT_BEHIND = re.compile(
    r"[\s,;:(|&]*(?:(?:at|@|commit|revision)[\s`(]*){0,3}(?P<commit>[0-9a-f]{40})(?!\w)"
)
_ENUMERATED = re.compile(
    r"[\s,;&|/`'\"*_})\]]*(?:and|or|as\s+well\s+as)?[\s&|/`'\"*_({\[]*", re.IGNORECASE
)
_EACH = re.compile(
    rf"[\s,;:(`'\"*_}}]*(?:(?:each|all|both|always)\s+)(?:\w+\s+){{0,2}}?{_STEPS}", re.IGNORECASE
)
_ANYWHERE = re.compile(rf"(?<![\w/.-]){_STEPS}(?![\w/.]*[\w/])", re.IGNORECASE)
_OF_OTHERS = re.compile(r"\b(?:our|own|fine-?tun\w*|probes?|batch|learning)\b", re.IGNORECASE)
_END = re.compile(
    r"(?<=[.!?;])\s+(?=[A-Z\"'(\[`*\\]|for\b)|(?<=[.!?])\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)|\\\\\s*\n|(?<=\|)\s*\n"
)
Said = tuple[Sequence[str | None], str | None]


def step_named(text: str) -> str:
    """Return the revision that a number in a text means: `143k` is step143000."""
    digits = text.replace(",", "")
    number = int(digits[:-1]) * 1000 if digits[-1] in "kK" else int(digits)
    return f"step{number}"


def in_prose(text: str, first: int, names: Recogniser) -> Iterator[Mention]:
    """Yield what sentences name: a paragraph, whose lines are counted from `first`.

    Args:
        text: the paragraph.
        first: the number of its first line.
        names: finds the names.
    """
    rows = tables.steps(text)
    start = 0
    for end in (*_END.finditer(text), None):
        sentence = text[start : end.start() if end else None]
        line = first + text.count("\n", 0, start)
        yield from _sentence(sentence, line, names, rows, first)
        start = end.end() if end else start


def _sentence(
    text: str, first: int, names: Recogniser, rows: tables.Rows, top: int
) -> Iterator[Mention]:
    written = list(names.found(text, prose=True))
    said = [_beside(text, written, number) for number in range(len(written))]
    alone = len({each.text.rpartition("/")[2].lower() for each in written}) == 1
    for number, each in enumerate(written):
        line = first + text.count("\n", 0, each.start)
        revisions, untold = said[number]
        if untold is None and revisions == (None,):
            shared = _shared(text, written, number)
            anywhere = _in_sentence(text, each) if alone else ()
            revisions = rows.get(line - top) or shared or anywhere or (None,)
        behind = text[each.end :]
        for revision in revisions:
            yield read_as(mentioned(each, line, revision, untold), None, behind)


def _beside(text: str, written: Sequence[Written], number: int) -> Said:
    """Return the revisions that stand beside a name, and why they cannot be told."""
    each = written[number]
    before = text[written[number - 1].end if number else 0 : each.start]
    behind = text[each.end : written[number + 1].start if number + 1 < len(written) else None]
    if each.step:
        return (f"step{int(each.step)}",), None
    if at := AT_ONCE.match(behind):
        return (at["rev"] or at["branch"].rstrip(".,;:"),), None
    called = NAMED.search(behind)
    if called and "\n\n" not in behind[: called.start()] and called.start() < _SAME_WORDS:
        revision = called["rev"].rstrip(".,;:")
        if VARIABLE.search(revision):
            return (None,), f"the revision comes from {revision}"
        if _REVISION.fullmatch(revision):
            return (revision,), None
    plain = behind.lstrip("`*_\"'})")
    if commit := _COMMIT_BEHIND.match(plain):
        return (commit["commit"],), None
    match = _STEP_BEHIND.match(plain) or _COUNTED_BEHIND.match(plain) or _STEP_BEFORE.search(before)
    return (_numbers(match) if match else (None,)), None


def _numbers(match: re.Match[str]) -> Sequence[str]:
    numbers = next(group for group in match.groups() if group)
    return tuple(dict.fromkeys(step_named(each) for each in re.findall(_NUMBER, numbers)))


def _shared(text: str, written: Sequence[Written], number: int) -> Sequence[str]:
    """Return the revisions behind an enumeration that a name stands in: `A, B and C, each at …`."""
    last = number
    while last + 1 < len(written):
        between = text[written[last].end : written[last + 1].start]
        if not _ENUMERATED.fullmatch(between):
            break
        last += 1
    match = _EACH.match(text[written[last].end :])
    return _numbers(match) if match else ()


def _in_sentence(text: str, each: Written) -> Sequence[str]:
    """Return the steps that a sentence of one name speaks of."""
    rest = f"{text[: each.start]} {text[each.end :]}"
    if _OF_OTHERS.search(rest):
        return ()
    every = [step for match in _ANYWHERE.finditer(rest) for step in _numbers(match)]
    return tuple(dict.fromkeys(every))
