"""Evaluation scores: read into the catalog, and shipped with it.

Comparing scores is a query; see `catalog.queries.evals`.
"""

from catalog.evals.importing import Outcome, Read, import_files
from catalog.evals.shipping import Shipped, load_shipped, pack

__all__ = ["Outcome", "Read", "Shipped", "import_files", "load_shipped", "pack"]
