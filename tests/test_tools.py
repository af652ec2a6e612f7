"""The developers' tools are pinned: each that pyproject.toml asks for, at a version that fits."""

import tomllib
from pathlib import Path

import tools
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parent.parent
PINNED = [
    Requirement(line)
    for line in (CHECKOUT / "tests" / "tools.txt").read_text().splitlines()
    if not line.startswith("#")
]


def test_every_tool_is_pinned() -> None:
    """A tool of the extra `test` has one exact version, which the extra allows."""
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    versions = {canonicalize_name(pin.name): str(pin.specifier) for pin in PINNED}
    asked = [Requirement(line) for line in extras["test"]]
    own = [
        line
        for line in asked
        if canonicalize_name(line.name) not in {tools.PROJECT, "torch", "matplotlib"}
    ]
    assert all(text.startswith("==") for text in versions.values())
    assert [line for line in own if versions[line.name][2:] not in line.specifier] == []


def test_users_are_not_bound() -> None:
    """Nothing that an installation by a user brings is pinned, torch apart."""
    users = tools.closure(
        line for extra in tools.FOR_USERS for line in tools.required(tools.PROJECT, extra)
    )
    assert users & {canonicalize_name(pin.name) for pin in PINNED} == set()
    assert {"sqlalchemy", "typer", "torch"} <= users
