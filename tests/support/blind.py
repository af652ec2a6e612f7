"""Measures the scanner on a blind set: `python tests/support/blind.py [blind2]` prints a table.

`tests/studies/blind` and `blind2` were each written and labelled by somebody who had not seen the
scanner, its tests or an earlier set. `labels.jsonl` has a label a line: a `mention`, or a place of
which nobody can tell the revision (`cannot-tell`), with the model that it means on its day and the
revisions; or a `trap`. A label in `doubt`, or what is reported there, counts for nothing; nor do
revisions under `doubt_revisions`.

A report hits a label where file and model agree and its line is the label's, else one of its
`use_lines`, else the first of its statement. A label is hit once; a further report of a label that
is hit is no false alarm, every other report is. A hit is right if the revisions are the label's
too, and untold where the label says so; `main` is the same as none.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import catalog
from catalog.core.mentions.places import Place

STUDIES = Path(__file__).parent.parent / "studies"
ROOT = STUDIES / "blind"
MENTION, UNTOLD, TRAP = "mention", "cannot-tell", "trap"
Label = dict[str, Any]
KINDS = (".py", ".ipynb", ".sh", ".yaml", ".toml", ".json", ".md", ".tex")


class Measured(NamedTuple):
    """How the scanner did on some files.

    Attributes:
        name: the ending of the files, or `all`.
        places: labelled, without those in doubt.
        hit: of them.
        right: of those hit, with the revisions.
        alarms: reports of what is no place.
    """

    name: str
    places: int
    hit: int
    right: int
    alarms: int

    @property
    def precision(self) -> float:
        """The share of the reports that are right in everything."""
        return self.right / max(self.hit + self.alarms, 1)

    @property
    def recall(self) -> float:
        """The share of the labelled places that were found right in everything."""
        return self.right / max(self.places, 1)

    @property
    def found(self) -> tuple[float, float]:
        """Precision and recall where place and model are asked for, and revisions are not."""
        return self.hit / max(self.hit + self.alarms, 1), self.hit / max(self.places, 1)


class Fault(NamedTuple):
    """A label that is missed or hit wrongly, or a report without a label."""

    file: str
    line: int
    what: str
    label: Label | None
    place: Place | None


def labels(root: Path = ROOT) -> list[Label]:
    """Return every label."""
    return [json.loads(line) for line in (root / "labels.jsonl").read_text().splitlines()]


def scanned(every: Iterable[Label], root: Path = ROOT) -> dict[str, list[Place]]:
    """Return what the scanner finds in each file, read on the day that its labels have."""
    days = {label["file"]: label["date"] for label in every}
    opened = catalog.open()
    found: dict[str, list[Place]] = {}
    for day in sorted(set(days.values())):
        files = [str(root / "files" / file) for file in days if days[file] == day]
        for place in opened.scan(*files, on=date.fromisoformat(day)).places:
            name = Path(place.file).relative_to(root / "files").as_posix()
            found.setdefault(name, []).append(place)
    return found


def _lines(label: Label) -> list[int]:
    return [label["line"], *label.get("use_lines", ()), label["span"][0]]


def _fits(label: Label, place: Place) -> bool:
    if label["kind"] == TRAP:
        return False
    return label["model"] is None or place.meant == label["model"]


def _rank(label: Label, place: Place) -> int | None:
    """Return how near a report is to a label, None where it is none of it."""
    if not _fits(label, place) or place.line not in (lines := _lines(label)):
        return None
    return 0 if place.line == lines[0] else 2 if place.line not in lines[1:-1] else 1


def _revisions(label: Label) -> set[str]:
    said = label["revisions"]
    every = said["all"] if isinstance(said, dict) else said or ()
    return {str(revision) for revision in every} - {"main"}


def _is_right(label: Label, places: list[Place]) -> bool:
    """Return whether the reports that hit a label say what it says."""
    if label.get("doubt_revisions"):
        return True
    if label["kind"] == UNTOLD:
        return any(place.mention.untold is not None for place in places)
    told = {revision for place in places for revision in place.revisions} - {"main"}
    untold = any(place.mention.untold is not None for place in places)
    return told == _revisions(label) and not untold


def compared(every: list[Label], found: dict[str, list[Place]]) -> Iterator[tuple[str, str, Fault]]:
    """Yield how each label and each report without one came out: file, `right` …, and the two."""
    for file in sorted({label["file"] for label in every}):
        mine = [label for label in every if label["file"] == file and label["kind"] != TRAP]
        places = list(found.get(file, ()))
        hits: dict[int, list[Place]] = {}
        used: set[int] = set()
        pairs = sorted(
            (rank, n, m)
            for n, label in enumerate(mine)
            for m, place in enumerate(places)
            if (rank := _rank(label, place)) is not None
        )
        for _, n, m in pairs:
            if n not in hits and m not in used:
                hits[n] = [places[m]]
                used.add(m)
        for _, n, m in pairs:  # a further report of a label that is hit
            if m not in used:
                hits[n].append(places[m])
                used.add(m)
        for n, label in enumerate(mine):
            if label.get("doubt"):
                continue
            what = (
                "missed" if n not in hits else "right" if _is_right(label, hits[n][:1]) else "wrong"
            )
            place = hits[n][0] if n in hits else None
            yield file, what, Fault(file, label["line"], what, label, place)
        doubted = {
            line
            for label in every
            if label["file"] == file and label.get("doubt")
            for line in _lines(label)
        }
        for m, place in enumerate(places):
            if m not in used and place.line not in doubted:
                yield file, "alarm", Fault(file, place.line, "alarm", None, place)


def outcomes(root: Path = ROOT) -> list[tuple[str, str, Fault]]:
    """Return how everything came out."""
    every = labels(root)
    return list(compared(every, scanned(every, root)))


def measured(came: list[tuple[str, str, Fault]], ending: str = "") -> Measured:
    """Return the figures of all files, or of those of one kind."""
    endings = (".yaml", ".yml") if ending == ".yaml" else (ending,)
    count = dict.fromkeys(("right", "wrong", "missed", "alarm"), 0)
    for file, what, _ in came:
        count[what] += file.endswith(endings)
    hit = count["right"] + count["wrong"]
    return Measured(ending or "all", hit + count["missed"], hit, count["right"], count["alarm"])


def table(came: list[tuple[str, str, Fault]]) -> Iterator[str]:
    """Yield the lines of the table in docs/how-to/scan-a-study.md."""
    yield "files   places  found  right  alarms precision  recall"
    for ending in (*KINDS, ""):
        each = measured(came, ending)
        yield (
            f"{each.name:7} {each.places:6} {each.hit:6} {each.right:6} {each.alarms:7} "
            f"{each.precision:9.3f} {each.recall:7.3f}"
        )


if __name__ == "__main__":
    import sys

    named = [word for word in sys.argv[1:] if word != "-v"]
    came_out = outcomes(STUDIES / named[0] if named else ROOT)
    print("\n".join(table(came_out)))  # noqa: T201 - a table is what it is run for
    whole = measured(came_out)
    print("place and model alone: precision {:.3f}, recall {:.3f}".format(*whole.found))  # noqa: T201
    if "-v" in sys.argv:
        for _, what, fault in came_out:
            if what != "right":
                said = fault.place and f"{fault.place.words}: {fault.place.said}"
                text = fault.label and {
                    k: fault.label.get(k)
                    for k in ("kind", "text", "model", "revisions", "use_lines", "span", "note")
                }
                print(what, f"{fault.file}:{fault.line}", "|", said, "|", text)  # noqa: T201
