"""Score documents: one file's bytes → values, whatever era wrote it.

What the content says, and no more: what name and folder say is read in `places` beside it, and
which model a label means is looked up by `catalog.verbs.evals`.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from catalog.core import foreign
from catalog.core.foreign import ForeignError
from catalog.core.scores import gate, harness, tabular
from catalog.core.scores.reading import words
from catalog.core.scores.values import Document, NotScoresError
from catalog.errors import CheckedBad

# Scores may well be in these: that they are none was never looked at.
_UNREAD = words(".jsonl .ndjson .parquet .xlsx .zip .7z .tar .gz .tgz .xz .txz .bz2 .tbz2 .zst")


def worth_reading(path: str) -> bool:
    """Return whether a file of this name can hold scores in a form known here."""
    return PurePosixPath(path).suffix.lower() in (".json", ".csv")


def parse(content: bytes, path: str) -> Document:
    """Read one score document.

    Args:
        content: the bytes of the file.
        path: its path; only the suffix is used.

    Raises:
        NotScoresError: it is whole, but holds no scores.
        CheckedBad: it is truncated or damaged, or holds what cannot be recorded.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _UNREAD:
        raise NotScoresError(f"{suffix} is not read: .json and .csv are, and tar archives by name")
    if not worth_reading(path):
        raise NotScoresError("not a score file")
    try:
        return gate.passed(_read(content, is_table=suffix == ".csv"))
    except ForeignError as error:
        raise CheckedBad(f"truncated or damaged: {error}") from error


def _read(content: bytes, *, is_table: bool) -> Document:
    if is_table:
        return tabular.document(foreign.text_of(content))
    parsed = foreign.json_of(content, numbers_only=False)
    if not isinstance(parsed, Mapping):
        raise NotScoresError("not a score file")
    gate.require_few(parsed)
    return harness.document(parsed)
