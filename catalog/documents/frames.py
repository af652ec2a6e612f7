"""Rows of JSON's vocabulary as tables of other libraries: pandas, polars, Arrow, Parquet, HTML.

Which columns there are, and of which type, `catalog.documents.columns` says. Opens and judges
nothing; writes no file.
"""

import html as markup
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from catalog.documents.columns import TYPES, of
from catalog.errors import MissingExtra

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from catalog.documents.plain import Document

Keys: TypeAlias = Sequence[str] | Mapping[str, str]
"""Columns in order, perhaps with the type that each has without values."""


# Rows ------------------------------------------------------------------------------------------


def flat(values: Sequence[object], kind: str) -> "list[Document]":
    """Return what a kind's document function makes of values, flat.

    Args:
        values: of one kind.
        kind: as `Rows` has it.
    """
    if kind.startswith("="):
        return [{kind[1:]: value} for value in values]
    module, function, *_ = kind.split(":")
    make = getattr(import_module(f"catalog.documents.{module}"), function)
    return [leaves(row) for value in values for row in _each(make(value))]


def _each(made: object) -> Iterable[Mapping[str, Any]]:
    return made if isinstance(made, list) else (made,)  # type: ignore[return-value]


def leaves(document: Mapping[str, Any]) -> "Document":
    """Return a document flat: the keys of objects within it are `key.inner`."""
    return dict(_leaves(document))


def _leaves(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of a document; a list of objects is one value, as JSON."""
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple) and any(isinstance(each, dict) for each in value):
            yield prefix + key, json.dumps(value, ensure_ascii=False)
        else:
            yield prefix + key, value


# Columns ---------------------------------------------------------------------------------------


def columns(rows: "Sequence[Document]", keys: "Keys" = ()) -> dict[str, tuple[str, list[Any]]]:
    """Return each column's type and values.

    Args:
        rows: flat.
        keys: which columns, in order, perhaps with the type that each has without values; by
            default every one that a row has.
    """
    names = keys or dict.fromkeys(key for row in rows for key in row)
    stated = keys if keys and isinstance(keys, Mapping) else TYPES
    made = {}
    for name in names:
        values = [row.get(name) for row in rows]
        kind = _type(stated.get(name), values)
        made[name] = kind, [_as(kind, value) for value in values]
    return made


def _type(stated: str | None, values: Sequence[Any]) -> str:
    """Return a column's type: that of its name where what it holds agrees, else what it holds."""
    there = {type(value) for value in values if value is not None}
    held = _held(there, values)
    if stated is None or (there and not _agrees(stated, held)):
        return held
    return stated


def _held(there: set[type], values: Sequence[Any]) -> str:
    if there and there <= {bool}:
        return "truth"
    if there and there <= {int}:
        return "integer"
    if there and there <= {int, float}:
        return "number"
    if not there or not there <= {list, tuple}:
        return "text"
    inner = {type(item) for value in values if value is not None for item in value}
    return "integers" if inner == {int} else "list"


def _agrees(stated: str, held: str) -> bool:
    if stated == "number":
        return held in ("number", "integer")
    return held == {"time": "text", "category": "text"}.get(stated, stated)


def _as(kind: str, value: Any) -> Any:  # noqa: ANN401 - a cell
    if value is None:
        return None
    if kind == "time":
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if kind == "list":
        return [str(each) for each in value]
    if kind == "integers":
        return list(value)
    if kind == "number":
        return float(value)
    return str(value) if kind in ("text", "category") else value


def _library(name: str) -> Any:  # noqa: ANN401 - a module
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtra(name.partition(".")[0], "tables") from error


# Tables ----------------------------------------------------------------------------------------


def pandas_of(rows: "Sequence[Document]", keys: "Keys") -> "pd.DataFrame":
    """Return a pandas table; integers may be missing, lists are objects.

    Raises:
        MissingExtra: pandas is not installed.
    """
    library = _library("pandas")
    types = {
        "integer": "Int64",
        "number": "float64",
        "truth": "boolean",
        "time": "datetime64[us, UTC]",
        "list": "object",
        "integers": "object",
        "category": "category",
        "text": "string",
    }
    no_words = library.CategoricalDtype(library.Index([], dtype="str"))
    made = {
        name: library.Series(
            values, dtype=types[kind] if kind != "category" or any(values) else no_words
        )
        for name, (kind, values) in columns(rows, keys).items()
    }
    return library.DataFrame(made)


def polars_of(rows: "Sequence[Document]", keys: "Keys") -> "pl.DataFrame":
    """Return a polars table.

    Raises:
        MissingExtra: polars is not installed.
    """
    library = _library("polars")
    types = {
        "integer": library.Int64,
        "number": library.Float64,
        "truth": library.Boolean,
        "time": library.Datetime("us", "UTC"),
        "list": library.List(library.String),
        "integers": library.List(library.Int64),
        "category": library.Categorical,
        "text": library.String,
    }
    made = columns(rows, keys)
    schema = {name: types[kind] for name, (kind, _) in made.items()}
    return library.DataFrame({name: values for name, (_, values) in made.items()}, schema=schema)  # type: ignore[no-any-return]


def arrow_of(rows: "Sequence[Document]", keys: "Keys") -> "pa.Table":
    """Return an Arrow table.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    library = _library("pyarrow")
    types = {
        "integer": library.int64(),
        "number": library.float64(),
        "truth": library.bool_(),
        "time": library.timestamp("us", tz="UTC"),
        "list": library.list_(library.string()),
        "integers": library.list_(library.int64()),
        "category": library.dictionary(library.int32(), library.string()),
        "text": library.string(),
    }
    made = columns(rows, keys)
    arrays = {
        name: library.array(values, library.string()).dictionary_encode()
        if kind == "category"
        else library.array(values, types[kind])
        for name, (kind, values) in made.items()
    }
    return library.table(arrays)


def parquet(rows: "Sequence[Document]", keys: "Keys") -> bytes:
    """Return a Parquet file; the same rows give the same bytes.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    written = io.BytesIO()
    table = arrow_of(rows, keys)
    _library("pyarrow.parquet").write_table(table, written, compression="zstd")
    return written.getvalue()


def html(rows: "Sequence[Document]", count: int, kind: str) -> str:
    """Return a table for a notebook.

    Args:
        rows: those to show.
        count: how many there are.
        kind: as `Rows` has it.
    """
    names = list(dict.fromkeys(key for row in rows for key in row)) or list(of(kind))
    head = "".join(f"<th>{markup.escape(name)}</th>" for name in names)
    body = "\n".join(
        "<tr>" + "".join(_cell(row.get(name)) for name in names) + "</tr>" for row in rows
    )
    more = f"<p>{count:,} rows, {len(rows):,} shown</p>" if count > len(rows) else ""
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>{more}"


def _cell(value: object) -> str:
    """Return one cell; numbers stand to the right."""
    if value is None:
        return "<td></td>"
    if isinstance(value, list | tuple):
        return f"<td>{markup.escape(', '.join(map(str, value)))}</td>"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    align = ' style="text-align: right"' if is_number else ""
    return f"<td{align}>{markup.escape(str(value))}</td>"
