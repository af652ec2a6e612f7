"""Files that commands write: whole, or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from catalog.errors import BadInput, CouldNotCheck


def write_file(file: Path, text: str | bytes) -> None:
    """Write a whole file or nothing: beside it first, then moved into its place.

    Raises:
        CouldNotCheck: no permission, no space, no such folder.
    """
    raw = text.encode() if isinstance(text, str) else text
    try:
        target = file.resolve()
        special = target.exists() and not target.is_file()
    except (OSError, RuntimeError) as error:  # Python 3.11's word for a loop of links
        why = error.strerror if isinstance(error, OSError) else "a loop of links"
        raise CouldNotCheck(f"cannot write {file}: {why}") from error
    if special:
        _fill(target, raw, file)
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _fill(beside, raw, file)
        beside.replace(target)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {file}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # where it could not be made, it need not go
            beside.unlink()


def append_to(file: Path, text: str) -> None:
    """Add to the end of a file, or begin one: all of the text, or nothing.

    Others may be adding to it at the same time, so it is not written anew.

    Raises:
        CouldNotCheck: no permission, no space, no such folder.
    """
    raw = memoryview(text.encode())
    try:
        with open(file, "ab", buffering=0, opener=_at_once) as stream:
            before = os.fstat(stream.fileno()).st_size
            try:
                while raw:
                    raw = raw[stream.write(raw) or 0 :]
            except OSError:
                with suppress(OSError):
                    stream.truncate(before)
                raise
    except OSError as error:
        raise CouldNotCheck(f"cannot write {file}: {error.strerror or error}") from error


def require_place(file: Path) -> None:
    """Refuse a file that could not be written, before the work whose result it shall hold.

    Raises:
        BadInput: it is `-`, which elsewhere means standard output, where the answer itself goes.
        CouldNotCheck: there is no such folder, or a folder has the name.
    """
    if str(file) == "-":
        raise BadInput("- is no file here", "give the file a name; what is printed can be piped")
    if file.is_dir():
        raise CouldNotCheck(f"cannot write {file}: Is a directory")
    if not file.absolute().parent.is_dir():
        raise CouldNotCheck(f"cannot write {file}: No such file or directory")


def may_replace(file: Path, sign: bytes | None) -> bool:
    """Return whether a report may be written to a file: a slip must cost nobody weights or a lock.

    Args:
        file: where.
        sign: what stands at the beginning of such a report; None: the report is added to a text.
    """
    if not file.is_file():
        return True
    beginning = beginning_of(file)
    if sign is None:
        return b"\0" not in beginning and not beginning.lstrip().startswith(b"{")
    return sign in beginning or not beginning


def beginning_of(file: Path) -> bytes:
    """Return the first bytes of a file, which say what it is.

    Raises:
        CouldNotCheck: it cannot be read, so nobody knows what would be lost.
    """
    try:
        with file.open("rb") as stream:
            return stream.read(_BEGINNING)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {file}: {error.strerror}") from error


def require_free(file: Path, sign: bytes, what: str, *, force: bool) -> None:
    """Refuse to write over what must not be lost: evidence, and whatever else has the name.

    Reports that are made anew of the same question, night after night, take their own places.

    Args:
        file: where.
        sign: what stands at the beginning of such a file.
        what: what it is, in an error.
        force: whether one that is there may go; anything else never may.

    Raises:
        BadInput: a file is there that must not be lost, or it has no name.
        CouldNotCheck: it could not be written.
    """
    require_place(file)
    if not may_replace(file, sign):
        raise BadInput(f"{file} is there and no {what}", "write to another name")
    if file.is_file() and file.stat().st_size and not force:
        raise BadInput(f"{file} exists", "write to another name, or over it with --force")


_BEGINNING = 1024


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever is to read from a pipe; without a reader it is an error."""
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    os.set_blocking(descriptor, True)
    return descriptor


def _fill(path: Path, raw: bytes, shown: Path) -> None:
    """Write and force to disk."""
    try:
        with open(path, "wb", opener=_at_once) as stream:
            stream.write(raw)
            stream.flush()
            if path.is_file():  # a pipe has no disk
                os.fsync(stream.fileno())
    except OSError as error:
        raise CouldNotCheck(f"cannot write {shown}: {error.strerror or error}") from error
