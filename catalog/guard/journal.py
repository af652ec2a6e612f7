"""`$CATALOG_GUARD_LOG`: what was loaded, one line of JSON a load, for a paper and `catalog lock`.

A line is written by one call that appends, so that several processes may share a file. What a
line says is defined in `catalog.core.journals`.
"""

import os
import sys
from importlib import metadata
from pathlib import Path

from catalog._door import now
from catalog.core import journals
from catalog.core.loads import Load
from catalog.core.manifests import entry_of
from catalog.core.weightsets import CONFIG, is_weights
from catalog.guard import places

_SMALL = 1 << 20
"""Bytes of a file that is read to be digested, where the Hub declares no SHA-256."""


def append(file: str, load: Load, source: places.Source, library: str) -> None:
    """Add a line for a load.

    Raises:
        OSError: it cannot be written.
    """
    held = None if load.branch is None else load.branch.set_of(source.asked.paths)
    wanted = source.asked.paths if held is None else (load.weight_set, *held.files)
    paths = tuple(dict.fromkeys((*wanted, CONFIG)))
    tags = places.declared(source.folder, paths)
    there = (_file(source.folder, path, tags.get(path)) for path in paths)
    files = [each for each in there if each is not None]
    line = journals.line(load, files, when=now(), library=library, version=_version(library))
    spelled = os.path.expanduser(file)  # noqa: PTH111 - Path's own raises without a home
    handle = os.open(spelled, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def _file(folder: Path, path: str, tag: str | None) -> journals.File | None:
    """Return a file that is there, with the digest that the Hub declared of it."""
    try:
        size = (folder / path).stat().st_size
    except OSError:
        return None
    if tag is not None and len(tag) == len(journals.SHA256_ZERO):
        return journals.File(path, size, tag, None)
    if size <= _SMALL and not is_weights(path):
        entry = entry_of(path, (folder / path).read_bytes())
        return journals.File(path, size, entry.sha256, entry.git_sha1)
    return journals.File(path, size, None, None)


def _version(library: str) -> str | None:
    """Return the version of a library that is imported."""
    stated = getattr(sys.modules.get(library), "__version__", None)
    if isinstance(stated, str):
        return stated
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None
