"""Which loader profile a run of another day used: by the version that it states, else by its date.

The rules are in `shipped/eras.toml`, each with the releases that it was read from. Knows versions
and days alone; which weight set a profile takes is in `catalog.core.loaders`.
"""

from datetime import date
from functools import cache

from catalog.core import packaged
from catalog.core.tuples import NamedTuple


class Era(NamedTuple):
    """What versions of transformers up to the next change did.

    Attributes:
        loader: the profile's key; None: it depends on what else was installed.
        before: the first version that is none of them, None where there is none yet.
        until: the day on which that one was built.
        why: in words.
    """

    loader: str | None
    before: tuple[int, ...] | None
    until: date | None
    why: str


@cache
def eras() -> tuple[Era, ...]:
    """Return every era, the oldest first."""
    return tuple(
        Era(
            rule.get("loader"),
            numbers(rule["before"]) if "before" in rule else None,
            date.fromisoformat(rule["until"]) if "until" in rule else None,
            rule["why"],
        )
        for rule in packaged.table("eras").values()
    )


def of_version(version: str) -> Era | None:
    """Return the era of a version of transformers, None where it cannot be read.

    >>> of_version("4.29.2").loader is None, of_version("5.9.0").loader
    (True, 'transformers-5')
    """
    stated = numbers(version)
    if not stated:
        return None
    return next(era for era in eras() if era.before is None or stated < era.before)


def of_day(day: date) -> Era:
    """Return the era that the newest loader of a day was in.

    >>> of_day(date(2022, 9, 1)).loader
    'transformers-bin'
    """
    return next(era for era in eras() if era.until is None or day < era.until)


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version; what follows the last plain number is left out.

    >>> numbers("4.30.0"), numbers("5.0.0rc1"), numbers("dev")
    ((4, 30, 0), (5, 0), ())
    """
    parts: list[int] = []
    for part in version.split("."):
        if not (part.isascii() and part.isdigit() and len(part) < 6):  # noqa: PLR2004 - no version has more digits
            break
        parts.append(int(part))
    return tuple(parts)
