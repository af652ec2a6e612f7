"""`python -m catalog.guard.packing`: what the observations that ship say of loads, as it ships.

A machine without a catalog is guarded by it. Prints JSON; `make loads` keeps it as
`shipped/loads.json`, and a test compares the two.
"""

import sys
import tempfile
from pathlib import Path

from catalog import api
from catalog.core import held


def document(asked: api.Catalog) -> str:
    """Return the packed file, from a catalog as `init` leaves it."""
    observed = asked.repositories(observed=True)
    known = (asked.loads(repo_id, named=True) for repo_id in observed)
    return held.packed(each for each in known if each is not None)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        fresh = api.open(str(Path(folder) / "catalog.db"))
        fresh.init()
        sys.stdout.write(document(fresh))
