"""Evaluation scores: read into the catalog, and shipped with it.

Comparing scores is a query; see `catalog.sql.queries.evals`.
"""

from catalog.verbs.evals.amending import Amended, moved, removed
from catalog.verbs.evals.importing import Outcome, Read, import_files
from catalog.verbs.evals.shipping import Shipped, load_shipped, pack
from catalog.verbs.evals.told import Word, mapping

__all__ = [
    "Amended",
    "Outcome",
    "Read",
    "Shipped",
    "Word",
    "import_files",
    "load_shipped",
    "mapping",
    "moved",
    "pack",
    "removed",
]
