"""What weight files say they hold, before their bulk is read: names, shapes, dtypes, per set.

Reads headers, directories and pickles' opcodes; `catalog.weights.hashing` reads the bulk.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from catalog.core import architectures
from catalog.core.weightsets import INDEX_LIMIT, RAW, WeightSet, weight_sets
from catalog.errors import CheckedBad
from catalog.weights import impostors, legacy, safetensors, torchzip
from catalog.weights.files import Found, FoundFile
from catalog.weights.plan import FilePlan, TensorSpec
from catalog.weights.stream import OpenFile, Readable

# What a tensor's name says of the architecture, where nobody else does.
_PREFIXES = {"gpt_neox.": architectures.GPT_NEOX, "transformer.h.0.attn.attention.": "gpt-neo"}


@dataclass(frozen=True, slots=True)
class Naming:
    """How the names of one weight set become canonical ones.

    Args:
        architecture: one of `architectures.known()`, or any other: then names stay as they are.
    """

    architecture: str

    @classmethod
    def of(cls, names: Mapping[str, object]) -> "Naming":
        """Guess from the names themselves, which prefixes tell apart."""
        for prefix, architecture in _PREFIXES.items():
            if any(name.startswith(prefix) for name in names):
                return cls(architecture)
        return cls("")

    def canonical(self, name: str) -> str:
        """Return the name in the published files."""
        return architectures.canonical_name(self.architecture, name)

    def is_buffer(self, name: str) -> bool:
        """Return whether a canonical name is that of a buffer."""
        return architectures.is_buffer(self.architecture, name)


@dataclass(frozen=True, slots=True)
class Header:
    """One tensor of a weight set, by its canonical name.

    Args:
        name: canonical.
        file: the path of the file that holds it.
        spec: as the file describes it.
        is_buffer: not a parameter.
    """

    name: str
    file: str
    spec: TensorSpec
    is_buffer: bool


def sets_of(listing: Found) -> tuple[WeightSet, ...]:
    """Return the weight sets among found files; reads indexes only."""

    def read(path: str) -> bytes:
        with OpenFile(listing.files[path].where, path) as file:
            impostors.refuse(file)
            if file.size > INDEX_LIMIT:
                raise CheckedBad(f"{path} is broken: an index of {file.size:,} bytes")
            return file.pread(0, file.size)

    return weight_sets(list(listing.files), read, only=listing.is_file)


def read_ends(file: Readable) -> FilePlan | None:
    """Return what a weight file says of itself at its two ends; None for a form that says nothing.

    Of a `.bin` in torch's zip form, where a tensor begins is not known: see `torchzip.read_plan`.

    Raises:
        CheckedBad: truncated, broken, or a pickle that asks for more than tensors.
    """
    impostors.refuse(file)
    if PurePosixPath(file.shown).suffix == ".safetensors":
        return safetensors.read_plan(file)
    if file.pread(0, len(torchzip.MAGIC)) == torchzip.MAGIC:
        return torchzip.read_plan(file, everywhere=False)
    return None


def read_plan(file: OpenFile) -> FilePlan:
    """Return what a weight file holds; its first bytes and its name's end say how to read it.

    Raises:
        CheckedBad: truncated, broken, or a pickle that asks for more than tensors.
        CouldNotCheck: a valid file that this version cannot follow.
    """
    impostors.refuse(file)
    suffix = PurePosixPath(file.shown).suffix
    if suffix == ".safetensors":
        return safetensors.read_plan(file)
    if not file.size:
        raise CheckedBad(f"{file.shown} is empty")
    if file.pread(0, len(torchzip.MAGIC)) == torchzip.MAGIC:
        return torchzip.read_plan(file)
    return legacy.read_plan(file)


def read_plans(listing: Found, sets: tuple[WeightSet, ...]) -> dict[str, FilePlan]:
    """Return the plan of every weight file, by path; `raw` sets are not looked into.

    Raises:
        CheckedBad: a set has a problem, or a file is broken.
    """
    plans: dict[str, FilePlan] = {}
    for weights in sets:
        _refuse_problems(weights.problems)
        if weights.layout == RAW:
            continue
        for path in weights.files:
            plans[path] = _plan_of(listing.files[path])
        _refuse_problems(index_problems(weights, plans))
    return plans


def _plan_of(file: FoundFile) -> FilePlan:
    """Open a file only to read its header."""
    with OpenFile(file.where, file.path) as opened:
        return read_plan(opened)


def _refuse_problems(problems: tuple[str, ...]) -> None:
    """Raise CheckedBad with the first problem, and how many there are."""
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise CheckedBad(problems[0] + more)


def index_problems(weights: WeightSet, plans: Mapping[str, FilePlan]) -> tuple[str, ...]:
    """Return where an index and its shards contradict each other, one sentence each."""
    problems: list[str] = []
    holders: dict[str, str] = {}
    for path in weights.files:
        for name in _names(plans[path]):
            if name in holders:
                problems.append(f"tensor {name} is in both {holders[name]} and {path}")
            holders[name] = path
    if weights.shard_of is None:
        return tuple(problems)
    for name, shard in weights.shard_of.items():
        if name not in holders:
            problems.append(f"{weights.name} names tensor {name}, which {shard} does not hold")
        elif holders[name] != shard:
            problems.append(f"{weights.name} puts {name} into {shard}, it is in {holders[name]}")
    problems += [
        f"{path} holds tensor {name}, which {weights.name} does not name"
        for name, path in holders.items()
        if name not in weights.shard_of
    ]
    return tuple(problems)


def _names(plan: FilePlan) -> list[str]:
    """Return every name in a file, tied ones too."""
    return [tensor.name for tensor in plan.tensors] + [name for name, _ in plan.tied]


def headers(
    weights: WeightSet, plans: Mapping[str, FilePlan], architecture: str | None = None
) -> tuple[Header, ...]:
    """Return the tensors of a weight set by canonical name, sorted; tied ones once.

    Args:
        weights: the set.
        plans: of its files at least, by path.
        architecture: None to tell from the names.

    Raises:
        CheckedBad: two tensors have one canonical name.
    """
    specs = [(path, spec) for path in weights.files for spec in plans[path].tensors]
    names = {spec.name: spec for _, spec in specs}
    naming = Naming.of(names) if architecture is None else Naming(architecture)
    by_name: dict[str, Header] = {}
    for path, spec in specs:
        name = naming.canonical(spec.name)
        if name in by_name:
            raise CheckedBad(f"{weights.name} holds {name} twice, under two names")
        by_name[name] = Header(name, path, spec, naming.is_buffer(name))
    return tuple(by_name[name] for name in sorted(by_name))
