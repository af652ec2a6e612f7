"""Score files, evaluations and scores."""

from typing import get_args

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from catalog.core.scores.values import NoteKind, Place
from catalog.sql.tables.columns import UtcTime, key, metadata, one_of, refers_to

score_file = Table(
    "score_file",
    metadata,
    key(),
    refers_to("source", nullable=True, index=True),
    Column("digest", String(80), nullable=False, unique=True, comment="sha256:hex of its bytes"),
    Column("path", Text, nullable=False, comment="where it was first met"),
    Column("size", BigInteger, nullable=False),
    Column("form", String(20), nullable=False, comment="lm-eval-0.3, lm-eval-0.4, csv …"),
    Column("imported_at", UtcTime, nullable=False),
)

evaluation = Table(
    "evaluation",
    metadata,
    key(),
    refers_to("score_file", index=True),
    refers_to("checkpoint", index=True),
    Column("shots", Integer, comment="null: not stated"),
    Column("evaluated_at", UtcTime, comment="null: not stated"),
    Column("stated_model", Text, comment="the model as the file calls it"),
    Column("stated_step", Text, comment="the step or revision as the file gives it"),
    Column("commit", String(40), comment="null: not bound to weights"),
    Column("harness_version", String(40), comment="null: unknown"),
    Column("backend", String(40)),
    Column("backend_version", String(80)),
    Column("dtype", String(20), comment="null: unknown"),
    Column("sample_limit", String(20), comment="null: every document was scored"),
    Column("batch_size", String(20)),
    Column("device", String(40)),
    Column("withdrawn", Text, comment="why its authors took it back; null: it stands"),
)

evaluation_note = Table(
    "evaluation_note",
    metadata,
    key(),
    refers_to("evaluation", index=True),
    Column("kind", String(20), nullable=False),
    Column("field", String(20), nullable=False),
    Column("used", Text, nullable=False, comment="what was recorded"),
    Column("other", Text, comment="what the place says instead"),
    Column("place", String(10), nullable=False),
    one_of("kind", get_args(NoteKind)),
    one_of("place", get_args(Place)),
)

measure = Table(
    "measure",
    metadata,
    key(),
    # Texts are empty, not null, where nothing is stated: null is equal to nothing in a constraint.
    Column("task", String(200), nullable=False),
    Column("version", String(20), nullable=False),
    Column("prompt", String(200), nullable=False),
    Column("metric", String(80), nullable=False),
    Column("filter", String(80), nullable=False),
    Column("higher_is_better", Boolean, comment="null: not stated"),
    UniqueConstraint("task", "version", "prompt", "metric", "filter"),
)

score = Table(
    "score",
    metadata,
    Column(
        "evaluation_id",
        Integer,
        ForeignKey("evaluation.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("measure_id", Integer, ForeignKey("measure.id"), primary_key=True, autoincrement=False),
    Column("value", Double, nullable=False),
    Column("stderr", Double),
    Column("samples", Integer),
    # A quarter of a million rows, always read by evaluation: the key is the table.
    sqlite_with_rowid=False,
)
