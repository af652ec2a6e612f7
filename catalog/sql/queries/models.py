"""Suites, models, names, facts and checkpoints, as frozen values."""

import json
from datetime import date
from difflib import get_close_matches

import sqlalchemy as sa

from catalog.core import names, tokens
from catalog.core.facts import Fact, Source
from catalog.core.models import Checkpoint, Model, Suite
from catalog.errors import BadInput, UnknownName
from catalog.sql.tables import checkpoint, fact, model, name, source, suite

_MODEL = sa.select(
    model.c.id,
    model.c.name,
    model.c.repo_id,
    suite.c.name.label("suite"),
    suite.c.kind.label("suite_kind"),
    *(model.c[column] for column in Model.__slots__[5:]),
).join_from(model, suite)
_MODEL_NAMED = _MODEL.where(model.c.name == sa.bindparam("text"))
_MODELS = _MODEL.order_by(suite.c.id, model.c.ordinal)

_CHECKPOINT = sa.select(
    checkpoint.c.id,
    model.c.name.label("model"),
    model.c.repo_id,
    *(checkpoint.c[column] for column in Checkpoint.__slots__[3:]),
).join_from(checkpoint, model)
_OF_MODEL = _CHECKPOINT.where(checkpoint.c.model_id == sa.bindparam("model_id"))
_BY_TOKENS = (checkpoint.c.tokens_seen, checkpoint.c.training_step, checkpoint.c.id)
_ALL = _OF_MODEL.order_by(*_BY_TOKENS)
_BETWEEN = _ALL.where(checkpoint.c.tokens_seen.between(sa.bindparam("low"), sa.bindparam("high")))
_SEEN = checkpoint.c.tokens_seen
_BELOW = _OF_MODEL.where(sa.bindparam("asked") >= _SEEN).order_by(_SEEN.desc()).limit(1)
_ABOVE = _OF_MODEL.where(sa.bindparam("asked") <= _SEEN).order_by(_SEEN).limit(1)
_FINAL = _OF_MODEL.where(_SEEN.is_not(None)).order_by(_SEEN.desc()).limit(1)


def suites(connection: sa.Connection) -> list[Suite]:
    """Return every suite, in the order it was loaded."""
    rows = connection.execute(
        sa.select(
            suite.c.name,
            suite.c.title,
            suite.c.kind,
            suite.c.shipped,
            suite.c.digest,
            suite.c.loaded_at,
            sa.func.count(sa.distinct(model.c.id)),
            sa.func.count(checkpoint.c.id),
        )
        .select_from(suite.outerjoin(model).outerjoin(checkpoint))
        .group_by(suite.c.id)
        .order_by(suite.c.id)
    )
    return [Suite(*row) for row in rows]


def models(
    connection: sa.Connection, *, in_suite: str | None = None, size: str | None = None
) -> list[Model]:
    """Return models in suite order.

    Args:
        connection: an open catalog.
        in_suite: only those of this suite.
        size: only those with this size in their name, in any case.

    Raises:
        UnknownName: no such suite.
    """
    statement = _MODELS
    if in_suite is not None:
        _require_suite(connection, in_suite)
        statement = statement.where(suite.c.name == in_suite)
    if size is not None:
        statement = statement.where(sa.func.lower(model.c.size) == size.lower())
    return [Model(*row) for row in connection.execute(statement)]


def _require_suite(connection: sa.Connection, wanted: str) -> None:
    known = list(connection.execute(sa.select(suite.c.name).order_by(suite.c.id)).scalars())
    if wanted not in known:
        close = get_close_matches(wanted, known, n=3, cutoff=0.3) or known
        raise UnknownName("suite", wanted, close)


def named(connection: sa.Connection, text: str) -> Model:
    """Return the model that a text means today.

    Raises:
        UnknownName: it means none, or several.
    """
    row = connection.execute(_MODEL_NAMED, {"text": text}).first()
    if row is None:
        answer = index(connection).resolve(text)
        if answer.model is None:
            candidates = [candidate.model for candidate in answer.candidates[:6]]
            raise UnknownName("model", text, candidates or answer.nearest, why=answer.error)
        row = connection.execute(_MODEL_NAMED, {"text": answer.model}).one()
    return Model(*row)


def selected(connection: sa.Connection, texts: list[str]) -> list[Model]:
    """Return the models that suites' and models' names mean; all of them for no name at all.

    Raises:
        UnknownName: a text is neither.
    """
    if not texts:
        return models(connection)
    suite_names = set(connection.execute(sa.select(suite.c.name)).scalars())
    found: list[Model] = []
    for text in texts:
        of_suite = text in suite_names
        found += models(connection, in_suite=text) if of_suite else [named(connection, text)]
    return list({one.id: one for one in found}.values())


def index(connection: sa.Connection) -> names.Index:
    """Return every name with its history."""
    rows = connection.execute(
        sa.select(
            name.c.text,
            model.c.name,
            model.c.repo_id,
            name.c.kind,
            name.c.valid_from,
            name.c.valid_to,
            name.c.note,
            source.c.title,
        )
        .select_from(name.join(model).outerjoin(source))
        .order_by(name.c.id)
    )
    return names.Index.of(names.Entry(*row) for row in rows)


