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
        is_address: it is an address of the Hub.
    """

    start: int
    end: int
    text: str
    step: str | None
    is_address: bool


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
        match = self._in_code.fullmatch(text.strip())
        return _written(match) if match and self._is_known(match) else None

    def found(self, text: str, *, prose: bool = False) -> Iterator[Written]:
        """Yield the names in a text, in order."""
        pattern = self._in_prose if prose else self._in_code
        return (_written(match) for match in pattern.finditer(text) if self._is_known(match))

    def may_mention(self, raw: bytes) -> bool:
        """Return whether a file may name a model: whether to read it closely."""
        lowered = raw.lower()  # a search for a word is many times faster than one for a pattern
        return any(stem in lowered for stem in self._stems) and bool(self._anywhere.search(raw))

    def may_name(self, text: str) -> bool:
        """Return whether a text may have a name whole, in code or in prose: a family and a size."""
        return self.may_mention(text.encode()) and self._whole.search(text) is not None

    def begins(self, text: str) -> bool:
        """Return whether a name may go on behind a text: `EleutherAI/pythia-`."""
        return self._beginning.search(text) is not None

    def _is_known(self, match: re.Match[str]) -> bool:
        text = (match["owner"] or "") + match["name"]
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
        return self._pattern("[-_]", "")

    @cached_property
    def _in_prose(self) -> re.Pattern[str]:
        return self._pattern(r"[-_\s]", r"\s")

    @cached_property
    def _anywhere(self) -> re.Pattern[bytes]:
        pattern = rf"(?<![A-Za-z0-9])(?:{self._any})(?![A-Za-z])"
        return re.compile(pattern.encode(), re.IGNORECASE)

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        pattern = rf"(?<![A-Za-z0-9])(?:{self._any}){_BEFORE_SIZE}SEP?\d"
        return re.compile(pattern.replace("SEP", r"[-_\s]"), re.IGNORECASE)

    @cached_property
    def _beginning(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?:^|[/=\s])(?:{self._any})[-_](?:[\d.]+[mb][-_])?(?:dedupe?d?[-_])?(?:(?:data|weight)[-_])?(?:seed)?$",
            re.IGNORECASE,
        )

    def _pattern(self, between: str, space: str) -> re.Pattern[str]:
        name = rf"(?:{self._any}){_BEFORE_SIZE}SEP?{_SIZE}{_BEHIND}"
        whole = (
            rf"{_LEFT}(?P<lead>{_LEAD})?(?P<owner>[\w.-]+/)?(?P<name>{name})(?:{_STEP})?{_RIGHT}"
        )
        whole = whole.replace("SEP", between)
        whole = whole.replace("SP?", f"{space}?" if space else "").replace(
            "|SP", f"|{space}" if space else ""
        )
        return re.compile(whole, re.IGNORECASE)


def _written(match: re.Match[str]) -> Written:
    text = " ".join(((match["owner"] or "") + match["name"]).split())  # a line may end within
    return Written(match.start(), match.end(), text, match["step"], bool(match["lead"]))
