"""The `catalog` command and `python -m catalog`.

A wheel nests `cli/` inside this package; a checkout keeps it beside.
"""

import importlib
import importlib.util

_nested = importlib.util.find_spec("catalog.cli") is not None
main = importlib.import_module("catalog.cli.main" if _nested else "cli.main").main

if __name__ == "__main__":
    main()
