"""Which models are asked for: by name, old or new, suite, size, fact and tag."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from catalog.core import spelling
from catalog.core.selections import BETWEEN
from catalog.core.tuples import NamedTuple
from catalog.errors import BadInput, UnknownName
from catalog.sql.queries import models as queries

if TYPE_CHECKING:
    from catalog.core.conditions import Condition
    from catalog.core.models import Model
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning

_GLOB = "*?["
SHOWN = 4
_VALUES = 8
"""How many values of a field are named where none of them was meant."""


class Wanted(NamedTuple):
    """What is asked for; of several all are true.

    Attributes:
        texts: names of models and suites, and patterns of names with `*`.
        suite: of this suite.
        size: of this size in their name, or of a range of sizes: `1B..3B`.
        where: conditions, as `conditions.parse` reads them.
        sort: a field to sort by, None for suite order.
        reverse: the largest first.
        tag: that have this tag, or a checkpoint of which has.
    """

    texts: tuple[str, ...] = ()
    suite: str | None = None
    size: str | None = None
    where: tuple[str, ...] = ()
    sort: str | None = None
    reverse: bool = False
    tag: str | None = None


def listed(connection: "Reader", meaning: "Meaning", wanted: Wanted) -> "list[Model]":
    """Return the models that are asked for, each with its tags.

    Raises:
        BadInput: a size or condition cannot be understood.
        UnknownName: no such model, suite, field or tag; no model has the size.
    """
    from catalog.verbs import desk  # noqa: PLC0415 - so that who asks for names alone goes without

    if wanted.reverse and wanted.sort is None:
        raise BadInput("--reverse is about an order", "give --sort FIELD too")
    size = wanted.size if wanted.size is None or BETWEEN not in wanted.size else None
    chosen = queries.models(connection, in_suite=wanted.suite, size=size)
    if wanted.texts:
        chosen = _named(connection, meaning, wanted.texts, chosen)
    if wanted.size is not None and size is None:
        chosen = _between(chosen, wanted.size)
    tags = desk.tags_of_models(connection)
    if wanted.tag is not None:
        chosen = [model for model in chosen if wanted.tag in tags.get(model.name, ())]
        if not any(wanted.tag in texts for texts in tags.values()):
            raise desk.unknown_tag(wanted.tag, {text for texts in tags.values() for text in texts})
    if wanted.where or wanted.sort:
        chosen = _by_field(connection, meaning, chosen, wanted)
    return [model._replace(tags=tags.get(model.name, ())) for model in chosen]


def _named(
    connection: "Reader", meaning: "Meaning", texts: Sequence[str], among: "Sequence[Model]"
) -> "list[Model]":
    """Return the models among some that names and patterns mean."""
    ids: set[int] = set()
    for text in texts:
        if spelling.millions(text) is not None:
            raise BadInput(f"{text!r} is a size", f"write `catalog ls --size {text}`")
        is_pattern = any(sign in text for sign in _GLOB)
        meant = (
            _matching(connection, meaning, text, among) if is_pattern else meaning.models([text])
        )
        ids |= {model.id for model in meant}
    return [model for model in among if model.id in ids]


def _matching(
    connection: "Reader", meaning: "Meaning", pattern: str, among: "Sequence[Model]"
) -> "list[Model]":
    """Return the models among some of which a name, of today or former, matches a pattern.

    Raises:
        UnknownName: no model's name at all matches.
    """
    wanted = pattern.lower()
    entries = queries.index(connection).entries
    names = {
        entry.model: entry.text for entry in entries if fnmatchcase(entry.text.lower(), wanted)
    }
    if not names:
        hint = "`catalog ls` lists the models, `catalog name` explains old names"
        raise UnknownName("model", pattern, why=f"no model's name matches {pattern!r}", hint=hint)
    matching = [model for model in among if model.name in names]
    former = [
        model
        for model in matching
        if not any(fnmatchcase(name.lower(), wanted) for name in (model.name, model.repo_id or ""))
    ]
    for model in former[:SHOWN]:
        meaning.watcher.remark(
            f"{model.name} is listed for another of its names: {names[model.name]}"
        )
    if len(former) > SHOWN:
        meaning.watcher.remark(f"and {len(former) - SHOWN} models more")
    return matching


def _between(chosen: "Sequence[Model]", size: str) -> "list[Model]":
    """Return the models in a range of sizes, both ends included."""
    low, _, high = (part.strip() for part in size.partition(BETWEEN))
    ends = [None if not end else spelling.millions(end) for end in (low, high)]
    if not (low or high) or any(end and not at for end, at in zip((low, high), ends, strict=True)):
        raise BadInput(f"not a range of sizes: {size!r}", "write 1B..3B, 1B.. or ..410M")
    least, most = ends[0] or 0, ends[1] or float("inf")
    if least > most:
        raise BadInput(f"not a range of sizes: {size!r}: the first end is the larger")
    inside = [m for m in chosen if m.size and least <= (spelling.millions(m.size) or -1) <= most]
    if not inside:
        raise UnknownName("size", size, why=f"no model here has a size in {size}")
    return inside


def _by_field(
    connection: "Reader", meaning: "Meaning", chosen: "Sequence[Model]", wanted: Wanted
) -> "list[Model]":
    """Return the models of which all conditions are true, in the order that is asked for."""
    from catalog.core import conditions  # noqa: PLC0415 - most lists are of all models
    from catalog.verbs import tabulating  # noqa: PLC0415 - as above

    where = [conditions.parse(text) for text in wanted.where]
    sort = None if wanted.sort is None else conditions.field(wanted.sort)
    keys = list(dict.fromkeys([each.key for each in where] + ([sort] if sort else [])))
    rows, doubtful = tabulating.matching(tabulating.table(connection, chosen, keys), where)
    for key, names in doubtful.items():
        some = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
        meaning.watcher.remark(
            f"sources differ on {key} of {some}: the preferred one counts, "
            f"see `catalog facts {key} --sources`"
        )
    if not rows:
        _say_what_there_is(connection, meaning, where)
    if sort is not None:
        rows = tabulating.ordered(rows, sort, reverse=wanted.reverse)
    return [row.model for row in rows]


def _say_what_there_is(
    connection: "Reader", meaning: "Meaning", where: "Sequence[Condition]"
) -> None:
    """Say of each word that no model has in that field which ones there are."""
    from catalog.verbs import tabulating  # noqa: PLC0415 - as above

    words = [each for each in where if isinstance(each.value, str) and each.sign == "="]
    for condition in words:
        table = tabulating.table(connection, queries.models(connection), [condition.key])
        values = [row.cells[condition.key].value for row in table.rows]
        there = list(dict.fromkeys(value for value in values if isinstance(value, str)))
        if there and not any(map(condition.holds, there)):
            some = ", ".join(there[:_VALUES]) + (" …" if len(there) > _VALUES else "")
            meaning.watcher.remark(f"no model has {condition.text}; {condition.key} may be {some}")
