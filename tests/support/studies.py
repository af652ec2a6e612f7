"""Measures the scanner on labelled places: `python tests/support/studies.py` prints a table.

`tests/studies` has two sets of small sources, written in the manner of real studies, and beside
each set `labels.tsv`: every place by file and line with the model and revision that a reader would
name, and whether it is affected; and the traps, lines that resemble a place and load nothing.
A place is right if file, line, model, revision and verdict are all as labelled.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import catalog

ROOT = Path(__file__).parent.parent / "studies"
SETS = ("built", "heldout")
TODAY = date(2026, 11, 26)
"""The day on which the sources in `today` are read; the other folders have their day's name."""
TRAP, ANY = "trap", "?"
Spot = tuple[str, int, str]


class Measured(NamedTuple):
    """How the scanner did on some files.

    Attributes:
        name: of the set, or the ending of the files.
        places: labelled.
        found: by the scanner.
        right: found as labelled.
        traps: labelled.
        hit: traps that were taken for places.
    """

    name: str
    places: int
    found: int
    right: int
    traps: int
    hit: int

    @property
    def precision(self) -> float:
        """The share of what was found that is right."""
        return self.right / self.found

    @property
    def recall(self) -> float:
        """The share of the labelled places that were found right."""
        return self.right / self.places


def labels(name: str) -> tuple[dict[Spot, tuple[str, str]], set[tuple[str, int]]]:
    """Return the labelled places of a set, and its traps."""
    places: dict[Spot, tuple[str, str]] = {}
    traps = set()
    for line in (ROOT / name / "labels.tsv").read_text().splitlines()[1:]:
        file, number, model, revision, verdict = line.split("\t")
        if verdict == TRAP:
            traps.add((file, int(number)))
        else:
            places[file, int(number), plain(model)] = revision, verdict
    return places, traps


def plain(model: str) -> str:
    """Return a name as labels have it: without its owner."""
    return model.rpartition("/")[2].lower().replace(" ", "-").replace("_", "-")


def scanned(name: str) -> Iterator[tuple[Spot, tuple[str, str]]]:
    """Yield what the scanner finds in a set, in the words of the labels."""
    opened = catalog.open()
    for folder in sorted(path for path in (ROOT / name).iterdir() if path.is_dir()):
        day = TODAY if folder.name == "today" else date.fromisoformat(folder.name)
        for place in opened.scan(folder, on=day).places:
            file = str(Path(place.file).relative_to(ROOT / name))
            revision = place.spelled or ("cannot tell" if place.mention.untold else "none")
            spot = file, place.line, plain(place.written or ANY)
            yield spot, (revision, "yes" if place.is_affected else "no")


def measured(name: str, ending: str = "") -> Measured:
    """Return how the scanner did on a set, or on its files of one kind."""
    places, traps = labels(name)
    found = dict(scanned(name))
    places, found = (
        {spot: said for spot, said in each.items() if spot[0].endswith(ending)}
        for each in (places, found)
    )
    traps = {trap for trap in traps if trap[0].endswith(ending)}
    right = sum(places.get(spot) == said for spot, said in found.items())
    hit = {spot[:2] for spot in found if spot not in places} & traps
    return Measured(ending or name, len(places), len(found), right, len(traps), len(hit))


def wrong(name: str) -> list[tuple[Spot, object, object]]:
    """Return every place that is not as labelled: with the label, and what was found."""
    places, found = labels(name)[0], dict(scanned(name))
    spots = sorted(places.keys() | found.keys())
    return [(s, places.get(s), found.get(s)) for s in spots if places.get(s) != found.get(s)]


def table() -> Iterator[str]:
    """Yield the lines of the table in docs/how-to/scan-a-study.md."""
    yield "set       places  found  right precision  recall  traps hit"
    for each in map(measured, SETS):
        yield (
            f"{each.name:9} {each.places:6} {each.found:6} {each.right:6} {each.precision:9.3f} "
            f"{each.recall:7.3f}  {each.hit} of {each.traps}"
        )


if __name__ == "__main__":
    print("\n".join(table()))  # noqa: T201 - a table is what it is run for
