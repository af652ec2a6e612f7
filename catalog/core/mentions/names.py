"""Which texts in a source are a model's name: those of the catalog, and nothing that is near one.

A name needs a family that the catalog has (`pythia`, `opt`) and a size, and must mean a model.
What it means is for `catalog.core.names`; here it is only found.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

_SIZE = r"\d{1,4}(?:[.,p]\d{1,3})?SP?(?:million|billion|[mbk])(?:\d(?!\d))?"
_BEFORE_SIZE = r"(?:SEP(?:v1\.1|intervention|de-?dup(?:ed|licated)?))*"
_BEHIND = (
    r"(?:SEP(?:de-?dup(?:ed|licated)?|v[01](?:\.\d)?|bf16|long|(?:(?:data|weight)SEP?)?seedSEP?\d{1,2}"
    r"|\d(?:\.\d+)?mtokbs))*"
)
_LEAD = r"(?:(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co|hf-mirror\.com)/|hf://)"
# Not within a word, a path or another name: `llava-pythia-1.3b`, `results/pythia-70m.csv`.
_LEFT = r"(?<![\w./@$}-])"
_RIGHT = r"(?![\w$])(?!-[\w$])(?!\.\w)(?!/(?!(?:tree|blob|resolve|raw|commits?)/))"
_STEP = r"(?:[-_:]|SP)step[-_ ]?(?P<step>\d{1,6})"
_BELOW = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)/(?:step(?P<step>\d{1,6})|main)")
"""What people call a checkpoint in their own tables: `EleutherAI/pythia-1b/step64`."""
_IN_BRACKETS = r"(?:\s*\((?P<bracketed>de-?dup(?:ed|licated)?)\))?"
"""What prose puts behind a name: `Pythia-1.4B (deduped)`."""
_MORE = re.compile(
    r"(?:\s*(?:,|/|&|\band\b|\bor\b)\s*){1,2}(?P<size>-?\d{1,4}(?:\.\d{1,3})?\s?[mb])"
    r"(?![\w-])(?!\.\d)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*(?:[,;:)/&.|]|(?:and|or|models?|checkpoints?)\b|$)", re.IGNORECASE)
_FAMILY = re.compile(
    r"[A-Za-z]+(?:[-_](?!(?:intervention|v\d))[A-Za-z]+)*?(?=[-_]?(?:v\d|\d|intervention))"
)


class Written(NamedTuple):
    """A name where it stands.

    Attributes:
        start: where it begins in the text.
        end: where it ends, the step that is attached to it included.
        text: the name, with its owner.
        step: the step that is attached to it, digits; None for none.
    """

    start: int
    end: int
    text: str
    step: str | None


class Recogniser:
    """Finds names.

    Args:
        models: the models' names today.
        means: returns whether a text means a model.
    """

    def __init__(self, models: Iterable[str], means: Callable[[str], bool]) -> None:
        matches = (_FAMILY.match(model) for model in models)
        self.families = tuple(sorted({match[0].lower() for match in matches if match}))
        self._means, self._known = means, dict[str, bool]()

    def is_model(self, text: str) -> bool:
        """Return whether a whole text is a name as code has it."""
        match = self._in_code.fullmatch(text.strip())
        return match is not None and self._is_known(match)

    def alone(self, text: str) -> Written | None:
        """Return the name that a whole text is, None where it is none."""
        plain = text.strip()
        below = _BELOW.fullmatch(plain)
        match = self._in_code.fullmatch(below["name"] if below else plain)
        if match is None or not self._is_known(match):
            return None
        return _written(match)._replace(step=below["step"]) if below else _written(match)

    def found(self, text: str, *, prose: bool = False) -> Iterator[Written]:
        """Yield the names in a text, in order."""
        pattern = self._in_prose if prose else self._in_code
        for match in pattern.finditer(text):
            if self._is_known(match):
                written = _written(match)
                yield written
                yield from self._more(text, match) if prose and not written.step else ()

    def _more(self, text: str, match: re.Match[str]) -> Iterator[Written]:
        """Yield the sizes behind a name that are names, too: `Pythia-160M, -410M and -1B`."""
        family = re.split(r"[-_\s]?\d", match["name"])[0]
        place = match.end()
        while more := _MORE.match(text, place):
            size = more["size"].lstrip("-")
            name = f"{family}-{size}".replace(" ", "")
            is_listed = more["size"].startswith("-") or _LISTED.match(text, more.end())
            if not is_listed or not self._means(name):
                return
            yield Written(more.start("size"), more.end(), name, None)
            place = more.end()

    def may_mention(self, raw: bytes) -> bool:
        """Return whether a file may name a model: whether to read it closely."""
        return any(self._anywhere.match(raw, place) for place in self._places(raw))

    def lines(self, text: str) -> set[int]:
        """Return the lines of a text, from 0, that may name a model."""
        raw = text.encode(errors="replace")
        places = sorted(place for place in self._places(raw) if self._anywhere.match(raw, place))
        lines: set[int] = set()
        line, counted = 0, 0
        for place in places:
            line += raw.count(b"\n", counted, place)
            counted = place
            lines.add(line)
        return lines

    def _places(self, raw: bytes) -> Iterator[int]:
        """Yield where a family's name may begin: a word is found faster than a pattern."""
        lowered = raw.lower()
        for stem in self._stems:
            place = lowered.find(stem)
            while place >= 0:
                yield place
                place = lowered.find(stem, place + 1)

    def may_name(self, text: str) -> bool:
        """Return whether a text may have a name whole, in code or in prose: a family and a size."""
        raw = text.encode(errors="replace")
        return any(self._whole.match(raw, place) for place in self._places(raw))

    def begins(self, text: str) -> bool:
        """Return whether a name may go on behind a text: `EleutherAI/pythia-`."""
        return self._beginning.search(text) is not None

    def _is_known(self, match: re.Match[str]) -> bool:
        text = _name(match)
        if text not in self._known:
            self._known[text] = self._means(text)
        return self._known[text]

    @cached_property
    def _any(self) -> str:
        return "|".join(re.escape(family).replace(r"\-", "[-_]") for family in self.families)

    @cached_property
    def _stems(self) -> frozenset[bytes]:
        return frozenset(re.split("[-_]", family)[0].encode() for family in self.families)

    @cached_property
    def _in_code(self) -> re.Pattern[str]:
        return self._pattern("[-_]", "", "")

    @cached_property
    def _in_prose(self) -> re.Pattern[str]:
        return self._pattern(r"[-_\s]", r"\s", _IN_BRACKETS)

    @cached_property
    def _anywhere(self) -> re.Pattern[bytes]:
        pattern = rf"(?<![A-Za-z0-9])(?:{self._any})(?![A-Za-z])"
        return re.compile(pattern.encode(), re.IGNORECASE)

    @cached_property
    def _whole(self) -> re.Pattern[bytes]:
        pattern = rf"(?<![A-Za-z0-9])(?:{self._any}){_BEFORE_SIZE}SEP?\d"
        return re.compile(pattern.replace("SEP", r"[-_\s]").encode(), re.IGNORECASE)

    @cached_property
    def _beginning(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?:^|[/=\s])(?:{self._any})[-_](?:[\d.]+[mb][-_])?(?:dedupe?d?[-_])?(?:(?:data|weight)[-_])?(?:seed)?$",
            re.IGNORECASE,
        )

    def _pattern(self, between: str, space: str, behind: str) -> re.Pattern[str]:
        name = rf"(?:{self._any}){_BEFORE_SIZE}SEP?{_SIZE}{_BEHIND}"
        lead = rf"{_LEFT}(?:{_LEAD})?(?:EleutherAI(?:__|-))?(?P<owner>[\w.-]+/)?"
        right = _RIGHT.replace("/(?!(?:", "/(?!-?\\d|(?:") if behind else _RIGHT  # `70M/160M`
        whole = rf"{lead}(?P<name>{name}){behind}(?:{_STEP})?{right}"
        whole = whole.replace("SEP", between)
        whole = whole.replace("SP?", f"{space}?" if space else "").replace(
            "|SP", f"|{space}" if space else ""
        )
        return re.compile(whole, re.IGNORECASE)


def _name(match: re.Match[str]) -> str:
    """Return a name in one line: a paragraph may break it; and as it is without brackets."""
    bracketed = match.groupdict().get("bracketed")
    text = (match["owner"] or "") + match["name"] + (f" {bracketed}" if bracketed else "")
    return " ".join(text.split())


def _written(match: re.Match[str]) -> Written:
    text = _name(match)
    return Written(match.start(), match.end(), text, match["step"])
