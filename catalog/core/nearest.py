"""Which names to suggest for an unknown one: never one that says the opposite of what was written.

A suggestion agrees with the text in everything that tells two runs apart: deduplicated or not, the
seed, the generation where one is written, an intervention, a batch size. Of a text that says it was
tuned, quantised or converted, no base model is suggested: those are other weights.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from catalog.core import spelling

_MARK = re.compile(
    r"dedup|seed\d*|\bs\d+\b|data|weight|interven|long|\d{1,6}(?:\.\d{1,6})?mtokbs|redux"
)
_OTHER_WEIGHTS = re.compile(
    r"gguf|ggml|gptq|awq|exl2|onnx|mlx|openvino|ct2|bnb|nf4|fp8|int[48]|q\d+|\d+bits?|quant\w*"
    r"|chat\w*|instruct\w*|sft|dpo|ppo|rlhf|rm|reward|lora|qlora|adapters?|peft|(?:fine)?tun(?:ed?|ing)"
    r"|finetune[sd]?|ft|merged?|distil\w*|prun\w+|sparse\w*|oasst\w*|dolly\w*|alpaca\w*|sae|saes|edited"
    r"|random\w*|untrained|reinit\w*"
)
_MOST = 5
_ALIKE = 1.5


def is_other_weights(parts: Iterable[str]) -> str | None:
    """Return the part of a name that says it was tuned, quantised or converted, None for none."""
    return next((part for part in parts if _OTHER_WEIGHTS.fullmatch(part)), None)


def agrees(written: Sequence[str], known: Sequence[str]) -> bool:
    """Return whether a known name says nothing that a written one contradicts.

    >>> agrees(["pythia", "71m"], ["pythia", "70m"]), agrees(["71m"], ["70m", "deduped"])
    (True, False)
    """
    generation = {part for part in written if spelling.is_generation(part)}
    theirs = {part for part in known if spelling.is_generation(part)}
    if generation and _major(generation) != _major(theirs or {"v1"}):
        return False
    return _marks(written) == _marks(known)


def _marks(parts: Iterable[str]) -> set[str]:
    return set(_MARK.findall("-".join(parts)))  # also what is glued to another word


def _major(generations: Iterable[str]) -> set[str]:
    return {generation.partition(".")[0] for generation in generations}


def suggested(written: Sequence[str], known: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the known names nearest to a written one: those of the nearest size first.

    Args:
        written: its parts.
        known: the parts of each known name.
    """
    if is_other_weights(written):
        return ()
    agreeing = {name: parts for name, parts in known.items() if agrees(written, parts)}
    spelled = {"-".join(parts): name for name, parts in agreeing.items()}
    close = get_close_matches("-".join(written), spelled, n=_MOST, cutoff=0.5)
    ranked = [*_by_size(written, agreeing), *(spelled[key] for key in close)]
    return tuple(dict.fromkeys(ranked))[:_MOST]


def _by_size(written: Sequence[str], known: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names that differ in their size alone, if not by more than half, nearest first."""
    size, rest = _size(written)
    if size is None:
        return []
    ratios: dict[str, float] = {}
    for name, parts in known.items():
        other, others = _size(parts)
        if other is not None and others == rest:
            ratios[name] = max(size, other) / min(size, other)
    return sorted(
        (name for name, ratio in ratios.items() if ratio <= _ALIKE), key=ratios.__getitem__
    )


def _size(parts: Sequence[str]) -> tuple[float | None, list[str]]:
    """Return the size among the parts of a name, in millions, and the others."""
    sizes = [part for part in parts if spelling.is_size(part)]
    rest = sorted(part for part in parts if part not in sizes)
    return (spelling.millions(sizes[0]) or None if len(sizes) == 1 else None), rest
