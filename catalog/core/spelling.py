"""How names are spelled: what does not matter is taken away, so that two spellings can be compared.

Case, separators, the order of the parts, how a size, a seed and "deduplicated" are written. What a
name means is the business of `catalog.core.names`.
"""

import re

# Patterns are compiled when the first name is read: most questions read none.
_SEPARATORS = r"[\s_/,:;=()]+|-+"
_SIZE = r"\d+(?:\.\d+)?[mb]"
_VERSION = r"v\d+(?:\.\d+)*"
# Most names: nothing to bring into another form.
_PLAIN = (
    r"[a-z]{2,}-(?:v\d\.\d-)?[1-9]\d{0,2}(?:\.[1-9])?[mb]"
    r"(?:-(?:deduped|v\d|(?:data-|weight-)?seed[1-9]))*"
)
# `1.4b`, `1.0B`, `1_4b`, `1-4b`, `1p4b`, `1b4`, `1.4 billion`, `1400M`; no part of `v1.1`, `seed1`.
_WRITTEN_SIZE = (
    r"(?<![\d.])(?<!\bv)(?<!_v)(?<!seed)(?<!step)(\d{1,6})(?:(?:\.|,(?=\d))(\d+)|[_p-](\d))?"
    r"[\s_-]?(?:(m)(?:illion|il|n)?|(b)(?:illion|il|n)?)(?:(?<=\db)(\d))?(?=de-?dup|seed|v\d|[^a-z0-9.]|$)"
)
_NO_DEDUP = r"(?:\b|_)(?:non?|not|un|without|w/o)[\s_-]*de-?dup[a-z]*"
_DEDUP = r"de-dup"
_SEED = r"(?<![a-z])(data|weight)?[\s_-]*(?:random[\s_-]*)?seed[\s_=:-]*0*(\d+)"
_SPELLINGS = dict.fromkeys(("dedup", "dedupe", "deduplicated", "deduplication"), "deduped")
_FILLERS = frozenset({"the", "model", "parameters", "parameter", "params"})


def fold(text: str) -> str:
    """Return the spelling-free form of a name: its parts in lower case, sorted, without owner.

    >>> fold("EleutherAI/Pythia-350M-deduped") == fold("pythia 350m DEDUPED")
    True
    """
    folded = " ".join(sorted(parts(text)))
    if re.fullmatch(_PLAIN, text.lower()):
        return folded
    # A unit that stood before its number stands behind it now, and sizes that stood together come
    # apart one by one. Other orders may follow one another for ever: the first that comes again.
    seen = {text}
    while folded not in seen:
        seen.add(folded)
        folded = " ".join(sorted(parts(folded)))
    return folded


def is_same(text: str, other: str) -> bool:
    """Return whether two names differ in spelling alone."""
    return text == other or fold(text) == fold(other)


def says_not_deduped(text: str) -> bool:
    """Return whether a text says that the data was not deduplicated, as most names do not."""
    return re.search(_NO_DEDUP, text.lower()) is not None


def parts(text: str) -> list[str]:
    """Return the words of a name, each in the one spelling that is compared, without owner."""
    owner, slash, rest = text.strip().rpartition("/")
    bare = (rest if slash and owner and " " not in owner else text).lower()
    if re.fullmatch(_PLAIN, bare):
        return bare.split("-")
    spaced = re.sub(_WRITTEN_SIZE, _size, bare)
    if "dup" in spaced:
        spaced = re.sub(_DEDUP, "dedup", re.sub(_NO_DEDUP, "", spaced))
    if "seed" in spaced:
        spaced = re.sub(_SEED, r"-\1-seed\2", spaced)
    words = (word for word in re.split(_SEPARATORS, spaced) if word and word not in _FILLERS)
    return [_SPELLINGS.get(word, word) for word in words]


def _size(match: re.Match[str]) -> str:
    """Return a size in the one spelling that is compared: `1.4b`, `70m`."""
    whole, dotted, marked, millions, _, behind = match.groups()
    fraction = (dotted or marked or behind or "").rstrip("0")
    if millions and not fraction and len(whole) > 3:  # noqa: PLR2004 - a thousand millions
        whole, fraction, millions = whole[:-3], whole[-3:].rstrip("0"), None
    if not millions and not int(whole) and fraction and len(fraction) <= 3:  # noqa: PLR2004 - as above
        whole, fraction, millions = str(int(fraction.ljust(3, "0"))), "", "m"
    unit = "m" if millions else "b"
    return f"-{int(whole)}{'.' if fraction else ''}{fraction}{unit}-"


def is_size(word: str) -> bool:
    """Return whether a word of `parts` is a size."""
    return re.fullmatch(_SIZE, word) is not None


def millions(text: str) -> float | None:
    """Return a size in millions of parameters, None for what is no size alone.

    >>> millions("1.4B"), millions("1400M"), millions("nosuch")
    (1400.0, 1400.0, None)
    """
    words = parts(text)
    if len(words) != 1 or not is_size(words[0]):
        return None
    return float(words[0][:-1]) * (1000 if words[0][-1] == "b" else 1)


def is_generation(word: str) -> bool:
    """Return whether a word marks a generation: `v0`, `v1.1`."""
    return re.fullmatch(_VERSION, word) is not None
