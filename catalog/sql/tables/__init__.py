"""Every table, as SQLAlchemy Core. No mapped classes: rows stay rows, `queries` hands out values.

Migrations are the schema; these tables are what the code believes it to be, and a test compares
the two. Tokens, parameter counts and sizes are 64-bit; keys are plain integers, because SQLite
only numbers a column that is called INTEGER. The words that a column may hold are the core's.
"""

from catalog.sql.tables.columns import UtcTime, metadata
from catalog.sql.tables.desk import note, tag
from catalog.sql.tables.evaluations import evaluation, evaluation_note, measure, score, score_file
from catalog.sql.tables.facts import checkpoint, fact, model, name, source, suite
from catalog.sql.tables.hub import (
    branch,
    finding,
    hub_commit,
    hub_file,
    look,
    repository,
    shard_index,
)
from catalog.sql.tables.weights import (
    file,
    fingerprint,
    manifest,
    observation,
    tensor,
    verification,
    weight_set,
)

__all__ = [
    "UtcTime",
    "branch",
    "checkpoint",
    "evaluation",
    "evaluation_note",
    "fact",
    "file",
    "finding",
    "fingerprint",
    "hub_commit",
    "hub_file",
    "look",
    "manifest",
    "measure",
    "metadata",
    "model",
    "name",
    "note",
    "observation",
    "repository",
    "score",
    "score_file",
    "shard_index",
    "source",
    "suite",
    "tag",
    "tensor",
    "verification",
    "weight_set",
]
