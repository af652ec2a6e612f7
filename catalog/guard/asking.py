"""Asks the catalog, read-only, what a load gets; where there is none, what ships.

Each repository is asked for once a process, so that a load costs a look into a dictionary. Nothing
that goes wrong here reaches a loader: it becomes one note, and what ships answers from then on.
"""

from catalog.core import loads
from catalog.core.held import HeldRepository, shipped
from catalog.errors import CatalogError, NoDatabase
from catalog.guard.words import note

FORESEEN = (CatalogError, OSError, ValueError, LookupError, ImportError)
"""What the door and the files beside a load raise; a load goes on without."""
_known: dict[str, HeldRepository | None] = {}
_broken: list[bool] = []


def forget() -> None:
    """Ask anew from here on: the catalog may be another one, or know more."""
    _known.clear()
    _broken.clear()


def prepare() -> None:
    """Import what the first question needs, while a library is imported that takes seconds."""
    try:
        from catalog import api  # noqa: PLC0415 - see above
        from catalog.sql import prompt  # noqa: PLC0415 - as above
        from catalog.verbs import guarding  # noqa: PLC0415 - as above

        prompt.statement("hub.places")  # reads all statements
    except FORESEEN as error:
        note(f"the catalog cannot be asked: {error}")
        return
    del api, guarding


def judged(asked: loads.Asked) -> loads.Load | None:
    """Return what a load gets, None where that is no weight set that was seen."""
    return loads.judge(known(asked.repo_id), asked)


def known(repo_id: str) -> HeldRepository | None:
    """Return what is known of a repository's branches."""
    if repo_id not in _known:
        _known[repo_id] = _asked(repo_id)
    return _known[repo_id]


def _asked(repo_id: str) -> HeldRepository | None:
    if not _broken:
        import sqlite3  # noqa: PLC0415 - `import catalog.guard` alone opens nothing

        try:
            from catalog import api  # noqa: PLC0415 - as above

            return api.open().loads(repo_id)
        except NoDatabase:
            note("no catalog: run `catalog init`; until then it knows what ships")
        except (*FORESEEN, sqlite3.Error) as error:
            note(f"the catalog was not asked: {error}; it knows what ships")
        _broken.append(True)
    return shipped(repo_id)
