"""Create the evaluations: score files, evaluations, notes on them, measures and scores.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _files()
    _evaluations()
    _scores()


def _files() -> None:
    op.create_table(
        "score_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column(
            "digest", sa.String(length=80), nullable=False, comment="sha256:hex of its bytes"
        ),
        sa.Column("path", sa.Text(), nullable=False, comment="where it was first met"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "form",
            sa.String(length=20),
            nullable=False,
            comment="lm-eval-0.3, lm-eval-0.4, csv …",
        ),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
            name=op.f("fk_score_file_source_id_source"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_file")),
        sa.UniqueConstraint("digest", name=op.f("uq_score_file_digest")),
    )
    op.create_index(op.f("ix_score_file_source_id"), "score_file", ["source_id"], unique=False)


def _evaluations() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("score_file_id", sa.Integer(), nullable=False),
        sa.Column("checkpoint_id", sa.Integer(), nullable=False),
        sa.Column("shots", sa.Integer(), nullable=True, comment="null: not stated"),
        sa.Column(
            "evaluated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="null: not stated",
        ),
        sa.Column(
            "stated_model", sa.Text(), nullable=True, comment="the model as the file calls it"
        ),
        sa.Column(
            "stated_step",
            sa.Text(),
            nullable=True,
            comment="the step or revision as the file gives it",
        ),
        sa.Column(
            "commit", sa.String(length=40), nullable=True, comment="null: not bound to weights"
        ),
        sa.Column("harness_version", sa.String(length=40), nullable=True, comment="null: unknown"),
        sa.Column("backend", sa.String(length=40), nullable=True),
        sa.Column("backend_version", sa.String(length=80), nullable=True),
        sa.Column("dtype", sa.String(length=20), nullable=True, comment="null: unknown"),
        sa.Column(
            "sample_limit",
            sa.String(length=20),
            nullable=True,
            comment="null: every document was scored",
        ),
        sa.Column("batch_size", sa.String(length=20), nullable=True),
        sa.Column("device", sa.String(length=40), nullable=True),
        sa.Column(
            "withdrawn",
            sa.Text(),
            nullable=True,
            comment="why its authors took it back; null: it stands",
        ),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"],
            ["checkpoint.id"],
            name=op.f("fk_evaluation_checkpoint_id_checkpoint"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["score_file_id"],
            ["score_file.id"],
            name=op.f("fk_evaluation_score_file_id_score_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
    )
    for column in ("checkpoint_id", "score_file_id"):
        op.create_index(op.f(f"ix_evaluation_{column}"), "evaluation", [column], unique=False)


def _scores() -> None:
    op.create_table(
        "evaluation_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("used", sa.Text(), nullable=False, comment="what was recorded"),
        sa.Column("other", sa.Text(), nullable=True, comment="what the place says instead"),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "kind IN ('contradiction', 'completed', 'doubt')", name=op.f("ck_evaluation_note_kind")
        ),
        sa.CheckConstraint(
            "place IN ('content', 'name', 'folder')", name=op.f("ck_evaluation_note_place")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.id"],
            name=op.f("fk_evaluation_note_evaluation_id_evaluation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_note")),
    )
    op.create_index(
        op.f("ix_evaluation_note_evaluation_id"), "evaluation_note", ["evaluation_id"], unique=False
    )
    op.create_table(
        "measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("prompt", sa.String(length=200), nullable=False),
        sa.Column("metric", sa.String(length=80), nullable=False),
        sa.Column("filter", sa.String(length=80), nullable=False),
        sa.Column("higher_is_better", sa.Boolean(), nullable=True, comment="null: not stated"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
        sa.UniqueConstraint(
            "task",
            "version",
            "prompt",
            "metric",
            "filter",
            name=op.f("uq_measure_task_version_prompt_metric_filter"),
        ),
    )
    op.create_table(
        "score",
        sa.Column("evaluation_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("measure_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("stderr", sa.Double(), nullable=True),
        sa.Column("samples", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.id"],
            name=op.f("fk_score_evaluation_id_evaluation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_score_measure_id_measure")
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "measure_id", name=op.f("pk_score")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Undo."""
    for table in ("score", "measure", "evaluation_note", "evaluation", "score_file"):
        op.drop_table(table)
