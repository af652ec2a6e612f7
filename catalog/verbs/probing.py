"""Looks into published weights without downloading them: headers, checksums, small tensors.

A few ranges of a file's bytes tell whether it is whole, and may tell that two files hold different
weights. They never tell that two files hold the same: what agrees was "not refuted on N bytes".

Of safetensors the header and layer norms are read; of a `.bin` the archive's directory, which has
a CRC-32 of every tensor, and the pickle, read by opcodes and never run.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from catalog.core import branches, weightsets
from catalog.core.branches import BranchVerdict, Evidence, JudgedBranch, JudgedSet, Label, Shelf
from catalog.core.published import Commit, Finding, RemoteFile
from catalog.errors import CheckedBad, CouldNotCheck, HubGated, HubMissing, HubUnavailable
from catalog.progress import SILENT, Watcher
from catalog.verbs.audit import Audit
from catalog.weights import headers
from catalog.weights.plan import FilePlan, TensorSpec

if TYPE_CHECKING:
    from catalog.core.weightsets import WeightSet
    from catalog.hub.client import Client

REQUESTS = 8
"""At most so many for a file."""
ALLOWANCE = 4_000_000
"""At most so many bytes of a checkpoint, whatever its size."""
ENDS = 96 << 10
"""Read of each end of a file first: a header of some 700 tensors, a directory of some 900."""
GAP = 16 << 10
"""So many needless bytes between two tensors cost less than a request."""
AFTER_STEP = 512
"""Before it, norms in 16 bits may not have moved from where every training starts."""
WORKERS = 8
TOLD = 25
"""After so many commits it says how far it is."""
SCORES = Evidence.SCORES.value
SAFETENSORS = "safetensors"
_NORM = re.compile(r"(^|\.)[^.]*(norm|ln_|ln\d)[^.]*\.(weight|bias)$")


# What is read --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen of one tensor.

    Args:
        dtype: its element type.
        shape: its dimensions.
        size_bytes: of it.
        crc32: of its bytes.
        values: CRC-32 of them without the sign of zeros; None where only the archive's was seen.
    """

    dtype: str
    shape: tuple[int, ...]
    size_bytes: int
    crc32: int
    values: int | None = None


