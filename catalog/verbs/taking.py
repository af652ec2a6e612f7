"""What a place's own loader takes from a branch, and what is wrong with that.

Without a loader that the place names it is what transformers 5 takes, on which a branch's verdict
rests.
"""

from typing import TYPE_CHECKING

from catalog.core import loaders
from catalog.core.branches import BranchVerdict
from catalog.core.mentions import places as rules

if TYPE_CHECKING:
    from catalog.core.advisories import Advisory
    from catalog.core.branches import JudgedBranch, JudgedSet
    from catalog.core.mentions.values import Loader

Said = tuple[str, str | None, str]


def taken(branch: "JudgedBranch", loader: "Loader | None") -> "JudgedSet | None":
    """Return the set that a place's loader takes, None where it takes none."""
    if loader is not None and loader.file is not None:
        return next(
            (s for s in branch.weight_sets if loader.file in (s.name, *s.files)),
            None,
        )
    name = (branch.loads or {}).get(loader.key if loader is not None else loaders.DEFAULT)
    chosen = next((judged for judged in branch.weight_sets if judged.name == name), None)
    return None if chosen is not None and _is_refused(chosen, loader) else chosen


def _is_refused(chosen: "JudgedSet", loader: "Loader | None") -> bool:
    """Return whether a loader that wants `.bin` finds safetensors alone."""
    only_bin = loader is not None and loader.key == "transformers-bin"
    return only_bin and ".safetensors" in chosen.name


def is_another(branch: "JudgedBranch | None", taken: "JudgedSet | None") -> bool:
    """Return whether a set is right and another one than the branch's verdict is about."""
    if branch is None or taken is None or not taken.verdict.is_true:
        return False
    return branch.loaded is not None and branch.loaded.name != taken.name


def concerns(
    advisory: "Advisory", branch: "JudgedBranch | None", taken: "JudgedSet | None"
) -> bool:
    """Return whether an advisory is about what a place takes.

    Every one is about a branch's own verdict; of another set only one that names it, or names none
    of a branch in which nothing is right.
    """
    if branch is None or taken == branch.loaded:
        return True
    if taken is None:
        return False
    if advisory.weight_sets:
        return taken.name in advisory.weight_sets
    return not taken.verdict.is_true


def judged(
    branch: "JudgedBranch", taken: "JudgedSet | None", loader: "Loader | None"
) -> Said | None:
    """Return what is wrong with what a loader takes from a branch, None where nothing is known."""
    if branch.verdict is BranchVerdict.MISSING:
        return rules.LOADS_NOTHING, None, branch.reason
    if taken is None:
        if loader is None or not branch.weight_sets:
            return None
        return rules.LOADS_NOTHING, None, f"{branch.revision} has no {loader.file or '.bin file'}"
    if taken.verdict.is_true or taken.verdict is BranchVerdict.UNKNOWN:
        return None
    return rules.LOADS_ANOTHER, _instead(branch, taken), taken.reason


def _instead(branch: "JudgedBranch", taken: "JudgedSet") -> str:
    """Return what a wrong set holds, in words."""
    if taken.verdict in (BranchVerdict.SAME_AS, BranchVerdict.ALIAS) and taken.owner is not None:
        return taken.owner.seen_from(branch.publication.repo_id)
    if taken.verdict is BranchVerdict.SPLICED:
        return "a mixture of two checkpoints"
    return f"what is {taken.verdict.value}"
