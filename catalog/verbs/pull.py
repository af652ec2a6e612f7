"""Fetches the right weights of a branch into a folder that `from_pretrained` loads as they are.

What to fetch is chosen in `catalog.verbs.choosing`; every byte of it is compared. All is done in a
folder beside the wanted one, which gets its name by one rename at the end: an interruption leaves
a download to go on with, never half a checkpoint.
"""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import loaders
from catalog.core.filenames import is_left_behind
from catalog.core.published import RemoteFile
from catalog.core.verdicts import Verdict
from catalog.errors import (
    BadInput,
    CheckedBad,
    CouldNotCheck,
    HubGated,
    HubMissing,
    HubUnavailable,
    HubUnreachable,
)
from catalog.hub import downloads
from catalog.progress import SILENT, Watcher
from catalog.verbs import choosing, judging, reading
from catalog.verbs.choosing import Choice, Wanted, asked
from catalog.weights import files, hashing, headers, impostors

if TYPE_CHECKING:
    from catalog.hub.client import Client
    from catalog.sql.connections import Reader

__all__ = [
    "Choice",
    "Pulled",
    "Wanted",
    "asked",
    "choose",
    "destination",
    "entries",
    "fetch",
]

ATTEMPTS = 4


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


def choose(connection: "Reader", wanted: Wanted, client: "Client") -> Choice:
    """Return what to fetch, and what its weights must look like.

    Raises:
        CheckedBad: the branch has no right weights, or nobody can tell whose they are.
        HubUnavailable: the Hub does not have the branch, or does not answer.
    """
    choice = choosing.choose(connection, wanted, client)
    model = judging.published_models(connection).get(wanted.repo_id)
    plan = None if model is None else reading.plan_of(connection, model)
    return replace(choice, plan=plan)


def destination(folder: Path, choice: Choice) -> Pulled | None:
    """Return what is in a folder already, None if the folder is free to take the checkpoint.

    Raises:
        BadInput: it holds something else.
    """
    if not folder.exists() and not folder.is_symlink():
        return None
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder", "give another name")
    held = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    there = {path for path in held if not any(map(is_left_behind, path.split("/")))}
    if not there:
        return None
    same = there == {file.path for file in choice.files} | choice.made
    if not same or any(_difference(folder, file) for file in choice.files):
        raise BadInput(f"{folder} holds something else", "give the name of a new folder")
    if choice.made:
        _check_structure(folder, choice)
    return Pulled(choice, folder, "known")


def fetch(
    choice: Choice,
    folder: Path,
    watcher: Watcher = SILENT,
    *,
    wait: Callable[[float], None] = time.sleep,
) -> Pulled:
    """Download, compare every byte, and only then give the folder its name.

    Args:
        choice: what to fetch.
        folder: must not exist, or be empty; see `destination`.
        watcher: hears what is being done.
        wait: sleeps that many seconds.

    Raises:
        CheckedBad: a file's bytes were wrong twice, or the weights are broken, hold NaN or
            infinity, or are not of the model's shape.
        HubUnavailable: the Hub stopped answering; the next run goes on.
        CouldNotCheck: the disk is full, or the place cannot be written.
    """
    work = folder.parent / f".{folder.name}.{choice.commit[:12]}.pulling"
    size = sum(file.size_bytes for file in choice.files)
    watcher.report(f"downloading {len(choice.files)} files, {size:,} bytes")
    download = _Download(choice, work, watcher, wait)
    try:
        work.mkdir(parents=True, exist_ok=True)
        refetched = tuple(file.path for file in choice.files if download.fetch(file))
        shutil.rmtree(work / ".cache", ignore_errors=True)
        if choice.writes_index:
            _write_index(work, choice)
        _check_structure(work, choice)
        _check_weights(work, choice, watcher)
        work.rename(folder)
    except OSError as error:
        raise CouldNotCheck(f"cannot write {folder}: {error.strerror or error}") from error
    return Pulled(choice, folder, "pulled", refetched)


