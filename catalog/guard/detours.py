"""`fix`: lets transformers find a branch's right weight set instead of the wrong one it asks for.

transformers asks for one file after the other and takes the first that is there. So a wrong one is
said to be absent, and it comes to the right one by itself: the shards behind a single file, a
`.bin` behind them. Only where it was told to look for `.bin` alone, and the right ones are
safetensors, is another name answered. A `.bin` is never handed out for safetensors: who asked for
those alone does not want to open a pickle.
"""

from catalog.core import loads
from catalog.core.held import HeldSet
from catalog.core.weightsets import SAFETENSORS, SAFETENSORS_SHARDED
from catalog.guard import hearing
from catalog.guard.modes import current
from catalog.guard.words import note

FINDS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
"""What `from_pretrained` looks for, in its order."""
_INDEX = ".index.json"


def way(asked: loads.Asked, *, may_lack: bool) -> tuple[str, ...]:
    """Return the names to look for instead; none: as if it were not there.

    Args:
        asked: what is looked for, at the commit that it will be taken from.
        may_lack: whether who asks goes on to other names.

    Raises:
        WrongWeightsError: it is wrong, and `error` is the mode, or there is no other way.
    """
    load = hearing.ahead(asked)
    if load is None:
        return _beyond(asked)
    if not load.is_wrong:
        return asked.paths
    best = load.best
    if current(note) != "fix" or best is None or best.name not in FINDS or not may_lack:
        raise hearing.refused(load)
    note(f"passed over: {load.line}")  # who forbade what is right hears of no such file else
    return _instead(asked.paths[0], best)


def _instead(name: str, best: HeldSet) -> tuple[str, ...]:
    """Return what answers for a wrong set's name."""
    is_pickle = name.removesuffix(_INDEX).endswith(".bin")
    if not is_pickle or best.layout not in (SAFETENSORS, SAFETENSORS_SHARDED):
        return ()
    return (best.name,) if name.endswith(_INDEX) == best.name.endswith(_INDEX) else ()


def _beyond(asked: loads.Asked) -> tuple[str, ...]:
    """Return what answers for an index that the branch has not, behind a file that was passed."""
    (name, *_) = asked.paths
    if current(note) != "fix" or not name.endswith(_INDEX):
        return asked.paths
    passed = hearing.ahead(asked._replace(paths=(name.removesuffix(_INDEX),)))
    if passed is None or not passed.is_wrong or passed.best is None:
        return asked.paths
    return _instead(name, passed.best) or asked.paths
