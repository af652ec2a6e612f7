"""Looks into published weights without downloading them: headers, checksums, small tensors.

A few ranges of a file's bytes tell whether it is whole, and may tell that two files hold different
weights: the rules are in `catalog.core.branches.samples` and `probed`.

Of safetensors the header and layer norms are read; of a `.bin` the archive's directory, which has
a CRC-32 of every tensor, and the pickle, read by opcodes and never run.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from catalog.core import branches, weightsets
from catalog.core.branches import Evidence, JudgedBranch, JudgedSet, Label, Shelf, probed
from catalog.core.branches.samples import ProbedSet, Sample, compare_all
from catalog.core.published import Commit, Finding, RemoteFile
from catalog.errors import CheckedBad, CouldNotCheck, HubGated, HubMissing, HubUnavailable
from catalog.hub.ranges import REQUESTS, Allowance, Remote
from catalog.progress import SILENT, Watcher
from catalog.verbs.judging import Audit
from catalog.verbs.sync import threads
from catalog.weights import headers, sampling
from catalog.weights.plan import FilePlan

if TYPE_CHECKING:
    from catalog.core.weightsets import WeightSet
    from catalog.hub.client import Client

TOLD = 25
"""After so many commits it says how far it is."""
SCORES = Evidence.SCORES.value
SAFETENSORS = "safetensors"


@dataclass(frozen=True, slots=True)
class Probing:
    """An audit after a look into the files.

    Args:
        audit: with what headers and ranges changed in it.
        sets: everything that was looked into.
    """

    audit: Audit
    sets: tuple[ProbedSet, ...]


def probe(
    audit: Audit,
    indexes: branches.Indexes,
    client: "Client",
    stop: threading.Event,
    watcher: Watcher = SILENT,
) -> Probing:
    """Look into every complete weight set that an audit judged; equal files are read once.

    Args:
        audit: what metadata says.
        indexes: what index files say, by their digest.
        client: asks the Hub.
        stop: set to make every thread give up soon.
        watcher: hears how far it is.

    Raises:
        HubUnavailable: the Hub does not answer, or ignores ranges.
    """
    targets = list(_targets(audit, indexes))
    read = _read_all(_jobs(targets), client, stop, watcher)
    met: set[str] = set()
    sets = compare_all([_probed(target, read, met) for target in targets])
    judged = tuple(probed.with_headers(branch, sets) for branch in audit.branches)
    seen = [branch for branch in judged if branch.publication.repo_id not in audit.unobserved]
    publications = {branch.publication.repo_id: branch.publication for branch in seen}
    findings = [
        *branches.findings(list(publications.values()), seen),
        *(each for each in audit.findings if each.evidence.get("evidence_level") == SCORES),
        *probed.findings(sets),
    ]
    return Probing(audit._replace(branches=judged, findings=_distinct(findings)), tuple(sets))


def _distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple({(finding.repo_id, *finding.identity): finding for finding in findings}.values())


# What to read ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Target:
    """A weight set to look into, and where it is."""

    branch: JudgedBranch
    label: Label
    commit: Commit
    judged: JudgedSet
    weights: "WeightSet"

    @property
    def files(self) -> dict[str, RemoteFile]:
        """Its files by path."""
        by_path = {file.path: file for file in self.commit.files}
        return {path: by_path[path] for path in self.judged.files}


def _targets(audit: Audit, indexes: branches.Indexes) -> Iterator[_Target]:
    """Yield the weight sets that can be probed."""
    shelf = Shelf(indexes)
    for branch in audit.branches:
        if branch.label is None:
            continue
        commit = branch.publication.repository.commits.get(branch.label.ref.commit)
        if commit is None:
            continue
        known = {weights.name: weights for weights in shelf.files(commit).sets}
        undigested = {file.path for file in commit.files if not file.digest}
        for judged in branch.weight_sets:
            weights = known[judged.name]
            whole = weights.complete and undigested.isdisjoint(judged.files)
            if whole and judged.layout != weightsets.RAW:
                yield _Target(branch, branch.label, commit, judged, weights)


@dataclass(frozen=True, slots=True)
class _Job:
    """What is read of one commit."""

    repo_id: str
    commit: str
    files: tuple[RemoteFile, ...]


def _jobs(targets: Iterable[_Target]) -> list[_Job]:
    """Return what to read, a job a commit; every distinct file is in one of them."""
    taken: set[str] = set()
    wanted: dict[tuple[str, str], list[RemoteFile]] = {}
    for target in targets:
        for file in target.files.values():
            if file.digest not in taken:
                taken.add(file.digest)
                place = (target.label.repo_id, target.commit.sha)
                wanted.setdefault(place, []).append(file)
    return [_Job(repo_id, sha, tuple(files)) for (repo_id, sha), files in wanted.items()]


# Reading ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ProbedFile:
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


def _read_all(
    jobs: Sequence[_Job], client: "Client", stop: threading.Event, watcher: Watcher
) -> dict[str, _ProbedFile]:
    """Read every file once, by digest; commits side by side."""
    count = sum(len(job.files) for job in jobs)
    watcher.report(f"probing {count:,} files of {len(jobs):,} commits")
    read: dict[str, _ProbedFile] = {}
    with threads(stop) as pool:
        futures = [pool.submit(_read_commit, job, client) for job in jobs]
        for number, future in enumerate(futures, 1):
            read |= future.result()
            if number % TOLD == 0:
                watcher.report(f"probed {number:,} of {len(jobs):,} commits")
    return read


def _read_commit(job: _Job, client: "Client") -> dict[str, _ProbedFile]:
    """Read one commit's files: the headers of all first, then norms for what is left of it."""
    allowance = Allowance()
    remotes = {
        file.digest: Remote(partial(client.span, job.repo_id, job.commit, file), file, allowance)
        for file in job.files
    }
    read = {digest: _ends(remote) for digest, remote in remotes.items()}
    sampled = {
        digest: file.plan
        for digest, file in read.items()
        if file.plan is not None and file.plan.kind == SAFETENSORS
    }
    for number, (digest, plan) in enumerate(sampled.items()):
        remote = remotes[digest]
        samples = sampling.norms(
            remote,
            plan,
            requests=REQUESTS - remote.requests,
            allowance=allowance.left // (len(sampled) - number),
        )
        read[digest] = replace(
            read[digest],
            samples=samples,
            requests=remote.requests,
            bytes_read=remote.bytes_read,
        )
    return read


