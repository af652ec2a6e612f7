"""Which files of a study are read, and their text.

Left out: what git ignores, environments and caches, links, what is too large, binary, minified, or
of a kind that nobody reads here. Every file that was named itself is read or refused.
"""

import os
import stat
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from catalog.core.mentions.reading import KINDS, LONGEST_LINE
from catalog.errors import BadInput, CouldNotCheck
from catalog.studies import repository

MOST_BYTES = 4 << 20
"""Of a file: what people write is smaller; a notebook is mostly its outputs."""
MOST_NOTEBOOK_BYTES = 32 << 20
MOST_FILES = 200_000
LEFT_OUT = frozenset(
    (".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints",
     ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", "site-packages",
     ".eggs", "wandb", ".cache")
)  # fmt: skip
"""Folders that hold nobody's study."""
_MADE = (".ipynb", ".json")


class Source(NamedTuple):
    """A file to read.

    Attributes:
        path: where it is.
        shown: what to call it: as it was asked for, or below what was.
    """

    path: Path
    shown: str


class Text(NamedTuple):
    """What a file holds.

    Attributes:
        text: None where it is not read.
        why: why it is not, or what a reader should know of how it was.
    """

    text: str | None
    why: str | None = None


def sources(paths: Iterable[str]) -> Iterator[Source]:
    """Yield the files of what was named, each once.

    Raises:
        BadInput: there is no such file or folder, or it is of a kind that is not read.
        CouldNotCheck: a folder cannot be listed, or holds too many files.
    """
    seen: set[str] = set()
    for text in paths:
        for source in _of(Path(text)):
            real = os.path.realpath(source.path)
            if real in seen:
                continue
            seen.add(real)
            if len(seen) > MOST_FILES:
                raise CouldNotCheck(
                    f"{text} holds more than {MOST_FILES:,} files", "name its parts"
                )
            yield source


def _of(path: Path) -> Iterator[Source]:
    try:
        is_folder = path.is_dir()
        is_there = path.exists()
    except OSError as error:
        raise CouldNotCheck(f"cannot read {path}: {error.strerror}") from error
    if not is_there:
        raise BadInput(f"{path} does not exist", "name a file or folder of the study")
    if not is_folder:
        if not path.is_file():
            raise CouldNotCheck(f"{path} is no regular file")
        if path.suffix.lower() not in KINDS:
            kinds = " ".join(sorted(KINDS))
            raise BadInput(f"{path} is of no kind that is read", f"it reads {kinds}")
        yield Source(path, str(path))
        return
    listed = repository.files(path)
    for each in sorted(_walked(path)) if listed is None else listed:
        if Path(each).suffix.lower() in KINDS and not LEFT_OUT & set(Path(each).parts[:-1]):
            file = path / each
            if _is_regular(file):
                yield Source(file, os.path.normpath(os.path.join(path, each)))  # noqa: PTH118 - `./a` is a


def _is_regular(file: Path) -> bool:
    """Return whether a file is one itself: a link leads elsewhere, perhaps in a circle."""
    try:
        return stat.S_ISREG(file.lstat().st_mode)
    except OSError:
        return False


def _walked(top: Path) -> Iterator[str]:
    """Yield the files below a folder, relative to it; links to folders are not followed."""

    def fail(error: OSError) -> None:
        raise CouldNotCheck(f"cannot read {error.filename}: {error.strerror}") from error

    for folder, folders, names in os.walk(top, onerror=fail):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in names:
            yield os.path.relpath(Path(folder, name), top)


# Their text ------------------------------------------------------------------------------------


def raw(source: Source) -> bytes | str:
    """Return a file's bytes, or why they are not read."""
    most = MOST_NOTEBOOK_BYTES if source.path.suffix.lower() == ".ipynb" else MOST_BYTES
    try:
        size = source.path.stat().st_size
        if size > most:
            return f"it has {size:,} bytes, more than the {most:,} that are read"
        return source.path.read_bytes()
    except OSError as error:
        return f"it cannot be read: {error.strerror}"


def text_of(source: Source, content: bytes) -> Text:
    """Return a file's text."""
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encoding = marks.get(content[:2])
    if encoding is None and b"\0" in content[:8192]:
        return Text(None, "it is binary")
    kind = source.path.suffix.lower()
    try:
        text = content.decode(encoding or _declared(content, kind))
    except (UnicodeDecodeError, LookupError):
        text = content.decode("latin-1")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if kind not in _MADE and any(len(line) > LONGEST_LINE for line in text.split("\n")):
        return Text(
            None, f"it has lines of more than {LONGEST_LINE:,} characters: no person wrote them"
        )
    return Text(text)


def _declared(content: bytes, kind: str) -> str:
    """Return the encoding that a Python file declares, UTF-8 for every other."""
    if kind != ".py":
        return "utf-8"
    lines = iter(content.split(b"\n", 2)[:2])
    try:
        return tokenize.detect_encoding(lambda: next(lines, b""))[0]
    except SyntaxError:
        return "utf-8"
