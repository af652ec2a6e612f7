"""Evaluation scores: read into the catalog, and shipped with it.

Comparing scores is a query; see `catalog.sql.queries.evals`.
"""

from catalog.verbs.evals.importing import Outcome, Read, import_files
from catalog.verbs.evals.shipping import Shipped, load_shipped, pack

__all__ = ["Outcome", "Read", "Shipped", "import_files", "load_shipped", "pack"]
