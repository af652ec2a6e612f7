"""Makes the shipped tolerances of measurements.

    python tests/gpu/tolerances.py cpu.json gpu.json > .cache/tolerances.toml
    mv .cache/tolerances.toml catalog/shipped/tolerances.toml && make statements

A file of `measure.py` speaks for the device that it was measured on; rows that no file measured
stay as they are. A tolerance is `FACTOR` times the largest difference seen, rounded up to 1, 2 or 5
times a power of ten, and at least the dtype's own grain; between machines at least `UNSEEN`.
"""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import spread

from catalog.core import packaged

FACTOR = 4
"""What was seen is not the worst there is: other processors and versions sum in other orders."""
GRAIN = {"float32": 1e-5, "float16": 1e-3, "bfloat16": 1e-2}
"""The step between neighbouring numbers; for float32 some eighty, for sums of many of them."""
UNSEEN = {"float32": 1e-4, "float16": 0.0, "bfloat16": 0.0}
"""For processors and versions that nobody measured: in float32 they differ in the order of sums and
the last places of exp and tanh. In half precision rounding outweighs both, and was measured."""
FINEST_FIRST = ("float32", "float16", "bfloat16")
HEAD = """\
# How far two fingerprints of the same weights may lie apart: docs/explanation/forward-pass.md.
# Written by tests/gpu/tolerances.py from the files of tests/gpu/measure.py; `make statements` then.
# same_device: equal device, versions and dtype. any_device: anything else, dtypes of the two runs
# included. A run in a coarser dtype counts for that dtype; of two devices the one that needs more.
"""

Row = dict[str, Any]


def rounded_up(number: float) -> float:
    """Return the next of 1, 2, 5, 10 … at or above a number.

    >>> rounded_up(1.3e-6), rounded_up(0.5), rounded_up(0.011)
    (2e-06, 0.5, 0.02)
    """
    power = math.floor(math.log10(number))
    steps = (float(f"{digit}e{power}") for digit in (1, 2, 5, 10))
    return next(step for step in steps if step >= number * (1 - 1e-9))


def rows(document: dict[str, Any]) -> Iterator[Row]:
    """Yield a row for each dtype and kind of attention that was measured both ways."""
    compared = document["comparisons"]
    for attention in sorted({str(each["attention"]) for each in compared}):
        for dtype in FINEST_FIRST:
            own = [each for each in compared if _coarsest(each["dtypes"]) == dtype]
            alike = _values(each for each in own if each["same_device"])
            alike += _repeats(each for each in document["determinism"] if each["dtype"] == dtype)
            other = _values(each for each in own if not each["same_device"])
            if alike and other:
                yield _row(document["about"], dtype, attention, alike, other)


def _row(about: Row, dtype: str, attention: str, alike: list[float], other: list[float]) -> Row:
    """Return the tolerance of one dtype and what it rests on."""
    same = rounded_up(max(FACTOR * max(alike), GRAIN[dtype]))
    source = (
        f"measured on {about['device_name']}, {about['date']}: "
        f"at most {max(alike):.1e} alike, {max(other):.1e} otherwise"
    )
    return {
        "device": about["device"],
        "dtype": dtype,
        "attention": attention,
        "same_device": same,
        "any_device": rounded_up(max(FACTOR * max(other), UNSEEN[dtype], 2 * same)),
        "source": source,
        "versions": "; ".join(
            [f"torch {about['torch']}, transformers {about['transformers']}", *about["others"]]
        ),
        "alike": spread.quantiles(alike),
        "otherwise": spread.quantiles(other),
    }


def _coarsest(dtypes: Sequence[str]) -> str:
    return max(dtypes, key=FINEST_FIRST.index)


def _values(compared: Iterator[Row]) -> list[float]:
    return [value for each in compared for value in each["values"]]


def _repeats(repeated: Iterator[Row]) -> list[float]:
    """Return how far each repeated reading was from the first at most."""
    return [each["largest"] for each in repeated for _ in range(each["readings"] - 1)]


def kept(measured: Sequence[Row]) -> list[Row]:
    """Return the shipped rows that were not measured."""
    new = {tuple(row[key] for key in NAMED_BY) for row in measured}
    shipped: list[Row] = packaged.table("tolerances")["tolerance"]
    return [row for row in shipped if tuple(row[key] for key in NAMED_BY) not in new]


NAMED_BY = ("device", "dtype", "attention")


def toml(table: Sequence[Row]) -> str:
    """Return the rows as the shipped file."""
    ordered = sorted(
        table, key=lambda row: (row["device"], row["attention"], FINEST_FIRST.index(row["dtype"]))
    )
    return HEAD + "".join(
        "\n[[tolerance]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in row.items())
        for row in ordered
    )


def _value(value: object) -> str:
    """Return a text, a number or an inline table of numbers as TOML writes it."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in value.items())} }}"
    return json.dumps(value) if isinstance(value, str) else f"{value:.3g}"


def main(files: Sequence[str]) -> None:
    """Print the table of these files."""
    measured = [row for file in files for row in rows(json.loads(Path(file).read_text()))]
    sys.stdout.write(toml([*measured, *kept(measured)]))


if __name__ == "__main__":
    main(sys.argv[1:])