@dataclass(frozen=True, slots=True)
class ProbedFile:
    """What was seen of one file.

    Args:
        plan: what it says it holds; None where it is broken or of a form that says nothing.
        samples: by the tensor's name in the file.
        problem: why it is broken, None where it is not.
        unread: why nothing could be told, None where something could.
        requests: what it cost.
        bytes_read: what it cost.
    """

    plan: FilePlan | None
    samples: Mapping[str, Sample]
    problem: str | None
    unread: str | None
    requests: int
    bytes_read: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A weight set beside another one.

    Args:
        repo_id: the other's repository.
        revision: its branch.
        weight_set: its name.
        tensors: how many were compared.
        size_bytes: of these.
        differing: names of those that differ.
        by_values: whether the sign of a zero was left out of it.
    """

    repo_id: str
    revision: str
    weight_set: str
    tensors: int
    size_bytes: int
    differing: tuple[str, ...]
    by_values: bool

    @property
    def answer(self) -> str:
        """What that says."""
        if self.differing:
            return "refuted"
        return f"not refuted on {self.size_bytes:,} bytes" if self.tensors else "not comparable"

    @property
    def is_sure(self) -> bool:
        """Whether the values differ, and not just the sign of some zero."""
        return bool(self.differing) and (self.by_values or 2 * len(self.differing) > self.tensors)


@dataclass(frozen=True)
class ProbedSet:
    """What was seen of one weight set.

    Args:
        branch: where it is.
        judged: the set.
        problem: why it is broken, None where its headers are complete.
        unread: why nothing could be told, None where something could.
        parameters: as its headers count them, None where they were not read.
        samples: by canonical name.
        requests: what it cost; 0 where the same files were met before.
        bytes_read: what it cost.
        compared: with which others, and what that said.
    """

    branch: JudgedBranch
    judged: JudgedSet
    problem: str | None
    unread: str | None
    parameters: int | None
    samples: Mapping[str, Sample]
    requests: int
    bytes_read: int
    compared: tuple[Compared, ...] = field(default=())

    @property
    def label(self) -> Label:
        """The branch that was seen."""
        assert self.branch.label is not None  # noqa: S101 - a set is only in a branch that was seen
        return self.branch.label

    @property
    def is_complete(self) -> bool | None:
        """Whether its headers say that everything is there; None where they were not read."""
        return None if self.unread else self.problem is None


class _Spent(CouldNotCheck):
    """A file wants more requests or bytes than it may have."""


class _Remote:
    """A file on the Hub, as `catalog.weights` reads files; what was fetched once is kept."""

    def __init__(
        self, fetch: Callable[[int, int], bytes], file: RemoteFile, allowance: "_Allowance"
    ) -> None:
        self.shown, self.size = file.path, file.size_bytes
        self.requests = self.bytes_read = 0
        self._fetch, self._allowance = fetch, allowance
        self._kept: list[tuple[int, bytes]] = []

    def pread(self, offset: int, count: int) -> bytes:
        """Return bytes; what is near an end is fetched together with it."""
        stop = min(offset + count, self.size)
        if stop <= offset:
            return b""
        for start, kept in self._kept:
            if start <= offset and stop <= start + len(kept):
                return kept[offset - start : stop - start]
        start, end = offset, stop
        if offset < ENDS and not self._kept:
            start, end = 0, max(stop, min(ENDS, self.size))
        elif stop > self.size - ENDS:
            start, end = min(offset, self.size - ENDS), self.size
        return self.span(start, end)[offset - start : stop - start]

    def span(self, start: int, stop: int) -> bytes:
        """Fetch exactly these bytes."""
        if self.requests == REQUESTS:
            raise _Spent(f"{self.shown} needs more than {REQUESTS} requests")
        self._allowance.spend(stop - start, self.shown)
        self.requests += 1
        kept = self._fetch(start, stop)
        self.bytes_read += len(kept)
        self._kept.append((start, kept))
        return kept


class _Allowance:
    """How many bytes may still be read of one checkpoint."""

    def __init__(self) -> None:
        self.left = ALLOWANCE

    def spend(self, count: int, shown: str) -> None:
        """Take some.

        Raises:
            _Spent: there are not so many.
        """
        if count > self.left:
            raise _Spent(f"{shown} needs more than {ALLOWANCE:,} bytes of its checkpoint")
        self.left -= count


def _ends(remote: _Remote) -> ProbedFile:
    """Return what the ends of a file say; of safetensors nothing is sampled yet."""
    plan, samples, problem, unread = None, {}, None, None
    try:
        plan = headers.read_ends(remote)
        if plan is None:
            unread = f"{remote.shown} is of torch's old form, which has no directory"
        elif plan.kind != SAFETENSORS:
            samples = _checksums(plan)
    except CheckedBad as error:
        problem = str(error)
    except (HubMissing, HubGated) as error:
        unread = error.what
    except HubUnavailable:
        raise
    except CouldNotCheck as error:
        unread = error.what
    return ProbedFile(plan, samples, problem, unread, remote.requests, remote.bytes_read)


def _checksums(plan: FilePlan) -> dict[str, Sample]:
    """Return the archive's own checksums of tensors that fill a storage of their own."""
    crcs = {(crc.start, crc.end): crc.crc32 for crc in plan.crcs}
    return {
        spec.name: Sample(spec.dtype, spec.shape, spec.size_bytes, crcs[spec.start, spec.end])
        for spec in plan.tensors
        if spec.strides is None and (spec.start, spec.end) in crcs
    }


