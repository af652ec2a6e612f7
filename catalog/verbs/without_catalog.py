"""What a REF means where there is no catalog: by the names of the suites that ship.

Enough to find a branch in the Hub's cache. It knows no tokens: `pythia-70m@2.1B` needs a catalog.
"""

from typing import TYPE_CHECKING

from catalog.core import names, refs, suites
from catalog.core.entries import Entry
from catalog.core.refs import MAIN
from catalog.errors import UnknownName
from catalog.progress import SILENT, Watcher
from catalog.verbs import target
from catalog.verbs.target import Target, in_cache, never_published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from catalog.core.names import Answer
    from catalog.core.suites import Suite


def branch(text: str, watcher: Watcher = SILENT) -> Target:
    """Return the branch that a REF means, with the place of its files.

    Args:
        text: as written.
        watcher: hears what a former name was taken for.

    Raises:
        BadInput: not a REF, or never published.
        UnknownName: no shipped suite has such a model.
    """
    ref = refs.parse(text)
    name, revision = refs.split_revision(text)
    answer = names.Index.of(_entries(suites.shipped())).resolve(ref.model)
    if answer.model is not None:
        target.remark(watcher, name, answer.model)
    return in_cache(
        Target(
            text,
            revision=revision or MAIN,
            weight_set=ref.weight_set,
            repo_id=_repository(ref.model, answer),
        )
    )


def _repository(name: str, answer: "Answer") -> str:
    """Return where a model is published; OWNER/NAME of no known model is that repository."""
    if answer.model is None and "/" in name:
        refs.require_repository(name)
        return name
    if answer.model is None:
        raise UnknownName("model", name, answer.nearest, why=answer.error)
    if answer.repo_id is None:
        raise never_published(answer.model)
    return answer.repo_id


def _entries(shipped_suites: "Iterable[Suite]") -> "Iterator[Entry]":
    """Yield every name of some suites."""
    for suite in shipped_suites:
        repositories = {model.name: model.repo_id for model in suite.models}
        for name in suites.all_names(suite):
            yield Entry(
                name.text,
                name.model,
                repositories.get(name.model),
                name.kind,
                name.valid_from,
                name.valid_to,
            )