def names_of(connection: sa.Connection, model_id: int) -> list[names.Entry]:
    """Return every name that one model has had, oldest first."""
    entries = connection.execute(
        sa.select(name.c.text).where(name.c.model_id == model_id)
    ).scalars()
    texts = set(entries)
    own = connection.execute(sa.select(model.c.name).where(model.c.id == model_id)).scalar_one()
    found = [e for e in index(connection).entries if e.text in texts and e.model == own]
    return sorted(found, key=lambda e: (e.valid_from or date.min, e.text))


def facts(connection: sa.Connection, model_id: int) -> tuple[list[Fact], dict[str, Source]]:
    """Return the facts that hold today, in the order they were loaded, and their sources."""
    rows = connection.execute(
        sa.select(fact.c.key, fact.c.value, *source.c)
        .join_from(fact, source)
        .where(fact.c.model_id == model_id, fact.c.closed_at.is_(None))
        .order_by(fact.c.id)
    )
    found: list[Fact] = []
    sources: dict[str, Source] = {}
    for key, value, _id, *columns in rows:
        said_by = Source(*columns)
        sources[said_by.key] = said_by
        decoded = json.loads(value)
        found.append(
            Fact(key, tuple(decoded) if isinstance(decoded, list) else decoded, said_by.key)
        )
    return found, sources


def values_of(connection: sa.Connection, key: str) -> list[tuple[str, object]]:
    """Return every model's value of one fact, of any source that gives it, oldest first."""
    rows = connection.execute(
        sa.select(model.c.name, fact.c.value)
        .join_from(fact, model)
        .where(fact.c.key == key, fact.c.closed_at.is_(None))
        .order_by(fact.c.id)
    )
    return [(row.name, json.loads(row.value)) for row in rows]


def checkpoints(connection: sa.Connection, model_id: int) -> list[Checkpoint]:
    """Return a model's checkpoints by tokens seen."""
    return [Checkpoint(*row) for row in connection.execute(_ALL, {"model_id": model_id})]


def final(connection: sa.Connection, model_id: int) -> Checkpoint | None:
    """Return the checkpoint that has seen most; None where no token count is known."""
    row = connection.execute(_FINAL, {"model_id": model_id}).first()
    return None if row is None else Checkpoint(*row)


def at(
    connection: sa.Connection, one: Model, asked: int, pick: tokens.Pick = "nearest"
) -> Checkpoint | None:
    """Return the checkpoint of a model nearest to a number of tokens; see `tokens.choose`.

    Two reads of one index entry each, whatever the size of the catalog.
    """
    parameters = {"model_id": one.id, "asked": asked}
    below = connection.execute(_BELOW, parameters).first()
    if below is not None and below.tokens_seen == asked:
        return Checkpoint(*below)
    above = None if pick in ("floor", "exact") else connection.execute(_ABOVE, parameters).first()
    return tokens.choose(
        asked,
        None if below is None else Checkpoint(*below),
        None if above is None else Checkpoint(*above),
        pick,
    )


def between(connection: sa.Connection, one: Model, low: int, high: int) -> list[Checkpoint]:
    """Return a model's checkpoints with `low` ≤ tokens seen ≤ `high`."""
    parameters = {"model_id": one.id, "low": low, "high": high}
    return [Checkpoint(*row) for row in connection.execute(_BETWEEN, parameters)]


def checkpoint_at(connection: sa.Connection, one: Model, revision: str | None) -> Checkpoint:
    """Return the checkpoint that a revision means.

    A label of the save schedule, its bare number (`143000`), `stepN`, an amount of training
    (`2.1B`, the nearest), or `main` and None, which mean the last step.

    Raises:
        UnknownName: the model has no such checkpoint.
    """
    every = checkpoints(connection, one.id)
    if revision in (None, "main") and every:
        labelled = [c for c in every if c.revision == "main"]
        return labelled[0] if labelled else every[-1]
    text = revision or "main"
    for found in every:
        if text in (found.revision, str(found.published_step)):
            return found
    return _by_amount(every, one, text)


def _by_amount(every: list[Checkpoint], one: Model, text: str) -> Checkpoint:
    """Return the checkpoint at `stepN`, exactly, or nearest to an amount of tokens."""
    known = [c for c in every if c.tokens_seen is not None]
    try:
        amount = tokens.parse(text)
    except BadInput as error:
        raise _no_revision(every, one, text) from error
    last = known[-1].tokens_seen or 0 if known else 0
    asked = amount.tokens_of(
        final_tokens=last, tokens_per_published_step=one.tokens_per_published_step
    )
    if not known or asked is None or (amount.tokens is not None and text.isdigit()):
        raise _no_revision(every, one, text)
    found = min(known, key=lambda c: (abs((c.tokens_seen or 0) - asked), c.tokens_seen))
    if amount.step is not None and found.tokens_seen != asked:
        raise _no_revision(every, one, text)
    return found


def _no_revision(every: list[Checkpoint], one: Model, text: str) -> UnknownName:
    labels = [c.revision or f"training step {c.training_step}" for c in every]
    digits = "".join(filter(str.isdigit, text))
    if digits:
        steps = sorted(
            every, key=lambda c: abs((c.published_step or c.training_step or 0) - int(digits))
        )
        labels = [c.revision or f"training step {c.training_step}" for c in steps]
    return UnknownName(f"revision of {one.name}", text, labels[:3])
