"""What attestations speak of, as it is there now: folders, the Hub's cache, the record, the Hub.

The part of the door that opens the catalog for them; `catalog.api` is the public half, and nothing
here is meant to be called from elsewhere.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalog._door.looking import Looking
from catalog.errors import BadInput, CouldNotCheck, MissingExtra

if TYPE_CHECKING:
    from types import ModuleType

    from catalog.verbs.attesting import Asked


class Attesting(Looking):
    """A catalog that compares attestations with what is there."""

    def _asked(self, text: str, exclude: Sequence[Path]) -> "Asked":
        """Return what there is of a REF or PATH; a path needs no catalog."""
        from catalog.verbs import attesting, target
        from catalog.weights import paths

        if paths.is_path(text):
            on_disk = target.on_disk(text)
            with self._about(text):
                held = attesting.in_folder(on_disk, exclude, self._watcher)
            return attesting.Asked(text, None, (held,))
        with self._reading() as connection:
            meant = self._meaning(connection).target(text)
            known = tuple(attesting.on_record(connection, meant))
        if meant.path is not None:
            with self._about(text):
                known = (attesting.in_folder(meant, exclude, self._watcher), *known)
        return attesting.Asked(text, meant.name, known)

    def _attested(self, names: Iterable[str | None]) -> "list[Asked]":
        """Return what is known of attested checkpoints; what this catalog knows not is left out."""
        from catalog.verbs import attesting

        asked = []
        for name in filter(None, names):
            try:
                with self._reading() as connection:
                    meant = self._meaning(connection).branch(name)
                    known = tuple(attesting.on_record(connection, meant))
            except (BadInput, CouldNotCheck):
                continue
            if known:
                asked.append(attesting.Asked(name, meant.name, known))
        return asked


def signing() -> "ModuleType":
    """Return the room of keys.

    Raises:
        MissingExtra: cryptography is not installed.
    """
    try:
        from catalog import keys
    except ModuleNotFoundError as error:
        raise MissingExtra("cryptography", "attest") from error
    return keys
