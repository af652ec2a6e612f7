"""Suites, models, names, facts and checkpoints, as frozen values."""

import json
from typing import TYPE_CHECKING, Any

from catalog.core import entries, spelling
from catalog.core.models import Checkpoint, Model, Suite, unknown_suite
from catalog.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog.core import names
    from catalog.core.facts import Fact, Source, Value
    from catalog.core.revisions import Located
    from catalog.core.tokens import Pick
    from catalog.sql.connections import Reader, Row


def suites(reader: "Reader") -> list[Suite]:
    """Return every suite, in the order it was loaded."""
    return [Suite(*row) for row in reader.rows("models.suites")]


def models(
    reader: "Reader", *, in_suite: str | None = None, size: str | None = None
) -> list[Model]:
    """Return models in suite order.

    Args:
        reader: an open catalog.
        in_suite: only those of this suite.
        size: only those with this size in their name, however it is written.

    Raises:
        BadInput: it is no size.
        UnknownName: no such suite, or no model of it has the size.
    """
    if in_suite is None:
        rows = reader.rows("models.models")
    else:
        known = reader.column("models.suite_names")
        if in_suite not in known:
            raise unknown_suite(in_suite, known)
        rows = reader.rows("models.models_of_suite", suite=in_suite)
    every = [Model(*row) for row in rows]
    if size is None:
        return every
    return _of_size(every, size)


def _of_size(every: list[Model], size: str) -> list[Model]:
    """Return the models of a size, `1400M` or `1.4B`."""
    wanted = spelling.millions(size)
    if not wanted:
        raise BadInput(f"not a size: {size!r}", "write it as 70M or 1.4B")
    sizes = {model.size: spelling.millions(model.size) or 0 for model in every if model.size}
    chosen = [model for model in every if model.size and sizes[model.size] == wanted]
    if not chosen:
        nearest = sorted(sizes, key=lambda known: abs(sizes[known] - wanted))[:3]
        raise UnknownName("size", size, nearest, why=f"no model here has the size {size!r}")
    return chosen


def named(reader: "Reader", text: str) -> Model:
    """Return the model that a text means today.

    Raises:
        UnknownName: it means none, or several.
    """
    row = reader.first("models.named", text=text)
    if row is None:
        answer = index(reader).resolve(text)
        if answer.model is not None:
            row = reader.first("models.named", text=answer.model)
        if row is None:
            candidates = [candidate.model for candidate in answer.candidates[:6]]
            raise UnknownName(
                "model",
                text,
                candidates or answer.nearest,
                why=answer.error,
                several=bool(candidates),
                hint=None if candidates else _pattern(text) or _of_suite(suite_of(reader, text)),
            )
    return Model(*row)


def _pattern(text: str) -> str | None:
    """Return what to type where a pattern stands in the place of a model."""
    return f"`catalog ls -q '{text}'` lists what it matches" if "*" in text else None


def _of_suite(suite: str | None) -> str | None:
    """Return what to type where a suite stands in the place of a model."""
    if suite is None:
        return None
    return f"{suite} is a suite: name a model of it, see `catalog ls --suite {suite}`"


def suite_of(reader: "Reader", text: str) -> str | None:
    """Return the suite that a text names rather than a model: `Pythia`, `the pythia suite`."""
    words = set(spelling.parts(text)) - {"suite", "models"}
    known: list[str] = reader.column("models.suite_names")
    return next((name for name in known if set(spelling.parts(name)) == words), None)


def index(reader: "Reader") -> "names.Index":
    """Return every name with its history."""
    from catalog.core import names  # noqa: PLC0415 - most texts are a name as it stands

    return names.Index.of(entries.Entry(*row) for row in reader.rows("models.names"))


def names_of(reader: "Reader", model_id: int) -> list[entries.Entry]:
    """Return every name that one model has had, oldest first."""
    rows = reader.rows("models.names_of_model", model_id=model_id)
    return entries.oldest_first(entries.Entry(*row) for row in rows)


