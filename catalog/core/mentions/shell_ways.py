"""What a shell script's variables may be behind its choices: `if`, `elif`, `else` and `case`.

A comparison with a literal says which of a variable's values go which way; any other condition lets
all go both.
"""

import re
from fnmatch import fnmatchcase
from typing import NamedTuple

Values = dict[str, list[str]]
_COMPARED = re.compile(
    r"\[\[?\s+\"?\$\{?(?P<name>\w+)\}?\"?\s*(?P<sign>==?|!=)\s*[\"']?(?P<text>[^\"'\s\]]*)[\"']?\s*\]"
)
_EMPTY = re.compile(r"\[\[?\s+(?P<sign>-[nz])\s+\"?\$\{?(?P<name>\w+)\}?\"?\s*\]")
_PATTERN = re.compile(r"\(?[\w*?.|\"'-]+\)\s+(?=\S)|\(?[\w*?.|\"'-]+\)$")
"""What begins a way of `case`: `70m|160m)`."""
_KEYWORD = re.compile(
    r"(?P<word>if|elif|else|fi|then|do|case|esac|;;)(?=\s|$)\s*(?P<rest>.*)", re.DOTALL
)


class _Choice(NamedTuple):
    """A choice that is open: what held before it, what holds behind each way, and what is left."""

    ways: list[Values]
    before: Values
    others: list[Values]


class Ways:
    """Follows the choices of one script.

    Args:
        known: what its variables may be; it is changed.
    """

    def __init__(self, known: Values) -> None:
        self._known = known
        self._open: list[_Choice] = []

    @property
    def is_dead(self) -> bool:
        """Whether no value of a variable goes this way."""
        return any(not values for values in self._known.values())

    def command(self, statement: str) -> str:
        """Return a statement without the words of a choice, which is followed."""
        text = statement.strip()
        if self._open:
            text = _PATTERN.sub("", text, count=1) if _PATTERN.match(text) else text
        while match := _KEYWORD.match(text):
            word, text = match["word"], match["rest"]
            if word in ("if", "elif"):
                self._begin(text, is_new=word == "if")
                return ""
            if word == "case":
                self._open.append(_Choice([], dict(self._known), [dict(self._known)]))
                return ""
            if word in ("else", ";;") and self._open:
                self._next()
            elif word in ("fi", "esac") and self._open:
                self._end()
        return text

    def _begin(self, condition: str, *, is_new: bool) -> None:
        if is_new or not self._open:
            self._open.append(_Choice([], dict(self._known), [dict(self._known)]))
        else:
            self._next()
        choice = self._open[-1]
        compared = _COMPARED.match(condition) or _EMPTY.match(condition)
        name = compared["name"] if compared else ""
        left = choice.others[-1]
        if compared is None or name not in left:
            return
        pattern = compared["text"] if compared.re is _COMPARED else ""
        fits = [value for value in left[name] if fnmatchcase(value, pattern)]
        others = [value for value in left[name] if value not in fits]
        if compared["sign"] in ("!=", "-n"):
            fits, others = others, fits
        self._known[name] = fits
        choice.others.append(left | {name: others})

    def _next(self) -> None:
        """End one way of a choice, and begin the next."""
        choice = self._open[-1]
        if not self.is_dead:
            choice.ways.append(dict(self._known))
        self._set(choice.others[-1])

    def _end(self) -> None:
        """End a choice: a variable may be what any of its ways made of it."""
        choice = self._open.pop()
        ways = [way for way in (*choice.ways, dict(self._known)) if all(way.values())]
        if not choice.ways and all(choice.others[-1].values()):
            ways.append(choice.others[-1])  # without another way nothing may be done
        merged: Values = {}
        for way in ways:
            for name, values in way.items():
                merged[name] = list(dict.fromkeys((*merged.get(name, ()), *values)))
        for name, values in choice.before.items():
            if set(merged.get(name, values)) == set(values):
                merged[name] = values
        self._set(merged)

    def _set(self, values: Values) -> None:
        self._known.clear()
        self._known.update(values)
