"""What both kinds of torch file share: from an interpreted pickle to named tensors in the file.

Does not read bytes; `torchzip` and `legacy` say where each storage lies.
"""

from collections.abc import Callable, Iterator

from catalog.errors import CheckedBad, CouldNotCheck
from catalog.weights.globals import Refused, View
from catalog.weights.plan import (
    BITS,
    Crc,
    FilePlan,
    TensorSpec,
    extent,
    is_row_major,
    refuse_overgrown,
    refuse_twins,
)
from catalog.weights.stream import Readable

# A state dict alone is the rule; trainers also put it under one of these keys, beside other things.
WRAPPERS = ("state_dict", "model_state_dict", "model", "module")
PICKLE_LIMIT = 16 << 20
DEPTH_LIMIT = 16
# A pickle can hold one mapping in many places, so that a walk over a small file never ends.
WALK_LIMIT = 1_000_000

# Returns where the file holds a view's storage.
Locate = Callable[[View], int]


def unsafe(shown: str, reason: Refused) -> CheckedBad:
    """Return the error for a pickle that was not followed."""
    return CheckedBad(f"{shown} is not safe to read: {reason}", "nothing of it was run")


def make_plan(
    content: object, locate: Locate, file: Readable, *, kind: str, crcs: tuple[Crc, ...] = ()
) -> FilePlan:
    """Turn an interpreted pickle into a plan.

    Args:
        content: what `opcodes.load` returned.
        locate: where a view's storage begins in the file; raises Refused.
        file: which it is of.
        kind: the plan's kind.
        crcs: the plan's checks.

    Raises:
        CheckedBad: it is not a mapping of names to tensors.
        CouldNotCheck: its views are out of proportion.
    """
    shown = file.shown
    named = list(_tensors(_state_dict(content), shown))
    if not named:
        raise CheckedBad(f"{shown} holds no tensors by name")
    refuse_twins((name for name, _ in named), shown)
    stored: dict[View, str] = {}
    tied: list[tuple[str, str]] = []
    tensors: list[TensorSpec] = []
    for name, view in named:
        # Two empty tensors share nothing.
        first = name if 0 in view.shape else stored.setdefault(view, name)
        if first == name:
            tensors.append(_spec(name, view, locate(view)))
        else:
            tied.append((name, first))
    plan = FilePlan(kind, tuple(tensors), tuple(tied), crcs)
    refuse_overgrown(plan, shown, file.size)
    return plan


def _state_dict(content: object) -> object:
    """Return the state dict inside a trainer's mapping, or the mapping itself."""
    for _ in range(DEPTH_LIMIT):
        if not isinstance(content, dict) or any(
            isinstance(value, View) for value in content.values()
        ):
            break
        inner = (content[key] for key in WRAPPERS if isinstance(content.get(key), dict))
        wrapped = next(inner, None)
        if wrapped is None:
            break
        content = wrapped
    return content


def _tensors(content: object, shown: str) -> Iterator[tuple[str, View]]:
    """Yield the tensors of nested mappings, names joined with dots; the rest is no weights."""
    if not isinstance(content, dict):
        raise CheckedBad(f"{shown} holds {_kind(content)}, not a mapping of names to tensors")
    waiting: list[tuple[str, int, object]] = [("", 0, content)]
    for _ in range(WALK_LIMIT):
        if not waiting:
            return
        name, depth, value = waiting.pop()
        if isinstance(value, View):
            yield name, value
        elif isinstance(value, dict):
            if depth > DEPTH_LIMIT:
                raise CouldNotCheck(f"{shown} nests mappings more than {DEPTH_LIMIT} deep")
            prefix = f"{name}." if depth else ""
            items = reversed(value.items())  # the first is the next
            waiting += [(f"{prefix}{key}", depth + 1, item) for key, item in items]
    raise CouldNotCheck(f"{shown} holds more than {WALK_LIMIT:,} values")


def _kind(value: object) -> str:
    """Return what to call something that should have been a mapping."""
    return "one tensor without a name" if isinstance(value, View) else f"a {type(value).__name__}"


def _spec(name: str, view: View, base: int) -> TensorSpec:
    """Place a view in the file."""
    first = view.storage.first * BITS[view.storage.dtype] // 8
    start = base + first + view.first_byte
    end = start + extent(view.shape, view.strides) * BITS[view.dtype] // 8
    strides = None if is_row_major(view.shape, view.strides) else view.strides
    return TensorSpec(name, view.dtype, view.shape, start, end, strides)
