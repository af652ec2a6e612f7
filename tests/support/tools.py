"""Prints the developers' tools as installed here, as a constraints file: `tests/tools.txt`.

    python tests/support/tools.py > tests/tools.txt        what `make lock` does

What a user's installation brings too is left out: the tests run with the newest of that, as a user
would. torch and Matplotlib are pinned by the extra `test` itself.
"""

import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "checkpoint-catalog"
FOR_USERS = ("verify", "postgres", "attest", "sbom", "slurm", "tables", "plot")
HEAD = """\
# The developers' tools, pinned so that a new release of one cannot break an unchanged tree.
# Written by `make lock`. Constraints for pip; users are not bound by them.
"""


def required(name: str, extra: str = "") -> Iterator[Requirement]:
    """Yield what an installed package asks for on this machine, with one extra or without."""
    for line in requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def closure(requirements: Iterable[Requirement]) -> set[str]:
    """Return the names of packages and of all that they need, as far as installed."""
    reached: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in reached or name == PROJECT or not is_installed(name):
            continue
        reached.add(name)
        for extra in ("", *requirement.extras):
            waiting.extend(required(name, extra))
    return reached


def is_installed(name: str) -> bool:
    """Return whether this environment has a package."""
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def pinned() -> list[str]:
    """Return a constraint for each tool, and for each package that only tools need."""
    users = closure(line for extra in FOR_USERS for line in required(PROJECT, extra))
    tools = closure(required(PROJECT, "test")) - users
    return [f"{name}=={version(name)}" for name in sorted(tools)]


if __name__ == "__main__":
    sys.stdout.write(HEAD + "".join(f"{line}\n" for line in pinned()))
