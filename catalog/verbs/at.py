"""Checkpoints by tokens seen: one for each amount and model, those of a range, or evenly spaced."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.core import selections, tokens
from catalog.core.tuples import NamedTuple
from catalog.errors import BadInput, UnknownName
from catalog.sql.queries import models
from catalog.verbs import advisories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.core.models import Checkpoint, Model
    from catalog.core.selections import Spread
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning
    from catalog.verbs.spreading import Choosing


_ABOUT = 1.01
"""People say 300B of a run of 299.9B tokens: that much past its end is still its end."""
_HOW = "write `catalog at 300B`, say"


class Position(NamedTuple):
    """A checkpoint beside the amount of training that was asked for.

    Attributes:
        checkpoint: the one that fits.
        distance: tokens seen less tokens asked for, of a range less those at its lower end; None
            where no amount was asked for.
        note: where the run ends or its checkpoints begin, if that is why it is far; else None.
        asked: the amount or range that it answers, as written; None where none was asked for.
    """

    checkpoint: "Checkpoint"
    distance: int | None = None
    note: str | None = None
    asked: str | None = None


class Positions(NamedTuple):
    """The checkpoints of some models at amounts of training.

    Attributes:
        rows: model by model, as the amounts were asked for, then by tokens.
        models: how many models were looked at.
        unknown: those whose tokens nobody knows, by name.
        warnings: what advisories say of the checkpoints, one line each.
        notes: which models have fewer checkpoints than were asked for, one line each.
    """

    rows: tuple[Position, ...]
    models: int
    unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def located(
    connection: "Reader",
    meaning: "Meaning",
    words: Sequence[str],
    spread: "Spread",
    pick: tokens.Pick = "nearest",
) -> Positions:
    """Return the checkpoints of each model that answer what is asked.

    Args:
        connection: an open catalog.
        meaning: of names in it.
        words: amounts (`300B`, `50%`, `step3000`) and ranges (`1B..10B`), then names of models and
            suites, none for all; without an amount also selections (`pythia-70m@log5`).
        spread: which of a model's checkpoints may answer, and how those are spaced.
        pick: which neighbour answers for an amount.

    Raises:
        BadInput: an amount cannot be understood, may be a step or a number of tokens, or what is
            asked does not go together.
        UnknownName: a text is neither a model nor a suite.
    """
    amounts, texts = selections.apart(words)
    single = [amount for amount in amounts if not selections.is_range(amount)]
    _require_sense(amounts, texts, spread)
    if pick != "nearest" and len(single) < max(len(amounts), 1):
        raise BadInput(f"--{pick} is about an amount", _HOW)
    if spread.spacing and single:
        hint = f"leave out {single[0]}, or give a range: {single[0]}.."
        raise BadInput("--log, --linear and --every say already where", hint)
    _require_no_names(connection, amounts[1:])
    looking = _Looking(connection, meaning, spread, pick)
    return looking.at(amounts, texts) if amounts else looking.among(texts)


def _require_sense(amounts: Sequence[str], texts: Sequence[str], spread: "Spread") -> None:
    """Refuse a question without an amount, and a model in the place of one."""
    if amounts or spread.parts or (texts and all(selections.parse(text) for text in texts)):
        return
    if not texts:
        raise BadInput("how many tokens?", _HOW)
    late = [text for text in texts if tokens.is_amount(text) or selections.is_range(text)]
    if late:
        others = [text for text in texts if text not in late]
        hint = f"write `catalog at {' '.join([*late, *others])}`"
        raise BadInput(f"not an amount of training: {others[0]!r}", hint)
    text = next(text for text in texts if selections.parse(text) is None)
    if "@" in text:
        raise BadInput(f"not a selection of checkpoints: {text!r}", selections.EXAMPLES)
    for sign, joint in ((",", " "), ("-", selections.BETWEEN)):
        several = text.split(sign)
        if len(several) > 1 and all(map(tokens.is_amount, several)):
            what = f"not an amount of training: {text!r}"
            raise BadInput(what, f"write `catalog at {joint.join(several)}`")
    tokens.parse(text)
    raise BadInput("how many tokens?", _HOW)


def _require_no_names(connection: "Reader", amounts: Sequence[str]) -> None:
    """Refuse a further amount that is a model's or suite's name too: nobody can tell which."""
    for amount in amounts:
        is_suite = amount in connection.column("models.suite_names")
        if is_suite or connection.first("models.named", text=amount) is not None:
            hint = f"put it first, or write '{amount} tokens' for the amount"
            raise BadInput(f"{amount!r} is an amount of training and a name here", hint)


class _Looking(NamedTuple):
    """Looks for checkpoints, as one question has it."""

    connection: "Reader"
    meaning: "Meaning"
    spread: "Spread"
    pick: tokens.Pick

    def at(self, amounts: Sequence[str], texts: Sequence[str]) -> Positions:
        """Return what answers each amount and range, model by model."""
        chosen = self.meaning.models(texts)
        choosing = {amount: self._choosing(amount, chosen) for amount in amounts}
        rows: list[Position] = []
        unknown = []
        for model in chosen:
            if self._final(model) is None:
                unknown.append(model.name)
                continue
            for amount in amounts:
                rows += self._of(model, amount, choosing[amount])
        notes = [note for each in choosing.values() if each is not None for note in each.short()]
        return self._positions(rows, len(chosen), unknown, notes)

    def among(self, texts: Sequence[str]) -> Positions:
        """Return what selections mean, or models of whose checkpoints options speak."""
        from catalog.verbs.spreading import Choosing  # noqa: PLC0415 - most questions name an amount

        named = texts or [model.name for model in self.meaning.models(())]
        choosing = Choosing(self.connection, self.meaning, self.spread, published=False)
        chosen: dict[int, Checkpoint] = {}
        looked: dict[str, None] = {}
        for text in choosing.over(named):
            selection = selections.parse(text)
            if selection is None:
                raise BadInput(f"how many tokens of {text}?", _HOW)
            for model in choosing.models(selection):
                looked[model.name] = None
                saved = choosing.of_model(selection, model, choosing.saved(model))
                chosen |= {checkpoint.id: checkpoint for checkpoint in saved}
        known = [checkpoint for checkpoint in chosen.values() if checkpoint.tokens_seen is not None]
        with_tokens = {checkpoint.model for checkpoint in known}
        unknown = dict.fromkeys(c.model for c in chosen.values() if c.model not in with_tokens)
        rows = [Position(checkpoint) for checkpoint in known]
        return self._positions(rows, len(looked), list(unknown), choosing.short())

    def _choosing(self, amount: str, chosen: "Sequence[Model]") -> "Choosing | None":
        """Return what chooses among a model's checkpoints, None where every one may answer."""
        if not self.spread.parts and not selections.is_range(amount):
            return None
        from catalog.verbs.spreading import Choosing  # noqa: PLC0415 - as above

        choosing = Choosing(self.connection, self.meaning, self.spread, published=False)
        choosing.together((self._selection(amount, model), model) for model in chosen)
        return choosing

    def _selection(self, amount: str, model: "Model") -> selections.Selection:
        """Return which checkpoints of a model may answer."""
        parts = [amount] if selections.is_range(amount) else []
        which = ":".join([*parts, *self.spread.parts]) or "all"
        return selections.Selection(amount, model.name, which)

    def _of(self, model: "Model", amount: str, choosing: "Choosing | None") -> "Iterator[Position]":
        """Yield what answers one amount or range in one model."""
        if choosing is None:
            asked = self._wanted(model, amount)
            nearest = None if asked is None else models.at(self.connection, model, asked, self.pick)
            if nearest is not None and asked is not None:
                note = self._beyond(model, asked)
                yield _position(nearest, asked, amount)._replace(note=note)
            return
        try:
            saved, selection = choosing.saved(model), self._selection(amount, model)
            among = choosing.of_model(selection, model, saved, numbers=False)
        except UnknownName as error:
            if error.what_kind != "revision":
                raise
            return  # nothing of this one lies there; others may have something
        if selections.is_range(amount):
            low = amount.partition(selections.BETWEEN)[0]
            begin = self._wanted(model, low) if low else 0
            yield from (_position(checkpoint, begin, amount) for checkpoint in among)
            return
        asked = self._wanted(model, amount)
        known = [checkpoint for checkpoint in among if checkpoint.tokens_seen is not None]
        if asked is not None and (nearest := _nearest(known, asked, self.pick)) is not None:
            yield _position(nearest, asked, amount)

    def _final(self, model: "Model") -> "Checkpoint | None":
        return models.final(self.connection, model.id)

    def _wanted(self, model: "Model", amount: str) -> int | None:
        """Return an amount in tokens of one model, None where nobody knows its tokens."""
        last, parsed = self._final(model), tokens.parse(amount)
        if last is None or last.tokens_seen is None:
            return None
        count = parsed.tokens_of(
            final_tokens=last.tokens_seen,
            tokens_per_published_step=model.tokens_per_published_step,
        )
        if count is None:
            return None
        if parsed.may_be_step(max(last.published_step or 0, last.training_step or 0)):
            raise parsed.which_unit()
        return count

    def _beyond(self, model: "Model", asked: int) -> str | None:
        """Return where a run ends or begins, if an amount is past that; None within it."""
        last = self._final(model)
        if last is not None and asked > (last.tokens_seen or 0) * _ABOUT:
            end = f"{last.tokens_seen or 0:,} tokens"
            place = last.revision or "its last checkpoint"
            return f"the run of {model.name} ends at {end} ({place})"
        first = models.at(self.connection, model, 0, "ceil")
        begun = None if first is None else first.tokens_seen
        if first is not None and begun and asked < begun and not tokens.is_near(begun, asked):
            begin = f"{begun:,} tokens"
            place = first.revision or f"training step {first.training_step}"
            return f"the checkpoints of {model.name} begin at {begin} ({place})"
        return None

    def _positions(
        self, rows: Sequence[Position], count: int, unknown: Sequence[str], notes: Sequence[str]
    ) -> Positions:
        places = [(row.checkpoint.model, row.checkpoint.revision) for row in rows]
        warnings = advisories.warnings(dict.fromkeys(places)).texts
        return Positions(tuple(rows), count, tuple(unknown), warnings, tuple(dict.fromkeys(notes)))


def _nearest(known: "Sequence[Checkpoint]", asked: int, pick: tokens.Pick) -> "Checkpoint | None":
    """Return which of some checkpoints, by tokens seen, answers for an amount."""
    before = [checkpoint for checkpoint in known if (checkpoint.tokens_seen or 0) <= asked]
    after = [checkpoint for checkpoint in known if (checkpoint.tokens_seen or 0) >= asked]
    return tokens.choose(asked, before[-1] if before else None, after[0] if after else None, pick)


def _position(checkpoint: "Checkpoint", asked: int | None, text: str) -> Position:
    distance = None if asked is None else (checkpoint.tokens_seen or 0) - asked
    return Position(checkpoint, distance, asked=text)
