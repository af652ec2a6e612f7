"""What drivers say about locks, permissions, full disks and foreign files, in our words."""

from catalog.errors import BadInput, CouldNotCheck, DatabaseBusy
from catalog.sql.urls import shown

BUSY_TIMEOUT_S = 5.0
"""How long one attempt waits for another process' lock; Ctrl-C is heard between two attempts."""
ATTEMPTS = 24
"""How often a writer tries: it waits for two minutes, as long as eight first uses at once take."""
_SHOWN = 80


def unstorable(error: UnicodeError | OverflowError) -> BadInput | None:
    """Return the error that a value amounts to which no database holds, None for a bug of ours.

    Values of documents were looked at by `catalog.core.foreign`; what is left is what was typed.
    """
    if isinstance(error, UnicodeEncodeError):
        text = ascii(error.object)
        return BadInput(f"{text[:_SHOWN]} is no text", "it holds bytes that are not UTF-8")
    if "SQLite INTEGER" in str(error):
        return BadInput("a number does not fit 64 bits", "give a smaller one")
    if isinstance(error, UnicodeError):  # of the name of a server
        return no_address(str(error))
    return None


def no_address(what: str) -> BadInput:
    """Return the error that a text is no address of a database."""
    return BadInput(f"not a database address: {what}", "give a file or an SQLAlchemy URL")


def foreseen(url: str, text: str, *, ours: bool) -> CouldNotCheck | None:
    """Return the error that a driver's words amount to.

    Args:
        url: the database.
        text: what the driver says; its first line counts.
        ours: whether it may be a mistake of this program: None is then returned for all that is
            not clearly the database's own trouble.
    """
    line, where = text.strip().splitlines()[0], shown(url)
    if "locked" in line or "lock timeout" in line:
        return DatabaseBusy(
            f"the database {where} is locked by another process", "try again when it is done"
        )
    if "malformed" in line:
        return CouldNotCheck(f"{where} is damaged: {line}", "give a copy of it, or another --db")
    if "not a database" in line:
        return CouldNotCheck(f"{where} is not an SQLite database: {line}", "give another --db")
    if ours and "permission denied" not in line and "read-only" not in line:
        return None
    hint = "its owner can grant you the right" if "permission denied" in line else ""
    return CouldNotCheck(f"the database {where} does not work: {line}", hint)
