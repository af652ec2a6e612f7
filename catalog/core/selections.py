"""Several checkpoints in one text: `MODEL@all`, `MODEL@log14`, `MODEL@step1000..step20000`.

The grammar alone: `catalog.core.selected` chooses among a run's checkpoints. git allows neither
`..` nor `:` in a branch's name, so that what has one of them is never a branch.
"""

import re
from collections.abc import Iterable

from catalog.core import tokens
from catalog.core.refs import MAIN
from catalog.core.tuples import NamedTuple
from catalog.errors import BadInput

_ALL, _SCORED, _COMMON, _TAG = "all", "scored", "common", "tag="
# Patterns are compiled when the first selection is read: most questions read none.
_SPACING = r"(log|linear)(\d{1,6})|(every)[\s_-]*((?:step|\d|\.\d).*)"
BETWEEN, _THEN = "..", ":"
MOST = 999_999
"""No run has so many checkpoints."""
EXAMPLES = "write MODEL@all, MODEL@log14, MODEL@step1000..step20000, MODEL@step1000.. or ..step512"


class Selection(NamedTuple):
    """A text that may mean several checkpoints.

    Attributes:
        text: as written.
        model: the name of a model or suite before `@`.
        which: filters (`all`, `A..B`, `scored`, `tag=TAG`, `common`) and last a spacing (`log14`,
            `linear9`, `every10B`), with `:` between them.
        weight_set: name after `#`, None for all.
    """

    text: str
    model: str
    which: str
    weight_set: str | None = None

    @property
    def is_label(self) -> bool:
        """Whether a branch could be called so; then the branch is meant."""
        return BETWEEN not in self.which and _THEN not in self.which

    @property
    def label(self) -> str:
        """What stands behind `@`, as written."""
        return self.text.partition("#")[0].rpartition("@")[2].strip()

    @property
    def parts(self) -> list[str]:
        """Filters and spacing, in order."""
        return [part.strip() for part in self.which.split(_THEN)]

    @property
    def spacing(self) -> "Spacing | None":
        """What the last part is, where it is a spacing."""
        return Spacing.of(self.parts[-1])

    @property
    def is_scored(self) -> bool:
        """Whether only checkpoints that were scored are meant."""
        return _SCORED in self.parts

    @property
    def tags(self) -> list[str]:
        """Tags of which only checkpoints are meant."""
        return [part.removeprefix(_TAG) for part in self.parts if part.startswith(_TAG)]

    @property
    def is_common(self) -> bool:
        """Whether only amounts are meant at which every model has a checkpoint."""
        return _COMMON in self.parts


class Spread(NamedTuple):
    """What options say of each model that is named without `@`; the same as a text behind its `@`.

    Attributes:
        log: so many checkpoints, evenly spaced in the logarithm of the tokens seen.
        linear: so many, evenly spaced in the tokens seen.
        every: the checkpoints nearest to the multiples of an amount, `10B` or `step1000`.
        scored: only checkpoints with scores.
        common: only amounts at which every model has a checkpoint.
        tasks: scores of these tasks count alone; `*` matches.
        tag: only checkpoints that have it, or whose model has.
    """

    log: int | None = None
    linear: int | None = None
    every: str | None = None
    scored: bool = False
    common: bool = False
    tasks: tuple[str, ...] = ()
    tag: str | None = None

    @property
    def spacing(self) -> str | None:
        """The spacing as a selection has it.

        Raises:
            BadInput: there are several.
        """
        every = None if self.every is None else f"every{self.every}"
        counts = [f"{word}{n}" for word, n in zip(("log", "linear"), self[:2], strict=True) if n]
        given = [*counts, *([every] if every else [])]
        if any(n is not None and not 1 <= n <= MOST for n in self[:2]):
            raise BadInput("nobody can choose so many checkpoints", f"ask for 1 to {MOST:,}")
        if len(given) > 1:
            raise BadInput("--log, --linear and --every exclude one another", "give one")
        if every is not None and not is_spacing(every):
            raise BadInput(f"not an amount of training: {self.every!r}", "write 10B or step1000")
        return given[0] if given else None

    @property
    def parts(self) -> list[str]:
        """All that it says, as a selection has it; nothing where it says nothing."""
        if self.tasks and not self.scored:
            raise BadInput("--task says which scores count", "give --scored too")
        tag = None if self.tag is None else f"{_TAG}{self.tag}"
        words = [self.scored and _SCORED, tag, self.common and _COMMON, self.spacing]
        return [word for word in words if word]

    def over(self, text: str) -> str:
        """Return the selection that a model's name, a suite's or a selection becomes.

        >>> Spread(log=14).over("pythia"), Spread(log=3, scored=True).over("pythia@1B..")
        ('pythia@log14', 'pythia@1B..:scored:log3')

        Raises:
            BadInput: the text says already which checkpoint, or how they are spaced.
        """
        before, hash_sign, weight_set = text.strip().partition("#")
        said = "".join(_THEN + part for part in self.parts)
        if not said:
            return text
        selection = parse(text)
        if "@" in before and (selection is None or (self.spacing and selection.spacing)):
            why = f"{text!r} says already which checkpoints"
            raise BadInput(why, f"give a model or suite alone, or leave out {said[1:]}")
        if "@" not in before:
            said = f"@{said[1:]}"
        return f"{before}{said}{hash_sign}{weight_set}"


