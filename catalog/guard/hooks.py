"""Puts a function before a library's own: now where it is imported, else as soon as it will be.

Imports no library. A name that other modules bound before (`from huggingface_hub import
hf_hub_download`) is replaced there too; what a function keeps in a closure is out of reach. Which
functions these are, and what stands before them, is in `catalog.guard.seams`.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple

from catalog.guard import asking
from catalog.guard.words import note

Wrap = Callable[[Any], Any]
MARK = "__catalog_guard__"
"""Set on what stands before a library's own: that, so that nothing is hooked twice."""


class Seam(NamedTuple):
    """One place at which a library is hooked.

    Args:
        module: that defines it.
        name: of the function or class.
        library: the package that people know.
        tested: its version with which this was tested.
        wrap: returns what stands before the original.
        spared: modules that keep the original: what they do is heard elsewhere, or is no load.
    """

    module: str
    name: str
    library: str
    tested: str
    wrap: Wrap
    spared: tuple[str, ...] = ()


def install(seams: Sequence[Seam]) -> None:
    """Hook what is imported, and what will be."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(seams))
    for seam in seams:
        if _is_ready(sys.modules.get(seam.module)):
            hook(seam)


def remove(seams: Sequence[Seam]) -> None:
    """Put every library's own functions back."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    for seam in seams:
        guarded = vars(sys.modules.get(seam.module, ModuleType(""))).get(seam.name)
        original = vars(guarded).get(MARK) if hasattr(guarded, "__dict__") else None
        if original is not None:
            _rebind(guarded, original)


def _is_ready(module: ModuleType | None) -> bool:
    """Return whether a module was imported to its end."""
    spec = getattr(module, "__spec__", None)
    return module is not None and not getattr(spec, "_initializing", False)


def hook(seam: Seam) -> None:
    """Put the guard's function before a library's own, wherever that is bound."""
    original = vars(sys.modules[seam.module]).get(seam.name)
    if original is None:
        version = getattr(sys.modules.get(seam.library), "__version__", "?")
        place = f"{seam.module}.{seam.name}"
        note(f"{seam.library} {version} has no {place} (tested: {seam.tested}); not guarded there")
        return
    if hasattr(original, MARK):
        return
    guarded = seam.wrap(original)
    setattr(guarded, MARK, original)
    _rebind(original, guarded, spared=seam.spared)
    asking.prepare()


def _rebind(before: object, after: object, *, spared: Iterable[str] = ()) -> None:
    """Replace a function in every module that has it, under whatever name."""
    kept = set(spared)
    for name, module in list(sys.modules.items()):
        if name in kept or not isinstance(module, ModuleType) or name.startswith("catalog.guard"):
            continue
        space = vars(module)
        for key in [key for key, value in list(space.items()) if value is before]:
            space[key] = after


def restore(module: ModuleType, seams: Iterable[Seam]) -> None:
    """Give a module that is to be spared the originals back."""
    space = vars(module)
    for key, value in list(space.items()):
        original = vars(value).get(MARK) if callable(value) and hasattr(value, "__dict__") else None
        if original is not None and any(
            seam.name == key and module.__name__ in seam.spared for seam in seams
        ):
            space[key] = original


class _Finder(MetaPathFinder):
    """Finds nothing itself: lets the others find, and hears when a module was imported."""

    def __init__(self, seams: Sequence[Seam]) -> None:
        self._seams = seams
        self._watched = {seam.module for seam in seams}
        self._watched |= {name for seam in seams for name in seam.spared}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that another finder has, with a loader that tells us."""
        if fullname not in self._watched:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._listen(spec.loader)
                return spec
        return None

    def _listen(self, loader: Loader | None) -> None:
        run = getattr(loader, "exec_module", None)
        if loader is None or run is None:
            return

        def exec_module(module: ModuleType) -> None:
            run(module)
            self._imported(module)

        loader.exec_module = exec_module  # type: ignore[method-assign]

    def _imported(self, module: ModuleType) -> None:
        restore(module, self._seams)
        for seam in self._seams:
            if seam.module == module.__name__:
                hook(seam)
