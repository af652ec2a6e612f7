"""What attestations speak of, as it is there now: folders, the Hub's cache, the record, the Hub.

The part of the door that opens the catalog for them; `catalog.api` is the public half, and nothing
here is meant to be called from elsewhere.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalog._door import content
from catalog._door.looking import Looking
from catalog.errors import BadInput, CouldNotCheck, MissingExtra

if TYPE_CHECKING:
    import os
    from types import ModuleType

    from catalog.core.attestations.envelopes import Vouches
    from catalog.verbs.attesting import Asked, Attested


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

    def _held_against(self, made: "Attested", asked: "list[Asked]") -> "Attested":
        """Return attestations compared with what was asked for, and with what is known of it.

        The bytes of a path may be as attested, and be known as no such checkpoint's.
        """
        from catalog.verbs import attesting

        first = attesting.compared(made, asked)
        about = {e.statement.name for e in first.attestations if e.statement and e.matches}
        known = self._attested(about - {each.name for each in asked})
        return attesting.compared(made, [*asked, *known])

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


def by_key() -> "ModuleType":
    """Return what signs with keys, and checks.

    Raises:
        MissingExtra: cryptography is not installed.
    """
    try:
        from catalog.keys import pem
    except ModuleNotFoundError as error:
        raise MissingExtra("cryptography", "attest") from error
    return pem


def by_identity() -> "ModuleType":
    """Return what signs with identities, and checks.

    Raises:
        MissingExtra: sigstore is not installed.
    """
    try:
        from catalog.keys import keyless
    except ModuleNotFoundError as error:
        raise MissingExtra("sigstore", "sigstore") from error
    return keyless


def vouching(
    key: "str | os.PathLike[str] | None", identity: str | None, issuer: str | None
) -> "Vouches | None":
    """Return who must have signed, None where nobody is named.

    Raises:
        BadInput: a key and an identity, or half an identity; or it is no key.
        MissingExtra: what checks it is not installed.
    """
    if (identity is None) != (issuer is None):
        raise BadInput("an identity is what its issuer says", "give --identity and --issuer")
    if key is not None and identity is not None:
        raise BadInput("a key or an identity signed it, not both", "leave one of them out")
    made: Vouches | None = None
    if key is not None:
        made = by_key().verifier(content(Path(key)), str(key))
    elif identity is not None:
        made = by_identity().verifier(identity, issuer)
    return made
