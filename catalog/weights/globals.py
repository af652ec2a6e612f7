"""The globals that a weight file's pickle may name, and what each one becomes here.

Nothing of torch is imported: a call such as `torch._utils._rebuild_tensor_v2(…)` becomes a `View`,
a description of where a tensor's numbers are. Sources: torch/_utils.py, torch/storage.py and
torch/serialization.py of PyTorch 1.0 to 2.13.
"""

from collections.abc import Callable
from dataclasses import dataclass

from catalog.weights.plan import BITS, DIMENSIONS, extent

_LONGEST = 300
_LONGEST_KEY = 4_096


class Refused(Exception):
    """The pickle asks for something that weights do not need, or makes no sense.

    Args:
        why: a sentence; what it quotes of the pickle may be long.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why if len(why) <= _LONGEST else f"{why[:_LONGEST]} …")


@dataclass(frozen=True, slots=True)
class StorageType:
    """One of torch's storage classes; `dtype` is None for untyped bytes."""

    dtype: str | None


@dataclass(frozen=True, slots=True)
class Dtype:
    """One of torch's element types; None for one that no plan can hold."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Storage:
    """A stretch of numbers that tensors are views of.

    Args:
        key: names the stretch in the file.
        dtype: its element type, "u8" for untyped bytes.
        count: how many elements it has.
        first: where it begins inside the stretch, in elements (legacy storage views).
        untyped: whether its type comes from each tensor.
    """

    key: str
    dtype: str
    count: int
    first: int = 0
    untyped: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A tensor: elements of a storage.

    Args:
        storage: where its numbers are.
        dtype: a key of `BITS`.
        first_byte: of its first element, from the storage's beginning.
        shape: its dimensions.
        strides: in elements.
    """

    storage: Storage
    dtype: str
    first_byte: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unused:
    """Something that is allowed and does not matter: a device, a hook."""

    name: str


def storage(persistent_id: object) -> Storage:
    """Return the storage that a persistent id means.

    Args:
        persistent_id: ("storage", type, key, device, count), in legacy files a view of it, too.
    """
    match persistent_id:
        case ("storage", StorageType(dtype), str(key), str(), int(count), *rest) if count >= 0:
            return _view_of(Storage(key, dtype or "u8", count, untyped=dtype is None), rest)
    raise Refused("the pickle refers to something that is not a storage")


def _view_of(whole: Storage, rest: list[object]) -> Storage:
    """Return a legacy storage view, where there is one."""
    match rest:
        case [] | [None]:
            return whole
        case [(str(), int(first), int(count))] if first >= 0 and 0 <= count <= whole.count - first:
            return Storage(whole.key, whole.dtype, count, first, whole.untyped)
    raise Refused("the pickle refers to an invalid view of a storage")


def _sizes(numbers: object) -> tuple[int, ...]:
    """Return a shape or strides."""
    if not isinstance(numbers, tuple | list):
        raise Refused("the pickle has a tensor without a shape")
    if len(numbers) > DIMENSIONS:
        raise Refused(f"the pickle has a tensor of {len(numbers)} dimensions")
    sizes = tuple(size for size in numbers if type(size) is int and 0 <= size < 1 << 63)
    if len(sizes) != len(numbers):
        raise Refused("the pickle has a tensor with an invalid shape")
    return sizes


