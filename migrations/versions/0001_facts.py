"""Create the facts: sources, suites, models, facts, names and checkpoints.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=40),
            nullable=False,
            comment="decides precedence: catalog.facts.PRECEDENCE",
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("commit", sa.String(length=40), nullable=True),
        sa.Column(
            "digest", sa.String(length=80), nullable=True, comment="algorithm:hex of the document"
        ),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("key", name=op.f("uq_source_key")),
    )
    op.create_table(
        "suite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("shipped", sa.Boolean(), nullable=False, comment="false: `catalog suites add`"),
        sa.Column(
            "digest",
            sa.String(length=80),
            nullable=False,
            comment="sha256:hex of the data file it came from",
        ),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('released', 'comparison', 'unpublished', 'private')",
            name=op.f("ck_suite_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suite")),
        sa.UniqueConstraint("name", name=op.f("uq_suite_name")),
    )
    op.create_table(
        "model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("suite_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False, comment="the name in use today"),
        sa.Column("repo_id", sa.String(length=200), nullable=True, comment="null: never published"),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="position in its suite file"),
        sa.Column("architecture", sa.String(length=60), nullable=False),
        sa.Column(
            "size", sa.String(length=20), nullable=True, comment="the size in its name: 70M, 1.4B"
        ),
        sa.Column("params_total", sa.BigInteger(), nullable=True),
        sa.Column("params_non_embedding", sa.BigInteger(), nullable=True),
        sa.Column("tokens_per_published_step", sa.BigInteger(), nullable=True),
        sa.Column("tokens_per_training_step", sa.BigInteger(), nullable=True),
        sa.Column(
            "sequence_tokens",
            sa.Integer(),
            nullable=True,
            comment="tokens stored per training sequence (2,049)",
        ),
        sa.Column("sequences_per_training_step", sa.Integer(), nullable=True),
        sa.Column(
            "dataset_tokens", sa.BigInteger(), nullable=True, comment="tokens in one epoch, about"
        ),
        sa.Column(
            "derived_from",
            sa.String(length=200),
            nullable=True,
            comment="name of the model this run continues or varies",
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["suite_id"], ["suite.id"], name=op.f("fk_model_suite_id_suite"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model")),
        sa.UniqueConstraint("name", name=op.f("uq_model_name")),
        sa.UniqueConstraint("repo_id", name=op.f("uq_model_repo_id")),
    )
    op.create_index(op.f("ix_model_suite_id"), "model", ["suite_id"], unique=False)

    op.create_table(
        "checkpoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column(
            "published_step",
            sa.Integer(),
            nullable=True,
            comment="the number in the branch name; null: not published",
        ),
        sa.Column(
            "training_step", sa.Integer(), nullable=True, comment="optimizer updates; null: unknown"
        ),
        sa.Column("tokens_seen", sa.BigInteger(), nullable=True, comment="null: unknown"),
        sa.Column(
            "revision",
            sa.String(length=120),
            nullable=True,
            comment="branch or tag; null: not published",
        ),
        sa.CheckConstraint("tokens_seen >= 0", name=op.f("ck_checkpoint_tokens_seen")),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["model.id"],
            name=op.f("fk_checkpoint_model_id_model"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
        sa.UniqueConstraint("model_id", "revision", name=op.f("uq_checkpoint_model_id_revision")),
        sa.UniqueConstraint(
            "model_id", "tokens_seen", name=op.f("uq_checkpoint_model_id_tokens_seen")
        ),
        sa.UniqueConstraint(
            "model_id", "training_step", name=op.f("uq_checkpoint_model_id_training_step")
        ),
    )
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "closed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the shipped facts stopped saying so",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_fact_model_id_model"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_fact_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index(op.f("ix_fact_model_id"), "fact", ["model_id"], unique=False)
    op.create_index(
        op.f("ix_fact_model_id_source_id_key"),
        "fact",
        ["model_id", "source_id", "key"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )

    op.create_table(
        "name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=200), nullable=False, comment="as people write it"),
        sa.Column(
            "folded", sa.String(length=200), nullable=False, comment="catalog.names.fold(text)"
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "valid_from", sa.Date(), nullable=True, comment="null: since before the catalog knows"
        ),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="exclusive; null: still valid"),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('current', 'former', 'pre-release', 'repository', 'file-label')",
            name=op.f("ck_name_kind"),
        ),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from < valid_to",
            name=op.f("ck_name_period"),
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model.id"], name=op.f("fk_name_model_id_model"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_name_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name")),
        sa.UniqueConstraint(
            "model_id", "text", "valid_from", name=op.f("uq_name_model_id_text_valid_from")
        ),
    )
    op.create_index(op.f("ix_name_folded"), "name", ["folded"], unique=False)
    op.create_index(op.f("ix_name_model_id"), "name", ["model_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    for table in ("name", "fact", "checkpoint", "model", "suite", "source"):
        op.drop_table(table)