def _ends(remote: Remote) -> _ProbedFile:
    """Return what the ends of a file say; of safetensors nothing is sampled yet."""
    plan, samples, problem, unread = None, {}, None, None
    try:
        plan = headers.read_ends(remote)
        if plan is None:
            unread = f"{remote.shown} is of torch's old form, which has no directory"
        elif plan.kind != SAFETENSORS:
            samples = sampling.checksums(plan)
    except CheckedBad as error:
        problem = str(error)
    except (HubMissing, HubGated) as error:
        unread = error.what
    except HubUnavailable:
        raise
    except CouldNotCheck as error:
        unread = error.what
    return _ProbedFile(plan, samples, problem, unread, remote.requests, remote.bytes_read)


# What was seen of a set ------------------------------------------------------------------------


def _probed(target: _Target, read: Mapping[str, _ProbedFile], met: set[str]) -> ProbedSet:
    """Put together what was seen of the files of a set; `met` are those counted before."""
    digests = {path: file.digest for path, file in target.files.items()}
    files = {path: read[digest] for path, digest in digests.items()}
    new = [read[digest] for digest in digests.values() if digest not in met]
    met |= set(digests.values())
    problem = next((file.problem for file in files.values() if file.problem), None)
    unread = None if problem else next((f.unread for f in files.values() if f.unread), None)
    seen = ProbedSet(
        target.branch,
        target.label,
        target.judged,
        problem,
        unread,
        parameters=None,
        samples={},
        requests=sum(file.requests for file in new),
        bytes_read=sum(file.bytes_read for file in new),
    )
    return seen if problem else _with_plans(seen, target, files)


def _with_plans(seen: ProbedSet, target: _Target, files: Mapping[str, _ProbedFile]) -> ProbedSet:
    """Return a set with what its headers say, where every file has one."""
    plans = {path: file.plan for path, file in files.items() if file.plan is not None}
    if len(plans) < len(files):
        return seen
    problem = next(iter(headers.index_problems(target.weights, plans)), None)
    try:
        tensors = headers.headers(target.weights, plans)
    except CheckedBad as error:
        problem, tensors = problem or str(error), ()
    parameters = sum(each.spec.parameters for each in tensors if not each.is_buffer)
    return replace(
        seen,
        problem=problem or _too_few(parameters, target.branch.publication.params_total),
        parameters=parameters,
        samples={
            each.name: files[each.file].samples[each.spec.name]
            for each in tensors
            if each.spec.name in files[each.file].samples and not each.is_buffer
        },
    )


def _too_few(parameters: int, expected: int | None) -> str | None:
    if expected is None or parameters >= expected:
        return None
    return f"its headers have {parameters:,} parameters, the model {expected:,}"