def _norms(remote: _Remote, plan: FilePlan, share: int) -> dict[str, Sample]:
    """Read layer norms, as many as so many bytes and the requests that are left allow."""
    wanted = [spec for spec in plan.tensors if _NORM.search(spec.name) and spec.size_bytes]
    found = {}
    for cluster in clusters(wanted, REQUESTS - remote.requests, share):
        first = cluster[0].start
        raw = remote.span(first, cluster[-1].end)
        for spec in cluster:
            found[spec.name] = _sample(spec, raw[spec.start - first : spec.end - first])
    return found


def clusters(wanted: Iterable[TensorSpec], requests: int, allowance: int) -> list[list[TensorSpec]]:
    """Return which tensors to read together: at most so many ranges and bytes.

    Where not all fit, the first, the last and some evenly between are left: a splice at any
    depth is met by some.
    """
    made: list[list[TensorSpec]] = []
    for spec in sorted(wanted, key=lambda spec: spec.start):
        if made and spec.start - made[-1][-1].end <= GAP:
            made[-1].append(spec)
        else:
            made.append([spec])
    made = _spread(_bridged(made, requests, allowance), requests)
    while made and sum(map(_width, made)) > allowance:
        made = _spread(made, len(made) - 1)
    return made


def _bridged(made: list[list[TensorSpec]], requests: int, allowance: int) -> list[list[TensorSpec]]:
    """Join the clusters with the smallest gaps, as far as requests want and bytes allow it."""
    gaps = [after[0].start - before[-1].end for before, after in pairwise(made)]
    spent = sum(map(_width, made))
    bridged: set[int] = set()
    for number in sorted(range(len(gaps)), key=gaps.__getitem__):
        if len(made) - len(bridged) <= max(1, requests) or spent + gaps[number] > allowance:
            break
        spent += gaps[number]
        bridged.add(number)
    joined: list[list[TensorSpec]] = []
    for number, cluster in enumerate(made):
        if number - 1 in bridged:
            joined[-1].extend(cluster)
        else:
            joined.append(list(cluster))
    return joined


def _width(cluster: Sequence[TensorSpec]) -> int:
    return cluster[-1].end - cluster[0].start


def _spread(made: list[list[TensorSpec]], count: int) -> list[list[TensorSpec]]:
    """Return so many of them, evenly, the first and the last among them."""
    if count >= len(made):
        return made
    if count <= 1:
        return made[:count]
    return [made[round(number * (len(made) - 1) / (count - 1))] for number in range(count)]


def _sample(spec: TensorSpec, raw: bytes) -> Sample:
    from catalog.weights.numbers import without_zero_signs  # noqa: PLC0415 - numpy, 100 ms

    signless = zlib.crc32(without_zero_signs(raw, spec.dtype))
    return Sample(spec.dtype, spec.shape, len(raw), zlib.crc32(raw), signless)


# What is probed --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Probing:
    """An audit after a look into the files.

    Args:
        audit: with what headers and ranges changed in it.
        sets: everything that was looked into.
    """

    audit: Audit
    sets: tuple[ProbedSet, ...]

    @property
    def requests(self) -> int:
        """What it cost."""
        return sum(one.requests for one in self.sets)

    @property
    def bytes_read(self) -> int:
        """What it cost."""
        return sum(one.bytes_read for one in self.sets)


def probe(
    found: Audit, indexes: branches.Indexes, client: "Client", watcher: Watcher = SILENT
) -> Probing:
    """Look into every complete weight set that an audit judged; equal files are read once.

    Raises:
        HubUnavailable: the Hub does not answer, or ignores ranges.
    """
    read = _read_all(found, indexes, client, watcher)
    met: set[str] = set()
    sets = [
        _probed(branch, one, weights, read, met) for branch, one, weights in _wanted(found, indexes)
    ]
    compared = _compare(sets)
    judged = tuple(_judged(branch, compared) for branch in found.branches)
    seen = [one for one in judged if one.publication.repo_id not in found.unobserved]
    publications = {one.publication.repo_id: one.publication for one in seen}
    findings = [
        *branches.findings(list(publications.values()), seen),
        *(one for one in found.findings if one.evidence.get("evidence_level") == SCORES),
        *_findings(compared),
    ]
    return Probing(replace(found, branches=judged, findings=_once(findings)), tuple(compared))


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple({(one.repo_id, *one.identity): one for one in findings}.values())


