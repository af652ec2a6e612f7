"""A place in a study, with what it would load today and whether that is what its words say."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from catalog.core.mentions.values import Mention

RIGHT = "place"
LOADS_ANOTHER, LOADS_NOTHING = "loads-another", "loads-nothing"
NAME_MOVED, KNOWN_PROBLEM = "name-moved", "known-problem"
UNTOLD, UNOBSERVED = "cannot-tell", "not-observed"
RULES: dict[str, tuple[str, str]] = {
    LOADS_ANOTHER: ("error", "the named revision loads another checkpoint's weights today"),
    LOADS_NOTHING: ("error", "the named revision does not exist, or has no weights"),
    NAME_MOVED: (
        "warning",
        "the name means another model than on the day of the file, or to others",
    ),
    KNOWN_PROBLEM: ("warning", "an advisory is about the named revision"),
    UNTOLD: ("note", "model or revision comes from what is no constant of the file"),
    UNOBSERVED: ("note", "nobody looked at what the named revision holds"),
    RIGHT: ("note", "the named revision loads what it says, as far as anybody has seen"),
}
"""What can be said of a place, the worst first: each with its severity and a sentence."""
AFFECTED = frozenset((LOADS_ANOTHER, LOADS_NOTHING, NAME_MOVED, KNOWN_PROBLEM))


class Loaded(NamedTuple):
    """What one revision of a place loads today.

    Attributes:
        revision: as it is asked for; `main` where none is named.
        rule: one of `RULES`.
        loads: what is loaded instead, None where it is what the name says, or nobody knows.
        advisories: ids of those that are about it.
        why: one phrase, None where there is nothing to say.
        ref: `MODEL@REVISION` as the catalog has it, None where there is no such checkpoint.
    """

    revision: str
    rule: str
    loads: str | None = None
    advisories: tuple[str, ...] = ()
    why: str | None = None
    ref: str | None = None


class Place(NamedTuple):
    """One line of a study that names a model.

    Attributes:
        file: as it was asked for, or below what was.
        line: from 1.
        written: the name as it stands there, None where it cannot be told.
        meant: the model that it meant on the day of the file, None where that cannot be told.
        today: the model that it means today.
        revisions: the revisions named, in the order of training; none where none is.
        spelled: they in words, neighbours drawn together; None where none is named.
        said: what is to be said of the place, in a sentence without a full stop.
        loaded: what each loads, `main` where none is named.
        day: of the file.
        dated: where that day comes from: `given`, `commit` or `today`.
        name: what is to be said of the name, None where nothing is.
        mention: how it was read.
    """

    file: str
    line: int
    written: str | None
    meant: str | None
    today: str | None
    revisions: tuple[str, ...]
    loaded: tuple[Loaded, ...]
    day: date
    dated: str
    name: str | None
    mention: Mention
    spelled: str | None = None
    said: str = "right"

    @property
    def rule(self) -> str:
        """The worst that is to be said of it."""
        said = {each.rule for each in self.loaded}
        if self.name is not None:
            said.add(NAME_MOVED)
        if self.mention.untold is not None:
            said.add(UNTOLD)
        return next((rule for rule in RULES if rule in said), RIGHT)

    @property
    def is_affected(self) -> bool:
        """Whether it loads, or means, something else than it says."""
        return self.rule in AFFECTED

    @property
    def advisories(self) -> tuple[str, ...]:
        """The ids of the advisories about any of its revisions."""
        return tuple(dict.fromkeys(number for each in self.loaded for number in each.advisories))

    @property
    def words(self) -> str:
        """What it names, in words: `pythia-2.8b @ step1000`."""
        written = self.written or "a model"
        return f"{written} @ {self.spelled}" if self.spelled else written


class Scan(NamedTuple):
    """What a study names.

    Attributes:
        places: in the order of files and lines.
        files: how many files were read.
        left_out: files that were not read, each with the reason.
        notes: what a reader should know of some files.
    """

    places: tuple[Place, ...]
    files: int
    left_out: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def is_affected(self) -> bool:
        """Whether any place is."""
        return any(place.is_affected for place in self.places)

    @property
    def refs(self) -> tuple[str, ...]:
        """Every checkpoint that some place names, each once."""
        every = (each.ref for place in self.places for each in place.loaded if each.ref)
        return tuple(dict.fromkeys(every))


def drawn_together(revisions: Sequence[str], order: Sequence[str]) -> str:
    """Return revisions with neighbours drawn together.

    >>> order = ["step0", "step1", "step2", "step4", "step8"]
    >>> drawn_together(["step0", "step1", "step2", "step8"], order)
    'step0..step2, step8'

    Args:
        revisions: what to name.
        order: every revision of the run, in the order of training.
    """
    place = {revision: number for number, revision in enumerate(order)}
    runs: list[list[str]] = []
    for revision in revisions:
        before = runs[-1][-1] if runs else None
        if before in place and place.get(revision) == place[before] + 1:
            runs[-1].append(revision)
        else:
            runs.append([revision])
    parts = [[f"{run[0]}..{run[-1]}"] if len(run) > 2 else run for run in runs]  # noqa: PLR2004 - two are two words
    return ", ".join(word for run in parts for word in run)
