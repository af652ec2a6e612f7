"""`python -m catalog.neox FOLDER`: print the facts of training configurations as a suite file's.

How `shipped/suites/pythia-training-configs.toml` was made, and is made again by `make suite-facts`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from catalog.neox import read_all
from catalog.neox.blocks import toml


def main(argv: Sequence[str] | None = None) -> None:
    """Write the facts of configurations to standard output, repairs to standard error."""
    parser = argparse.ArgumentParser(prog="python -m catalog.neox", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--url", required=True, help="address of the folder")
    parser.add_argument("--commit", required=True, help="commit that the files are from")
    parser.add_argument("--also", action="append", default=[], metavar="MODEL=MODEL")
    options = parser.parse_args(argv)
    configurations = read_all(options.paths)
    also = dict(pair.split("=", 1) for pair in options.also)
    sys.stdout.write(toml(configurations, url=options.url, commit=options.commit, also=also))
    for each in configurations:
        for how in each.repairs:
            sys.stderr.write(f"{each.path}: {how}\n")


if __name__ == "__main__":
    main()
