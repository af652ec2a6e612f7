"""What a score file's name and folders say: model, step, shots, generation, date.

Nothing here is believed by itself. The content of the file comes first; see `settle`.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

from catalog.core.scores import labels
from catalog.core.scores.values import Statement

_LAST_NUMBER = re.compile(r"[_-](\d{1,18})$")
# As trainers name the folder of a save.
_SAVED_STEP = re.compile(r"(?:global[_-]?)?step[_-]?(\d{1,18})(?!\d)", re.IGNORECASE)
_SHOTS = re.compile(r"(?<![a-z0-9])(\d{1,4}|zero|one|five)[-_ ]?shots?(?![a-z])", re.IGNORECASE)
_WORDS = {"zero": 0, "one": 1, "five": 5}
_US_STAMP = re.compile(r"(\d\d)-(\d\d)-(\d{4})-(\d\d)-(\d\d)-(\d\d)$")
_ISO_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d)[-:](\d\d)[-:](\d\d)(?:\.\d+)?$")
_GENERATION = re.compile(r"[a-z]+-v([01])$", re.IGNORECASE)
_RUN = re.compile(r"(?:intervene_\d+|intervention)$", re.IGNORECASE)
_SANITIZED = re.compile(
    r"(?P<owner>[A-Za-z0-9][A-Za-z0-9.-]*)__(?P<name>[A-Za-z0-9](?:[\w.-](?<!__))*?)"
    r"(?:__(?:revision[=_-])?step[_-]?(?P<step>\d{1,9}))?"
)
# Words around the label in a name; what remains is the label.
_NOISE = re.compile(r"^(?:baseline-|results?_?|eval_results_?|lmeval_)+|_+eval_results_?$")
_EDGES = "-_ ."


def name(path: str) -> Statement:
    """Return what a file's name says.

    >>> name("x/pythia-70m-5shot-global_step3000_eval_results_11-25-2022-05-47-11.json").step
    3000
    """
    stem = re.sub(r"\.(?:json|csv)$", "", PurePosixPath(path).name, flags=re.IGNORECASE)
    rest, at = _stamp(stem)
    step = _SAVED_STEP.search(rest)
    number = int(step.group(1)) if step else None
    rest = rest[: step.start()] + rest[step.end() :] if step else rest
    shots = _SHOTS.search(rest)
    if shots:
        rest = rest[: shots.start()] + rest[shots.end() :]
    rest = _NOISE.sub("", rest.strip(_EDGES)).strip(_EDGES)
    trailing = _LAST_NUMBER.search(rest)
    if number is None and trailing and labels.read(rest[: trailing.start()]).size:
        number, rest = int(trailing.group(1)), rest[: trailing.start()]
    label = rest.strip(_EDGES)
    own = _repository(stem)
    if own is not None:
        return replace(own, shots=_shots(shots.group(1)) if shots else None, at=at)
    return Statement(
        label=label if labels.read(label).size else None,
        generation=labels.read(label).generation,
        step=number,
        shots=_shots(shots.group(1)) if shots else None,
        at=at,
    )


def folder(path: str) -> Statement:
    """Return what the names of the folders say; the innermost that speaks is heard.

    >>> folder("evals/pythia-v0/pythia-1.4b/five-shot/x.json").shots
    5
    """
    parts = [part for part in PurePosixPath(path).parts[:-1] if part != "/"][::-1]
    generations = [int(m.group(1)) for part in parts if (m := _GENERATION.match(part))]
    read = [(part, labels.read(part)) for part in parts]
    with_size = [(part, label) for part, label in read if label.size]
    shots = [m.group(1) for part in parts if (m := _SHOTS.fullmatch(part))]
    steps = [int(m.group(1)) for part in parts if (m := _SAVED_STEP.fullmatch(part))]
    runs = [part for part in parts if _RUN.match(part)]
    marked = [label.generation for _, label in with_size[:1] if label.generation is not None]
    own = next((stated for part in parts if (stated := _repository(part))), None)
    if own is not None:
        step = own.step if own.step is not None else next(iter(steps), None)
        return replace(own, step=step, shots=_shots(shots[0]) if shots else None)
    return Statement(
        label=with_size[0][0] if with_size else None,
        generation=next(iter(marked + generations), None),
        run=runs[0] if runs else None,
        step=steps[0] if steps else None,
        shots=_shots(shots[0]) if shots else None,
    )


def _repository(part: str) -> Statement | None:
    """Return the repository that the harness wrote into a name: `OWNER__NAME`, `…__step1000`.

    Anything else behind the name, such as `__sft`, makes it another model.
    """
    match = _SANITIZED.fullmatch(part)
    if match is None:
        return None
    label = f"{match['owner']}/{match['name']}"
    step = None if match["step"] is None else int(match["step"])
    generation = labels.read(label).generation
    return Statement(label, generation, step=step, kind="repository")


def _shots(text: str) -> int:
    return _WORDS[text.lower()] if text.lower() in _WORDS else int(text)


def _stamp(stem: str) -> tuple[str, datetime | None]:
    """Split a time stamp off the end of a name; names state no zone, UTC is assumed."""
    american = _US_STAMP.search(stem)
    if american:
        month, day, year, hour, minute, second = (int(part) for part in american.groups())
        return stem[: american.start()], _moment((year, month, day), (hour, minute, second))
    iso = _ISO_STAMP.search(stem)
    if iso:
        year, month, day, hour, minute, second = (int(part) for part in iso.groups())
        return stem[: iso.start()], _moment((year, month, day), (hour, minute, second))
    return stem, None


def _moment(day: tuple[int, int, int], clock: tuple[int, int, int]) -> datetime | None:
    try:
        return datetime(*day, *clock, tzinfo=UTC)
    except ValueError:
        return None