def _wanted(
    found: Audit, indexes: branches.Indexes
) -> Iterator[tuple[JudgedBranch, JudgedSet, "WeightSet"]]:
    """Yield the weight sets that can be probed."""
    shelf = Shelf(indexes)
    for branch in found.branches:
        commit = _commit(branch)
        if commit is None:
            continue
        known = {one.name: one for one in shelf.files(commit).sets}
        undigested = {file.path for file in commit.files if not file.digest}
        for one in branch.weight_sets:
            whole = known[one.name].complete and undigested.isdisjoint(one.files)
            if whole and one.layout != weightsets.RAW:
                yield branch, one, known[one.name]


def _commit(branch: JudgedBranch) -> Commit | None:
    if branch.label is None:
        return None
    return branch.publication.repository.commits.get(branch.label.ref.commit)


@dataclass(frozen=True, slots=True)
class _Job:
    """What is read of one commit."""

    repo_id: str
    commit: str
    files: tuple[RemoteFile, ...]


def _read_all(
    found: Audit, indexes: branches.Indexes, client: "Client", watcher: Watcher
) -> dict[str, ProbedFile]:
    """Read every distinct file once, by digest; commits side by side."""
    taken: set[str] = set()
    wanted: dict[tuple[str, str], dict[str, RemoteFile]] = {}
    for branch, one, _ in _wanted(found, indexes):
        commit = _commit(branch)
        assert commit is not None  # noqa: S101 - `_wanted` yields no others
        there = {file.path: file for file in commit.files}
        place = wanted.setdefault((branch.publication.repo_id, commit.sha), {})
        for path in one.files:
            if there[path].digest not in taken:
                taken.add(there[path].digest)
                place[there[path].digest] = there[path]
    jobs = [
        _Job(repo_id, sha, tuple(files.values()))
        for (repo_id, sha), files in wanted.items()
        if files
    ]
    watcher.report(f"probing {len(taken):,} files of {len(jobs):,} commits")
    read: dict[str, ProbedFile] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(_read_commit, job, client) for job in jobs]
        try:
            for number, future in enumerate(futures, 1):
                read |= future.result()
                if number % TOLD == 0:
                    watcher.report(f"probed {number:,} of {len(jobs):,} commits")
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return read


