"""Which files form complete copies of the weights: weight sets, their layout and what they lack.

A set is named by its index or its single file. Optimizer states and trainers' own files are no
weights. Decides by names and by the indexes' content; `catalog.weights.headers` looks inside.
Which of several sets a loader takes is in `catalog.core.loaders`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from catalog.core.beside import is_no_weights
from catalog.errors import BadInput

SAFETENSORS, SAFETENSORS_SHARDED = "safetensors", "safetensors-sharded"
BIN, BIN_SHARDED, RAW = "bin", "bin-sharded", "raw"
LAYOUTS = (SAFETENSORS, SAFETENSORS_SHARDED, BIN, BIN_SHARDED, RAW)
_INDEX = re.compile(r"(?P<stem>.+)\.(?P<suffix>safetensors|bin)\.index\.json")
# Five digits and dashes are the rule; some write more digits, or underscores.
_SHARD = re.compile(
    r"(?P<stem>.+?)[-_.](?P<number>[0-9]{1,6})[-_]of[-_](?P<count>[0-9]{1,6})\.(?P<suffix>\w+)"
)
_BIN = re.compile(r"(pytorch_model|model)([-_.].*)?\.bin")
_RAW = re.compile(r"(layer_\d+-model_\d+-model_states|mp_rank_\d+_model_states)\.pt")
_LAYER = re.compile(r"layer_\d+-model_\d+-model_states\.pt")
_TORCH = frozenset({".bin", ".pt", ".pth", ".ckpt"})
CONFIG = "config.json"
"""What a loader needs beside any weight set: how to build the network."""
INDEX_LIMIT = 16 << 20


class WeightSet(NamedTuple):
    """One complete copy of the weights, as far as names and index tell.

    Args:
        name: the path of its index or single file.
        layout: `SAFETENSORS`, `SAFETENSORS_SHARDED`, `BIN`, `BIN_SHARDED` or `RAW`.
        files: the paths of its weight files that are there, sorted.
        shard_of: tensor name → path of the shard that should hold it, None without an index.
        problems: what is wrong with it, one sentence each.
        complete: nothing that its index or its numbering names is absent.
        indexed: no sharded set, or one whose index is there.
        assumed: its index was not read, and is taken to name exactly these shards.
    """

    name: str
    layout: str
    files: tuple[str, ...]
    shard_of: Mapping[str, str] | None = None
    problems: tuple[str, ...] = ()
    complete: bool = True
    indexed: bool = True
    assumed: bool = False

    @property
    def all_files(self) -> tuple[str, ...]:
        """Its weight files, and its index where there is one that was read."""
        return self.files if self.shard_of is None else (self.name, *self.files)


# Returns what an index says, a sentence on what is wrong with it, or None where nobody read it.
IndexOf = Callable[[str], Mapping[str, str] | str | None]
Read = Callable[[str], bytes]


def weight_sets(paths: list[str], read: Read, *, only: bool = False) -> tuple[WeightSet, ...]:
    """Return the weight sets among some files.

    Args:
        paths: relative paths of everything there is.
        read: returns the content of one of them.
        only: the path is a single file that the user named: its suffix alone says what it is.

    Returns:
        Sorted by name; which of them a loader takes is in `catalog.core.loaders`.
    """
    return find_sets(paths, lambda path: parse_index(read(path)), only=only)


def find_sets(
    paths: list[str], index_of: IndexOf, *, only: bool = False, assume: bool = False
) -> tuple[WeightSet, ...]:
    """Return the weight sets among some files, from what is known of their indexes.

    Args:
        paths: as in `weight_sets`.
        index_of: returns what is known of an index among them.
        only: as in `weight_sets`.
        assume: the paths are silent on indexes; shards without one count as indexed.
    """
    present = set(paths)
    by_numbering: set[str] = set()
    sets = []
    for path in paths:
        if not only and is_index(path):
            index = index_of(path)
            if index is None:
                by_numbering.add(path)
            else:
                sets.append(_indexed(path, present, index))
    claimed = {file for weights in sets for file in weights.files}
    rest = [path for path in paths if path not in claimed]
    sets += [weights for path in rest if (weights := _single(path, only=only))]
    if not only:
        taken = {weights.name: set(map(_count_of, weights.files)) for weights in sets}
        sets += _unindexed(rest, taken, by_numbering, assume=assume)
        sets += _raw(rest)
    return tuple(sorted(sets, key=lambda weights: weights.name))


def no_such_set(place: str, name: str, sets: Iterable[str]) -> BadInput:
    """Return the error that a place holds no weight set of a name."""
    return BadInput(f"{place} has no weight set {name}", f"it has: {', '.join(sets) or 'none'}")


def is_weights(path: str) -> bool:
    """Return whether a name is that of weights, a shard of them included."""
    if is_no_weights(_name(path)):
        return False
    raw = _RAW.fullmatch(_name(path)) is not None
    return raw or _index_of(path) is not None or _single(path, only=False) is not None


def is_index(path: str) -> bool:
    """Return whether a name is that of an index of shards."""
    if not path.endswith(".json"):  # of thousands nearly all
        return False
    name = _name(path)
    return _INDEX.fullmatch(name) is not None and not is_no_weights(name)


def is_part_of_weights(path: str) -> bool:
    """Return whether a file is of a weight set: weights, a shard, or an index."""
    return is_weights(path) or is_index(path)


def _name(path: str) -> str:
    """Return the last part of a path."""
    return path.rpartition("/")[2]


def _beside(path: str, name: str) -> str:
    """Return the path of another file of the same folder."""
    return str(PurePosixPath(path).with_name(name))


def _sharded(index: str) -> str:
    """Return the layout of an index's set."""
    return SAFETENSORS_SHARDED if index.endswith(".safetensors.index.json") else BIN_SHARDED


