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
from catalog.core.spelling import fold
from catalog.sql import tables
from catalog.sql.connections import Writer
from catalog.sql.dialect import upsert


def put_sources(writer: Writer, sources: Iterable[facts.Source]) -> dict[str, int]:
    """Write sources; return the key of every source in the catalog → its row."""
    rows = [source._asdict() for source in sources]
    upsert(writer, tables.source, ["key"], rows)
    rows_by_key = writer.execute(sa.select(tables.source.c.key, tables.source.c.id))
    return {row[0]: row[1] for row in rows_by_key}


def owners(writer: Writer) -> dict[str, str]:
    """Return which suite holds each model name and repository."""
    rows = writer.execute(
        sa.select(tables.model.c.name, tables.model.c.repo_id, tables.suite.c.name).join_from(
            tables.model, tables.suite
        )
    )
    holders: dict[str, str] = {}
    for model_name, repo_id, suite_name in rows:
        holders[model_name] = suite_name
        if repo_id:
            holders[repo_id] = suite_name
    return holders


def digest_of(writer: Writer, suite_name: str) -> str | None:
    """Return the digest a suite was loaded from, None where it is not there."""
    statement = sa.select(tables.suite.c.digest).where(tables.suite.c.name == suite_name)
    return writer.execute(statement).scalar()


def works_of(writer: Writer, suite_name: str) -> list[dict[str, Any]]:
    """Return the works that are recorded of a suite of a user's own."""
    statement = sa.select(tables.suite.c.works).where(tables.suite.c.name == suite_name)
    works = writer.execute(statement).scalar()
    return [] if works is None else list(json.loads(works))


def is_shipped(writer: Writer, suite_name: str) -> bool:
    """Return whether a suite of this name, in whatever case, came with the program."""
    is_it = sa.func.lower(tables.suite.c.name) == suite_name.lower()
    return any(writer.execute(sa.select(tables.suite.c.shipped).where(is_it)).scalars())


def put_suite(writer: Writer, suite: suites.Suite, *, shipped: bool, now: datetime) -> None:
    """Write one suite whole: sources, models, facts, names, checkpoints."""
    works = [] if shipped else [work._asdict() for work in suite.citations]
    sources = put_sources(writer, suite.sources)
    row = {
        "name": suite.name,
        "title": suite.title,
        "kind": suite.kind,
        "shipped": shipped,
        "digest": suite.digest,
        "loaded_at": now,
        "works": json.dumps(works) if works else None,
    }
    upsert(writer, tables.suite, ["name"], [row])
    suite_id = writer.execute(
        sa.select(tables.suite.c.id).where(tables.suite.c.name == suite.name)
    ).scalar_one()
    models = _put_models(writer, suite, suite_id)
    _put_facts(writer, suite, models, sources, now)
    _put_names(writer, suite, models, sources)
    _put_checkpoints(writer, suite, models)


def _put_models(writer: Writer, suite: suites.Suite, suite_id: int) -> dict[str, int]:
    known = {source.key: source for source in suite.sources}
    rows = []
    for ordinal, model in enumerate(suite.models):
        decided = facts.decide(model.facts, known)
        slots = (slot for slot in suites.Model.__slots__ if slot not in ("facts", "checkpoints"))
        row: dict[str, Any] = {slot: getattr(model, slot) for slot in slots}
        row |= {"suite_id": suite_id, "ordinal": ordinal}
        row |= {key: _count(decided, key) for key in ("params_total", "params_non_embedding")}
        rows.append(row)
    upsert(writer, tables.model, ["name"], rows)
    rows_by_name = writer.execute(
        sa.select(tables.model.c.name, tables.model.c.id).where(tables.model.c.suite_id == suite_id)
    )
    return {row[0]: row[1] for row in rows_by_name}


def _count(decided: Mapping[str, facts.Fact], key: str) -> int | None:
    fact = decided.get(key)
    value = None if fact is None else facts.number(fact.value)
    return None if value is None else int(value)


def _put_facts(
    writer: Writer,
    suite: suites.Suite,
    models: dict[str, int],
    sources: dict[str, int],
    now: datetime,
) -> None:
    """Open facts that are new and close those no longer stated; unchanged rows stay."""
    stated = {
        (models[model.name], sources[fact.source], fact.key, json.dumps(fact.value))
        for model in suite.models
        for fact in model.facts
    }
    columns = (
        tables.fact.c.model_id,
        tables.fact.c.source_id,
        tables.fact.c.key,
        tables.fact.c.value,
    )
    open_facts = tables.fact.c.closed_at.is_(None) & tables.fact.c.model_id.in_(models.values())
    rows = writer.execute(sa.select(tables.fact.c.id, *columns).where(open_facts)).all()
    gone = [{"row": row.id} for row in rows if tuple(row[1:]) not in stated]
    if gone:
        by_id = tables.fact.c.id == sa.bindparam("row")
        writer.execute(sa.update(tables.fact).where(by_id).values(closed_at=now), gone)
    new = stated - {tuple(row[1:]) for row in rows}
    if new:
        keys = ("model_id", "source_id", "key", "value")
        writer.execute(
            sa.insert(tables.fact),
            [dict(zip(keys, values, strict=True)) | {"opened_at": now} for values in sorted(new)],
        )


def _put_names(
    writer: Writer,
    suite: suites.Suite,
    models: dict[str, int],
    sources: dict[str, int],
) -> None:
    writer.execute(sa.delete(tables.name).where(tables.name.c.model_id.in_(models.values())))
    rows = [
        {
            "model_id": models[entry.model],
            "source_id": None if entry.source is None else sources[entry.source],
            "text": entry.text,
            "folded": fold(entry.text),
            "kind": entry.kind,
            "valid_from": entry.valid_from,
            "valid_to": entry.valid_to,
            "note": entry.note,
        }
        for entry in suites.all_names(suite)
    ]
    writer.execute(sa.insert(tables.name), rows)


def _put_checkpoints(writer: Writer, suite: suites.Suite, models: dict[str, int]) -> None:
    """Write checkpoints; one that is there already is found by its training step or revision."""
    for model in suite.models:
        rows = [
            {slot: getattr(checkpoint, slot) for slot in suites.Checkpoint.__slots__}
            for checkpoint in model.checkpoints
        ]
        _merge_checkpoints(writer, models[model.name], rows)


def _merge_checkpoints(writer: Writer, model_id: int, rows: list[dict[str, Any]]) -> None:
    identity = ("tokens_seen", "training_step", "revision")
    there = writer.execute(
        sa.select(tables.checkpoint).where(tables.checkpoint.c.model_id == model_id)
    ).mappings()
    known = {(slot, row[slot]): row for row in there for slot in identity if row[slot] is not None}
    new = []
    for row in rows:
        keys = [(slot, row[slot]) for slot in identity if row[slot] is not None]
        old = next((known[key] for key in keys if key in known), None)
        if old is None:
            new.append(row | {"model_id": model_id})
        elif any(old[slot] != value for slot, value in row.items()):
            writer.execute(
                sa.update(tables.checkpoint).where(tables.checkpoint.c.id == old["id"]).values(row)
            )
    if new:
        writer.execute(sa.insert(tables.checkpoint), new)
