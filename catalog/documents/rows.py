"""`Rows`: what every method that answers with several values returns, and its ways into a table.

It is a tuple of the frozen values themselves. As a table each is what `--json` prints of it, made
flat (`catalog.documents.frames`); no library of tables is imported before one is asked for.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeVar, overload

if TYPE_CHECKING:
    import os

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from catalog.documents.plain import Document

Value_co = TypeVar("Value_co", covariant=True)
SHOWN = 60
"""Rows that a notebook shows; of more their number is said."""


class Rows(tuple[Value_co, ...]):  # noqa: SLOT001 - it keeps what kind its values are
    """Several values, in order; equal to any tuple or list that holds the same.

    Args:
        values: frozen values of one kind.
        kind: what makes a row of one: `MODULE:FUNCTION` of `catalog.documents`, perhaps with
            `:NAME` where several kinds share it; for plain text `=COLUMN`, its only column.
    """

    kind: str

    def __new__(cls, values: Iterable[Value_co] = (), kind: str = "=value") -> "Rows[Value_co]":
        """Return rows of these values."""
        made = super().__new__(cls, values)
        made.kind = kind
        return made

    def __eq__(self, other: object) -> bool:
        return tuple.__eq__(self, tuple(other) if isinstance(other, list) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__

    def __repr__(self) -> str:
        return repr(list(self))

    def __reduce__(self) -> "tuple[type[Rows[Value_co]], tuple[list[Value_co], str]]":
        return type(self), (list(self), self.kind)

    @overload
    def __getitem__(self, place: SupportsIndex) -> Value_co: ...

    @overload
    def __getitem__(self, place: slice) -> "Rows[Value_co]": ...
    def __getitem__(self, place: SupportsIndex | slice) -> "Value_co | Rows[Value_co]":
        chosen = super().__getitem__(place)
        return type(self)(chosen, self.kind) if isinstance(place, slice) else chosen  # type: ignore[arg-type, return-value]

    def to_dicts(self) -> "list[Document]":
        """Return the rows as JSON has them, nested objects made flat: `key.inner`."""
        from catalog.documents import frames  # noqa: PLC0415 - a question needs none

        return frames.flat(self, self.kind)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a pandas table: nullable integers, categories, times in UTC.

        Raises:
            MissingExtra: pandas is not installed (extra `tables`).
        """
        from catalog.documents import frames  # noqa: PLC0415 - as above

        return frames.pandas_of(self.to_dicts(), self._keys())

    def to_polars(self) -> "pl.DataFrame":
        """Return a polars table.

        Raises:
            MissingExtra: polars is not installed.
        """
        from catalog.documents import frames  # noqa: PLC0415 - as above

        return frames.polars_of(self.to_dicts(), self._keys())

    def to_arrow(self) -> "pa.Table":
        """Return an Arrow table.

        Raises:
            MissingExtra: pyarrow is not installed (extra `tables`).
        """
        from catalog.documents import frames  # noqa: PLC0415 - as above

        return frames.arrow_of(self.to_dicts(), self._keys())

    def to_parquet(self, file: "str | os.PathLike[str]") -> None:
        """Write a Parquet file, with the types of `to_arrow`.

        Raises:
            MissingExtra: pyarrow is not installed (extra `tables`).
        """
        from pathlib import Path  # noqa: PLC0415 - as above

        from catalog.documents import frames  # noqa: PLC0415 - as above

        Path(file).write_bytes(frames.parquet(self.to_dicts(), self._keys()))

    def _keys(self) -> "dict[str, str]":
        """Return the columns of a table without rows; of others they are in the rows."""
        from catalog.documents import columns  # noqa: PLC0415 - as above

        return {} if self else columns.of(self.kind)

    def _repr_html_(self) -> str:
        """Return a table for a notebook; what comes from outside is escaped."""
        rows: Sequence[dict[str, Any]] = self[:SHOWN].to_dicts()
        from catalog.documents import frames  # noqa: PLC0415 - as above

        return frames.html(rows, len(self), self.kind)
