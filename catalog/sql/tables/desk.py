"""Tags and notes of whoever works with the catalog: no facts, and not about bytes."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from catalog.sql.tables.columns import UtcTime, key, metadata, observer, refers_to


def _checkpoint() -> Column[int | None]:
    """Return the checkpoint that is meant; its model alone, where it is null."""
    return Column(
        "checkpoint_id",
        Integer,
        ForeignKey("checkpoint.id", ondelete="CASCADE"),
        comment="null: the model as a whole",
    )


tag = Table(
    "tag",
    metadata,
    key(),
    refers_to("model", index=True),
    _checkpoint(),
    Column("text", String(60), nullable=False),
    observer(),
    Column("tagged_at", UtcTime, nullable=False),
)

note = Table(
    "note",
    metadata,
    key(),
    refers_to("model", index=True),
    _checkpoint(),
    Column("text", Text, nullable=False),
    observer(),
    Column("noted_at", UtcTime, nullable=False),
)
