"""Records that are handed on, as plain data."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from catalog.core.counts import count

if TYPE_CHECKING:
    from catalog.documents.plain import Document
    from catalog.verbs.sharing import Exported, Shared


def exported(value: "Exported", file: str) -> "Document":
    """Return what was written to a file."""
    return {"file": file, "by": value.by, "digest": value.digest, **value.counts}


def imported(value: "Shared", file: str) -> "Document":
    """Return what came of a file."""
    return {
        "file": file,
        "by": value.by,
        "digest": value.digest,
        **value.new,
        "known": value.known,
        "unknown": list(value.unknown),
        "contradictions": [
            {"ref": ref, "message": message}
            for ref, messages in value.contradictions.items()
            for message in messages
        ],
    }


def in_words(counts: Mapping[str, int], none: str) -> str:
    """Return how many records there are of each kind, `none` where there is none."""
    kept = [count(number, kind) for kind, number in counts.items() if number]
    return ", ".join(kept) or none
