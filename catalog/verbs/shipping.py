"""What ships packed with the catalog, whatever it holds: its form, its origins, its mark.

A pack is JSON lines under xz, the same bytes every time: a head with the form and the origins, then
the lines. Once loaded, a row among the sources carries the pack's digest: that is the mark by which
the next `init` knows that there is nothing to do. What the lines say is not known here.
"""

import json
import lzma
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from catalog.core.digests import Digest
from catalog.errors import CheckedBad
from catalog.sql.records import sources

if TYPE_CHECKING:
    from catalog.sql.connections import Writer


@dataclass(frozen=True, slots=True)
class Origin:
    """A public document or archive that a pack was made from.

    Args:
        key: of its row in the sources.
        title: with the attribution that its licence asks for.
        url: where it is.
        commit: of that place.
        license: under which it may be passed on.
        dated: the day that it describes, ISO; None where it describes no single one.
    """

    key: str
    title: str
    url: str
    commit: str
    license: str
    dated: str | None = None

    @property
    def moment(self) -> datetime | None:
        """The day that it describes."""
        return (
            None if self.dated is None else datetime.fromisoformat(self.dated).replace(tzinfo=UTC)
        )


@dataclass(frozen=True, slots=True)
class Pack:
    """One kind of pack.

    Args:
        content: what it holds, in words.
        file: its name in `shipped/`.
        form: the first words of its head, with the version.
        kind: of its sources, and of its mark.
        mark: key of the source that says which pack is loaded.
        title: of that source.
    """

    content: str
    file: str
    form: str
    kind: str
    mark: str
    title: str

    def read(self) -> bytes:
        """Return the pack that ships."""
        return resources.files("catalog").joinpath("shipped", self.file).read_bytes()

    def packed(
        self,
        origins: Iterable[Origin],
        lines: Iterable[object],
        tables: Mapping[str, object] | None = None,
    ) -> bytes:
        """Return a pack's bytes.

        Args:
            origins: what it was made from.
            lines: what it holds.
            tables: further keys of its head: values that many lines share.
        """
        listed = [
            {key: value for key, value in asdict(origin).items() if value is not None}
            for origin in origins
        ]
        head = {"form": self.form, "sources": listed, **(tables or {})}
        text = "".join(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
            for line in (head, *lines)
        )
        best = 9 | lzma.PRESET_EXTREME
        return lzma.compress(text.encode(), check=lzma.CHECK_SHA256, preset=best)

    def unpacked(self, packed: bytes) -> tuple[dict[str, Any], list[Origin], list[list[Any]]]:
        """Return head, origins and lines of a pack.

        Raises:
            CheckedBad: the bytes are not such a pack.
        """
        try:
            head, *lines = [json.loads(line) for line in lzma.decompress(packed).splitlines()]
        except (lzma.LZMAError, ValueError) as error:
            raise CheckedBad(f"the shipped {self.content} are damaged: {error}") from error
        if not isinstance(head, dict) or head.get("form") != self.form:
            raise CheckedBad(f"the shipped {self.content} have another form")
        return head, [Origin(**origin) for origin in head["sources"]], lines

    def is_loaded(self, connection: "Writer", packed: bytes) -> bool:
        """Return whether exactly these bytes were loaded: a single read."""
        return sources.source_digest(connection, self.mark) == str(Digest.of(packed))

    def put_mark(self, connection: "Writer", packed: bytes) -> None:
        """Say that these bytes were loaded."""
        row: dict[str, str | None] = {"key": self.mark, "kind": self.kind, "title": self.title}
        sources.ensure_source(connection, row | {"digest": str(Digest.of(packed))})

    def put_source(self, connection: "Writer", origin: Origin) -> int:
        """Return the row of an origin among the sources; adds it where it is new."""
        row: dict[str, str | None] = {
            "key": origin.key,
            "kind": self.kind,
            "title": origin.title,
            "url": origin.url,
            "commit": origin.commit,
        }
        return sources.ensure_source(connection, row)
