"""Add tags and notes on models and checkpoints.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

from catalog.sql.tables.columns import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for table, text, moment in (
        ("tag", sa.String(length=60), "tagged_at"),
        ("note", sa.Text(), "noted_at"),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("model_id", sa.Integer(), nullable=False),
            sa.Column(
                "checkpoint_id", sa.Integer(), nullable=True, comment="null: the model as a whole"
            ),
            sa.Column("text", text, nullable=False),
            sa.Column(
                "observer", sa.String(length=200), nullable=True, comment="null: this catalog"
            ),
            sa.Column(moment, UtcTime(), nullable=False),
            sa.ForeignKeyConstraint(
                ["checkpoint_id"],
                ["checkpoint.id"],
                name=op.f(f"fk_{table}_checkpoint_id_checkpoint"),
                ondelete="CASCADE",
            ),
            sa.ForeignKeyConstraint(
                ["model_id"],
                ["model.id"],
                name=op.f(f"fk_{table}_model_id_model"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_model_id"), table, ["model_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("note")
    op.drop_table("tag")
