"""Keep the works to cite for a suite of a user's own.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    comment = "JSON: what to cite for it; null: what the program has"
    op.add_column("suite", sa.Column("works", sa.Text(), nullable=True, comment=comment))


def downgrade() -> None:
    """Undo."""
    op.drop_column("suite", "works")
