"""What a written model name means today, and what it meant on another day.

A name is a label with a history: the history is data (`Entry`), this module only reads it. It
guesses nothing from a name beyond spelling: case, separators, order of the parts, an owner's
prefix, and an explicit generation mark such as `v0`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches

from catalog.core import refs

_SEPARATORS = re.compile(r"[\s_/,()]+|-+")
_VERSION = re.compile(r"v\d+(?:\.\d+)*")
_SIZE = re.compile(r"\d+(?:\.\d+)?[mb]")
_GLUED_SIZE = re.compile(r"(?<=[a-z])(?=\d+(?:\.\d+)?[mb](?![a-z0-9.]))")
_WORD_ENDS = re.compile(r"[@:]")
_SPELLINGS = {"dedup": "deduped", "deduplicated": "deduped"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One period in the life of a name: what `text` named, from when to when (exclusive)."""

    text: str
    model: str
    repo_id: str | None
    kind: str
    valid_from: date | None = None
    valid_to: date | None = None
    note: str | None = None
    source: str | None = None

    def covers(self, day: date | None) -> bool:
        """Return whether the name was in use on a day; None asks about today."""
        if day is None:
            return self.valid_to is None
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day < self.valid_to)


def oldest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Return names in the order in which they came into use."""
    return sorted(entries, key=lambda entry: (entry.valid_from or date.min, entry.text))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that a text may mean, with the reason."""

    model: str
    repo_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a text means on a day.

    `model` is None where that cannot be told; `error` then says why in one sentence.
    """

    text: str
    model: str | None = None
    repo_id: str | None = None
    revision: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    candidates: tuple[Candidate, ...] = ()
    explanation: str = ""
    error: str | None = None
    nearest: tuple[str, ...] = ()


def fold(text: str) -> str:
    """Return the spelling-free form of a name: its parts in lower case, sorted, without owner.

    >>> fold("EleutherAI/Pythia-350M-deduped") == fold("pythia 350m DEDUPED")
    True
    """
    return " ".join(sorted(_parts(text)))


def _parts(text: str) -> list[str]:
    owner, slash, rest = text.strip().rpartition("/")
    bare = rest if slash and owner and " " not in owner else text
    spaced = _GLUED_SIZE.sub("-", bare.lower())
    parts = [part for part in _SEPARATORS.split(spaced) if part]
    return [_SPELLINGS.get(part, part) for part in parts]


@dataclass(frozen=True, slots=True)
class Index:
    """All entries of a catalog, by folded text."""

    entries: tuple[Entry, ...]
    by_fold: dict[str, list[Entry]] = field(repr=False)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Index":
        """Return an index over entries."""
        kept = tuple(entries)
        by_fold: dict[str, list[Entry]] = {}
        for entry in kept:
            by_fold.setdefault(fold(entry.text), []).append(entry)
        return cls(kept, by_fold)

    def resolve(self, text: str, on: date | None = None) -> Answer:
        """Return what a text means.

        Args:
            text: a model name as written, perhaps with an owner, a URL, `@revision`.
            on: the day of the text it stands in; None is today.

        Raises:
            BadInput: the text is not even a reference (`@step3`).
        """
        name, revision = refs.split_revision(text)
        answer = self._of_owner(name).meaning(text, name, on)
        if answer.model is None and "/" in name:
            from catalog.core import owners  # noqa: PLC0415 - for what is unknown

            answer = owners.elsewhere(self, answer, name, on)
        return replace(answer, revision=revision)

    def resolve_name(self, text: str, on: date | None = None) -> Answer:
        """Return what a bare name means, one that people wrote into files and folders.

        It is no reference: `@` and `:` part words as spaces do, and a step at its end is left out.
        """
        spaced = _WORD_ENDS.sub(" ", text).strip()
        name, _ = refs.step_apart(spaced)
        return self.meaning(spaced, name, on)

    def _of_owner(self, name: str) -> "Index":
        """Return the index without what others published than the owner that a name states."""
        owner = name.rpartition("/")[0].strip().casefold()
        if not owner or " " in owner:
            return self
        by_fold = self.by_fold.items()
        return Index(self.entries, {k: [e for e in es if owner in _owners(e)] for k, es in by_fold})

    def meaning(self, text: str, name: str, on: date | None) -> Answer:
        """Return what a bare name means that is a part of a text."""
        answer = self._named(text, name, on) or self._marked(text, name, on)
        return answer or self._partial(text, name) or self._unknown(text, name)

    def _named(self, text: str, name: str, on: date | None) -> Answer | None:
        """Answer for a name with a history of its own."""
        history = _history(self.by_fold.get(fold(name), []))
        if not history:
            return None
        explanation = " ".join(_period(entry) for entry in history)
        active = _distinct(entry for entry in history if entry.covers(on))
        if len(active) == 1:
            return _answer(text, active[0], explanation, self._readings(active[0], history))
        if active:
            return _ambiguous(text, active, explanation)
        ended = [e for e in history if e.valid_to and (on is None or e.valid_to <= on)]
        if not ended:
            return _not_yet(text, history, on, explanation)
        last = ended[-1]
        explanation += f" Retired on {last.valid_to}; it still means what it last named."
        return _answer(text, last, explanation, self._readings(last, history))

    def _readings(self, entry: Entry, history: Sequence[Entry]) -> tuple[Candidate, ...]:
        """Return the model meant, then the others that readers may take the name for."""
        readings = [Candidate(entry.model, entry.repo_id, _reason(entry))]
        readings += [
            Candidate(other.model, other.repo_id, _reason(other))
            for other in history
            if other.model != entry.model
        ]
        heir = self._heir(entry)
        if entry.valid_to and heir and heir.model not in {r.model for r in readings}:
            reason = "as other libraries read it: old names as aliases of today's"
            readings.append(Candidate(heir.model, heir.repo_id, reason))
        return tuple(readings)

    def _heir(self, entry: Entry) -> Entry | None:
        """Return who bears today the model's name without its generation mark."""
        plain = " ".join(sorted(p for p in _parts(entry.model) if not _VERSION.fullmatch(p)))
        today = [e for e in self.by_fold.get(plain, []) if e.covers(None)]
        return today[0] if today and plain != fold(entry.model) else None

    def _marked(self, text: str, name: str, on: date | None) -> Answer | None:
        """Answer for a name with an explicit generation mark that its history does not carry."""
        parts = _parts(name)
        marks = [part for part in parts if _VERSION.fullmatch(part)]
        if len(marks) != 1:
            return None
        plain = " ".join(sorted(part for part in parts if part not in marks))
        generation = marks[0].partition(".")[0]
        fits = _history(e for e in self._ever(plain) if _generation(e.model) == generation)
        if not fits:
            return None
        explanation = f"{marks[0]} marks the generation. " + " ".join(
            _period(entry) for entry in fits
        )
        distinct = _distinct(fits)
        if len(distinct) > 1:
            return _ambiguous(text, distinct, explanation)
        del on  # an explicit mark means the same on every day
        chosen = distinct[0]
        return _answer(
            text, chosen, explanation, (Candidate(chosen.model, chosen.repo_id, explanation),)
        )

    def _ever(self, plain: str) -> list[Entry]:
        """Return every entry of a name, and today's entries of the models' plain names."""
        own = self.by_fold.get(plain, [])
        heirs = [heir for entry in own if (heir := self._heir(entry))]
        return [*own, *heirs]

    def _partial(self, text: str, name: str) -> Answer | None:
        """Answer for a part of names, such as a bare size: candidates, never a choice."""
        parts = set(_parts(name))
        if not any(_SIZE.fullmatch(part) for part in parts):
            return None
        partly = (e for e in self.entries if parts < set(_parts(e.text)))
        fits = [e for e in partly if e in self.by_fold[fold(e.text)]]
        if not fits:
            return None
        return _ambiguous(text, _distinct(sorted(fits, key=lambda e: e.valid_to is not None)), "")

    def _unknown(self, text: str, name: str) -> Answer:
        spelled = {"-".join(_parts(e.text)): e.text.rpartition("/")[2] for e in self.entries}
        close = get_close_matches("-".join(_parts(name)), spelled, n=5, cutoff=0.5)
        nearest = tuple(dict.fromkeys(spelled[key] for key in close))
        return Answer(text, error=f"unknown model {text!r}", nearest=nearest)


