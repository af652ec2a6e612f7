"""Model labels in score files: taken apart, and brought to a name that the catalog can resolve.

Labels are what people called a model in paths, names and arguments: `EleutherAI/pythia-v1.1-70m`,
`350M_dedup`, `13B_deduped_new`, `1.4b-deduped-5shot`. This module reads spelling only. Which model
a label means is data (the names in the suite files), looked up by the caller.
"""

import re
from dataclasses import dataclass

_SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?[mb]|\d+b\d+)(?![\w.])", re.IGNORECASE)
_BATCH = re.compile(r"(\d+(?:\.\d+)?)MtokBS", re.IGNORECASE)
_SEED = re.compile(r"((?:data-|weight-)?seed\d+)", re.IGNORECASE)
_DEDUPED = re.compile(r"dedup(?:ed|licated)?(?![a-z])", re.IGNORECASE)
_DERIVED = re.compile(r"interven(?:tion|ed|e)", re.IGNORECASE)
_GENERATION = re.compile(r"(?<![a-z0-9])v([012])(?:\.\d+)?(?![a-z0-9.])", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{3,}", re.IGNORECASE)
# Training folders carry the history of their saves: 125M_new/, 2.7B_deduped_newer.
_SAVE_SUFFIX = re.compile(r"[-_]+(?:new|newer)$", re.IGNORECASE)
_IN_HOUSE = re.compile(r"(?P<size>\d+(?:\.\d+)?[mb])(?P<dedup>[-_]dedup(?:ed)?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Label:
    """A label taken apart; None where it does not tell.

    Attributes:
        text: as written, without owner or path.
        words: its words of three letters and more, in lower case and in order; the first word of a
            model's own name is its family (`pythia`, `opt`).
        size: the size as written, lower case (`350m`).
        deduped: True where it says so; None for a bare size, which tells nothing else.
        derived: True for a label of an intervention.
        batch: the batch size of an ablation, in millions of tokens, as written.
        seed: the mark of a seed run (`seed3`, `data-seed1`), lower case.
        generation: 0 for `v0`, 1 for `v1` and `v1.1`.
    """

    text: str
    words: tuple[str, ...]
    size: str | None
    deduped: bool | None
    derived: bool
    batch: str | None
    seed: str | None
    generation: int | None


def read(text: str) -> Label:
    """Take a label apart.

    >>> read("EleutherAI/pythia-v1.1-1.4b-deduped").size
    '1.4b'
    >>> read("350M").deduped is None, read("pythia-350m").deduped
    (True, False)
    """
    bare = text.rstrip("/").rpartition("/")[2]
    spaced = bare.replace("_", "-")
    size = _SIZE.search(spaced)
    batch = _BATCH.search(spaced)
    seed = _SEED.search(spaced)
    generation = _GENERATION.search(spaced)
    tells = size is not None and size.group() != spaced
    return Label(
        text=bare,
        words=tuple(word.lower() for word in _WORD.findall(spaced)),
        size=size.group(1).lower() if size else None,
        deduped=True if _DEDUPED.search(spaced) else (False if tells else None),
        derived=bool(_DERIVED.search(spaced)),
        batch=batch.group(1) if batch else None,
        seed=seed.group(1).lower() if seed else None,
        generation=min(int(generation.group(1)), 1) if generation else None,
    )


def spellings(text: str) -> tuple[str, ...]:
    """Return the texts to look a label up by, the most literal first.

    A training folder's label (`2.7B_deduped_newer`) is also tried without the suffix that counts
    its saves and as `pythia-<size>[-deduped]`, the only models such folders were seen for.

    >>> spellings("/fsx/ckpts/2.7B_deduped_newer")
    ('2.7B_deduped_newer', '2.7B_deduped', 'pythia-2.7b-deduped')
    """
    bare = text.rstrip("/").rpartition("/")[2]
    # An owner is part of a repository's name; a longer path is a place on a disk.
    texts = [text if re.fullmatch(r"[\w.-]+/[\w.-]+", text) else bare]
    plain = _SAVE_SUFFIX.sub("", bare)
    texts.append(plain)
    in_house = _IN_HOUSE.fullmatch(plain)
    if in_house:
        deduped = "-deduped" if in_house["dedup"] else ""
        texts.append(f"pythia-{in_house['size'].lower()}{deduped}")
    return tuple(dict.fromkeys(texts))
