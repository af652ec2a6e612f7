"""One architecture, stated three times: the contract, the package's docstring, the design page."""

import tomllib
from pathlib import Path

import pytest

import catalog

CHECKOUT = Path(__file__).parent.parent


def rings() -> list[str]:
    """Return the places of the import contract, the outermost first."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each.get("containers") == ["catalog"])
    return contract["layers"]


def drawn(text: str) -> list[list[str]]:
    """Return the places of every line that draws the rings."""
    lines = [line for line in text.splitlines() if " → " in line and "core" in line]
    return [[place.strip() for place in line.split("→")] for line in lines]


@pytest.mark.parametrize(
    "text",
    [catalog.__doc__, (CHECKOUT / "docs/explanation/design.md").read_text()],
    ids=["catalog/__init__.py", "design.md"],
)
def test_the_rings_are_drawn_as_the_contract_has_them(text: str) -> None:
    """The drawing names the same places in the same order; the faces stand before them."""
    (places,) = drawn(text)
    assert [place for place in places if place != "cli"] == rings()


def test_every_module_is_in_a_ring() -> None:
    """What lies in `catalog/` is a ring, or packaged data."""
    named = {ring.strip() for place in rings() for ring in place.split("|")}
    there = {path.name.removesuffix(".py") for path in (CHECKOUT / "catalog").iterdir()}
    others = {"__init__", "__main__", "__pycache__", "shipped", "py.typed"}
    assert there - others == named
