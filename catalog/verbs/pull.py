"""Fetches the right weights of a branch into a folder that `from_pretrained` loads as they are.

What to fetch is decided in `catalog.verbs.ordering`; every byte of it is compared. All is done in a
folder beside the wanted one, which gets its name by one rename at the end: an interruption leaves a
download to go on with, never half a checkpoint. The last file that is written says which checkpoint
it is: `.catalog.json`, a lock of its own.
"""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from catalog.core import locks
from catalog.core.counts import count
from catalog.core.filenames import CLAIM, CLAIM_PART, OWN, is_left_behind
from catalog.core.manifests import Manifest
from catalog.core.published import RemoteFile
from catalog.errors import BadInput, CouldNotCheck
from catalog.progress import SILENT, Watcher
from catalog.verbs import assembling, claims
from catalog.verbs.choosing import Choice
from catalog.verbs.downloading import Download
from catalog.weights import files, hashing

__all__ = ["Choice", "Fetching", "Pulled", "destination"]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of it.

    Args:
        choice: what was fetched.
        folder: where it is.
        status: `pulled`, or `known`: it was there already, and every byte is right.
        refetched: files whose first body was corrupted.
    """

    choice: Choice
    folder: Path
    status: str
    refetched: tuple[str, ...] = ()


# Where to --------------------------------------------------------------------------------------


def destination(folder: Path, choice: Choice, *, now: datetime) -> Pulled | None:
    """Return what is in a folder already, None if the folder is free to take the checkpoint.

    Raises:
        BadInput: it holds something else.
    """
    if not folder.exists() and not folder.is_symlink():
        return None
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder", "give another name")
    every = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    there = {path for path in every if not any(map(is_left_behind, path.split("/")))} - OWN
    if not there:
        return None
    same = there == {file.path for file in choice.files} | choice.made
    held = hashing.digest_files(files.find(folder)) if same else Manifest()
    if not same or not all(_is_declared(file, held) for file in choice.files):
        raise BadInput(f"{folder} holds something else", "give the name of a new folder")
    if choice.made:
        assembling.check_structure(folder, choice.chosen.name)
    _renew_claim(folder, choice, held, now)
    return Pulled(choice, folder, "known")


def _is_declared(file: RemoteFile, held: Manifest) -> bool:
    """Return whether a file is here as it was declared."""
    entry, declared = held.entries.get(file.path), file.declared
    if entry is None or declared is None:
        return False
    return entry.size_bytes == file.size_bytes and bool(entry.agrees(declared))


@dataclass(frozen=True, slots=True)
class Fetching:
    """A checkpoint on its way: its files come in any thread, the rest is done when all are there.

    Args:
        choice: what to fetch.
        folder: must not exist, or be empty; see `destination`.
        watcher: hears what is being done; may raise to stop, in any thread.
        wait: sleeps that many seconds.
    """

    choice: Choice
    folder: Path
    watcher: Watcher = SILENT
    wait: Callable[[float], None] = field(default=time.sleep)

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.choice.files)

    @property
    def _work(self) -> Path:
        return self.folder.parent / f".{self.folder.name}.{self.choice.commit[:12]}.pulling"

    def begin(self) -> None:
        """Make the folder that the work is done in, and say how much there is to do.

        Raises:
            CouldNotCheck: it cannot be made.
        """
        with _writing(self.folder):
            self._work.mkdir(parents=True, exist_ok=True)
        files_ = count(len(self.choice.files), "file")
        self.watcher.report(f"downloading {files_}, {self.size_bytes:,} bytes")

    def fetch(self, file: RemoteFile) -> bool:
        """Download a file until its bytes are right; return whether its first body was wrong.

        Raises:
            CheckedBad: they were wrong twice.
            HubUnavailable: the Hub stopped answering; the next run goes on.
            CouldNotCheck: the disk is full, or the folder cannot be written.
        """
        choice = self.choice
        download = Download(
            choice.wanted.repo_id, choice.commit, self._work, self.watcher, self.wait
        )
        with _writing(self.folder):
            return download.fetch(file)

    def finish(self, refetched: Iterable[str], *, now: datetime) -> Pulled:
        """Check what all files are together, and only then give the folder its name.

        Args:
            refetched: files whose first body was wrong.
            now: when.

        Raises:
            CheckedBad: the weights are broken, hold NaN or infinity, or are not of the model's
                shape.
            CouldNotCheck: the disk is full, or the place cannot be written.
        """
        work, choice = self._work, self.choice
        with _writing(self.folder):
            shutil.rmtree(work / ".cache", ignore_errors=True)
            if choice.writes_index:
                assembling.write_index(work, choice)
            assembling.check_structure(work, choice.chosen.name)
            held = assembling.check_weights(work, choice, self.watcher)
            _write_claim(work, choice, held, now)
            work.rename(self.folder)
        return Pulled(choice, self.folder, "pulled", tuple(refetched))


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Word what the system says of a place that cannot be written."""
    try:
        yield
    except OSError as error:
        raise CouldNotCheck(f"cannot write {folder}: {error.strerror or error}") from error


# What it says of itself ------------------------------------------------------------------------


def _write_claim(folder: Path, choice: Choice, held: Manifest, now: datetime) -> None:
    """Write which checkpoint a folder holds: beside first, then under its name."""
    beside = folder / CLAIM_PART
    made = locks.made([choice.pinned(held)], now=now, written=sorted(choice.made))
    beside.write_text(made.text, encoding="utf-8")
    beside.replace(folder / CLAIM)


def _renew_claim(folder: Path, choice: Choice, held: Manifest, now: datetime) -> None:
    """Write which checkpoint a folder holds where it does not say so; its bytes were compared."""
    claim = claims.of(folder)
    locked = None if claim is None else claim.locked
    names = (choice.wanted.name, choice.commit, choice.chosen.name)
    said = locked and (locked.name, locked.commit, locked.weight_set)
    if said != names or claims.problems(claim, held):
        with _writing(folder):
            _write_claim(folder, choice, held, now)
