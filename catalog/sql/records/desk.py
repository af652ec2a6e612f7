"""Writes tags and notes."""

from datetime import datetime

import sqlalchemy as sa

from catalog.sql import tables
from catalog.sql.connections import Writer

Place = tuple[int, int | None]
"""The rows of a model and of its checkpoint, None for the model as a whole."""


def _at(table: sa.Table, place: Place) -> sa.ColumnElement[bool]:
    model_id, checkpoint_id = place
    return sa.and_(
        table.c.model_id == model_id,
        table.c.checkpoint_id.is_not_distinct_from(checkpoint_id),
        table.c.observer.is_(None),
    )


def put_tag(writer: Writer, place: Place, text: str, now: datetime) -> None:
    """Write a tag that is not there yet."""
    tag = tables.tag
    there = sa.select(tag.c.id).where(_at(tag, place), tag.c.text == text)
    if writer.execute(there).first() is None:
        row = {"model_id": place[0], "checkpoint_id": place[1], "text": text, "tagged_at": now}
        writer.execute(sa.insert(tag).values(row))


def remove_tags(writer: Writer, place: Place, texts: tuple[str, ...]) -> int:
    """Remove tags, all for none; return how many there were."""
    tag = tables.tag
    which = _at(tag, place)
    if texts:
        which = sa.and_(which, tag.c.text.in_(texts))
    return writer.execute(sa.delete(tag).where(which)).rowcount


def put_note(writer: Writer, place: Place, text: str, now: datetime) -> None:
    """Write a note in the place of the one before; an empty one removes that."""
    note = tables.note
    writer.execute(sa.delete(note).where(_at(note, place)))
    if text:
        row = {"model_id": place[0], "checkpoint_id": place[1], "text": text, "noted_at": now}
        writer.execute(sa.insert(note).values(row))
