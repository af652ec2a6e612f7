"""What the functions of this ring, and the verbs above it, are handed: a reader or a writer."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import sqlalchemy as sa

Reader: TypeAlias = "sa.Connection"
"""An open catalog that is asked."""

Writer: TypeAlias = "sa.Connection"
"""An open transaction: asked and written to."""
