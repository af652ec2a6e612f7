"""What several targets at once mean: the one place where selections and lists become targets.

A selection (`catalog.core.selections`) becomes REFs, a pattern in `--as` what each folder is. The
order is that of the texts, then of training; what is named twice is there once, at its first place.
Looks at the catalog alone: whether files are here, and right, whoever reads them says.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import selections
from catalog.core.selections import FOLDER_NAME, Selection
from catalog.errors import BadInput, CatalogError
from catalog.sql.queries import models as queries
from catalog.verbs.meaning import Meaning
from catalog.weights import paths

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from catalog.core.models import Checkpoint, Model
    from catalog.sql.connections import Reader


@dataclass(frozen=True, slots=True)
class Selected:
    """One target among several.

    Attributes:
        text: a REF of one checkpoint, or a path.
        called: which checkpoint the path is, None where nobody said.
    """

    text: str
    called: str | None = None


def listed(lines: "Iterable[str]", name: str) -> list[str]:
    """Return the targets that a list holds, one a line; blank lines and comments are passed over.

    Args:
        lines: of the list.
        name: what to call it.

    Raises:
        BadInput: it holds none.
    """
    texts = [text for line in lines if (text := _target(line))]
    if not texts:
        raise BadInput(f"{name} names no checkpoint", "write one REF or PATH a line")
    return texts


def _target(line: str) -> str:
    """Return what a line asks for; a path that is there may hold what else begins a comment."""
    whole = line.strip()
    return whole if "#" in whole and os.path.lexists(whole) else selections.written(line)


def as_they_are(texts: Sequence[str], called: str | None) -> list[Selected] | None:
    """Return targets that need no catalog to be told apart, None where they do.

    Raises:
        BadInput: `called` says what one folder is, and there are several.
    """
    pattern = called is not None and FOLDER_NAME in called
    if called is not None and not pattern and len(texts) > 1:
        hint = "give one folder at a time, or write --as 'MODEL@{name}': each folder's own name"
        raise BadInput("--as says what one folder is", hint)
    refs = [text for text in texts if not paths.is_path(text)]
    if pattern or len(refs) > 1 or any(selections.parse(text) for text in refs):
        return None
    unique: dict[Hashable, Selected] = {}
    for text in texts:
        unique.setdefault(text if text in refs else _place(text), Selected(text, called))
    return list(unique.values())


def _place(path: str) -> str:
    """Return what two spellings of one path share."""
    return os.path.realpath(paths.path_of(path))


def select(
    connection: "Reader", meaning: Meaning, texts: Sequence[str], called: str | None
) -> list[Selected]:
    """Return every target that some texts mean, each once.

    Args:
        connection: an open catalog.
        meaning: of names in it.
        texts: REFs, selections and paths.
        called: what a folder is; `{name}` stands for each folder's own name.

    Raises:
        BadInput: a selection cannot be understood, or a folder's name is no step of the model.
        UnknownName: a selection means no model or no checkpoint.
    """
    quiet = Meaning(connection)
    unique: dict[Hashable, Selected] = {}
    for text in texts:
        for target in _each(connection, meaning, text, called):
            unique.setdefault(_identity(quiet, target), target)
    return list(unique.values())


def _each(
    connection: "Reader", meaning: Meaning, text: str, called: str | None
) -> Iterator[Selected]:
    """Yield what one text means."""
    is_path = paths.is_path(text)
    selection = None if is_path else selections.parse(text)
    if selection is not None and called is None:
        yield from _chosen(connection, meaning, selection)
    elif is_path and called is not None:
        yield Selected(text, _by_name(connection, text, called))
    else:
        yield Selected(text, called)


def _identity(meaning: Meaning, target: Selected) -> "Hashable":
    """Return what two spellings of one target share; what means nothing is told where it is met."""
    if paths.is_path(target.text):
        return _place(target.text), target.called
    try:
        branch = meaning.branch(target.text)
    except CatalogError:
        return target
    return branch.repo_id, branch.revision, branch.weight_set


# Selections ------------------------------------------------------------------------------------


def _chosen(connection: "Reader", meaning: Meaning, selection: Selection) -> Iterator[Selected]:
    """Yield the checkpoints of a selection, model by model."""
    chosen = meaning.models([selection.model])
    published = {model.id: _published(connection, model) for model in chosen}
    if not any(published.values()):
        raise BadInput(
            f"{selection.model} was never published", f"see `catalog show {chosen[0].name}`"
        )
    for model in chosen:
        saved = published[model.id]
        if selection.is_label and any(each.revision == selection.which for each in saved):
            yield Selected(selection.text)  # a branch that is called so
        elif saved:
            weight_set = f"#{selection.weight_set}" if selection.weight_set else ""
            for checkpoint in selections.chosen(selection, model, saved):
                yield Selected(f"{model.name}@{checkpoint.revision}{weight_set}")


def _published(connection: "Reader", model: "Model") -> "list[Checkpoint]":
    """Return the checkpoints that a REF can ask for, in the order of training."""
    if model.repo_id is None:
        return []
    return [saved for saved in queries.checkpoints(connection, model.id) if saved.revision]


# Folders ---------------------------------------------------------------------------------------


def _by_name(connection: "Reader", text: str, called: str) -> str:
    """Return which checkpoint a folder is by its own name.

    Raises:
        BadInput: it is no step of the model.
    """
    if FOLDER_NAME not in called:
        return called
    name = os.path.basename(os.path.abspath(paths.path_of(text)))  # noqa: PTH100, PTH119 - links stay
    ref = called.replace(FOLDER_NAME, name)
    hint = f"its folder is called {name!r}, and {FOLDER_NAME} stands for that"
    try:
        meant = Meaning(connection).about(ref)
    except CatalogError as error:
        raise BadInput(f"{text}: {error.what}", hint) from error
    if meant.checkpoint is None or meant.distance is not None:
        raise BadInput(f"{text}: {ref} is no step that was saved", hint)
    return ref
