"""What to type to load the right weights of a branch, where it has them."""

from collections.abc import Iterable, Mapping

from catalog.core import loaders
from catalog.core.branches.values import JudgedBranch, JudgedSet, Label
from catalog.core.weightsets import BIN, BIN_SHARDED, RAW, SAFETENSORS, SAFETENSORS_SHARDED

PREFERENCE = (SAFETENSORS, SAFETENSORS_SHARDED, BIN, BIN_SHARDED, RAW)
"""Of several right sets; the one that transformers 5 loads by itself comes before all of them."""


def best(sets: Iterable[JudgedSet], loads: Mapping[str, str | None]) -> JudgedSet | None:
    """Return the right set that is easiest to load, None where none is right."""
    right = [judged for judged in sets if judged.verdict.is_true]
    default = loads[loaders.DEFAULT]
    ranked = sorted(
        right, key=lambda judged: (judged.name != default, PREFERENCE.index(judged.layout))
    )
    return ranked[0] if ranked else None


def recipe(label: Label, sets: Iterable[JudgedSet], loads: Mapping[str, str | None]) -> str | None:
    """Return one line that loads the right weights, None where the branch has none."""
    chosen = best(sets, loads)
    if chosen is None or not label.claims:
        return None
    call = f'from_pretrained("{label.repo_id}", revision="{label.ref.revision}"'
    if chosen.name == loads[loaders.DEFAULT]:
        return f"{chosen.name}: {call})"
    if chosen.name == loads["transformers-bin"] and chosen.layout in (BIN, BIN_SHARDED):
        return f"{chosen.name}: {call}, use_safetensors=False)"
    if chosen.layout == RAW:
        return f"{chosen.name}: files of the trainer; convert them first"
    return (
        f"{chosen.name}: download {', '.join(chosen.files)} without the branch's other weights, "
        "with config and index, and load the folder"
    )


def elsewhere(other: JudgedBranch) -> str:
    """Return the recipe of the branch that has the same checkpoint."""
    return f"{other.revision} is the same checkpoint: {other.recipe}"
