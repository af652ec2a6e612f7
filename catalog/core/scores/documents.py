"""Score documents: one file's bytes → values, whatever era wrote it.

What the content says, and no more: what name and folder say is read in `places` beside it, and
which model a label means is looked up by `catalog.verbs.evals`.
"""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath

from catalog.core.scores import harness, tabular
from catalog.core.scores.values import Document, NotScoresError
from catalog.errors import CheckedBad


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
        CheckedBad: it is truncated or damaged.
    """
    if not worth_reading(path):
        raise NotScoresError("not a score file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CheckedBad(f"damaged: byte {error.start} is not UTF-8") from error
    if PurePosixPath(path).suffix.lower() == ".csv":
        return tabular.document(text)
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        raise CheckedBad(f"truncated or damaged: {error}") from error
    except ValueError as error:  # more digits than Python reads
        raise CheckedBad("damaged: a number is too long") from error
    except RecursionError as error:
        raise CheckedBad("damaged: nested too deep") from error
    if not isinstance(parsed, Mapping):
        raise NotScoresError("not a score file")
    return harness.document(parsed)
