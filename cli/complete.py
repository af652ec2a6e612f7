"""What the shell completes: models, suites, names, revisions and tasks, from the catalog.

Completion never fails and never speaks: where the catalog cannot answer, there is nothing.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from catalog.errors import CatalogError

if TYPE_CHECKING:
    from catalog import Catalog


def _catalog() -> "Catalog":
    from catalog import api

    return api.open()


def suites(incomplete: str) -> Iterator[str]:
    """Yield the suites that a word may become."""
    with suppress(CatalogError):
        names = [suite.name for suite in _catalog().suites()]
        yield from (name for name in names if name.startswith(incomplete))


def models(incomplete: str) -> Iterator[str]:
    """Yield the models that a word may become."""
    with suppress(CatalogError):
        names = [model.name for model in _catalog().ls()]
        yield from (name for name in names if name.startswith(incomplete))


def models_and_suites(incomplete: str) -> Iterator[str]:
    """Yield the models and suites that a word may become."""
    yield from models(incomplete)
    yield from suites(incomplete)


def refs(incomplete: str) -> Iterator[str]:
    """Yield the models that a word may become, after `@` the revisions of one."""
    model, at, revision = incomplete.partition("@")
    if not at:
        yield from models(incomplete)
        return
    with suppress(CatalogError):
        for checkpoint in _catalog().checkpoints(model):
            if checkpoint.revision and checkpoint.revision.startswith(revision):
                yield f"{model}@{checkpoint.revision}"


_SPACED = (
    *("log5", "log10", "log20", "linear5", "linear10", "linear20"),
    *("every1B", "every10B", "every50B", "everystep1000"),
)
"""Some of each spacing, for the shell to stop behind the word and show how it goes on."""
_WORDS = ("all", "common", "scored", *_SPACED)


def selections(incomplete: str) -> Iterator[str]:
    """Yield what `refs` does, after `@` the words and ranges that choose several too, and suites.

    Behind `:` is what is said of those before it, behind `..` the other end.
    """
    owner, at, which = incomplete.rpartition("@")
    if not at:
        yield from models_and_suites(incomplete)
        return
    before, colon, part = which.rpartition(":")
    head = f"{owner}@{before}{colon}"
    low, between, high = part.partition("..")
    if between:
        yield from (f"{head}{low}..{end}" for end in _ends(owner, low) if end.startswith(high))
        return
    if not colon:
        yield from refs(incomplete)
    with suppress(CatalogError):
        if part and owner in {*_names_of_models(), *suites(owner)}:
            words = (*_WORDS, *(f"tag={tag}" for tag in tags("")))
            yield from (f"{head}{word}" for word in words if word.startswith(part))


def _names_of_models() -> list[str]:
    return [model.name for model in _catalog().ls()]


def _ends(model: str, low: str) -> Iterator[str]:
    """Yield the revisions with which a range may end, those behind its beginning."""
    with suppress(CatalogError):
        saved = [checkpoint.revision or "" for checkpoint in _catalog().checkpoints(model)]
        yield from filter(None, saved[saved.index(low) + 1 :] if low in saved else saved)


def names(incomplete: str) -> Iterator[str]:
    """Yield the names, those of old too, that a word may become."""
    with suppress(CatalogError):
        yield from (text for text in _catalog().known_names() if text.startswith(incomplete))


def tasks(incomplete: str) -> Iterator[str]:
    """Yield the tasks that a word may become."""
    with suppress(CatalogError):
        yield from (task for task in _catalog().tasks() if task.startswith(incomplete))


def tags(incomplete: str) -> Iterator[str]:
    """Yield the tags that a word may become."""
    with suppress(CatalogError):
        known = sorted({tag for marked in _catalog().tags() for tag in marked.tags})
        yield from (tag for tag in known if tag.startswith(incomplete))


def fields(incomplete: str) -> Iterator[str]:
    """Yield the facts and other fields that a word may become."""
    with suppress(CatalogError):
        names = [field.key for field in _catalog().fields()]
        yield from (name for name in names if name.startswith(incomplete))


def conditions(incomplete: str) -> Iterator[str]:
    """Yield the beginnings of conditions that a word may become: a field and `=`."""
    yield from (f"{name}=" for name in fields(incomplete))


def fields_and_models(incomplete: str) -> Iterator[str]:
    """Yield the fields, models and suites that a word may become."""
    yield from fields(incomplete)
    yield from models_and_suites(incomplete)


def refs_and_paths(incomplete: str) -> Iterator[str]:
    """Yield what `refs` does, then files and folders."""
    yield from refs(incomplete)
    yield from _paths(incomplete)


def targets(incomplete: str) -> Iterator[str]:
    """Yield what `selections` does, then files and folders."""
    yield from selections(incomplete)
    yield from _paths(incomplete)


def _paths(incomplete: str) -> Iterator[str]:
    from pathlib import Path

    folder = incomplete[: incomplete.rfind("/") + 1]
    with suppress(OSError, ValueError, RuntimeError):  # no such user, for `~`
        for path in sorted(Path(folder or ".").expanduser().iterdir()):
            text = f"{folder}{path.name}{'/' if path.is_dir() else ''}"
            if text.startswith(incomplete):
                yield text
