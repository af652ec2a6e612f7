"""What each kind of record has: its keys, and what may stand at each.

What follows from what a record lists is looked at in `following`.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from catalog.core import foreign
from catalog.core.fingerprints import parse_fingerprint, print_fingerprint
from catalog.core.foreign import ForeignError
from catalog.core.packs.following import CONSISTENT
from catalog.core.published import LookStatus, RefKind, Scope, kept_endpoint
from catalog.core.verdicts import Level, Rule, Verdict
from catalog.core.weightsets import LAYOUTS
from catalog.errors import BadInput

LONGEST_TEXT = 100_000
"""Characters of a text that is no name, such as an environment."""

Gate = Callable[[Any], object]


def require(value: object) -> dict[str, Any]:
    """Return a record that has the keys of its kind, each of its form.

    Raises:
        ForeignError: it has not; or what it states is not what follows from what it lists.
        BadInput: as before.
    """
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or kind not in _KINDS:
        raise ForeignError(f"{foreign.shown(kind)} is no kind of record")
    gates = _KINDS[kind]
    if value.keys() - {"kind"} != gates.keys():
        raise ForeignError(f"a {kind} has the keys {', '.join(gates)}")
    for key, gate in gates.items():
        try:
            gate(value[key])
        except ForeignError as error:
            raise ForeignError(f"{key}: {error}") from error
    if kind in CONSISTENT:
        CONSISTENT[kind](value)
    return value


# What a value may be ---------------------------------------------------------------------------


def _or_none(gate: Gate) -> Gate:
    return lambda value: None if value is None else gate(value)


def _of(words: Iterable[str]) -> Gate:
    known = frozenset(map(str, words))

    def gate(value: object) -> None:
        if not isinstance(value, str) or value not in known:
            raise ForeignError(f"{foreign.shown(value)} is none of {', '.join(sorted(known))}")

    return gate


def _text(value: object, longest: int = LONGEST_TEXT) -> None:
    whole = isinstance(value, str) and foreign.is_encodable(value) and "\0" not in value
    if not isinstance(value, str) or not whole or len(value) > longest:
        raise ForeignError(f"{foreign.shown(value)} is no text of at most {longest:,} characters")


def _short(longest: int) -> Gate:
    """Return what passes a name that fits its column."""
    return lambda value: foreign.name(value, longest)


def _object(value: object) -> None:
    _text(value)
    if not isinstance(foreign.json_of(str(value)), dict):
        raise ForeignError(f"{foreign.shown(value)} is no JSON object")


def _kept(value: object) -> None:
    """Pass where looks are kept: a repository, behind its endpoint where that is not the Hub."""
    endpoint, space, repo_id = foreign.name(value).rpartition(" ")
    foreign.repository(repo_id)
    if space and kept_endpoint(endpoint) != endpoint:
        raise ForeignError(f"{foreign.shown(endpoint)} is no endpoint as it is kept")


def _truth(value: object) -> None:
    if not isinstance(value, bool):
        raise ForeignError(f"{foreign.shown(value)} is neither true nor false")


def _number(value: object) -> None:
    if not isinstance(value, float) or not isfinite(value):  # 1 and 1.0 would be two records
        raise ForeignError(f"{foreign.shown(value)} is no number with a point")


def moment(value: object) -> datetime:
    """Return a moment, which has one spelling: else one record would be two.

    Raises:
        ForeignError: it is none.
    """
    try:
        made = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        made = None
    if made is None or made.tzinfo is not UTC or made.isoformat() != value:
        raise ForeignError(f"{foreign.shown(value)} is no moment as in 2026-11-26T12:00:00+00:00")
    return made


def _rows(*gates: Gate, keys: int = 0) -> Gate:
    """Return what passes a list of lists, each with a value for each gate.

    Args:
        gates: of the columns.
        keys: so many columns at the beginning are those of no other row.
    """

    def gate(value: object) -> None:
        if not isinstance(value, list):
            raise ForeignError(f"{foreign.shown(value)} is no list")
        for row in value:
            if not isinstance(row, list) or len(row) != len(gates):
                raise ForeignError(f"{foreign.shown(row)} is no list of {len(gates)}")
            for cell, inner in zip(row, gates, strict=True):
                inner(cell)
        if keys and len({tuple(row[:keys]) for row in value}) < len(value):
            raise ForeignError("a row stands there twice")

    return gate


def _shape(value: object) -> None:
    for size in value if isinstance(value, list) else [None]:
        foreign.whole(size)


def _map(value: object) -> None:
    if not isinstance(value, dict):
        raise ForeignError("no map of tensors to files")
    for tensor, file in value.items():
        foreign.name(tensor, foreign.LONGEST_PATH)
        foreign.path(file)


def _fingerprint(value: Any) -> None:  # noqa: ANN401 - what passes is a dict
    """Pass what is printed as it was read: so every number is one, and no key is strange."""
    try:
        made = parse_fingerprint(json.dumps(value))
        printed = json.loads(print_fingerprint(made)) | {"version": value["version"]}
        is_same = made.is_finite() and value.items() <= printed.items()
        foreign.name(made.probe_set, 60)
        foreign.name(made.environment.device, 20)
        foreign.name(made.environment.dtype, 20)
        numbers = [*(token for each in made.readings for top in each.tops for token in top.ids)]
        for number in (value["version"], made.vocabulary, made.width, made.tokens, *numbers):
            foreign.whole(number)
        paired = all(
            len(top.ids) == len(top.logits) > 0 for each in made.readings for top in each.tops
        )
    except (BadInput, TypeError) as error:
        raise ForeignError(f"no fingerprint: {error}") from error
    if not is_same or not paired or not made.readings:
        raise ForeignError("no fingerprint")


def _rule(value: object) -> None:
    _text(value)
    try:
        Rule.parse(str(value))
    except ValueError as error:
        raise ForeignError(f"{foreign.shown(value)} names no check") from error


_name, _step = foreign.name, foreign.whole
_CHECKPOINT: dict[str, Gate] = {
    "model": _name,
    "revision": _or_none(foreign.revision),
    "step": _or_none(_step),
}
_path: Gate = lambda value: _text(value, foreign.LONGEST_PATH)  # noqa: E731
_FILES = _rows(_path, foreign.whole, foreign.sha256, _or_none(foreign.commit))
_REMOTE = _rows(
    foreign.path, foreign.whole, _or_none(foreign.sha256), _or_none(foreign.commit), keys=1
)
_TENSORS = _rows(_path, _short(20), _shape, foreign.sha256, foreign.sha256, _truth, keys=1)
_requests: Gate = lambda value: foreign.whole(value, most=2**31 - 1)  # noqa: E731
_CHECKS = _rows(_rule, _of(Verdict), _or_none(_text), _or_none(_text))
_KINDS: dict[str, dict[str, Gate]] = {
    "manifest": {"digest": foreign.sha256, "files": _FILES},
    "weights": {
        "manifest": foreign.sha256,
        "name": _path,
        "layout": _of(LAYOUTS),
        "dtype": _short(60),
        "parameters": foreign.whole,
        "parameter_digest": foreign.sha256,
        "value_digest": foreign.sha256,
        "tensors": _TENSORS,
    },
    "observation": {
        **_CHECKPOINT,
        "manifest": foreign.sha256,
        "commit": _or_none(foreign.commit),
        "at": moment,
        "by": _name,
    },
    "fingerprint": {
        "manifest": foreign.sha256,
        "weights": _path,
        "document": _fingerprint,
        "at": moment,
        "by": _name,
    },
    "verification": {
        **_CHECKPOINT,
        "model": _or_none(_name),
        "target": _text,
        "level": _of(Level),
        "verdict": _of(Verdict),
        "checks": _CHECKS,
        "expected": _or_none(foreign.sha256),
        "observed": _or_none(foreign.sha256),
        "worst_difference": _or_none(_number),
        "tolerance": _or_none(_number),
        "environment": _or_none(_object),
        "seconds": _number,
        "at": moment,
        "by": _name,
    },
    "index": {"digest": _short(64), "shards": _or_none(_map)},
    "commit": {
        "repository": _kept,
        "commit": foreign.commit,
        "scope": _of(Scope),
        "gone": _truth,
        "files": _REMOTE,
    },
    "look": {
        "repository": _kept,
        "source": _or_none(_text),
        "digest": _or_none(_short(72)),
        "requests": _requests,
        "status": _of((LookStatus.READ, LookStatus.GONE, LookStatus.GATED)),
        "partial": _truth,
        "refs": _rows(foreign.revision, _of(RefKind), foreign.commit, keys=2),
        "at": _or_none(moment),
        "by": _name,
    },
}
"""What each kind of record has; the order is that in which a file has them."""
