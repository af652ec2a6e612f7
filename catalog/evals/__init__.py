"""Evaluation scores: read into the catalog, and shipped with it.

Comparing scores is a query; see `catalog.queries.evals`.
"""

from catalog.evals.importing import Outcome, Read, import_files

__all__ = ["Outcome", "Read", "import_files"]