@dataclass(frozen=True, slots=True)
class _Download:
    """One checkpoint's way into its working folder."""

    choice: Choice
    work: Path
    watcher: Watcher
    wait: Callable[[float], None]

    def fetch(self, file: RemoteFile) -> bool:
        """Download a file until its bytes are right; return whether its first body was wrong."""
        wrong = ""
        for again in (False, True):
            self._patiently(file, again=again)
            wrong = _difference(self.work, file)
            if not wrong:
                return again
            (self.work / file.path).unlink()
            self.watcher.report(f"{wrong}; fetching it once more" if not again else wrong)
        raise CheckedBad(
            f"{wrong}, twice", "try again later; nothing was kept under the final name"
        )

    def _patiently(self, file: RemoteFile, *, again: bool) -> None:
        """Download while the Hub is busy; its client waits for paginated calls only."""
        repo_id, commit = self.choice.wanted.repo_id, self.choice.commit
        for attempt in range(ATTEMPTS):
            try:
                downloads.download_file(
                    repo_id, commit, file.path, self.work, size=file.size_bytes, again=again
                )
            except (HubMissing, HubGated, HubUnreachable):
                raise
            except HubUnavailable as error:
                if attempt == ATTEMPTS - 1:
                    raise
                seconds = 2**attempt
                self.watcher.report(f"{error.what}; waiting {seconds} s")
                self.wait(seconds)
            else:
                return


def _difference(folder: Path, file: RemoteFile) -> str:
    """Return how a file differs from what the Hub declares, empty if it does not."""
    listing = files.find(folder / file.path)
    (entry,) = hashing.digest_files(listing)
    declared = file.declared
    if declared is None:
        return f"{file.path} is not what the Hub declared: {entry.sha256}, nothing was expected"
    if entry.size_bytes == file.size_bytes and entry.agrees(declared):
        return ""
    if pointer := impostors.pointer(listing):
        return pointer.what
    held = entry.digest_like(declared)
    return f"{file.path} is not what the Hub declared: {held}, {declared.hex} was expected"


def _write_index(work: Path, choice: Choice) -> None:
    """Write the index that the branch lacks, from the headers of its shards."""
    listing = files.find(work)
    placed: dict[str, str] = {}
    total = 0
    for weights in headers.sets_of(listing):
        if weights.name != choice.chosen.name:
            continue
        # Without its index the set counts as broken; that is what is being mended.
        whole = weights._replace(problems=(), indexed=True)
        plans = headers.read_plans(listing, (whole,))
        for path in whole.files:
            for tensor in plans[path].tensors:
                placed[tensor.name] = Path(path).name
                total += tensor.size_bytes
            placed |= {name: Path(path).name for name, _ in plans[path].tied}
    text = json.dumps({"metadata": {"total_size": total}, "weight_map": placed}, indent=2)
    (work / choice.chosen.name).write_text(text + "\n", encoding="utf-8")


def _check_structure(folder: Path, choice: Choice) -> None:
    """Refuse a folder from which another set, or half of one, would be loaded."""
    listing = files.find(folder)
    if pointer := impostors.pointer(listing):
        raise pointer
    sets = headers.sets_of(listing)
    loaded = loaders.loaded(sets)
    if len(sets) != 1 or loaded is None or loaded.name != choice.chosen.name:
        names = ", ".join(weights.name for weights in sets)
        raise CheckedBad(f"{folder} would not load {choice.chosen.name}: it holds {names}")
    headers.read_plans(listing, sets)


def _check_weights(work: Path, choice: Choice, watcher: Watcher) -> None:
    """Refuse weights that are not finite, or not the model's in names, shapes and number.

    They are as the Hub declares them, so nothing is gained by fetching them again.
    """
    watcher.report("checking names, shapes and values")
    name = choice.chosen.name
    hashed = hashing.hash_files(files.find(work), tensors=True, weight_set=name)
    plan = choice.plan
    if plan is None or not plan.says_anything:
        plan = reading.plan_from_config(work)
    for check in reading.weight_checks(hashed.sets[name], plan):
        if check.verdict is Verdict.FAILED:
            shutil.rmtree(work, ignore_errors=True)
            raise CheckedBad(
                f"{name} is as the Hub declares it and no right weights: {check.observed}",
                f"{check.expected} is wanted; nothing was kept",
            )


def entries(pulled: Pulled) -> Sequence[dict[str, object]]:
    """Return the fetched files as JSON holds them; the Hub declares one of both digests."""
    return [
        {
            "path": file.path,
            "size": file.size_bytes,
            "sha256": file.sha256,
            "git_sha1": file.git_sha1,
        }
        for file in pulled.choice.files
    ]
