"""The `catalog` command and `python -m catalog`.

A wheel nests `cli/` inside this package; a checkout keeps it beside.
"""

# `signal` without its enums: the handler stands some milliseconds earlier.
import _signal  # type: ignore[import-not-found]
import os


def _leave(*_: object) -> None:
    """Leave at once with one line: nothing was begun that could be left half done."""
    os.write(2, b"catalog: interrupted; run the same command again to go on\n")
    os._exit(130)


if __name__ == "__main__":  # before anything else is imported
    _signal.signal(_signal.SIGINT, _leave)

import gc  # noqa: E402 - as above

# Python's own 700 was chosen for small programs: importing our modules alone passes it forty times,
# and torch and transformers make 650,000, nearly all of which stay.
COLLECT_AFTER = 1_000_000  # objects in containers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


def command_line() -> "ModuleType":
    """Return the module that runs commands."""
    from importlib import import_module, util  # noqa: PLC0415 - after the handler

    nested = util.find_spec("catalog.cli") is not None
    return import_module("catalog.cli.main" if nested else "cli.main")


def _occupy() -> None:
    """Open nothing's device where a standard stream is closed.

    The next file that is opened, a database perhaps, would get its number, and words to print.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def main(argv: "Sequence[str] | None" = None) -> None:
    """Run one command; an interruption while its modules are being imported is one line too.

    Args:
        argv: the words after `catalog`; None takes the process's own.
    """
    if argv is None:
        _signal.signal(_signal.SIGINT, _leave)
        gc.set_threshold(COLLECT_AFTER)
        _occupy()
    command_line().main(argv)


if __name__ == "__main__":
    main()
