"""What can be wrong with a checkpoint's files: each kind, done to a folder.

`KINDS` has every kind that reading alone must find. A kind is written for one layout and says what
the one line about it must contain. Nothing here says how the product finds it.
"""

import json
import pickle
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import checkpoints
import torch
from safetensors.torch import load_file

WEIGHTS = "model.safetensors"
BIN = "pytorch_model.bin"


class Hostile:
    """What runs code when it is unpickled: it creates a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return open, (self.marker, "w")


@dataclass(frozen=True)
class Kind:
    """One kind of damage.

    Args:
        layout: how the checkpoint is written first.
        apply: does it to the folder.
        says: in the one line about it.
        code: exit code.
        bulk: only seen where tensors are read.
    """

    layout: str
    apply: Callable[[Path], object]
    says: str
    code: int = 1
    bulk: bool = False


def cut(name: str, keep: float) -> Callable[[Path], object]:
    """Return what truncates a file to a share of its size."""

    def apply(folder: Path) -> None:
        file = folder / name
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * keep)])

    return apply


def flip(name: str, at: int) -> Callable[[Path], object]:
    """Return what flips one bit of a file, at an offset or from its end."""

    def apply(folder: Path) -> None:
        file = folder / name
        content = bytearray(file.read_bytes())
        content[at] ^= 1
        file.write_bytes(bytes(content))

    return apply


def header(change: Callable[[dict], object]) -> Callable[[Path], object]:
    """Return what edits the header of the safetensors file, and keeps its bytes."""

    def apply(folder: Path) -> None:
        file = folder / WEIGHTS
        content = file.read_bytes()
        size = int.from_bytes(content[:8], "little")
        told = json.loads(content[8 : 8 + size])
        change(told)
        raw = json.dumps(told).encode()
        file.write_bytes(len(raw).to_bytes(8, "little") + raw + content[8 + size :])

    return apply


def index(change: Callable[[dict], object]) -> Callable[[Path], object]:
    """Return what edits the index's tensor → shard mapping."""

    def apply(folder: Path) -> None:
        (file,) = folder.glob("*.index.json")
        told = json.loads(file.read_text())
        change(told["weight_map"])
        file.write_text(json.dumps(told))

    return apply


def remove(name: str) -> Callable[[Path], object]:
    """Return what deletes a file."""
    return lambda folder: (folder / name).unlink()


def weights(change: Callable[[dict], object]) -> Callable[[Path], object]:
    """Return what rewrites the safetensors file with other tensors."""

    def apply(folder: Path) -> None:
        state = load_file(folder / WEIGHTS)
        change(state)
        checkpoints.safetensors(folder, state)

    return apply


def poison(state: dict) -> None:
    """Make one number NaN."""
    name = min(state)
    state[name] = state[name].clone()
    state[name].view(-1)[0] = float("nan")


def overlap(told: dict) -> None:
    """Let two tensors share their bytes."""
    first, second = sorted(name for name in told if name != "__metadata__")[:2]
    told[second] = dict(told[first])


def absent(mapping: dict) -> None:
    """Name a tensor that no shard holds."""
    mapping["gpt_neox.never.weight"] = next(iter(mapping.values()))


def unnamed(mapping: dict) -> None:
    """Forget a tensor that a shard holds."""
    mapping.pop(next(iter(mapping)))


def outside(mapping: dict) -> None:
    """Point out of the folder."""
    mapping[next(iter(mapping))] = "../../etc/passwd"


def hostile(shape: Callable[[Hostile], object], **options: object) -> Callable[[Path], object]:
    """Return what puts a pickle that runs code into the place of the weights."""

    def apply(folder: Path) -> None:
        torch.save(shape(Hostile(marker(folder))), folder / BIN, **options)

    return apply


def raw_pickle(folder: Path) -> None:
    """Put a bare pickle that runs code into the place of the weights."""
    (folder / BIN).write_bytes(pickle.dumps({"w": Hostile(marker(folder))}))


def marker(folder: Path) -> Path:
    """Return the file that exists once a hostile pickle ran."""
    return folder.parent / f"{folder.name}.it-ran"


def empty(folder: Path) -> None:
    """Remove every file."""
    for file in folder.iterdir():
        file.unlink()


def tensor(hidden: object) -> object:
    """Return a state with something hidden in it."""
    return {"gpt_neox.embed_in.weight": torch.zeros(2), "more": hidden}


class Built:
    """What hides code in what an object is built from, its state."""

    def __init__(self, bad: Hostile) -> None:
        self.bad = bad

    def __reduce__(self) -> tuple[object, ...]:
        return OrderedDict, (), {"_metadata": [self.bad]}


