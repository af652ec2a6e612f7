"""What downloaded files are together: one weight set that loads, of the model's shape, and finite.

Each file is as the Hub declares it already; whether they are is `catalog.verbs.downloading`'s.
"""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import loaders
from catalog.core.verdicts import Verdict
from catalog.errors import CheckedBad
from catalog.verbs import reading
from catalog.weights import files, hashing, headers, impostors

if TYPE_CHECKING:
    from catalog.core.manifests import Manifest
    from catalog.progress import Watcher
    from catalog.verbs.choosing import Choice


def write_index(work: Path, choice: "Choice") -> None:
    """Write the index that the branch lacks, from the headers of its shards."""
    listing = files.find(work)
    placed: dict[str, str] = {}
    total = 0
    for weights in headers.sets_of(listing):
        if weights.name != choice.chosen.name:
            continue
        # Without its index the set counts as broken; that is what is being mended.
        whole = weights._replace(problems=(), indexed=True)
        plans = headers.read_plans(listing, (whole,))
        for path in whole.files:
            for tensor in plans[path].tensors:
                placed[tensor.name] = Path(path).name
                total += tensor.size_bytes
            placed |= {name: Path(path).name for name, _ in plans[path].tied}
    text = json.dumps({"metadata": {"total_size": total}, "weight_map": placed}, indent=2)
    (work / choice.chosen.name).write_text(text + "\n", encoding="utf-8")


def check_structure(folder: Path, name: str) -> None:
    """Refuse a folder from which another set, or half of one, would be loaded."""
    listing = files.find(folder)
    if pointer := impostors.pointer(listing):
        raise pointer
    sets = headers.sets_of(listing)
    loaded = loaders.loaded(sets)
    if len(sets) != 1 or loaded is None or loaded.name != name:
        names = ", ".join(weights.name for weights in sets)
        raise CheckedBad(f"{folder} would not load {name}: it holds {names}")
    headers.read_plans(listing, sets)


def check_weights(work: Path, choice: "Choice", watcher: "Watcher") -> "Manifest":
    """Return every file's digests; refuse weights that are not finite, or not the model's.

    They are as the Hub declares them, so that nothing is gained by fetching them again.

    Args:
        work: holds the files; goes where they are refused.
        choice: what they should be.
        watcher: hears what is being done.

    Raises:
        CheckedBad: NaN or infinity; or other names, shapes or numbers of parameters.
    """
    watcher.report("checking names, shapes and values")
    name = choice.chosen.name
    hashed = hashing.hash_files(files.find(work), tensors=True, weight_set=name)
    plan = choice.plan
    if plan is None or not plan.says_anything:
        plan = reading.plan_from_config(work)
    for check in reading.weight_checks(hashed.sets[name], plan):
        if check.verdict is Verdict.FAILED:
            shutil.rmtree(work, ignore_errors=True)
            raise CheckedBad(
                f"{name} is as the Hub declares it and no right weights: {check.observed}",
                f"{check.expected} is wanted; nothing was kept",
            )
    return hashed.manifest
