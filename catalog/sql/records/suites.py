"""Writes suites, models, names, facts and checkpoints.

Facts are history: a fact that a newer version of a suite no longer states is closed, not
deleted. Models and checkpoints are never removed, because scores and verifications hang on them.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalog.core import facts, suites
from catalog.core.names import fold
from catalog.sql.connections import Writer
from catalog.sql.dialect import upsert
from catalog.sql.tables import checkpoint, fact, model, name, source, suite


def put_sources(writer: Writer, sources: Iterable[facts.Source]) -> dict[str, int]:
    """Write sources; return the key of every source in the catalog → its row."""
    rows = [{slot: getattr(one, slot) for slot in facts.Source.__slots__} for one in sources]
    upsert(writer, source, ["key"], rows)
    found = writer.execute(sa.select(source.c.key, source.c.id))
    return {row[0]: row[1] for row in found}


def owners(writer: Writer) -> dict[str, str]:
    """Return which suite holds each model name and repository."""
    rows = writer.execute(
        sa.select(model.c.name, model.c.repo_id, suite.c.name).join_from(model, suite)
    )
    found: dict[str, str] = {}
    for model_name, repo_id, suite_name in rows:
        found[model_name] = suite_name
        if repo_id:
            found[repo_id] = suite_name
    return found


def digest_of(writer: Writer, suite_name: str) -> str | None:
    """Return the digest a suite was loaded from, None where it is not there."""
    statement = sa.select(suite.c.digest).where(suite.c.name == suite_name)
    return writer.execute(statement).scalar()


def is_shipped(writer: Writer, suite_name: str) -> bool | None:
    """Return whether a suite came with the program; None where there is no such suite."""
    statement = sa.select(suite.c.shipped).where(suite.c.name == suite_name)
    return writer.execute(statement).scalar()


def put_suite(writer: Writer, one: suites.Suite, *, shipped: bool, now: datetime) -> None:
    """Write one suite whole: sources, models, facts, names, checkpoints."""
    sources = put_sources(writer, one.sources)
    row = {
        "name": one.name,
        "title": one.title,
        "kind": one.kind,
        "shipped": shipped,
        "digest": one.digest,
        "loaded_at": now,
    }
    upsert(writer, suite, ["name"], [row])
    suite_id = writer.execute(sa.select(suite.c.id).where(suite.c.name == one.name)).scalar_one()
    models = _put_models(writer, one, suite_id)
    _put_facts(writer, one, models, sources, now)
    _put_names(writer, one, models, sources)
    _put_checkpoints(writer, one, models)


def _put_models(writer: Writer, one: suites.Suite, suite_id: int) -> dict[str, int]:
    known = {said.key: said for said in one.sources}
    rows = []
    for ordinal, each in enumerate(one.models):
        decided = facts.decide(each.facts, known)
        slots = (slot for slot in suites.Model.__slots__ if slot not in ("facts", "checkpoints"))
        row: dict[str, Any] = {slot: getattr(each, slot) for slot in slots}
        row |= {"suite_id": suite_id, "ordinal": ordinal}
        row |= {key: _count(decided, key) for key in ("params_total", "params_non_embedding")}
        rows.append(row)
    upsert(writer, model, ["name"], rows)
    found = writer.execute(sa.select(model.c.name, model.c.id).where(model.c.suite_id == suite_id))
    return {row[0]: row[1] for row in found}


def _count(decided: Mapping[str, facts.Fact], key: str) -> int | None:
    said = decided.get(key)
    value = None if said is None else facts.number(said.value)
    return None if value is None else int(value)


def _put_facts(
    writer: Writer,
    one: suites.Suite,
    models: dict[str, int],
    sources: dict[str, int],
    now: datetime,
) -> None:
    """Open facts that are new and close those no longer stated; unchanged rows stay."""
    stated = {
        (models[each.name], sources[said.source], said.key, json.dumps(said.value))
        for each in one.models
        for said in each.facts
    }
    columns = (fact.c.model_id, fact.c.source_id, fact.c.key, fact.c.value)
    open_facts = fact.c.closed_at.is_(None) & fact.c.model_id.in_(models.values())
    rows = writer.execute(sa.select(fact.c.id, *columns).where(open_facts)).all()
    gone = [{"row": row.id} for row in rows if tuple(row[1:]) not in stated]
    if gone:
        by_id = fact.c.id == sa.bindparam("row")
        writer.execute(sa.update(fact).where(by_id).values(closed_at=now), gone)
    new = stated - {tuple(row[1:]) for row in rows}
    if new:
        keys = ("model_id", "source_id", "key", "value")
        writer.execute(
            sa.insert(fact),
            [dict(zip(keys, values, strict=True)) | {"opened_at": now} for values in sorted(new)],
        )


def _put_names(
    writer: Writer,
    one: suites.Suite,
    models: dict[str, int],
    sources: dict[str, int],
) -> None:
    writer.execute(sa.delete(name).where(name.c.model_id.in_(models.values())))
    rows = [
        {
            "model_id": models[each.model],
            "source_id": None if each.source is None else sources[each.source],
            "text": each.text,
            "folded": fold(each.text),
            "kind": each.kind,
            "valid_from": each.valid_from,
            "valid_to": each.valid_to,
            "note": each.note,
        }
        for each in suites.all_names(one)
    ]
    writer.execute(sa.insert(name), rows)


def _put_checkpoints(writer: Writer, one: suites.Suite, models: dict[str, int]) -> None:
    """Write checkpoints; one that is there already is found by its training step or revision."""
    for each in one.models:
        rows = [
            {slot: getattr(saved, slot) for slot in suites.Checkpoint.__slots__}
            for saved in each.checkpoints
        ]
        _merge_checkpoints(writer, models[each.name], rows)


def _merge_checkpoints(writer: Writer, model_id: int, rows: list[dict[str, Any]]) -> None:
    identity = ("tokens_seen", "training_step", "revision")
    there = writer.execute(
        sa.select(checkpoint).where(checkpoint.c.model_id == model_id)
    ).mappings()
    known = {(slot, row[slot]): row for row in there for slot in identity if row[slot] is not None}
    new = []
    for row in rows:
        keys = [(slot, row[slot]) for slot in identity if row[slot] is not None]
        old = next((known[key] for key in keys if key in known), None)
        if old is None:
            new.append(row | {"model_id": model_id})
        elif any(old[slot] != value for slot, value in row.items()):
            writer.execute(sa.update(checkpoint).where(checkpoint.c.id == old["id"]).values(row))
    if new:
        writer.execute(sa.insert(checkpoint), new)
