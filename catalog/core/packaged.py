"""The data files that ship: as text, and the small tables among them as data.

People read and write the tables as TOML. What a question reads is one JSON file, made of them by
`make statements`: importing a TOML parser and parsing would take 4 ms of every answer.
"""

import json
import os
import sys
from functools import cache
from typing import Any

SHIPPED = os.path.join(os.path.dirname(os.path.dirname(__file__)), "shipped")  # noqa: PTH118, PTH120 - see text
TABLES = ("advisories", "eras", "loaders", "probes", "tolerances")


def text(name: str) -> str:
    """Return a file of `catalog/shipped`.

    Opened by its path: `importlib.resources` brings zip files and 4 ms to every start, and a
    package in a zip file could not hold the migrations anyway.
    """
    with open(os.path.join(SHIPPED, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        return file.read()


def table(name: str) -> dict[str, Any]:
    """Return one of the `TABLES`; days are ISO text."""
    document: dict[str, Any] = _tables()[name]
    return document


@cache
def _tables() -> dict[str, Any]:
    documents: dict[str, Any] = json.loads(text("tables.json"))
    return documents


def compiled() -> str:
    """Return what `tables.json` should hold."""
    import tomllib  # noqa: PLC0415 - a question needs none

    documents = {name: tomllib.loads(text(f"{name}.toml")) for name in TABLES}
    return json.dumps(documents, indent=1, ensure_ascii=False, default=str) + "\n"


if __name__ == "__main__":
    sys.stdout.write(compiled())