def facts(reader: "Reader", model_id: int) -> "tuple[list[Fact], dict[str, Source]]":
    """Return the facts that hold today, in the order they were loaded, and their sources."""
    from catalog.core.facts import Fact, Source  # noqa: PLC0415 - as in at

    stated: list[Fact] = []
    sources: dict[str, Source] = {}
    rows = reader.rows("models.facts", model_id=model_id)
    for (key, _, *columns), value in zip(rows, _decoded(rows), strict=True):
        source = sources.setdefault(columns[0], Source(*columns))
        stated.append(Fact(key, value, source.key))
    return stated, sources


def _decoded(rows: "Iterable[Row]") -> "list[Value]":
    """Return the values of facts as they were stated: a list is a tuple again.

    All are read at once: one by one they take five times as long.
    """
    values: list[Value | list[Any]] = json.loads(f"[{','.join(row.value for row in rows)}]")
    return [tuple(value) if isinstance(value, list) else value for value in values]


def facts_of_keys(
    reader: "Reader", keys: list[str]
) -> "tuple[dict[int, list[Fact]], dict[str, Source]]":
    """Return what is said today of some keys, by the model's row, and who says it."""
    from catalog.core.facts import Fact, Source  # noqa: PLC0415 - as in at

    stated: dict[int, list[Fact]] = {}
    sources: dict[str, Source] = {}
    rows = reader.rows("models.facts_of_keys", keys=keys)
    for (model_id, key, _, *columns), value in zip(rows, _decoded(rows), strict=True):
        source = sources.setdefault(columns[0], Source(*columns))
        stated.setdefault(model_id, []).append(Fact(key, value, source.key))
    return stated, sources


def works(reader: "Reader") -> "dict[str, list[dict[str, Any]]]":
    """Return the works that suites of a user's own cite, by suite."""
    return {row.name: json.loads(row.works) for row in reader.rows("models.suite_works")}


def key_counts(reader: "Reader") -> dict[str, int]:
    """Return of how many models each fact is known."""
    return {row.key: row.models for row in reader.rows("models.key_counts")}


def values_of(reader: "Reader", key: str) -> list[tuple[str, object]]:
    """Return every model's value of one fact, of any source that gives it, oldest first."""
    rows = reader.rows("models.values_of", key=key)
    return [(row.name, value) for row, value in zip(rows, _decoded(rows), strict=True)]


def checkpoints(reader: "Reader", model_id: int) -> list[Checkpoint]:
    """Return a model's checkpoints by tokens seen."""
    return [Checkpoint(*row) for row in reader.rows("models.checkpoints", model_id=model_id)]


def final(reader: "Reader", model_id: int) -> Checkpoint | None:
    """Return the checkpoint that has seen most; None where no token count is known."""
    return _first(reader, "models.final", model_id=model_id)


def at(reader: "Reader", model: Model, asked: int, pick: "Pick" = "nearest") -> Checkpoint | None:
    """Return the checkpoint of a model nearest to a number of tokens; see `tokens.choose`.

    Two reads of one index entry each, whatever the size of the catalog.
    """
    from catalog.core import tokens  # noqa: PLC0415 - what only some questions need is 5 ms

    below = _first(reader, "models.below", model_id=model.id, asked=asked)
    if below is not None and below.tokens_seen == asked:
        return below
    no_later = pick in ("floor", "exact")
    above = None if no_later else _first(reader, "models.above", model_id=model.id, asked=asked)
    return tokens.choose(asked, below, above, pick)


def _first(reader: "Reader", statement: str, **values: object) -> Checkpoint | None:
    row = reader.first(statement, **values)
    return None if row is None else Checkpoint(*row)


def located(reader: "Reader", model: Model, revision: str | None) -> "Located":
    """Return the checkpoint that a revision means, and how far off; see `revisions.located`.

    Raises:
        UnknownName: the model has no such checkpoint.
    """
    from catalog.core import revisions  # noqa: PLC0415 - as in at

    return revisions.located(checkpoints(reader, model.id), model, revision)
