"""The three standard streams: any character, closed ones, readers that go away.

What is written here is text that is ready; nothing here knows a format.
"""

import codecs
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress

from catalog.errors import BadInput, CouldNotCheck, one_line

LONGEST_LINE = 1 << 16
"""Characters of a line of standard input: names have 200."""
CLOSED = "cannot write the output: standard output is closed"

_PLAIN = {
    "→": "->",
    "…": "...",
    "±": "+-",
    "\N{EN DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "≤": "<=",
    "≥": ">=",
    "\N{MULTIPLICATION SIGN}": "x",
    "²": "2",
    "“": '"',
    "”": '"',
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}


class OutputLost(CouldNotCheck):
    """What was printed cannot be written; an error need not be printed there either."""


class _Closed(io.TextIOBase):
    """Stands for a standard output that is closed: whoever writes hears of it."""

    def write(self, _text: str, /) -> int:
        """Refuse."""
        raise OutputLost(CLOSED)


def prepare() -> None:
    """Let names that are not UTF-8 pass as their bytes, and every text to any terminal."""
    codecs.register_error("catalog", _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="catalog")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    if sys.stdout is None:
        sys.stdout = _Closed()


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what stands for characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    made = b""
    for character in lacking:
        if "\udc80" <= character <= "\udcff":  # a byte of a name, as Python keeps it
            made += bytes([ord(character) - 0xDC00])
        else:
            made += _PLAIN.get(character, ascii(character)[1:-1]).encode("ascii")
    return made, error.end


def write(text: str) -> None:
    """Write data; a reader that went away (`| head`) is no error, and words go on.

    What is piped stays exact; a terminal would obey some characters, and hide others.

    Raises:
        OutputLost: there is no standard output, or it takes no more.
    """
    try:
        sys.stdout.write(for_terminal(text) if sys.stdout.isatty() else text)
    except BrokenPipeError:
        _discard()
    except (OSError, ValueError) as error:  # ValueError: closed since
        raise _lost(error) from error


def write_bytes(raw: bytes) -> None:
    """Write data that is no text.

    Raises:
        OutputLost: there is no standard output, or it takes no more.
    """
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
    except BrokenPipeError:
        _discard()
    except (AttributeError, OSError, ValueError) as error:
        raise _lost(error) from error


def for_terminal(text: str) -> str:
    r"""Return lines with everything spelled out that is neither printed nor the end of a line.

    >>> for_terminal("a\x1b[2J\nb")
    'a\\x1b[2J\nb'
    """
    return "\n".join(map(one_line, text.split("\n")))


def flush() -> None:
    """Flush; a reader that went away is no error.

    Raises:
        OutputLost: the disk is full, say.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard()
    except (OSError, ValueError) as error:
        raise _lost(error) from error


def _lost(error: Exception) -> OutputLost:
    """Return why output was lost, and let the rest of it go nowhere."""
    _discard()
    if isinstance(error, OSError):
        return OutputLost(f"cannot write the output: {error.strerror}")
    return OutputLost(CLOSED)


def _discard() -> None:
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def holds(text: str) -> bool:
    """Return whether standard output's encoding has every character of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def lines() -> Iterator[str]:
    """Yield the lines of standard input as they come.

    Who asks for the next one has answered the last: where somebody may wait for that, it is sent.

    Raises:
        BadInput: a line has no end.
        CouldNotCheck: it is closed, or cannot be read.
    """
    if sys.stdin is None:
        raise CouldNotCheck("cannot read standard input: it is closed")
    try:
        awaited = not stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode)
    except (OSError, ValueError):  # no file, in tests
        awaited = False
    try:
        while line := sys.stdin.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE and not line.endswith("\n"):
                raise BadInput(
                    f"a line of standard input has more than {LONGEST_LINE:,} characters",
                    "write one name a line",
                )
            yield line
            if awaited:
                flush()
    except OSError as error:
        raise CouldNotCheck(f"cannot read standard input: {error.strerror}") from error