def _owners(entry: Entry) -> set[str]:
    return {text.rpartition("/")[0].casefold() for text in (entry.text, entry.repo_id or "")}


def _history(entries: Iterable[Entry]) -> list[Entry]:
    """Return one entry a period, oldest first: a repository shares its name's periods."""
    periods = {(e.model, e.valid_from, e.valid_to): e for e in reversed(list(entries))}
    return sorted(periods.values(), key=lambda e: e.valid_from or date.min)


def _generation(model: str) -> str:
    marks = [part for part in _parts(model) if _VERSION.fullmatch(part)]
    return marks[0] if marks else "v1"


def _distinct(entries: Iterable[Entry]) -> list[Entry]:
    return list({entry.model: entry for entry in reversed(list(entries))}.values())[::-1]


def _answer(text: str, entry: Entry, explanation: str, candidates: tuple[Candidate, ...]) -> Answer:
    return Answer(
        text,
        entry.model,
        entry.repo_id,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        candidates=candidates,
        explanation=explanation,
    )


def _ambiguous(text: str, entries: Sequence[Entry], explanation: str) -> Answer:
    candidates = tuple(Candidate(e.model, e.repo_id, _reason(e)) for e in entries)
    return Answer(
        text,
        candidates=candidates,
        explanation=explanation,
        error=f"{text!r} is ambiguous: it fits {len(candidates)} models",
    )


def _not_yet(text: str, history: Sequence[Entry], on: date | None, explanation: str) -> Answer:
    candidates = tuple(Candidate(e.model, e.repo_id, _reason(e)) for e in history)
    why = f"{text!r} was not in use on {on}; it came up on {history[0].valid_from}"
    return Answer(text, candidates=candidates, explanation=explanation, error=why)


def _reason(entry: Entry) -> str:
    return f"{entry.text} {_when(entry)}".strip()


def _when(entry: Entry) -> str:
    if entry.valid_from and entry.valid_to:
        return f"from {entry.valid_from} until {entry.valid_to}"
    if entry.valid_to:
        return f"until {entry.valid_to}"
    return f"since {entry.valid_from}" if entry.valid_from else ""


def _period(entry: Entry) -> str:
    """Return one sentence on one period of a name."""
    note = f" ({entry.note.rstrip('.')}.)" if entry.note else ""
    verb = "named" if entry.valid_to else "names"
    return f"{entry.text} {verb} {entry.model} {_when(entry)}".rstrip() + f".{note}"
