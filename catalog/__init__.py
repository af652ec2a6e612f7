"""The metadata catalog and checkpoint registry for language-model suites.

The public Python API is here; `open` is the door, and the rest are shortcuts through the default
catalog::

    import catalog

    c = catalog.open()                       # $CATALOG_DB, else the user-data folder
    c.at("300B", "pythia-70m").rows
    catalog.name("pythia-350m").answer.model

The package is made of rings, a folder each; imports go inwards only::

  api → _door → documents → verbs → sql | hub | weights | forward | neox → core → errors | progress

`api` is the one door: it owns the database's address, the clock and the transactions; `documents`
turns values into plain data; `verbs` does what a command asks for, one module a job; the rings of
the next place each know one thing outside (the database, the Hub, weight files, the network,
training configurations), and not one another; `core` holds values and rules and needs the standard
library only.

Importing this package imports nothing else: every name below is looked up when it is asked for.
"""

TYPE_CHECKING = False  # typing is imported by nobody before Ctrl-C is one line (see __main__)
if TYPE_CHECKING:
    from typing import Any

    from catalog.api import Catalog, open  # noqa: A004 - the word for it
    from catalog.errors import CatalogError
    from catalog.progress import Watcher

__version__ = "0.1.0"

_SHORTCUTS = (
    "advisories",
    "at",
    "audit",
    "checkpoints",
    "compare",
    "hash",
    "log",
    "ls",
    "name",
    "names",
    "scores",
    "show",
    "suites",
    "verify",
    "which",
)
"""Methods of a `Catalog` that only ask: `catalog.at(…)` is `catalog.open().at(…)`."""

__all__ = ["Catalog", "CatalogError", "Watcher", "__version__", "open"]


def __getattr__(name: str) -> "Any":  # noqa: ANN401 - whatever is asked for
    """Look a public name up, and import what it needs only now."""
    if name in ("Catalog", "open"):
        from catalog import api  # noqa: PLC0415

        return getattr(api, name)
    if name == "CatalogError":
        from catalog.errors import CatalogError  # noqa: PLC0415

        return CatalogError
    if name == "Watcher":
        from catalog.progress import Watcher  # noqa: PLC0415

        return Watcher
    if name in _SHORTCUTS:
        from catalog import api  # noqa: PLC0415

        return getattr(api.open(), name)
    raise AttributeError(f"module 'catalog' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*__all__, *_SHORTCUTS})
