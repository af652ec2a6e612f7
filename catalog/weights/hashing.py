"""Digests every file of a checkpoint, each file read once, files side by side.

The bytes of a weight file go, on their way through the core's cache, to the file's digest and, if
asked for, to the digests of the tensors they belong to. Decides nothing about what is right:
`catalog.core.manifests` and `catalog.core.tensors` compare.
"""

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.core import filenames, loaders, witnesses
from catalog.core.digests import git_blob
from catalog.core.manifests import FileEntry, Manifest
from catalog.core.tensors import TensorDigest, value_dtype
from catalog.core.weightsets import RAW, WeightSet, no_such_set
from catalog.core.witnesses import SetDigests
from catalog.errors import CouldNotCheck
from catalog.progress import Advance
from catalog.weights import impostors
from catalog.weights.files import Found, FoundFile
from catalog.weights.headers import Header, headers, read_plan, read_plans, sets_of
from catalog.weights.plan import FilePlan
from catalog.weights.stream import Consumer, OpenFile, pump

if TYPE_CHECKING:
    from catalog.weights.sinks import Router

# Above this the Hub keeps a file in LFS, so git's own digest of it means nothing.
GIT_LIMIT = 10 << 20
# Below this, threads for one file cost more than they bring.
OVERLAP_FROM = 16 << 20


@dataclass(frozen=True, slots=True)
class Hashed:
    """Everything that was observed by reading a checkpoint's bytes.

    Args:
        found: the files as they were found.
        manifest: every file, weights or not.
        weight_sets: every weight set, sorted by name.
        sets: their digests by name, where tensors were asked for; `raw` ones have none.
        findings: what is wrong with content that could be read: NaN weights, a blob that is not
            what the Hub declared. One sentence each.
    """

    found: Found
    manifest: Manifest
    weight_sets: tuple[WeightSet, ...]
    sets: Mapping[str, SetDigests]
    findings: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What lies beside the weights that a reader should know of, one sentence a kind."""
        return filenames.notes(list(self.found.files), self.found.left_out)

    @property
    def loaded(self) -> SetDigests | None:
        """The set that transformers 5 loads, or the only one, if it was digested."""
        weights = loaders.loaded(self.weight_sets)
        return None if weights is None else self.sets.get(weights.name)


# Of one tensor of a file: tensor digest, digest of its values, how many are not finite.
_Digests = Mapping[str, tuple[str, str, int]]


def hash_files(
    listing: Found,
    *,
    tensors: bool = False,
    architecture: str | None = None,
    weight_set: str | None = None,
    progress: Advance = lambda _: None,
    workers: int | None = None,
) -> Hashed:
    """Digest every file; with `tensors`, every tensor too, in the same single read.

    Memory stays below the largest tensor plus 300 MB: only strided views are held at all.

    Args:
        listing: what `files.find` returned.
        tensors: whether to take tensor, parameter and value digests.
        architecture: names canonical names and buffers; None to tell from the tensors' names.
        weight_set: look into this one only; None for all. Files are digested in any case.
        progress: told of every chunk.
        workers: how many files are read side by side at most; None: as many as there are cores.

    Raises:
        CheckedBad: a weight file or set is broken, hostile or incomplete; no weights though
            tensors are asked for.
        BadInput: there is no such weight set.
        CouldNotCheck: a file could not be read, or changed while it was read.
    """
    if pointer := impostors.pointer(listing):
        raise pointer
    sets = _chosen(str(listing.path), sets_of(listing), weight_set)
    plans = read_plans(listing, sets)
    if tensors and not plans:
        raise impostors.no_weights(listing)
    named = {
        weights.name: headers(weights, plans, architecture)
        for weights in sets
        if weights.layout != RAW
    }
    jobs = _jobs(listing, plans if tensors else {})
    entries, digests = _spread(listing, _run(jobs, workers or cores(), progress))
    digested = {
        weights.name: SetDigests.of(
            weights,
            [_tensor(header, digests) for header in named[weights.name]],
            [entries[path].sha256 for path in weights.files],
        )
        for weights in sets
        if tensors and weights.name in named
    }
    findings = (*_undeclared(listing, entries), *_not_finite(digested.values()))
    return Hashed(listing, Manifest.of(entries.values()), sets, digested, findings)


def digest_files(listing: Found, progress: Advance = lambda _: None) -> Manifest:
    """Digest every file and look into none: also of weights that are broken or hostile.

    Raises:
        CouldNotCheck: a file could not be read, or changed while it was read.
    """
    entries, _ = _spread(listing, _run(_jobs(listing, {}), cores(), progress))
    return Manifest.of(entries.values())


def _chosen(place: str, sets: tuple[WeightSet, ...], name: str | None) -> tuple[WeightSet, ...]:
    """Return the sets to look into."""
    chosen = tuple(each for each in sets if name in (None, each.name))
    if name is not None and not chosen:
        raise no_such_set(place, name, [each.name for each in sets])
    return chosen


@dataclass(frozen=True, slots=True)
class _Job:
    """One file to read once.

    Args:
        file: which.
        plan: what it holds, None where only its own digest is wanted.
    """

    file: FoundFile
    plan: FilePlan | None


@dataclass(frozen=True, slots=True)
class _Result:
    """What reading one file gave."""

    entry: FileEntry
    digests: _Digests


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _jobs(listing: Found, plans: Mapping[str, FilePlan]) -> list[_Job]:
    """Return one job a file, however many paths lead to it, the largest first."""
    by_identity: dict[tuple[int, int], _Job] = {}
    for path, file in listing.files.items():
        before = by_identity.get(file.identity)
        if before is None or before.plan is None:
            by_identity[file.identity] = _Job(file, plans.get(path))
    return sorted(by_identity.values(), key=lambda job: -job.file.size_bytes)


def _run(jobs: list[_Job], workers: int, progress: Advance) -> dict[tuple[int, int], _Result]:
    """Read the files side by side; any failure, or an interruption, stops them all."""
    stop = threading.Event()

    def tick(count: int) -> None:
        if stop.is_set():
            raise CancelledError
        progress(count)

    large = sum(job.file.size_bytes >= OVERLAP_FROM for job in jobs)
    with ThreadPoolExecutor(max(1, min(workers, len(jobs)))) as pool:
        futures = [pool.submit(_hash_one, job, tick, overlap=large < workers) for job in jobs]
        try:
            results = [future.result() for future in futures]
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return {job.file.identity: result for job, result in zip(jobs, results, strict=True)}


def _hash_one(job: _Job, tick: Advance, *, overlap: bool) -> _Result:
    """Read one file once."""
    with OpenFile(job.file.where, job.file.path) as file:
        same = file.size == job.file.size_bytes
        if not same or (job.plan is not None and read_plan(file) != job.plan):
            raise CouldNotCheck(f"{file.shown} changed while it was read", "try again")
        whole = hashlib.sha256()
        git = git_blob(file.size) if file.size <= GIT_LIMIT else None
        router = _router(job.plan, file.shown) if job.plan else None
        consumers: list[Consumer] = [lambda _, chunk: whole.update(chunk)]
        consumers += [lambda _, chunk: git.update(chunk)] if git else []
        consumers += [router] if router else []
        overlap = overlap and router is not None and file.size >= OVERLAP_FROM
        try:
            pump(file, consumers, tick=tick, overlap=overlap)
            digests = router.finish() if router else {}
        finally:
            if router:
                router.drop()
        sha1 = git.hexdigest() if git else None
        entry = FileEntry(job.file.path, file.size, whole.hexdigest(), sha1)
        return _Result(entry, digests)


def _router(plan: FilePlan, shown: str) -> "Router":
    """Return what takes a file's tensors apart."""
    from catalog.weights.sinks import Router  # noqa: PLC0415 - numpy, 70 ms

    return Router(plan, shown)


