"""What a source says: a line, the models that it names there, and at which revisions."""

from enum import StrEnum
from typing import NamedTuple


class Way(StrEnum):
    """How a mention was read."""

    SYNTAX = "syntax"
    PATTERN = "pattern"


class Named(NamedTuple):
    """A model as it is written, with what stands for its revision.

    Attributes:
        text: the model's name as written; None where it cannot be told.
        revision: branch, step or commit as it would be asked for; None where none is named.
        ordinal: the place among a run's checkpoints that is asked for instead of a revision, as
            TransformerLens counts them; None for none.
    """

    text: str | None
    revision: str | None = None
    ordinal: int | None = None


class Loader(NamedTuple):
    """What reads the weights at a place, as the place itself says.

    Attributes:
        key: of its profile in `catalog.core.loaders`; empty where one file is read.
        words: what to call it: `vLLM`, `use_safetensors=False`.
        file: the file that is read, None where the loader chooses.
    """

    key: str
    words: str
    file: str | None = None


class Mention(NamedTuple):
    """A place in a source that names models.

    Attributes:
        line: from 1.
        named: what it names.
        way: how it was read.
        untold: why the model or the revision cannot be told, None where both can.
        is_default: the words stand where a caller may put others: a default of a parameter, an
            option or an environment variable.
        cell: of a notebook, from 1; None elsewhere.
        loader: what reads the weights, None where the place does not say.
    """

    line: int
    named: tuple[Named, ...]
    way: Way
    untold: str | None = None
    is_default: bool = False
    cell: int | None = None
    loader: Loader | None = None


class Read(NamedTuple):
    """What was read in one source.

    Attributes:
        mentions: in the order of lines.
        notes: what a reader should know: that a file does not parse, say.
    """

    mentions: tuple[Mention, ...] = ()
    notes: tuple[str, ...] = ()


def merged(mentions: list[Mention]) -> tuple[Mention, ...]:
    """Return mentions in order, each once: the same name twice in a line is one."""
    seen: dict[tuple[int, tuple[Named, ...], str | None, Loader | None], Mention] = {}
    for mention in sorted(mentions, key=lambda each: each.line):
        key = mention.line, mention.named, mention.untold, mention.loader
        seen.setdefault(key, mention)
    return tuple(seen.values())


def gathered(mentions: list[Mention]) -> list[Mention]:
    """Return the mentions of one place with the names of those together that differ in them alone.

    What one command becomes with every value of its variables is one mention.
    """
    together: dict[Mention, dict[Named, None]] = {}
    for mention in mentions:
        named = together.setdefault(mention._replace(named=()), {})
        named.update(dict.fromkeys(mention.named))
    return [mention._replace(named=tuple(named)) for mention, named in together.items()]
