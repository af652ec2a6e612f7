"""Whose a repository is: one of another owner is another, whatever it is called."""

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.core.names import Answer, Index


def elsewhere(index: "Index", answer: "Answer", name: str, on: date | None) -> "Answer":
    """Say of another owner's repository that it is another, and offer the one that is known.

    Args:
        index: every name.
        answer: that it is unknown.
        name: OWNER/NAME.
        on: the day of the text that it stands in.
    """
    bare = name.rpartition("/")[2]
    known = index.meaning(bare, bare, on).repo_id
    if known is None:
        return answer
    error = f"unknown model {name!r}: it is another repository than {known}"
    return answer._replace(error=error, nearest=(known,), candidates=())
