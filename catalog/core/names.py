"""What a written model name means today, and what it meant on another day.

A name is a label with a history: the history is data (`Entry`), this module only reads it. It
guesses nothing from a name beyond spelling: case, separators, order of the parts, how a size is
written, an owner's prefix, and an explicit generation mark such as `v0`.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from catalog.core import refs, spelling
from catalog.core.entries import Entry, period, reason
from catalog.core.spelling import fold, parts
from catalog.core.tuples import NamedTuple


class Candidate(NamedTuple):
    """A model that a text may mean, with the reason."""

    model: str
    repo_id: str | None
    reason: str


class Answer(NamedTuple):
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


class Index(NamedTuple):
    """All entries of a catalog, by folded text."""

    entries: tuple[Entry, ...]
    by_fold: dict[str, list[Entry]]

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
        if len(name) > refs.LONGEST:
            return Answer(text, revision=revision, error=_too_long(name))
        answer = self._of_owner(name).meaning(text, name, on)
        if answer.model is None and (apart := self._owner_apart(name)):
            owned = self._of_owner(apart).meaning(text, apart, on)
            answer = owned if owned.model is not None else answer
        if answer.model is None and "/" in name:
            from catalog.core import owners  # noqa: PLC0415 - for what is unknown

            answer = owners.elsewhere(self, answer, name, on)
        return answer._replace(revision=revision)

    def resolve_name(self, text: str, on: date | None = None) -> Answer:
        """Return what a bare name means, one that people wrote into files and folders.

        It is no reference: `@` and `:` part words as spaces do, and a step at its end is left out.
        """
        spaced = text.replace("@", " ").replace(":", " ").strip()
        if len(spaced) > refs.LONGEST:
            return Answer(text, error=_too_long(spaced))
        name, _ = refs.step_apart(spaced)
        return self.meaning(spaced, name, on)

    def _owner_apart(self, name: str) -> str | None:
        """Return a name with the slash that tools leave out: `EleutherAI__pythia-70m`."""
        words = re.split(r"[\s_-]+", name.strip(), maxsplit=1)
        owners = {owner for entry in self.entries for owner in _owners(entry) if owner}
        if "/" in name or len(words) < 2 or words[0].casefold() not in owners:  # noqa: PLR2004 - an owner, and a name
            return None
        return "/".join(words)

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
        answer = answer or self._of_old_size(text, name)
        answer = answer or self._partial(text, name) or self._unknown(text, name)
        if spelling.says_not_deduped(name) and answer.model and "deduped" in parts(answer.model):
            why = f"{text!r} says it is not deduplicated, and that name meant {answer.model}"
            return Answer(text, explanation=answer.explanation, error=why)
        return answer

    def _named(self, text: str, name: str, on: date | None) -> Answer | None:
        """Answer for a name with a history of its own."""
        history = _history(self.by_fold.get(fold(name), []))
        if not history:
            return None
        explanation = " ".join(period(entry) for entry in history)
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
        readings = [Candidate(entry.model, entry.repo_id, reason(entry))]
        readings += [
            Candidate(other.model, other.repo_id, reason(other))
            for other in history
            if other.model != entry.model
        ]
        heir = self._heir(entry)
        if entry.valid_to and heir and heir.model not in {r.model for r in readings}:
            why = "as other libraries read it: old names as aliases of today's"
            readings.append(Candidate(heir.model, heir.repo_id, why))
        return tuple(readings)

    def _heir(self, entry: Entry) -> Entry | None:
        """Return who bears today the model's name without its generation mark."""
        plain = " ".join(sorted(p for p in parts(entry.model) if not spelling.is_generation(p)))
        today = [e for e in self.by_fold.get(plain, []) if e.covers(None)]
        return today[0] if today and plain != fold(entry.model) else None

    def _marked(self, text: str, name: str, on: date | None) -> Answer | None:
        """Answer for a name with an explicit generation mark that its history does not carry."""
        words = parts(name)
        marks = [word for word in words if spelling.is_generation(word)]
        if len(marks) != 1:
            return None
        plain = " ".join(sorted(word for word in words if word not in marks))
        generation = marks[0].partition(".")[0]
        fits = _history(e for e in self._ever(plain) if _generation(e.model) == generation)
        if not fits:
            return None
        explanation = f"{marks[0]} marks the generation. " + " ".join(
            period(entry) for entry in fits
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

    def _of_old_size(self, text: str, name: str) -> Answer | None:
        """Answer for a run that never bore its family's old size: `pythia-125m-seed1`.

        Other libraries read it so; only a name with more words than the old one is meant, which
        has a meaning of its own.
        """
        words = set(parts(name))
        for old in self.entries:
            before = set(parts(old.text))
            if not old.valid_to or not before < words or not (heir := self._heir(old)):
                continue
            words_today = set(parts(heir.model))
            today = " ".join(sorted(words - before | words_today))
            meant = _distinct(e for e in self.by_fold.get(today, []) if e.covers(None))
            if len(meant) == 1:
                why = f"Other libraries read it so: {old.text} is an old name of that size."
                reading = Candidate(meant[0].model, meant[0].repo_id, why)
                return _answer(text, meant[0], why, (reading,))
        return None

    def _partial(self, text: str, name: str) -> Answer | None:
        """Answer for a part of names, such as a bare size: candidates, never a choice."""
        words = set(parts(name))
        if not any(spelling.is_size(word) for word in words):
            return None
        partly = (e for e in self.entries if words < set(parts(e.text)))
        fits = [e for e in partly if e in self.by_fold[fold(e.text)]]
        if spelling.says_not_deduped(name):
            fits = [e for e in fits if "deduped" not in parts(e.text)]
        if not fits:
            return None
        return _ambiguous(text, _distinct(sorted(fits, key=lambda e: e.valid_to is not None)), "")

    def _unknown(self, text: str, name: str) -> Answer:
        from catalog.core import nearest  # noqa: PLC0415 - for what is unknown alone

        words, why = parts(name), ""
        if other := nearest.is_other_weights(words):
            why = f": {other!r} says that its weights were changed, and it is none of the catalog's"
        spelled = {e.text.rpartition("/")[2]: parts(e.text) for e in self.entries}
        close = nearest.suggested(words, spelled)
        return Answer(text, error=f"unknown model {text!r}{why}", nearest=close)


def _too_long(name: str) -> str:
    return f"no name has {len(name):,} characters"


def _owners(entry: Entry) -> set[str]:
    return {text.rpartition("/")[0].casefold() for text in (entry.text, entry.repo_id or "")}


def _history(entries: Iterable[Entry]) -> list[Entry]:
    """Return one entry a period, oldest first: a repository shares its name's periods."""
    periods = {(e.model, e.valid_from, e.valid_to): e for e in reversed(list(entries))}
    return sorted(periods.values(), key=lambda e: e.valid_from or date.min)


def _generation(model: str) -> str:
    marks = [part for part in parts(model) if spelling.is_generation(part)]
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
    candidates = tuple(Candidate(e.model, e.repo_id, reason(e)) for e in entries)
    error = f"{text!r} is ambiguous: it fits {len(candidates)} models"
    if len(candidates) == 1:
        error = f"{text!r} is a part of one name alone"
    return Answer(text, candidates=candidates, explanation=explanation, error=error)


def _not_yet(text: str, history: Sequence[Entry], on: date | None, explanation: str) -> Answer:
    candidates = tuple(Candidate(e.model, e.repo_id, reason(e)) for e in history)
    why = f"{text!r} was not in use on {on}; it came up on {history[0].valid_from}"
    return Answer(text, candidates=candidates, explanation=explanation, error=why)
