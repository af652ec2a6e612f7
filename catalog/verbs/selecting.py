"""What several targets at once mean: the one place where selections and lists become targets.

A selection becomes REFs (`catalog.verbs.spreading`), a pattern in `--as` what each folder is. The
order is that of the texts, then of training; what is named twice is there once, at its first place.
Looks at the catalog alone: whether files are here, and right, whoever reads them says.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.core import selections
from catalog.core.selections import FOLDER_NAME, Spread
from catalog.errors import BadInput, CatalogError, UnknownName
from catalog.verbs.meaning import Meaning
from catalog.verbs.spreading import PLAIN, Choosing, Chosen
from catalog.weights import paths

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

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


def as_they_are(
    texts: Sequence[str], called: str | None, spread: Spread = PLAIN
) -> list[Selected] | None:
    """Return targets that need no catalog to be told apart, None where they do.

    Raises:
        BadInput: `called` says what one folder is, and there are several.
    """
    pattern = called is not None and FOLDER_NAME in called
    if called is not None and not pattern and len(texts) > 1:
        hint = "give one folder at a time, or write --as 'MODEL@{name}': each folder's own name"
        raise BadInput("--as says what one folder is", hint)
    refs = [text for text in texts if not paths.is_path(text)]
    if spread.parts or pattern or len(refs) > 1 or any(selections.parse(text) for text in refs):
        return None
    unique: dict[Hashable, Selected] = {}
    for text in texts:
        unique.setdefault(text if text in refs else _place(text), Selected(text, called))
    return list(unique.values())


def _place(path: str) -> str:
    """Return what two spellings of one path share."""
    return os.path.realpath(paths.path_of(path))


def select(
    connection: "Reader",
    meaning: Meaning,
    texts: Sequence[str],
    called: str | None,
    spread: Spread = PLAIN,
) -> list[Selected]:
    """Return every target that some texts mean, each once.

    Args:
        connection: an open catalog.
        meaning: of names in it.
        texts: REFs, selections and paths.
        called: what a folder is; `{name}` stands for each folder's own name.
        spread: what is meant by a model or suite alone.

    Raises:
        BadInput: a selection cannot be understood or means nothing, or a folder's name is no step
            of the model.
        UnknownName: a selection means no model or no checkpoint.
    """
    quiet = Meaning(connection)
    chosen = Choosing(connection, meaning, spread)
    unique: dict[Hashable, Selected] = {}
    for text in chosen.over(texts):
        for target in _each(connection, chosen, text, called):
            unique.setdefault(_identity(quiet, target), target)
    chosen.tell()
    return list(unique.values())


def refs(connection: "Reader", meaning: Meaning, texts: Sequence[str]) -> list[str]:
    """Return REFs as they are, and in the place of each selection those of its branches.

    Raises:
        BadInput: a selection cannot be understood, or means nothing.
        UnknownName: it means no model, or no checkpoint.
    """
    found: list[str] = []
    for text in texts:
        several = selections.parse(text) is not None
        found += (
            [each.text for each in select(connection, meaning, [text], None)] if several else [text]
        )
    return found


def checkpoints(
    connection: "Reader", meaning: Meaning, texts: Sequence[str], spread: Spread = PLAIN
) -> "Iterator[Chosen]":
    """Yield the checkpoints that REFs and selections mean, each once; those never published too.

    A model or suite alone is yielded without a checkpoint, model by model: which of them it means
    is the caller's business.

    Args:
        connection: an open catalog.
        meaning: of names in it.
        texts: REFs, selections, models and suites; no paths.
        spread: what is meant by a model or suite alone.

    Raises:
        BadInput: a text cannot be understood, or names one weight set.
        UnknownName: a text means no model or no checkpoint.
    """
    chosen = Choosing(connection, meaning, spread, published=False)
    unique: dict[Hashable, Chosen] = {}
    for text in chosen.over(texts):
        selection = selections.parse(text)
        for each in chosen.each(selection) if selection else _plainly(meaning, text):
            at = each.checkpoint
            unique.setdefault((each.model.id, None if at is None else at.id), each)
    chosen.tell()
    yield from unique.values()


def _plainly(meaning: Meaning, text: str) -> "Iterator[Chosen]":
    """Yield what a text means that is no selection."""
    if "@" in text:
        about = meaning.about(text, sets=False)
        if about.model is not None:
            yield Chosen(text, about.model, about.checkpoint)
        return
    try:
        models = meaning.models([text])
    except UnknownName:
        models = [model] if (model := meaning.about(text, sets=False).model) else []
    yield from (Chosen(text, model) for model in models)


def _each(
    connection: "Reader", chosen: "Choosing", text: str, called: str | None
) -> Iterator[Selected]:
    """Yield what one text means."""
    is_path = paths.is_path(text)
    selection = None if is_path else selections.parse(text)
    if selection is not None and called is None:
        several = [Selected(each.text) for each in chosen.each(selection)]
        if not several:  # nothing that is looked at is no good news
            hint = f"`catalog at {selection.model}@all` lists what there is"
            raise BadInput(f"{text!r} means no checkpoint", hint)
        yield from several
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
