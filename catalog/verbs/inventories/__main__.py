"""`python -m catalog.verbs.inventories FILE.csv...`: pack the inventories that ship.

How `catalog/shipped/observations.jsonl.xz` was made, and is made again by
`make shipped-observations`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from catalog.verbs.inventories.shipping import pack


def main(argv: Sequence[str] | None = None) -> None:
    """Write the packed inventories to standard output."""
    parser = argparse.ArgumentParser(
        prog="python -m catalog.verbs.inventories", description=__doc__
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    sys.stdout.buffer.write(pack(file.read_bytes() for file in options.files))


if __name__ == "__main__":
    main()
