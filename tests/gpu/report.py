"""Says in Markdown what a measurement found: `report.markdown`.

    python tests/gpu/report.py FILE

prints the tables of a file that `measure.py` wrote.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

Document = dict[str, Any]


def markdown(document: Document) -> str:
    """Return everything measured as tables."""
    parts = (_about, _distances, _repeats, _used, _detection, _speed, _memory)
    lines = [line for part in parts for line in (*part(document), "")]
    if document["left_out"]:
        lines += [f"No time for: {', '.join(document['left_out'])}.", ""]
    return "\n".join(lines)


def _about(document: Document) -> Iterator[str]:
    about = document["about"]
    yield f"# The forward pass on {about['device_name']} ({about['device']}), {about['date']}"
    yield ""
    versions = ", ".join(
        f"{name} {about[name]}"
        for name in ("torch", "transformers", "cuda", "python")
        if about[name]
    )
    yield f"{versions}; {document['seconds']:.0f} s."


def _distances(document: Document) -> Iterator[str]:
    yield from _table(
        "network|devices|dtypes|what differs|pairs|median|99 %|largest|allowed",
        (
            (
                row["network"],
                _both(row["devices"]),
                _both(row["dtypes"]),
                row["what"],
                row["pairs"],
                *(f"{row[key]:.1e}" for key in ("median", "p99", "largest")),
                f"{row['allowed']:g}",
            )
            for row in document["comparisons"]
        ),
    )


def _both(pair: Sequence[str]) -> str:
    """Return two words as one where they are equal."""
    return " and ".join(dict.fromkeys(pair))


def _repeats(document: Document) -> Iterator[str]:
    yield from _table(
        "network|dtype|readings|processes|different fingerprints|largest difference",
        (
            (*(row[key] for key in keys), f"{row['largest']:.1e}")
            for keys in [("network", "dtype", "readings", "processes", "different")]
            for row in document["determinism"]
        ),
    )


def _used(document: Document) -> Iterator[str]:
    yield from _table(
        "used|devices|networks|seconds|as one card alone, or the file, has it",
        (
            (
                row["what"],
                ", ".join(row["devices"]),
                row["networks"],
                f"{row['seconds']:.2f}",
                "yes" if row["equal"] else "no",
            )
            for row in document["used"]
        ),
    )


def _detection(document: Document) -> Iterator[str]:
    yield from detection(document["detection"])


def detection(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the table of what each level sees."""
    yield from _table(
        "damage|planted|digests|forward, same machine|forward, another machine|median difference",
        (
            (
                row["kind"],
                row["planted"],
                *(_share(row[key], row["planted"]) for key in SEEN),
                "not finite" if row["median"] is None else f"{row['median']:.1e}",
            )
            for row in rows
        ),
    )


SEEN = ("digests", "same_device", "any_device")


def _share(count: int, planted: int) -> str:
    """Return how many of the planted were seen, in per cent."""
    return f"{100 * count / planted:.1f} %".replace(".0 ", " ")


def _speed(document: Document) -> Iterator[str]:
    rates = document["copy_bytes_per_s"]
    yield (
        "Host to device: " + ", ".join(f"{kind} {_gb(rate)}" for kind, rate in rates.items()) + "."
    )
    yield ""
    yield from _table(
        "network|dtype|file|first|alone|each in a row|rate|of the copy rate|forward|brought there",
        (
            (
                row["network"],
                row["dtype"],
                f"{row['bytes'] / 1e6:,.0f} MB",
                f"{row['first_s']:.2f} s",
                f"{row['alone_s']:.3f} s",
                f"{row['each_s']:.4f} s",
                _gb(row["bytes_per_s"]),
                f"{100 * row['of_copy_rate']:.0f} %",
                f"{row['forward_s']:.4f} s",
                ", ".join(
                    f"{way} {_gb(row['bytes'] / seconds)}"
                    for way, seconds in row["brought_s"].items()
                ),
            )
            for row in document["throughput"]
        ),
    )


def _gb(rate: float) -> str:
    return f"{rate / 1e9:.2f} GB/s"


def _memory(document: Document) -> Iterator[str]:
    yield from _table(
        "network|checkpoints|file|peak memory",
        (
            (
                row["name"],
                row["checkpoints"],
                f"{row['bytes'] / 1e6:,.0f} MB",
                ", ".join(f"{key} {peak / 1e6:,.0f} MB" for key, peak in row["peak_bytes"].items()),
            )
            for row in document["networks"]
        ),
    )


def _table(head: str, rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a Markdown table; `head` has its columns between bars."""
    columns = head.split("|")
    for row in (columns, ["---"] * len(columns), *rows):
        yield f"| {' | '.join(map(str, row))} |"


if __name__ == "__main__":
    sys.stdout.write(markdown(json.loads(Path(sys.argv[1]).read_text())))
