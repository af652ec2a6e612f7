"""The metadata catalog and checkpoint registry for language-model suites.

The public Python API is here; `open` is the door, and the rest are shortcuts through the default
catalog::

    import catalog

    c = catalog.open()                       # $CATALOG_DB, else the user-data folder
    c.at("300B", "pythia-70m").rows
    catalog.name("pythia-350m").answer.model

The package is made of rings, a folder each; imports go inwards only::

  guard → api → _door → documents → verbs → sql | hub | weights | forward | neox | keys | cluster | plots | studies → core → errors | progress

`guard` is a face, put before other libraries; `api` is the one door: it owns the database's
address, the clock and the transactions; `documents` turns values into plain data; `verbs` does what
a command asks for, one module a job; the rings of the next place each know one thing outside (the
database, the Hub, weight files, the network, training configurations, keys, pictures, studies), and
not one another; `core` holds values and rules and needs the standard library only.

Importing this package imports nothing else: every name below is looked up when it is asked for.
"""  # noqa: E501 - one line draws the rings

TYPE_CHECKING = False  # typing is imported by nobody before Ctrl-C is one line (see __main__)
if TYPE_CHECKING:
    from typing import Any

    from catalog.api import Catalog, open  # noqa: A004 - the word for it
    from catalog.errors import CatalogError
    from catalog.progress import Watcher

    _default = open()
    advisories = _default.advisories
    at = _default.at
    audit = _default.audit
    checkpoints = _default.checkpoints
    compare = _default.compare
    fingerprint = _default.fingerprint
    hash = _default.hash  # noqa: A001 - the command's word
    load = _default.load
    log = _default.log
    ls = _default.ls
    name = _default.name
    names = _default.names
    scores = _default.scores
    show = _default.show
    suites = _default.suites
    verify = _default.verify
    which = _default.which

__version__ = "0.1.0"

__all__ = [
    "Catalog",
    "CatalogError",
    "Watcher",
    "__version__",
    "advisories",
    "at",
    "audit",
    "checkpoints",
    "compare",
    "fingerprint",
    "hash",
    "load",
    "log",
    "ls",
    "name",
    "names",
    "open",
    "scores",
    "show",
    "suites",
    "verify",
    "which",
]

_HOMES = {"Catalog": "api", "open": "api", "CatalogError": "errors", "Watcher": "progress"}
"""Where each name is that is no shortcut: `catalog.at(…)` is `catalog.open().at(…)`."""


def __getattr__(name: str) -> "Any":  # noqa: ANN401 - whatever is asked for
    """Look a public name up, and import what it needs only now."""
    if name not in __all__:
        raise AttributeError(f"module 'catalog' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    module = import_module(f"catalog.{_HOMES.get(name, 'api')}")
    return getattr(module if name in _HOMES else module.open(), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
