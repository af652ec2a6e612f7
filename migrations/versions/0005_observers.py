"""Say of each observation and verification who made it; null: whoever keeps this catalog.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("look", "observation", "fingerprint", "verification")


def upgrade() -> None:
    """Apply."""
    for table in TABLES:
        column = sa.Column(
            "observer", sa.String(length=200), nullable=True, comment="null: this catalog"
        )
        op.add_column(table, column)


def downgrade() -> None:
    """Undo."""
    for table in TABLES:
        op.drop_column(table, "observer")