def _rebuild(
    whole: object = None,
    first: object = None,
    shape: object = None,
    strides: object = None,
    *_unused: object,
    dtype: str | None = None,
) -> View:
    """Imitate torch._utils._rebuild_tensor and _rebuild_tensor_v2."""
    if not isinstance(whole, Storage) or type(first) is not int or first < 0:
        raise Refused("the pickle makes a tensor of something that is not a storage")
    kind = dtype or whole.dtype
    sizes, steps = _sizes(shape), _sizes(strides)
    if len(sizes) != len(steps):
        raise Refused("the pickle has a tensor whose shape and strides differ in length")
    # A dimension of 1 is never stepped over: any number stands there, also one without meaning.
    steps = tuple(step if size > 1 else 0 for size, step in zip(sizes, steps, strict=True))
    view = View(whole, kind, first * BITS[kind] // 8, sizes, steps)
    reach = extent(view.shape, view.strides) * BITS[kind] // 8
    if reach and view.first_byte + reach > whole.count * BITS[whole.dtype] // 8:
        raise Refused("the pickle has a tensor that reaches past its storage")
    return view


def _rebuild_typed(*arguments: object) -> View:
    """Imitate torch._utils._rebuild_tensor_v3: an untyped storage, and the dtype apart."""
    *_, kind = (None, *arguments[6:7])  # after storage, offset, shape, strides, grad, hooks
    if not isinstance(kind, Dtype) or kind.name is None:
        raise Refused("the pickle has a tensor of unknown dtype")
    return _rebuild(*arguments[:6], dtype=kind.name)


def _parameter(data: object = None, *_unused: object) -> object:
    """Imitate torch._utils._rebuild_parameter: the tensor inside."""
    return data


def _ordered_dict(pairs: object = (), *_unused: object) -> dict[object, object]:
    """Imitate collections.OrderedDict."""
    if isinstance(pairs, tuple | list) and all(
        isinstance(pair, tuple | list) and pair and _is_key(pair[0]) for pair in pairs
    ):
        return {key: value for key, value in pairs}  # noqa: C416 - a wrong length is a ValueError
    raise Refused("the pickle makes a dict of something else")


def _is_key(key: object) -> bool:
    """Return whether a value may be a key; to compare long ones is work, time and again."""
    return isinstance(key, int) or (isinstance(key, str) and len(key) <= _LONGEST_KEY)


def _size(numbers: object = (), *_unused: object) -> tuple[int, ...]:
    """Imitate torch.Size."""
    return _sizes(numbers)


def _encode(text: object = "", *_unused: object) -> bytes:
    """Imitate _codecs.encode, which is how protocol 2 spells bytes."""
    if not isinstance(text, str):
        raise Refused("the pickle encodes something that is not text")
    return text.encode("latin1")


def _device(*_unused: object) -> Unused:
    """Imitate torch.device."""
    return Unused("torch.device")


_STORAGES = {
    "DoubleStorage": "f64", "FloatStorage": "f32", "HalfStorage": "f16", "BFloat16Storage": "bf16",
    "LongStorage": "i64", "IntStorage": "i32", "ShortStorage": "i16", "CharStorage": "i8",
    "ByteStorage": "u8", "BoolStorage": "bool",
    "ComplexFloatStorage": "c64", "ComplexDoubleStorage": "c128",
}  # fmt: skip
_DTYPES = {
    "float64": "f64", "double": "f64", "float32": "f32", "float": "f32", "float16": "f16",
    "half": "f16", "bfloat16": "bf16", "int64": "i64", "long": "i64", "int32": "i32", "int": "i32",
    "int16": "i16", "short": "i16", "int8": "i8", "uint8": "u8", "uint16": "u16", "uint32": "u32",
    "uint64": "u64", "bool": "bool", "complex64": "c64", "complex128": "c128",
    "float8_e4m3fn": "f8_e4m3", "float8_e5m2": "f8_e5m2", "float8_e8m0fnu": "f8_e8m0",
    "float8_e4m3fnuz": "f8_e4m3fnuz", "float8_e5m2fnuz": "f8_e5m2fnuz",
}  # fmt: skip

_Known = Callable[..., object] | StorageType | Dtype
GLOBALS: dict[tuple[str, str], _Known] = {
    ("collections", "OrderedDict"): _ordered_dict,
    ("torch._utils", "_rebuild_tensor"): _rebuild,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
    ("torch._utils", "_rebuild_tensor_v3"): _rebuild_typed,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): _parameter,
    ("torch", "Size"): _size,
    ("torch", "device"): _device,
    ("_codecs", "encode"): _encode,
    ("torch", "UntypedStorage"): StorageType(None),
    ("torch.storage", "UntypedStorage"): StorageType(None),
    **{("torch", name): StorageType(dtype) for name, dtype in _STORAGES.items()},
    **{("torch", name): Dtype(dtype) for name, dtype in _DTYPES.items()},
}