def _spread(
    listing: Found, results: Mapping[tuple[int, int], _Result]
) -> tuple[dict[str, FileEntry], dict[str, _Digests]]:
    """Return the results by path again: several paths can lead to one file."""
    entries, digests = {}, {}
    for path, file in listing.files.items():
        result = results[file.identity]
        entries[path] = replace(result.entry, path=path)
        digests[path] = result.digests
    return entries, digests


def _tensor(header: Header, digests: Mapping[str, _Digests]) -> TensorDigest:
    """Return one tensor of a set, with what reading its file gave."""
    spec = header.spec
    raw, values, non_finite = digests[header.file][spec.name]
    return TensorDigest(
        header.name,
        spec.dtype,
        spec.shape,
        raw,
        value_dtype(spec.dtype),
        values,
        non_finite=non_finite,
        is_buffer=header.is_buffer,
    )


def _undeclared(listing: Found, entries: Mapping[str, FileEntry]) -> Iterator[str]:
    """Yield which cached files are not what the Hub declared when they were downloaded."""
    for path, file in listing.files.items():
        declared, entry = file.declared, entries[path]
        if declared is not None and entry.agrees(declared) is False:
            yield (
                f"{path} is damaged: the Hub declared {declared.algorithm} {declared.hex}, "
                f"it has {entry.digest_like(declared)}"
            )


def _not_finite(sets: Iterable[SetDigests]) -> Iterator[str]:
    """Yield which sets hold NaN or infinite parameters."""
    for weights in sets:
        if problem := witnesses.not_finite(weights):
            yield f"{weights.name} has {problem}"