def _index_of(path: str) -> str | None:
    """Return the index that a shard's name implies, None for any other file."""
    name = _name(path)
    match = _SHARD.fullmatch(name)
    if match is None or match["suffix"] not in ("safetensors", "bin") or is_no_weights(name):
        return None
    return _beside(path, f"{match['stem']}.{match['suffix']}.index.json")


def _indexed(path: str, present: set[str], names: Mapping[str, str] | str) -> WeightSet:
    """Return the set that an index names."""
    layout = _sharded(path)
    if isinstance(names, str):
        return WeightSet(path, layout, (), None, (f"{path} {names}",), complete=False)
    index = {tensor: _beside(path, shard) for tensor, shard in names.items()}
    wanted = sorted(set(index.values()))
    problems = [
        f"{path} names {shard}, which is not there" for shard in wanted if shard not in present
    ]
    complete = not problems
    # Shards that count otherwise are another set's, left behind.
    counts = {_count_of(shard) for shard in wanted}
    problems += [
        f"{other} is not in {path}"
        for other in sorted(present - set(wanted))
        if _index_of(other) == path and _count_of(other) in counts
    ]
    files = tuple(shard for shard in wanted if shard in present)
    return WeightSet(path, layout, files, index, tuple(problems), complete=complete)


def parse_index(raw: bytes) -> dict[str, str] | str:
    """Return an index's tensor → shard mapping, or what is wrong with it."""
    from catalog.core import foreign  # noqa: PLC0415 - questions at the prompt read no index

    try:
        document = foreign.json_of(raw)
    except foreign.ForeignError as error:
        return f"is broken: it is not JSON: {error}"
    weight_map = document.get("weight_map") if isinstance(document, dict) else None
    if not isinstance(weight_map, dict) or not weight_map:
        return "is broken: it has no weight_map"
    for shard in weight_map.values():
        if not isinstance(shard, str) or _name(shard) != shard or shard in ("", ".", ".."):
            return f"is broken: {str(shard)[:80]!r} is not a file beside it"
    return weight_map


def _single(path: str, *, only: bool) -> WeightSet | None:
    """Return the set that a single file is."""
    name, suffix = _name(path), PurePosixPath(path).suffix
    if not only and (is_no_weights(name) or _SHARD.fullmatch(name)):
        return None
    if suffix == ".safetensors":
        return WeightSet(path, SAFETENSORS, (path,))
    if (only and suffix in _TORCH) or _BIN.fullmatch(name):
        return WeightSet(path, BIN, (path,))
    return None


def _unindexed(
    paths: list[str], taken: Mapping[str, set[int]], unread: set[str], *, assume: bool
) -> list[WeightSet]:
    """Return the sets of shards that no index names, as far as one was read."""
    groups: dict[tuple[str, int], list[str]] = {}
    for path in paths:
        if index := _index_of(path):
            groups.setdefault((index, _count_of(path)), []).append(path)
    counts = Counter(index for index, _ in groups)
    return [
        _stray(index, shards)
        if index in taken or counts[index] > 1
        else _shards(index, shards, there=index in unread, assumed=assume or index in unread)
        for (index, count), shards in groups.items()
        if index not in taken or (taken[index] and count not in taken[index])
    ]


def _count_of(path: str) -> int:
    """Return how many shards there are by the name of one, 0 where it does not say."""
    match = _SHARD.fullmatch(_name(path))
    return 0 if match is None else int(match["count"])


def _stray(index: str, paths: list[str]) -> WeightSet:
    """Return a set of shards beside those of another set under the same name."""
    files = tuple(sorted(paths))
    problem = f"{files[0]} is of another set than {index}, whose shards lie beside it"
    layout = _sharded(index)
    return WeightSet(files[0], layout, files, None, (problem,), complete=False, indexed=False)


def _shards(index: str, paths: list[str], *, there: bool, assumed: bool) -> WeightSet:
    """Return one set of shards by their numbers; without an index it has at least that problem."""
    problems = [] if there or assumed else [f"{index} is not there, but its shards are"]
    numbers = [match for path in paths if (match := _SHARD.fullmatch(_name(path)))]
    held = {int(match["number"]) for match in numbers}
    count, first = int(numbers[0]["count"]), 0 if 0 in held else 1
    absent = next((number for number in range(first, first + count) if number not in held), None)
    if absent is not None:
        problems.append(f"shard {absent} of {count} beside {index} is not there")
    return WeightSet(
        index,
        _sharded(index),
        tuple(sorted(paths)),
        problems=tuple(problems),
        complete=absent is None,
        indexed=assumed,
        assumed=assumed,
    )


def is_optimizer_too(path: str) -> bool:
    """Return whether a trainer's file may hold the optimizer's state, not weights alone."""
    return _RAW.fullmatch(_name(path)) is not None and _LAYER.fullmatch(_name(path)) is None


def _raw(paths: list[str]) -> list[WeightSet]:
    """Return a trainer's raw files, one set a folder, named by its first file.

    Where there are files of layers these are the weights; what lies beside them is the optimizer's.
    """
    groups: dict[str, list[str]] = {}
    for path in sorted(paths):
        if _RAW.fullmatch(_name(path)):
            groups.setdefault(_beside(path, "x"), []).append(path)
    layers = {
        folder: [path for path in files if not is_optimizer_too(path)] or files
        for folder, files in groups.items()
    }
    return [WeightSet(files[0], RAW, tuple(files)) for files in layers.values()]
