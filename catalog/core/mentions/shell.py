"""Shell scripts: assignments and loops over literal lists are followed, nothing is run.

What a command substitution, a file or an argument brings stays a variable, and what hangs on it
cannot be told. Only `$(seq …)` and `{A..B..C}` are worked out.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from catalog.core.mentions.names import Recogniser
from catalog.core.mentions.shell_ways import Ways
from catalog.core.mentions.text import in_command
from catalog.core.mentions.values import Mention, Named, Way, gathered

MOST = 4_000
"""Words that a variable or a line may become."""
MOST_FILLED = 200_000
"""Lines of a script, each variable in each of its values."""
_ASSIGNED = re.compile(
    r"^\s*(?:export\s+|local\s+|readonly\s+|declare\s+(?:-\w+\s+)*)?(?P<name>\w+)=(?P<value>\(.*?\)|\$?\"[^\"]*\"|\$?'[^']*'|[^\s;]*)"
)
_ADDED = re.compile(r"^\s*(?P<name>\w+)\+=\((?P<value>.*?)\)")
_LOOP = re.compile(r"\bfor\s+(?P<name>\w+)\s+in\s+(?P<words>[^;]*?)(?:;|\s*$|\s+do\b)")
_VARIABLE = re.compile(r"\$\{(?P<braced>\w+)(?P<more>[^}]*)\}|\$(?P<plain>\w+)")
_SEQ = re.compile(r"\$\(seq\s+(?P<numbers>[\d\s]+)\)|`seq\s+(?P<ticked>[\d\s]+)`")
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)(?:\.\.(\d+))?\}")
_WORD = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'])+")
_PARTS = re.compile(r";;|(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|[^;\"'\\]|[\"'])+")
_COUNTED = re.compile(
    r"\bfor\s*\(\(\s*(?P<name>\w+)\s*=\s*(?P<first>\d+)\s*;\s*(?P=name)\s*(?P<sign><=?)\s*(?P<last>\d+)"
    r"\s*;\s*(?:(?P=name)\s*\+=\s*(?P<every>\d+)|(?P=name)\+\+|\+\+(?P=name))\s*\)\)"
)
_WHILE = re.compile(
    r"\bwhile\s+\[\[?\s+\"?\$\{?(?P<name>\w+)\}?\"?\s+-(?P<sign>l[et])\s+(?P<last>\d+)\s*\]"
)
_DEFAULT = re.compile(r"\$\{(?P<name>\w+):?-(?P<value>[^${}]*)\}")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


class _Known(dict[str, list[str]]):
    """What variables may be; and how many lines may still be filled in with it."""

    left = MOST_FILLED

    def __init__(self) -> None:
        super().__init__()
        self.by_default: set[str] = set()


class _Line(NamedTuple):
    number: int
    text: str


def mentions(
    text: str,
    names: Recogniser,
    *,
    first: int = 1,
    given: Mapping[str, list[str]] = MappingProxyType({}),
) -> Iterator[Mention]:
    """Yield what the commands of a script name.

    Args:
        text: the script.
        names: finds the names.
        first: the number of its first line.
        given: what its environment has.
    """
    known = _Known()
    known.update(given)
    ways = Ways(known)
    for line in _logical(text, first):
        counted = _COUNTED.sub(_as_words, line.text)
        for name, values in _while(counted, known, text):
            known[name] = values
        for statement in _statements(line._replace(text=counted), ways):
            if not ways.is_dead:
                yield from _of_statement(statement, known, names)
    yield from _unused(text, first, known, names)


def _as_words(match: re.Match[str]) -> str:
    """Return a loop that counts as one over words."""
    first, last = int(match["first"]), int(match["last"]) + (match["sign"] == "<=")
    every = max(int(match["every"] or 1), 1)
    return f"for {match['name']} in {' '.join(map(str, range(first, last, every)[:MOST]))}"


def _while(line: str, known: _Known, text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the variable that a `while` counts with and its values, none where nobody can tell."""
    if (match := _WHILE.search(line)) is None or match["name"] not in known:
        return
    name, starts = match["name"], known[match["name"]]
    every = re.search(rf"\b{name}=\$\(\(\s*\$?{name}\s*\+\s*(\d+)|\(\({name}\+=(\d+)", text)
    if every and len(starts) == 1 and starts[0].isdigit():
        last = int(match["last"]) + (match["sign"] == "le")
        gap = max(int(every[1] or every[2]), 1)
        yield name, [str(number) for number in range(int(starts[0]), last, gap)[:MOST]]
    else:
        yield name, [f"${name}"]


def _statements(line: _Line, ways: Ways) -> Iterator[_Line]:
    """Yield the commands of a line; the words of choices are followed, and left out."""
    for part in _PARTS.findall(line.text):
        command = ways.command(part)
        if command:
            yield _Line(line.number, command)