def parse(text: str) -> Selection | None:
    """Return the selection that a text is, None where it is none.

    >>> parse("pythia-70m@step1000..#model.safetensors")
    Selection(text='pythia-70m@step1000..#model.safetensors', model='pythia-70m', \
which='step1000..', weight_set='model.safetensors')
    >>> parse("pythia-70m@step1000") is parse("../step8") is None
    True

    Raises:
        BadInput: nothing stands before `@` or behind `#`, or the parts do not go together.
    """
    before, hash_sign, weight_set = text.strip().partition("#")
    model, _, which = (part.strip() for part in before.rpartition("@"))
    if "@" not in before or "/" in which or not is_several(which):
        return None
    if not model or (hash_sign and not weight_set.strip()):
        raise BadInput(f"not a selection of checkpoints: {text!r}", EXAMPLES)
    parts = [part.strip() for part in which.split(_THEN)]
    words = [part if BETWEEN in part or part.startswith(_TAG) else part.lower() for part in parts]
    selection = Selection(text, model, _THEN.join(words), weight_set.strip() or None)
    _require_order(selection)
    return selection


def _require_order(selection: Selection) -> None:
    """Refuse parts of which no filter is one, and a spacing before the last."""
    *before, last = (part.strip() for part in selection.label.split(_THEN))
    wrong = [part for part in before if not is_filter(part)]
    if not (is_filter(last) or is_spacing(last)):
        wrong.append(last)
    if wrong and all(map(is_spacing, wrong)):
        raise BadInput(f"{selection.text!r}: {wrong[0]} is a spacing", "write it last, and once")
    if wrong:
        raise BadInput(f"not a selection of checkpoints: {selection.text!r}", EXAMPLES)


def is_several(revision: str) -> bool:
    """Return whether a revision as written may mean several checkpoints.

    >>> is_several("all"), is_several("step8.."), is_several("every 10B"), is_several("step8")
    (True, True, True, False)
    """
    first = revision.partition(_THEN)[0].strip()
    return BETWEEN in revision or is_filter(first) or is_spacing(first)


def begun(revision: str) -> str | None:
    """Return a selection that begins with a word, where that is none yet.

    >>> begun("log"), begun("al"), begun("step3")
    ('log14', 'all', None)
    """
    written = revision.lower()
    words = (_ALL, _SCORED, _COMMON, "log14", "linear9", "every10B") if len(written) > 1 else ()
    return next((word for word in words if word.startswith(written)), None)


def is_filter(part: str) -> bool:
    """Return whether a part of a selection says which checkpoints are chosen among."""
    is_tag = part.startswith(_TAG) and part != _TAG
    return BETWEEN in part or is_tag or part.lower() in (_ALL, _SCORED, _COMMON)


def is_spacing(part: str) -> bool:
    """Return whether a part of a selection says how the chosen ones are spaced.

    >>> is_spacing("log14"), is_spacing("every10B"), is_spacing("everything")
    (True, True, False)
    """
    return Spacing.of(part) is not None


class Spacing(NamedTuple):
    """How checkpoints are spaced: so many of them, or one at each multiple of an amount.

    Attributes:
        rule: `log`, `linear` or `every`.
        number: how many; of `every` none.
        stride: the amount, of `every` alone.
    """

    rule: str
    number: int = 0
    stride: tokens.Amount | None = None

    @classmethod
    def of(cls, part: str) -> "Spacing | None":
        """Return the spacing that a part of a selection is, None where it is none."""
        match = re.fullmatch(_SPACING, part, re.ASCII | re.IGNORECASE)
        if match is None:
            return None
        if match[1]:
            return cls(match[1].lower(), int(match[2]))
        try:
            return cls("every", stride=tokens.parse(match[4]))
        except BadInput:
            return None


# Words that are amounts ------------------------------------------------------------------------


def apart(words: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the amounts and ranges with which words begin, and the words after them.

    >>> apart(["1B", "step1..step8", "pythia-70m", "pythia"])
    (['1B', 'step1..step8'], ['pythia-70m', 'pythia'])
    """
    amounts: list[str] = []
    texts = list(words)
    while texts and (
        is_range(texts[0]) or (_may_be_amount(texts[0]) and tokens.is_amount(texts[0]))
    ):
        amounts.append(texts.pop(0))
    return amounts, texts


def is_range(text: str) -> bool:
    """Return whether a word is a range of amounts, which no model's name is.

    >>> is_range("step1000.."), is_range("1B..10B"), is_range("../models")
    (True, True, False)
    """
    low, between, high = (part.strip() for part in text.partition(BETWEEN))
    ends = [end for end in (low, high) if end and end != MAIN]
    return bool(between and (low or high)) and all(map(_may_be_amount, ends))


def _may_be_amount(text: str) -> bool:
    """Return whether a word begins like an amount: no model's name need be read as one."""
    written = text.strip()
    return (
        written[:1].isdigit() or written[:4].lower() == "step" or written[:2].strip(".").isdigit()
    )


# Lists of targets, names of folders ------------------------------------------------------------

FOLDER_NAME = "{name}"
"""Stands for the folder's own name in what `--as` says of several folders."""


def written(line: str) -> str:
    """Return what a line of a list of targets asks for, empty for a blank line or a comment.

    A `#` begins a comment at the start of a line and between blanks; elsewhere it is a part of a
    REF, or of a path.

    >>> [written(line) for line in ("a@step1#f.bin  # why", "# all", " ./x#1 ")]
    ['a@step1#f.bin', '', './x#1']
    """
    text = line.strip().removeprefix("\ufeff").strip()
    return "" if text.startswith("#") else re.split(r"\s#(?:\s|$)", text, maxsplit=1)[0].strip()
