"""What the methods of a catalog share: transactions, the clock, and names.

`catalog.api` is the public half; nothing here is meant to be called from elsewhere.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from catalog.errors import BadInput, CouldNotCheck, NoDatabase
from catalog.progress import SILENT, Watcher

if TYPE_CHECKING:
    from catalog.core.locks import Locked
    from catalog.core.manifests import Manifest
    from catalog.core.models import Checkpoint
    from catalog.core.verdicts import Verification
    from catalog.core.witnesses import Recorded
    from catalog.forward import Choice
    from catalog.forward.refilling import Networks
    from catalog.sql.connections import Reader, Writer
    from catalog.verbs.evals import Word
    from catalog.verbs.expecting import Ask
    from catalog.verbs.judging import Audit
    from catalog.verbs.meaning import Meaning
    from catalog.verbs.selecting import Selected
    from catalog.verbs.target import Target
    from catalog.verbs.turns import Wish
    from catalog.verbs.verify import Witness

_Value = TypeVar("_Value", bound=Any)


class Door:
    """A catalog at a URL, and who hears of the work.

    Args:
        url: an SQLAlchemy URL.
        watcher: hears remarks and how far long work is.
    """

    def __init__(self, url: str, *, watcher: Watcher = SILENT) -> None:
        self.url = url
        self._watcher = watcher
        self._keeps = False
        self._networks: Networks | None = None
        self._records = 0  # that this one wrote, so that what was decided before can be told

    @contextmanager
    def _reading(self, *, filled: bool = True) -> "Iterator[Reader]":
        from catalog.sql import database

        with database.reading(self.url, filled=filled, endpoint=endpoint()) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> "Iterator[Writer]":
        from catalog.sql import database

        with database.writing(self.url) as connection:
            connection.endpoint = endpoint()
            yield connection

    @contextmanager
    def _about(self, subject: str) -> Iterator[None]:
        """Tell the watcher what the work is about."""
        self._watcher.begin(subject)
        try:
            yield
        finally:
            self._watcher.end()

    def _meaning(self, connection: "Reader") -> "Meaning":
        from catalog.verbs.meaning import Meaning

        return Meaning(connection, self._watcher)

    def _advise(self, about: "Target") -> tuple[str, ...]:
        """Remark on the advisories that concern a model or checkpoint; return their ids."""
        if about.model is None:
            return ()
        saved = about.checkpoint
        return self._warn([(about.model.name, None if saved is None else saved.revision)])

    def _warn(self, places: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
        from catalog.verbs import advisories

        warnings = advisories.warnings(places)
        for text in warnings.texts:
            self._watcher.remark(text)
        return warnings.ids

    def _branch_anywhere(self, ref: str) -> "Target":
        """Return the branch that a REF means, by the shipped names where there is no catalog."""
        try:
            with self._reading() as connection:
                meaning = self._meaning(connection)
                return _sure(meaning, meaning.target(ref))
        except NoDatabase:
            from catalog.verbs import without_catalog

            return without_catalog.branch(ref, self._watcher)

    def _compared_side(self, text: str, *, recorded: bool) -> "tuple[Target, Recorded | None]":
        """Return one side of a comparison: where its files are, or else what is on record."""
        from catalog.verbs import comparing
        from catalog.verbs import hash as hashing

        meant = hashing.on_path(text, None)
        if meant is not None and recorded:
            raise BadInput(f"{text} is a path, and has no record", "write MODEL@REVISION")
        if meant is None:
            meant = self._branch_anywhere(text)
            self._advise(meant)
        if meant.path is not None and not recorded:
            return meant, None
        record = None
        if meant.checkpoint is not None:
            with self._reading() as connection:
                record = comparing.on_record(connection, meant)
        if recorded:
            comparing.require_record(meant, record)
        return meant, record

    def _witness(
        self, selected: "Selected", wish: "Wish", manifest: "tuple[Manifest, str] | None"
    ) -> "tuple[Target, Witness]":
        """Return what to verify and what to compare it with; a manifest needs no catalog."""
        from catalog.verbs import verify

        text, called = selected.text, selected.called
        if manifest is not None and called is None:
            return verify.by_manifest(text, *manifest)
        try:
            with self._reading() as connection:
                meaning = self._meaning(connection)
                meant = _sure(meaning, meaning.target(text, called))
                self._advise(meant)
                witness = verify.on_record(
                    connection, meant, wish.level, self._standing(meant), anew=wish.anew
                )
        except NoDatabase:
            if manifest is None:
                raise
            return verify.by_manifest(text, *manifest)
        return meant, witness if manifest is None else witness.by(*manifest)

    def _choice(self, device: str, dtype: str, memory: int | None = None) -> "Choice":
        """Return where and how to run; imports torch, so only after everything else was checked.

        Within `with` the network of one checkpoint is kept for the next of its shape.
        """
        from catalog import forward
        from catalog.forward import refilling

        chosen = forward.choose(device, dtype)
        if self._keeps and self._networks is None:
            self._networks = refilling.Networks()
        return changed(chosen, networks=self._networks, memory=memory)

    def _words(
        self, connection: "Reader", called: str | None, models: "str | os.PathLike[str] | None"
    ) -> "tuple[Word, ...]":
        """Return what a user says of score files: `--as` speaks of every one, and last."""
        from catalog.verbs import evals

        meaning = self._meaning(connection)

        def meant(text: str) -> "tuple[str, Checkpoint | None]":
            about = meaning.about(text)
            return "" if about.model is None else about.model.name, about.checkpoint

        words: tuple[Word, ...] = ()
        if models is not None:
            words = evals.mapping(text_of(Path(models)), str(models), meant)
        return words if called is None else (*words, evals.Word(called, *meant(called)))

    def _standing(self, meant: "Target") -> "Ask":
        """Return what asks all other witnesses of a checkpoint, once its files were read."""
        from catalog.sql import database
        from catalog.verbs import expecting

        opens = partial(database.reading, self.url, endpoint=endpoint())
        return expecting.asking(opens, meant)

    def _pinned(self, pinned: "Locked") -> "tuple[Target, Witness]":
        """Return what the catalog knows of a pinned checkpoint; a lock needs no catalog."""
        from catalog.core.verdicts import Level
        from catalog.verbs import verify
        from catalog.verbs.target import Target

        try:
            with self._reading() as connection:
                meant = self._meaning(connection).target(pinned.name)
                if meant.repo_id != pinned.repo_id:  # the name is another's here
                    return Target(pinned.name), verify.Witness()
                return meant, verify.on_record(
                    connection, meant, Level.FORWARD, self._standing(meant), anew=True
                )
        except (BadInput, CouldNotCheck):
            return Target(pinned.name), verify.Witness()

    def _advised(self, pinned: "Locked") -> tuple[str, ...]:
        """Remark on the advisories that concern a pinned checkpoint; return their ids."""
        return self._warn([(pinned.model, pinned.revision)]) if pinned.model else ()

    def _settle(self, audited: "Audit", *, probed: bool) -> tuple[int, int, str | None]:
        """Write findings down; a catalog that cannot be written to is no reason not to answer."""
        from catalog.verbs import audit

        try:
            with self._writing() as connection:
                opened, closed = audit.settle(connection, audited, now=now(), probed=probed)
        except CouldNotCheck as error:
            return 0, 0, str(error)
        return opened, closed, None

    def _recorded(self, verification: "Verification", meant: "Target") -> "Verification":
        """Record a verification; where that cannot be done its verdict stands, with a note."""
        from catalog.verbs import verify

        saved = meant.checkpoint
        try:
            with self._writing() as connection:
                verify.record(connection, verification, None if saved is None else saved.id)
        except CouldNotCheck as error:
            return changed(verification, notes=(*verification.notes, f"not recorded: {error}"))
        return verification


def _sure(meaning: "Meaning", meant: "Target") -> "Target":
    """Return a target; what is not on this machine at least names no weight set in vain."""
    if meant.path is None:
        meaning.require_set(meant)
    return meant


def endpoint() -> str | None:
    """Return where the Hub would be asked, None for the default: as its client has it, once read.

    Importing the client takes 300 ms, which no question at the prompt may cost.
    """
    client = sys.modules.get("huggingface_hub.constants")
    # Another thread may be importing it: then it will read what the environment says now.
    stated = getattr(client, "ENDPOINT", os.environ.get("HF_ENDPOINT"))
    if not stated:
        return None
    from catalog.core.published import kept_endpoint

    return kept_endpoint(stated)


def changed(value: _Value, **fields: object) -> _Value:
    """Return a dataclass with other fields: of the answers at the prompt none is one."""
    from dataclasses import replace

    return replace(value, **fields)


def now() -> datetime:
    return datetime.now(UTC)


def text_of(file: Path) -> str:
    """Return the text of a small file that a user wrote.

    Raises:
        BadInput: it is not UTF-8.
    """
    from catalog.core import foreign

    try:
        return foreign.text_of(content(file))
    except foreign.ForeignError as error:
        raise BadInput(f"{file} is not UTF-8 text: {error}") from error


def path_at(text: "str | os.PathLike[str]") -> Path:
    """Return the path that a text spells; `~` is the home folder, where there is one."""
    from catalog.weights import paths

    return paths.path_of(text)


def content(file: Path) -> bytes:
    """Return the bytes of a small file that a user named.

    Raises:
        BadInput: it is larger than any such file.
        CouldNotCheck: it cannot be read.
    """
    from catalog.weights import outside

    return outside.read(file)
