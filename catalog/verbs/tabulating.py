"""Fields of many models: facts beside what else is known, who says so, and where sources differ.

Compares and sorts by them; who prints them, and as what, is not asked here.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from catalog.core import conditions, facts
from catalog.core.facts import Source, Value
from catalog.core.tuples import NamedTuple
from catalog.sql.queries import models as queries

if TYPE_CHECKING:
    from catalog.core.conditions import Condition
    from catalog.core.models import Model
    from catalog.sql.connections import Reader


class Field(NamedTuple):
    """What a field is.

    Attributes:
        key: its name.
        kind: as `facts.Key` has it, or "size".
        unit: of a number, empty where it has none.
        meaning: one line.
        models: of how many models it is known; None where that is not counted.
    """

    key: str
    kind: str
    unit: str
    meaning: str
    models: int | None = None


class Cell(NamedTuple):
    """A model's value of a field.

    Attributes:
        value: of the most trusted source; None where nobody says.
        source: that one; None where it is no fact.
        others: what other sources say, where they differ.
    """

    value: Value | None = None
    source: Source | None = None
    others: tuple[facts.Statement, ...] = ()


class FactRow(NamedTuple):
    """A model and some of its fields.

    Attributes:
        model: it.
        cells: by key, in the order asked for.
    """

    model: "Model"
    cells: Mapping[str, Cell]

    @property
    def conflicts(self) -> tuple[str, ...]:
        """The fields on which sources differ."""
        return tuple(key for key, cell in self.cells.items() if cell.others)


class FactTable(NamedTuple):
    """Fields of models.

    Attributes:
        fields: the columns.
        rows: one a model.
    """

    fields: tuple[Field, ...]
    rows: tuple[FactRow, ...]


def fields(connection: "Reader") -> tuple[Field, ...]:
    """Return every field, facts first, with how many models have it."""
    counts = queries.key_counts(connection)
    of_facts = [Field(key, *made, counts.get(key, 0)) for key, made in facts.KEYS.items()]
    return (*of_facts, *(Field(key, *made) for key, made in conditions.FIELDS.items()))


def table(connection: "Reader", chosen: "Sequence[Model]", keys: Sequence[str]) -> FactTable:
    """Return fields of models, in the order of both.

    Args:
        connection: an open catalog.
        chosen: the models.
        keys: names of fields, as `conditions.field` gives them.
    """
    asked = [key for key in keys if key not in conditions.FIELDS]
    stated, sources = queries.facts_of_keys(connection, asked) if asked else ({}, {})
    rows = []
    for model in chosen:
        of_model = stated.get(model.id, [])
        used = facts.decide(of_model, sources)
        differing = {each.key: each.values[1:] for each in facts.conflicts(of_model, sources)}
        cells = {key: _field_of(model, key) for key in keys if key in conditions.FIELDS}
        for key, fact in used.items():
            cells[key] = Cell(fact.value, sources[fact.source], differing.get(key, ()))
        rows.append(FactRow(model, {key: cells.get(key, Cell()) for key in keys}))
    made = [Field(key, *conditions.definition(key)) for key in keys]
    return FactTable(tuple(made), tuple(rows))


def _field_of(model: "Model", key: str) -> Cell:
    """Return what is known of a model beside facts."""
    return Cell(getattr(model, "name" if key == "model" else key))


def matching(
    made: FactTable, where: "Sequence[Condition]"
) -> "tuple[list[FactRow], dict[str, list[str]]]":
    """Return the rows of which every condition is true, and the models on which sources differ.

    The most trusted source counts.

    Returns:
        The rows; and by key the names of the models about which another source says what would
        have been decided otherwise.
    """
    kept = []
    doubtful: dict[str, list[str]] = {}
    for row in made.rows:
        verdicts = [each.holds(row.cells[each.key].value) for each in where]
        if all(verdicts):
            kept.append(row)
        for each, verdict in zip(where, verdicts, strict=True):
            others = row.cells[each.key].others
            if any(each.holds(other.value) != verdict for other in others):
                doubtful.setdefault(each.key, []).append(row.model.name)
    return kept, doubtful


def ordered(rows: Sequence[FactRow], key: str, *, reverse: bool = False) -> list[FactRow]:
    """Return rows by a field, those without it last; equal ones stay as they are."""
    known = [row for row in rows if row.cells[key].value is not None]
    others = [row for row in rows if row.cells[key].value is None]
    return [*sorted(known, key=lambda row: _rank(row, key), reverse=reverse), *others]


def _rank(row: FactRow, key: str) -> tuple[float, str]:
    value = row.cells[key].value
    spelt = conditions.as_number(key, value)
    return (0.0 if spelt is None else float(spelt), "" if spelt is not None else str(value))
