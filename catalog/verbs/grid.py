"""An audit as a grid of verdicts: a row a model, a column a branch. Judges nothing."""

from typing import TYPE_CHECKING

from catalog.core.pictures import Grid
from catalog.core.refs import MAIN, labelled_step
from catalog.errors import CouldNotCheck

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.verbs.judging import Audit


def grid(audit: "Audit", models: "Sequence[str]" = ()) -> Grid:
    """Return the verdicts of the repositories that were seen; `main` is the last column.

    Args:
        audit: of some repositories.
        models: names in the order of their rows; others follow as the audit has them.

    Raises:
        CouldNotCheck: none was.
    """
    seen = [b for b in audit.branches if b.publication.repo_id not in audit.unobserved and b.claims]
    if not seen:
        raise CouldNotCheck("no branch was ever observed", "see `catalog sync --help`")
    steps = {branch.revision: labelled_step(branch.revision) for branch in seen}
    order = sorted(steps, key=lambda name: (name == MAIN, steps[name] is None, steps[name] or 0))
    verdicts: dict[str, dict[str, str]] = {}
    days: dict[str, str] = {}
    for branch in seen:
        name = branch.publication.model or branch.publication.repo_id
        verdicts.setdefault(name, {})[branch.revision] = branch.verdict.value
        looked = branch.publication.repository.look.observed_at
        days[name] = "" if looked is None else f"{looked:%Y-%m-%d}"
    place = {name: number for number, name in enumerate(models)}
    names = sorted(verdicts, key=lambda name: place.get(name, len(place)))
    cells = tuple(tuple(verdicts[name].get(step) for step in order) for name in names)
    return Grid(tuple(names), tuple(order), cells, tuple(days[name] for name in names))
