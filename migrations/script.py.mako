"""${message}

Operating rules:
- one thing a migration, said in its first line;
- change tables in `with op.batch_alter_table(...)`, which is plain ALTER on PostgreSQL;
- name every constraint through the naming convention; tokens, counts and sizes are BigInteger;
- read what autogenerate wrote: it sees neither renames nor changed checks;
- append the revision to `catalog.sql.database.REVISIONS`.

Revision: ${up_revision}, after ${down_revision | comma,n}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Undo."""
    ${downgrades if downgrades else "pass"}
