"""The data files that ship, as text."""

import os

SHIPPED = os.path.join(os.path.dirname(os.path.dirname(__file__)), "shipped")  # noqa: PTH118, PTH120 - see text


def text(name: str) -> str:
    """Return a file of `catalog/shipped`.

    Opened by its path: `importlib.resources` brings zip files and 4 ms to every start, and a
    package in a zip file could not hold the migrations anyway.
    """
    with open(os.path.join(SHIPPED, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        return file.read()
