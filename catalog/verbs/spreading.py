"""The checkpoints that selections mean, in the catalog: of which models, and which were scored.

The grammar is `catalog.core.selections`', the choice within a run `catalog.core.selected`'s. Which
folders are meant, and what is done with a checkpoint, is not asked here.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from catalog.core import selected, selections
from catalog.core.counts import count
from catalog.core.selections import Selection, Spread
from catalog.errors import BadInput, UnknownName
from catalog.sql.queries import models as queries

if TYPE_CHECKING:
    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning

PLAIN = Spread()
"""Says nothing: a model alone is what each command takes it for."""
SHOWN = 4


class Chosen(NamedTuple):
    """One checkpoint of those that a text means.

    Attributes:
        text: a REF of it; the text itself where that names it already.
        model: whose it is.
        checkpoint: None where the text names a model or suite alone.
    """

    text: str
    model: "Model"
    checkpoint: "Checkpoint | None" = None


class Choosing:
    """Chooses checkpoints of models.

    Args:
        connection: an open catalog.
        meaning: of names in it.
        spread: what options say of models that are named alone.
        published: whether only such can be meant as were published.
    """

    def __init__(
        self,
        connection: "Reader",
        meaning: "Meaning",
        spread: Spread = PLAIN,
        *,
        published: bool = True,
    ) -> None:
        self._connection, self._meaning, self._spread = connection, meaning, spread
        self._published = published
        self._group: list[tuple[Selection, Model]] = []
        self._tokens: frozenset[int | None] | None = None
        self._short: dict[str, tuple[int, int]] = {}

    def over(self, texts: Sequence[str]) -> list[str]:
        """Return texts with what the options say of them; amounts are common to all of these.

        Raises:
            BadInput: an option speaks of a path, or of what says already which checkpoint it is.
        """
        if self._spread.parts:
            texts = [self._spread.over(_no_path(text)) for text in texts]
        for text in texts:
            selection = selections.parse(text) if "@" in text and not _is_path(text) else None
            if selection is not None and selection.is_common:
                self.together((selection, model) for model in self.models(selection))
        return list(texts)

    def together(self, group: "Iterable[tuple[Selection, Model]]") -> None:
        """Let the amounts of `common` be such as these selections of these models have too."""
        self._group += group

    def models(self, selection: Selection) -> "list[Model]":
        """Return the models of which a selection speaks."""
        return self._meaning.models([selection.model])

    def each(self, selection: Selection) -> Iterator[Chosen]:
        """Yield the checkpoints of a selection, model by model.

        Raises:
            BadInput: none of the models was ever published, or the selection cannot be understood.
            UnknownName: no such model, or no checkpoint lies there.
        """
        chosen = self.models(selection)
        saved = {model.id: self.saved(model) for model in chosen}
        if not any(saved.values()):
            raise BadInput(
                f"{selection.model} was never published", f"see `catalog show {chosen[0].name}`"
            )
        for model in chosen:
            runs = saved[model.id]
            called = [each for each in runs if each.revision == selection.label]
            if called and selection.is_label:  # a branch that is called so
                yield Chosen(selection.text, model, called[0])
                continue
            weight_set = f"#{selection.weight_set}" if selection.weight_set else ""
            for checkpoint in self.of_model(selection, model, runs):
                revision = checkpoint.revision or f"step{checkpoint.training_step}"
                yield Chosen(f"{model.name}@{revision}{weight_set}", model, checkpoint)

    def of_model(
        self,
        selection: Selection,
        model: "Model",
        saved: "Sequence[Checkpoint]",
        *,
        numbers: bool = True,
    ) -> "list[Checkpoint]":
        """Return the checkpoints of one model that a selection means.

        Args:
            selection: from `selections.parse`.
            model: one that it means.
            saved: its checkpoints.
            numbers: as `selected.inside` has it.

        Raises:
            BadInput: the selection cannot be understood.
            UnknownName: no checkpoint lies there.
        """
        if not saved:
            return []
        among = self._among(selection, model, saved, numbers=numbers)
        if selection.is_common:
            among = [each for each in among if each.tokens_seen in self._in_common()]
        asked = selection.spacing
        if asked is not None and asked.number > len(among):
            self._short[model.name] = (len(among), asked.number)
        return selected.spaced(selection, model, among)

    def tell(self) -> None:
        """Let the watcher hear which models have fewer checkpoints than were asked for."""
        for note in self.short():
            self._meaning.watcher.remark(note)

    def short(self) -> list[str]:
        """Return which models have fewer checkpoints than were asked for, a few of many."""
        notes = [
            f"{name} has {count(held, 'such checkpoint')}, not {asked}"
            for name, (held, asked) in self._short.items()
        ]
        return [
            *notes[:SHOWN],
            *([f"and {len(notes) - SHOWN} models more"] if notes[SHOWN:] else []),
        ]

    def saved(self, model: "Model") -> "list[Checkpoint]":
        """Return the checkpoints that can be meant, in the order of training."""
        every = queries.checkpoints(self._connection, model.id)
        if not self._published:
            return every
        return [] if model.repo_id is None else [each for each in every if each.revision]

    def _among(
        self,
        selection: Selection,
        model: "Model",
        saved: "Sequence[Checkpoint]",
        *,
        numbers: bool = True,
    ) -> "list[Checkpoint]":
        """Return the checkpoints of a model that pass the filters of a selection, but `common`."""
        among = selected.inside(selection, model, saved, numbers=numbers)
        if selection.is_scored:
            scored = scored_among(self._connection, model, self._spread.tasks)
            among = [checkpoint for checkpoint in among if checkpoint.id in scored]
        for tag in selection.tags:
            from catalog.verbs import desk  # noqa: PLC0415 - for this question alone

            tagged = desk.tagged(self._connection, model, tag)
            if None not in tagged:  # else the model has it, and with it all of them
                among = [checkpoint for checkpoint in among if checkpoint.id in tagged]
        return among

    def _in_common(self) -> frozenset[int | None]:
        """Return the tokens seen at which each model has a checkpoint that passes the filters."""
        if self._tokens is None:
            seen: list[set[int | None]] = []
            for selection, model in self._group:
                among = self._among(selection, model, self.saved(model))
                seen.append({each.tokens_seen for each in among} - {None})
            self._tokens = frozenset(set.intersection(*seen)) if seen else frozenset()
        return self._tokens


def scored_among(connection: "Reader", model: "Model", tasks: Sequence[str] = ()) -> set[int]:
    """Return the rows of a model's checkpoints that have a score that counts.

    Args:
        connection: an open catalog.
        model: it.
        tasks: of these tasks; `*` matches; none: of any.

    Raises:
        UnknownName: no checkpoint of any model was ever scored on such a task.
    """
    from catalog.sql.queries import evals  # noqa: PLC0415 - for this question alone

    if not tasks:
        return set(evals.checkpoints_scored(connection, model.id))
    from fnmatch import filter as matching  # noqa: PLC0415 - as above

    known = evals.every_task(connection)
    wanted = {name: matching(known, name) for name in tasks}
    for name, names in wanted.items():
        if not names:
            from difflib import get_close_matches  # noqa: PLC0415 - as above

            raise UnknownName("task", name, get_close_matches(name, known, n=3))
    every = sorted({name for names in wanted.values() for name in names})
    return set(evals.checkpoints_scored(connection, model.id, every))


def _is_path(text: str) -> bool:
    from catalog.weights import paths  # noqa: PLC0415 - for lists alone

    return paths.is_path(text)


def _no_path(text: str) -> str:
    """Refuse a path where an option speaks of a model's checkpoints."""
    if _is_path(text):
        raise BadInput(f"{text} is a path: nothing is chosen in it", "give MODEL or SUITE")
    return text
