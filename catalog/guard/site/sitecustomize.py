"""Turns the guard on in every Python that starts with this folder on its path (`catalog run`).

Python imports a module of this name as it starts. The environment's own one, if there is one, is
run first; nothing that goes wrong here may keep a program from starting.
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

HERE = str(Path(__file__).parent)


def chain() -> None:
    """Run the module of this name that this one stands before."""
    sys.path[:] = [place for place in sys.path if place != HERE]
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def guard() -> None:
    """Turn the guard on; a Python that has no catalog goes on without."""
    try:
        import catalog.guard  # noqa: F401, PLC0415 - it is what this is for
    except ImportError as error:
        sys.stderr.write(f"catalog.guard: not in this Python ({sys.executable}): {error}\n")


try:
    chain()
finally:
    guard()
