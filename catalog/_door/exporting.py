"""What is exported for other programs: the catalog's half of a bill of materials.

`catalog.api` is the public half, and nothing here is meant to be called from elsewhere.
"""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog._door import content, now
from catalog._door.attesting import Attesting
from catalog.errors import BadInput, CouldNotCheck, MissingExtra

if TYPE_CHECKING:
    from types import ModuleType

    from catalog.core.locks import Locked
    from catalog.verbs.billing import Bill, Billed

EPOCH = "SOURCE_DATE_EPOCH"


class Exporting(Attesting):
    """A catalog that writes what it knows for other programs."""

    def _bill(self, target: str, version: str) -> "Bill":
        """Return the bill of a REF, or of what a lock pins."""
        from catalog.core import digests
        from catalog.verbs import billing, locked
        from catalog.weights import paths

        moment = made_at()
        if paths.is_path(target):
            file = paths.path_of(target)
            pinned = locked.read(file).checkpoints
            listed = tuple(self._billed(each) for each in pinned)
            return billing.Bill(file.name, listed, version, moment, digests.sha256(content(file)))
        with self._reading() as connection:
            branch = self._meaning(connection).branch(target)
            self._advise(branch)
            return billing.Bill(target, (billing.of_branch(connection, branch),), version, moment)

    def _billed(self, pinned: "Locked") -> "Billed":
        """Return what a pinned checkpoint consists of; a lock needs no catalog."""
        from catalog.verbs import billing

        model, license_ = None, None
        try:
            with self._reading() as connection:
                model, license_ = billing.of_pinned_model(connection, pinned)
        except (BadInput, CouldNotCheck):
            self._watcher.remark(f"{pinned.name}: no catalog knows its model, its licence neither")
        self._advised(pinned)
        return billing.of_lock(pinned, model, license_)


def made_at() -> datetime:
    """Return the time that a file says it was made at: now, or what reproducible builds state.

    Raises:
        BadInput: $SOURCE_DATE_EPOCH is no such time.
    """
    stated = os.environ.get(EPOCH)
    if not stated:
        return now().replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(stated), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(f"${EPOCH} is {stated!r}", "seconds since 1970, as `date +%s`") from error


def bills() -> "ModuleType":
    """Return what prints bills of materials.

    Raises:
        MissingExtra: the library of CycloneDX is not installed.
    """
    try:
        from catalog.documents import bills as room
    except ModuleNotFoundError as error:
        raise MissingExtra("cyclonedx-python-lib", "sbom") from error
    return room