def _of_statement(line: _Line, known: _Known, names: Recogniser) -> Iterator[Mention]:
    if loop := _LOOP.search(line.text):
        known[loop["name"]] = _words(loop["words"], known)
        return
    if match := _ADDED.match(line.text):
        known[match["name"]] = [*known.get(match["name"], []), *_words(match["value"], known)]
        return
    if match := _ASSIGNED.match(line.text):
        known[match["name"]] = _value(match["value"], known)
        if _DEFAULT.search(match["value"]):
            known.by_default.add(match["name"])
        if not line.text[match.end() :].strip():
            return
    yield from _of_command(line, known, names)


def _logical(text: str, first: int) -> Iterator[_Line]:
    """Yield the lines without comments; one that goes on is one line."""
    waiting, start = "", 0
    for number, raw in enumerate(text.split("\n"), start=first):
        line = _COMMENT.sub("", raw)
        start = start if waiting else number
        waiting += line.removesuffix("\\") + " "
        is_open = re.match(r"\s*(?:declare\s+(?:-\w+\s+)*)?\w+\+?=\([^)]*$", waiting) is not None
        if not line.endswith("\\") and not (is_open and len(waiting) < 100_000):  # noqa: PLR2004 - a lost bracket
            yield _Line(start, waiting)
            waiting = ""
    if waiting:
        yield _Line(start, waiting)


def _value(written: str, known: _Known) -> list[str]:
    if written.startswith("("):
        return _words(written[1:-1], known)
    plain = written[1:] if re.match(r"\$[\"']", written) else written
    return [each.strip("\"'") for each in _expanded(plain, known)]


def _words(written: str, known: _Known) -> list[str]:
    """Return the words of a list; a variable that is not known stays as it is written."""
    counted = _SEQ.sub(lambda match: _seq(match["numbers"] or match["ticked"]), written)
    words: list[str] = []
    for word in _WORD.findall(counted):
        if match := _RANGE.search(word):
            low, high, every = (int(number or 1) for number in match.groups())
            numbers = range(low, high + 1, max(every, 1))[:MOST]
            words += [word[: match.start()] + str(n) + word[match.end() :] for n in numbers]
        else:
            words += [part for each in _expanded(word.strip("\"'"), known) for part in each.split()]
        if len(words) > MOST:
            return words[:MOST]
    return words


def _seq(numbers: str) -> str:
    given = [int(number) for number in numbers.split()][:3]
    low, every, high = (1, 1, *given)[-3:] if len(given) != 2 else (given[0], 1, given[1])  # noqa: PLR2004 - seq A B
    return " ".join(map(str, range(low, high + 1, max(every, 1))[:MOST]))


def _expanded(text: str, known: _Known) -> list[str]:
    """Return a text with every value that its variables may have, else their defaults."""
    text = _DEFAULT.sub(lambda m: m[0] if known.get(m["name"]) else m["value"].strip("\"'"), text)
    used = dict.fromkeys(_name(match) for match in _VARIABLE.finditer(text))
    values = {name: known[name] for name in used if known.get(name)}
    if not values:
        return [text]
    made: list[str] = []
    for chosen in product(*values.values()):
        given = dict(zip(values, chosen, strict=True))
        made.append(_filled(text, given))
        known.left -= 1
        if len(made) > MOST or known.left < 0:
            break
    return made


def _filled(text: str, given: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: given.get(_name(match), match[0]), text)


def _name(match: re.Match[str]) -> str:
    return match["braced"] or match["plain"]


def _of_command(line: _Line, known: _Known, names: Recogniser) -> Iterator[Mention]:
    if re.match(r"\s*(?:echo|printf|mkdir|cd|tee|cat|rm|ls|cp|mv)\b", line.text):
        return
    texts = _expanded(line.text, known)
    together = gathered([m for text in texts for m in in_command(text, line.number, names)])
    used = {_name(match) for match in _VARIABLE.finditer(line.text)}
    is_default = bool(used & known.by_default) or _DEFAULT.search(line.text) is not None
    yield from (mention._replace(is_default=is_default) for mention in together)
    if not together and "$" in line.text:
        yield from _untold(line, names)


def _untold(line: _Line, names: Recogniser) -> Iterator[Mention]:
    """Yield a name that ends in a variable which nobody here gives a value."""
    for match in _VARIABLE.finditer(line.text):
        word = re.search(r"[\w./=-]*$", line.text[: match.start()])
        is_path = word is not None and re.search(
            r"(?:out|result|log|save|dir)", word[0], re.IGNORECASE
        )
        if word and not is_path and names.begins(word[0]):
            why = f"the model's name comes from {match[0]}"
            yield Mention(line.number, (Named(None),), Way.PATTERN, why)
            return


def _unused(text: str, first: int, known: _Known, names: Recogniser) -> Iterator[Mention]:
    """Yield the names of variables that no command of the script takes."""
    for line in _logical(text, first):
        match = _ADDED.match(line.text) or _ASSIGNED.match(line.text) or _LOOP.search(line.text)
        if match is None or re.search(rf"\$\{{?{match['name']}\b", text):
            continue
        said = match["words"] if match.re is _LOOP else match["value"]
        named = [
            Named(each.text, each.step and f"step{each.step}")
            for word in _words(said.strip("()"), known)
            if (each := names.alone(word))
        ]
        if named:
            yield Mention(line.number, tuple(dict.fromkeys(named)), Way.PATTERN)
