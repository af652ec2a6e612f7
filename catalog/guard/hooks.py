"""Puts a function before a library's own: now where it is imported, else as soon as it will be.

Imports no library. A name that other modules bound before (`from huggingface_hub import
hf_hub_download`) is replaced there too; what a function keeps in a closure is out of reach. Which
functions these are, and what stands before them, is in `catalog.guard.seams`.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog.guard import asking
from catalog.guard.words import note

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

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
        older: the name of what is hooked in the same way where the module has not `name`.
    """

    module: str
    name: str
    library: str
    tested: str
    wrap: Wrap
    spared: tuple[str, ...] = ()
    older: str = ""

    def bound(self) -> Any:  # noqa: ANN401 - anything that a library may have
        """Return what the module has there, None where it has neither."""
        space = vars(sys.modules.get(self.module, ModuleType("")))
        return space.get(self.name) or space.get(self.older)


def install(seams: Sequence[Seam]) -> None:
    """Hook what is imported, and what will be."""
    if not any(map(_Finder(seams).is_like, sys.meta_path)):
        sys.meta_path.insert(0, _Finder(seams))
    ready = [seam for seam in seams if _is_ready(sys.modules.get(seam.module))]
    if ready:
        asking.prepare()  # now, in the import that a user expects to take time, not in a load
        hook(ready)


def remove(seams: Sequence[Seam]) -> None:
    """Put every library's own functions back."""
    is_ours = _Finder(seams).is_like
    sys.meta_path[:] = [finder for finder in sys.meta_path if not is_ours(finder)]
    changes = []
    for seam in seams:
        guarded = seam.bound()
        original = vars(guarded).get(MARK) if hasattr(guarded, "__dict__") else None
        if original is not None:
            changes.append(_Change(guarded, original))
    _rebind(changes)


def _is_ready(module: ModuleType | None) -> bool:
    """Return whether a module was imported to its end."""
    spec = getattr(module, "__spec__", None)
    return module is not None and not getattr(spec, "_initializing", False)


def hook(seams: Iterable[Seam]) -> None:
    """Put the guard's functions before the libraries' own, wherever those are bound."""
    changes = [change for seam in seams if (change := _change(seam)) is not None]
    if changes:
        _rebind(changes)


class _Change(NamedTuple):
    """What is to be bound instead of what, but in some modules."""

    before: Any
    after: Any
    spared: tuple[str, ...] = ()


def _change(seam: Seam) -> _Change | None:
    """Return what a seam changes; None where it is hooked already, or is not there."""
    original = seam.bound()
    if original is None:
        version = getattr(sys.modules.get(seam.library), "__version__", "?")
        place = f"{seam.module}.{seam.name}"
        note(f"{seam.library} {version} has no {place} (tested: {seam.tested}); not guarded there")
        return None
    if hasattr(original, MARK):
        return None
    guarded = seam.wrap(original)
    setattr(guarded, MARK, original)
    return _Change(original, guarded, seam.spared)


def _rebind(changes: Sequence[_Change]) -> None:
    """Replace functions in every module that has them, under whatever name."""
    by_id: Mapping[int, _Change] = {id(change.before): change for change in changes}
    for name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or name.startswith("catalog.guard"):
            continue
        space = vars(module)
        ids = by_id.keys() & set(map(id, list(space.values())))
        if not ids:
            continue
        for key, value in list(space.items()):
            change = by_id.get(id(value))
            if change is not None and name not in change.spared:
                space[key] = change.after


def restore(module: ModuleType, seams: Iterable[Seam]) -> None:
    """Give a module that is to be spared the originals back."""
    space = vars(module)
    for key, value in list(space.items()):
        original = vars(value).get(MARK) if callable(value) and hasattr(value, "__dict__") else None
        if original is not None and any(
            seam.name == key and module.__name__ in seam.spared for seam in seams
        ):
            space[key] = original


class _Finder:
    """Finds nothing itself: lets the others find, and hears when a module was imported."""

    def __init__(self, seams: Sequence[Seam]) -> None:
        self._seams = seams
        self._watched = {seam.module for seam in seams}
        self._watched |= {name for seam in seams for name in seam.spared}

    def is_like(self, finder: object) -> bool:
        """Return whether another finder hears of the same."""
        return isinstance(finder, _Finder) and finder._seams is self._seams  # noqa: SLF001 - ours

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> "ModuleSpec | None":
        """Return the spec that another finder has, with a loader that tells us."""
        if fullname not in self._watched:
            return None
        for finder in sys.meta_path:
            if isinstance(finder, _Finder) or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._listen(spec.loader)
                return spec
        return None

    def _listen(self, loader: "Loader | None") -> None:
        run = getattr(loader, "exec_module", None)
        if loader is None or run is None:
            return

        def exec_module(module: ModuleType) -> None:
            run(module)
            self._imported(module)

        loader.exec_module = exec_module  # type: ignore[method-assign]

    def _imported(self, module: ModuleType) -> None:
        asking.prepare()  # beside what such a library takes, nobody feels it
        restore(module, self._seams)
        hook(seam for seam in self._seams if seam.module == module.__name__)
