"""The examples in docstrings print what they show."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import catalog
import cli

CHECKOUT = Path(__file__).parent.parent
# Its examples ask a catalog; tests/test_python_api.py runs them.
WITH_A_CATALOG = "catalog.api"
# The tests do without its library.
WITH_AN_EXTRA = "catalog.keys.keyless"
MODULES = sorted(
    module.name
    for package in (catalog, cli)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__") and module.name not in {WITH_A_CATALOG, WITH_AN_EXTRA}
)


def examples(name: str) -> list[doctest.DocTest]:
    """Return the docstrings of a module that hold examples."""
    place = CHECKOUT.joinpath(*name.split("."))
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    if ">>> " not in file.read_text():
        return []
    docstrings = doctest.DocTestFinder().find(importlib.import_module(name), name)
    return [docstring for docstring in docstrings if docstring.examples]


SHOWN = {docstring.name: docstring for name in MODULES for docstring in examples(name)}


@pytest.mark.parametrize("name", SHOWN)
def test_a_docstring_is_true(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each example, run in order, prints what stands below it."""
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(SHOWN[name])
    assert not results.failed, capsys.readouterr().out


def test_examples_are_found() -> None:
    """An emptied list would pass unseen."""
    assert len(SHOWN) > 10
