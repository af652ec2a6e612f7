"""The `catalog` command and `python -m catalog`.

A wheel nests `cli/` inside this package; a checkout keeps it beside.
"""

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


def _leave(*_: object) -> None:
    """Leave at once with one line: nothing was begun that could be left half done."""
    os.write(2, b"catalog: interrupted; run the same command again to go on\n")
    os._exit(130)


def command_line() -> "ModuleType":
    """Return the module that runs commands."""
    from importlib import import_module, util  # noqa: PLC0415 - after the handler

    nested = util.find_spec("catalog.cli") is not None
    return import_module("catalog.cli.main" if nested else "cli.main")


def main(argv: "Sequence[str] | None" = None) -> None:
    """Run one command; an interruption while its modules are being imported is one line too.

    Args:
        argv: the words after `catalog`; None takes the process's own.
    """
    if argv is None:
        signal.signal(signal.SIGINT, _leave)
    command_line().main(argv)


if __name__ == "__main__":
    main()