def _read_commit(job: _Job, client: "Client") -> dict[str, ProbedFile]:
    """Read one commit's files: the headers of all first, then norms for what is left of it."""
    allowance = _Allowance()
    remotes = {}
    for file in job.files:

        def fetch(start: int, stop: int, file: RemoteFile = file) -> bytes:
            return client.span(job.repo_id, job.commit, file, start, stop)

        remotes[file.digest] = _Remote(fetch, file, allowance)
    found = {digest: _ends(remote) for digest, remote in remotes.items()}
    sampled = {
        digest: one.plan
        for digest, one in found.items()
        if one.plan is not None and one.plan.kind == SAFETENSORS
    }
    for number, (digest, plan) in enumerate(sampled.items()):
        remote = remotes[digest]
        samples = _norms(remote, plan, allowance.left // (len(sampled) - number))
        found[digest] = replace(
            found[digest],
            samples=samples,
            requests=remote.requests,
            bytes_read=remote.bytes_read,
        )
    return found


def _probed(
    branch: JudgedBranch,
    one: JudgedSet,
    weights: "WeightSet",
    read: Mapping[str, ProbedFile],
    met: set[str],
) -> ProbedSet:
    """Put together what was seen of the files of a set."""
    commit = _commit(branch)
    assert commit is not None  # noqa: S101 - `_wanted` yields no others
    digests = {file.path: file.digest for file in commit.files if file.path in one.files}
    files = {path: read[digest] for path, digest in digests.items()}
    new = [read[digest] for digest in digests.values() if digest not in met]
    met |= set(digests.values())
    problem = next((file.problem for file in files.values() if file.problem), None)
    unread = (
        None if problem else next((file.unread for file in files.values() if file.unread), None)
    )
    parameters, samples = None, {}
    plans = {path: file.plan for path, file in files.items() if file.plan is not None}
    if len(plans) == len(files) and problem is None:
        problem = next(iter(headers.index_problems(weights, plans)), None)
        try:
            named = headers.headers(weights, plans)
        except CheckedBad as error:
            problem, named = problem or str(error), ()
        parameters = sum(each.spec.parameters for each in named if not each.is_buffer)
        problem = problem or _too_few(parameters, branch.publication.params_total)
        samples = {
            each.name: files[each.file].samples[each.spec.name]
            for each in named
            if each.spec.name in files[each.file].samples and not each.is_buffer
        }
    return ProbedSet(
        branch,
        one,
        problem,
        unread,
        parameters,
        samples,
        sum(file.requests for file in new),
        sum(file.bytes_read for file in new),
    )


def _too_few(parameters: int, expected: int | None) -> str | None:
    if expected is None or parameters >= expected:
        return None
    return f"its headers have {parameters:,} parameters, the model {expected:,}"


# What it says ----------------------------------------------------------------------------------


def compare(one: ProbedSet, other: ProbedSet) -> Compared:
    """Return what the samples of two sets say of each other."""
    common = [
        name
        for name, sample in one.samples.items()
        if (twin := other.samples.get(name)) is not None
        and (twin.dtype, twin.shape) == (sample.dtype, sample.shape)
    ]
    by_values = all(
        sample.values is not None for each in (one, other) for sample in each.samples.values()
    )
    differing = tuple(name for name in common if _differ(one.samples[name], other.samples[name]))
    return Compared(
        other.label.repo_id,
        other.label.ref.revision,
        other.judged.name,
        len(common),
        sum(one.samples[name].size_bytes for name in common),
        differing,
        by_values,
    )


def _differ(one: Sample, other: Sample) -> bool:
    if one.values is None or other.values is None:
        return one.crc32 != other.crc32
    return one.values != other.values


def _compare(sets: Sequence[ProbedSet]) -> list[ProbedSet]:
    """Compare what should be equal, and look for what should not be."""
    found: dict[int, list[Compared]] = {}
    for one, other in combinations(sets, 2):
        if one.label.repo_id != other.label.repo_id or _same_files(one, other):
            continue
        if _should_agree(one, other) or (_should_differ(one, other) and not _differs(one, other)):
            for first, second in ((one, other), (other, one)):
                told = compare(first, second)
                if told.tensors:
                    found.setdefault(id(first), []).append(told)
    return [replace(one, compared=tuple(found.get(id(one), ()))) for one in sets]


def _same_files(one: ProbedSet, other: ProbedSet) -> bool:
    """Return whether metadata has said already that they are equal."""
    return any(label == other.label for label in one.judged.group) and (
        one.judged.files == other.judged.files
    )


def _should_agree(one: ProbedSet, other: ProbedSet) -> bool:
    """Return whether two sets are said to be one checkpoint: of one branch, or main and last."""
    right = one.judged.verdict.is_true and other.judged.verdict.is_true
    same_branch = one.label == other.label
    both_last = one.label.final and other.label.final and one.judged.layout == other.judged.layout
    return right and (same_branch or both_last)


def _should_differ(one: ProbedSet, other: ProbedSet) -> bool:
    """Return whether two sets are said to be different trained checkpoints."""
    first, second = one.label, other.label
    if first.step is None or second.step is None or first.step == second.step:
        return False
    return min(first.step, second.step) > AFTER_STEP and first.claims and second.claims


def _differs(one: ProbedSet, other: ProbedSet) -> bool:
    """Return whether anything differs, or nothing can be compared; fast where something does."""
    comparable = False
    for name, sample in one.samples.items():
        twin = other.samples.get(name)
        if twin is not None and (twin.dtype, twin.shape) == (sample.dtype, sample.shape):
            comparable = True
            if _differ(sample, twin):
                return True
    return not comparable


def _judged(branch: JudgedBranch, sets: Sequence[ProbedSet]) -> JudgedBranch:
    """Return a branch with what headers say of its sets."""
    mine = {one.judged.name: one for one in sets if one.branch is branch}
    if not mine:
        return branch
    changed = tuple(_with_header(one, mine.get(one.name)) for one in branch.weight_sets)
    return branch if changed == branch.weight_sets else branches.with_sets(branch, changed)


def _with_header(one: JudgedSet, seen: ProbedSet | None) -> JudgedSet:
    """Return a set's verdict after its headers were read."""
    if seen is None or seen.is_complete is None:
        return one
    if seen.problem:
        text = f"Broken: {seen.problem}."
        return replace(
            one, verdict=BranchVerdict.INCOMPLETE, reason=text, evidence_level=Evidence.HEADER
        )
    if one.verdict is BranchVerdict.SUSPECT:
        text = "No other branch has its bytes, and its headers are complete."
        return replace(one, verdict=BranchVerdict.OWN, reason=text, evidence_level=Evidence.HEADER)
    return one


def _findings(sets: Sequence[ProbedSet]) -> Iterator[Finding]:
    """Yield what comparing ranges amounts to."""
    told: set[tuple[object, ...]] = set()
    for one in sets:
        for other in one.compared:
            same_step = one.branch.revision == other.revision or _both_last(one, other, sets)
            if same_step and other.is_sure:
                pair = frozenset(
                    {(one.branch.revision, one.judged.name), (other.revision, other.weight_set)}
                )
                if (one.label.repo_id, pair) not in told:
                    told.add((one.label.repo_id, pair))
                    yield _finding("sets-differ", one, other, _differing(one, other))
            elif not same_step and not other.differing and not one.label.final:
                text = (
                    f"{one.judged.name} and {other.weight_set} of {other.revision} are different "
                    f"files, yet equality is {other.answer} ({other.tensors} tensors)."
                )
                yield _finding("norms-equal", one, other, text)


def _both_last(one: ProbedSet, other: Compared, sets: Sequence[ProbedSet]) -> bool:
    return one.label.final and any(
        each.label.final and each.branch.revision == other.revision
        for each in sets
        if each.label.repo_id == other.repo_id
    )


def _differing(one: ProbedSet, other: Compared) -> str:
    place = "" if other.revision == one.branch.revision else f" of {other.revision}"
    return (
        f"{one.judged.name} and {other.weight_set}{place} hold different weights: "
        f"{len(other.differing)} of {other.tensors} tensors compared differ, "
        f"{other.differing[0]} among them."
    )


def _finding(rule: str, one: ProbedSet, other: Compared, message: str) -> Finding:
    severity, _ = branches.RULES[rule]
    evidence = {
        "evidence_level": Evidence.RANGE.value,
        "commit": one.label.ref.commit,
        "weight_set": one.judged.name,
        "other": {"revision": other.revision, "weight_set": other.weight_set},
        "tensors": other.tensors,
        "bytes": other.size_bytes,
        "differing": len(other.differing),
    }
    publication = one.branch.publication
    return Finding(
        rule,
        severity,
        publication.repo_id,
        publication.model,
        one.branch.revision,
        message,
        evidence,
    )