def outsized(told: dict) -> None:
    """Let the last tensor reach far past the file's end."""
    last = max((each for name, each in told.items() if name != "__metadata__"), key=_end)
    last["data_offsets"][1] += 1 << 40
    last["shape"] = [(last["data_offsets"][1] - last["data_offsets"][0]) // 2]
    last["dtype"] = "F16"


def apart(told: dict) -> None:
    """Leave a gap where a tensor was."""
    names = sorted((name for name in told if name != "__metadata__"), key=lambda n: _end(told[n]))
    told.pop(names[1])


def _end(entry: dict) -> int:
    """Return where a header's tensor ends."""
    return entry["data_offsets"][1]


def entry_twice(folder: Path) -> None:
    """Put a second entry of one name into the torch file's zip."""
    with warnings.catch_warnings(), zipfile.ZipFile(folder / BIN, "a") as archive:
        warnings.simplefilter("ignore")  # zipfile's own, about just this
        archive.writestr(archive.namelist()[0], b"another")


def longer(folder: Path) -> None:
    """Write some bytes behind the torch file's zip."""
    with (folder / BIN).open("ab") as file:
        file.write(bytes(22))


def other_case(folder: Path) -> None:
    """Add another storage under a name that differs in case alone: torch takes it."""
    with zipfile.ZipFile(folder / BIN, "a") as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data/0"))
        archive.writestr(name.replace("/data/", "/DATA/"), bytes(len(archive.read(name))))


def copies_without_end(folder: Path) -> None:
    """Save a pickle that copies one list time and again."""
    content = b"](" + b"(K\0Nt" * 5_000 + b"eq\1" + b"ccollections\nOrderedDict\nq\2"
    content = b"\x80\x02" + content + b"h\2h\1\x85R0" * 200_000 + b"."
    with zipfile.ZipFile(folder / BIN) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(folder / BIN, "w") as archive:
        for name, raw in held.items():
            archive.writestr(name, content if name.endswith("/data.pkl") else raw)


def compressed(folder: Path) -> None:
    """Put a compressed entry into the torch file's zip: a bomb would be one."""
    with zipfile.ZipFile(folder / BIN, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("more", bytes(1 << 20))


def in_itself(folder: Path) -> None:
    """Save a mapping that holds itself, where a state dict would be."""
    state: dict[str, object] = {}
    state["state_dict"] = state
    torch.save(state, folder / BIN)


def without_end(folder: Path) -> None:
    """Save a small file whose mappings hold one another in so many ways that no walk ends."""
    state: dict[str, object] = {}
    for _ in range(12):
        state = {f"part{number}": state for number in range(12)}
    torch.save(state, folder / BIN)


OLD = {"_use_new_zipfile_serialization": False}
KINDS = {
    "truncated": Kind("safetensors", cut(WEIGHTS, 0.7), "truncated"),
    "truncated in its header": Kind("safetensors", cut(WEIGHTS, 0.001), "truncated"),
    "emptied": Kind("safetensors", cut(WEIGHTS, 0), "truncated"),
    "header flipped": Kind("safetensors", flip(WEIGHTS, 8), "header"),
    "header size flipped": Kind("safetensors", flip(WEIGHTS, 6), "out of bounds"),
    "tensors overlap": Kind("safetensors", header(overlap), "broken"),
    "tensor past the end": Kind("safetensors", header(outsized), "truncated"),
    "gap between tensors": Kind("safetensors", header(apart), "gap"),
    "unknown dtype": Kind(
        "safetensors",
        header(lambda told: told[max(told)].update(dtype="F17")),
        "unknown dtype",
    ),
    "NaN": Kind("safetensors", weights(poison), "NaN or infinite", bulk=True),
    "shard missing": Kind(
        "safetensors-sharded", remove("model-00002-of-00002.safetensors"), "not there"
    ),
    "shard without an index": Kind(
        "safetensors-sharded", remove("model.safetensors.index.json"), "index"
    ),
    "index names an absent tensor": Kind("safetensors-sharded", index(absent), "never.weight"),
    "index forgets a tensor": Kind("safetensors-sharded", index(unnamed), "index"),
    "index points outside": Kind("safetensors-sharded", index(outside), "not a file beside it"),
    "index is no JSON": Kind(
        "safetensors-sharded", cut("model.safetensors.index.json", 0.5), "not JSON"
    ),
    "bin truncated": Kind("bin", cut(BIN, 0.6), "truncated"),
    "bin emptied": Kind("bin", cut(BIN, 0), "empty"),
    "bin flipped": Kind("bin", flip(BIN, 60_000), "CRC", bulk=True),
    "bin shard missing": Kind(
        "bin-sharded", remove("pytorch_model-00001-of-00002.bin"), "not there"
    ),
    "legacy truncated": Kind("bin-legacy", cut(BIN, 0.6), "truncated"),
    "hostile zip": Kind("bin", hostile(lambda bad: {"w": bad}), "io.open"),
    "hostile zip, nested": Kind("bin", hostile(lambda bad: tensor([({"x": (bad,)},)])), "io.open"),
    "hostile legacy": Kind("bin", hostile(tensor, **OLD), "io.open"),
    "hostile legacy, nested": Kind(
        "bin", hostile(lambda bad: tensor({"a": {"b": [bad]}}), **OLD), "io.open"
    ),
    "hostile zip, in what is built": Kind(
        "bin", hostile(lambda bad: {"w": torch.zeros(2), "x": Built(bad)}), "io.open"
    ),
    "hostile legacy, in what is built": Kind(
        "bin", hostile(lambda bad: {"w": torch.zeros(2), "x": Built(bad)}, **OLD), "io.open"
    ),
    "mapping in itself": Kind("bin", in_itself, "nests mappings", code=3),
    "mappings without end": Kind("bin", without_end, "more than 1,000,000 values", code=3),
    "zip entry twice": Kind("bin", entry_twice, "occurs twice"),
    "zip entry in another case": Kind("bin", other_case, "occurs twice"),
    "zip with bytes behind it": Kind("bin", longer, "truncated or broken"),
    "pickle of much work": Kind("bin", copies_without_end, "more than 2,000,000 steps"),
    "zip compressed": Kind("bin", compressed, "compressed"),
    "hostile bare pickle": Kind("bin", raw_pickle, "pytorch_model.bin"),
    "empty folder": Kind("safetensors", empty, "empty folder"),
    "link to nowhere": Kind(
        "safetensors",
        lambda folder: (folder / "extra.bin").symlink_to("nowhere"),
        "leads nowhere",
    ),
    "link loop": Kind(
        "safetensors", lambda folder: (folder / "again").symlink_to("."), "link loop", code=3
    ),
    "link to itself": Kind(
        "safetensors",
        lambda folder: (folder / "self.bin").symlink_to("self.bin"),
        "self.bin",
        code=3,
    ),
}
