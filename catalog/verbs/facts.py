"""A table of facts: which of the words are fields and which are models, and who has any."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from catalog.core import conditions
from catalog.core.facts import KEYS
from catalog.errors import BadInput, CatalogError, UnknownName
from catalog.sql.queries import models as queries
from catalog.verbs import tabulating

if TYPE_CHECKING:
    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning
    from catalog.verbs.tabulating import FactTable


def tabulated(
    connection: "Reader", meaning: "Meaning", words: Sequence[str], suite: str | None
) -> "FactTable":
    """Return fields of models; of all models where none is named, those that have one of them.

    Args:
        connection: an open catalog.
        meaning: of names in it.
        words: names of fields, then of models and suites.
        suite: only models of this one.

    Raises:
        BadInput: no field is named.
        UnknownName: no such field, model or suite.
    """
    texts = list(words)
    keys: list[str] = []
    while texts and _is_field(texts[0]):
        keys.append(conditions.field(texts.pop(0)))
    if not keys:
        if not texts:
            raise BadInput("which facts?", "`catalog facts` lists them")
        _require_field(meaning, texts[0])
    _require_models(meaning, texts)
    chosen = queries.models(connection, in_suite=suite)
    if texts:
        named = {model.id for model in meaning.models(texts)}
        chosen = [model for model in chosen if model.id in named]
    made = tabulating.table(connection, chosen, list(dict.fromkeys(keys)))
    if texts:
        return made
    rows = (row for row in made.rows if any(cell.value is not None for cell in row.cells.values()))
    return made._replace(rows=tuple(rows))


def _require_field(meaning: "Meaning", text: str) -> None:
    """Refuse a word that is no field, and a model in the place of one."""
    try:
        conditions.field(text)
    except UnknownName as unknown:
        try:
            meaning.models([text])
        except CatalogError:
            raise unknown from None
        hint = f"write `catalog facts layers {text}`, say; `catalog show` has all of one model"
        raise BadInput(f"{text} is no fact: name one before it", hint) from None


def _require_models(meaning: "Meaning", texts: Sequence[str]) -> None:
    """Refuse a mistyped field among fields and models as such."""
    for text in texts:
        try:
            meaning.models([text])
        except UnknownName:
            if any(map(_is_field, texts)) or conditions.is_near(text):
                conditions.field(text)
            raise


def _is_field(text: str) -> bool:
    return text in conditions.SYNONYMS or text in conditions.FIELDS or text in KEYS
