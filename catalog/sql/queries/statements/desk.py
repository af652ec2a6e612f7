"""Tags and notes."""

import sqlalchemy as sa

from catalog.sql.tables import checkpoint, model, note, suite, tag


def _of(table: sa.Table, moment: str) -> sa.Select[*tuple[object, ...]]:
    """Return every row of a table, with its model and checkpoint."""
    return (
        sa.select(
            table.c.model_id,
            model.c.name.label("model"),
            table.c.checkpoint_id,
            checkpoint.c.revision,
            checkpoint.c.training_step,
            table.c.text,
            table.c.observer,
            table.c[moment].label("at"),
        )
        .select_from(
            table.join(model)
            .join(suite)
            .outerjoin(checkpoint, table.c.checkpoint_id == checkpoint.c.id)
        )
        .order_by(
            suite.c.id,
            model.c.ordinal,
            sa.func.coalesce(checkpoint.c.tokens_seen, -1),
            table.c.text,
            table.c.id,
        )
    )


TAGS = _of(tag, "tagged_at")
NOTES = _of(note, "noted_at")
