"""What `populate` or `verify` would do with some targets, before it does: no request, no read.

Sizes are those of the files that are here, or that the Hub was last seen to declare. How long it
takes nobody knows beforehand: each guess says what it rests on.
"""

from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import estimates
from catalog.core.verdicts import Level
from catalog.errors import BadInput, CatalogError, CheckedBad
from catalog.sql.queries import weights as queries
from catalog.verbs import reading, unchanged, witnessing
from catalog.verbs.fetching import RATE, is_complete, needed, unasked
from catalog.verbs.listing import listed
from catalog.verbs.unchanged import Wanted
from catalog.weights import cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.sql.connections import Reader
    from catalog.verbs.meaning import Meaning
    from catalog.verbs.selecting import Selected
    from catalog.verbs.target import Target

READ_A_SECOND = 1_000_000_000
"""Bytes, as a plan counts; disks and cores differ."""
F32 = 4
"""Bytes of a number in float32."""
REQUESTS_A_COMMIT = 3
"""What a download asks beside the files: for the sizes, the commit and its files."""


@dataclass(frozen=True, slots=True)
class Step:
    """What would be done with one target.

    Attributes:
        text: as it was asked for.
        target: what to call it.
        action: `read` what is here, `download` and read it, `refuse` it, or `fail`.
        why: why it would be refused or fail, None where it would not.
        path: where its files are, None where they are not on this machine.
        read_bytes: how much would be read, None where nobody knows.
        download_bytes: how much would be downloaded, None where nobody knows.
        requests: how many the Hub would be asked at least, None where nobody knows.
        exit_code: that it would end with, as far as is foreseen.
        network_bytes: how much its weights take in float32, None where no network would be run or
            nobody knows.
    """

    text: str
    target: str
    action: str
    why: str | None = None
    path: str | None = None
    read_bytes: int | None = 0
    download_bytes: int | None = 0
    requests: int | None = 0
    exit_code: int = 0
    network_bytes: int | None = None

    @property
    def work_bytes(self) -> int | None:
        """How much would be read and downloaded together, None where nobody knows."""
        if self.read_bytes is None or self.download_bytes is None:
            return None
        return self.read_bytes + self.download_bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done with some targets, in order.

    Attributes:
        level: how deep.
        steps: one a target.
        download: how long downloading may take, None where there is nothing to download.
        forward: how long running the networks may take, None where none is run or nobody knows how
            large they are.
    """

    level: Level
    steps: tuple[Step, ...]
    download: estimates.Estimate | None = None
    forward: estimates.Estimate | None = None

    @property
    def read_bytes(self) -> int:
        """How much would be read, as far as anybody knows."""
        return sum(step.read_bytes or 0 for step in self.steps)

    @property
    def download_bytes(self) -> int:
        """How much would be downloaded, as far as anybody knows."""
        return sum(step.download_bytes or 0 for step in self.steps)

    @property
    def requests(self) -> int:
        """How many the Hub would be asked at least, as far as anybody knows."""
        return sum(step.requests or 0 for step in self.steps)

    @property
    def read_seconds(self) -> float:
        """How long reading takes at a billion bytes a second."""
        return self.read_bytes / READ_A_SECOND

    @property
    def network_bytes(self) -> int | None:
        """What the weights of the largest network take in float32, None where nobody knows."""
        known = [step.network_bytes for step in self.steps if step.network_bytes is not None]
        return max(known, default=None)

    @property
    def unknown(self) -> int:
        """Of how many targets nobody knows how much there is to download."""
        return sum(step.download_bytes is None for step in self.steps)


@dataclass(frozen=True, slots=True)
class How:
    """How targets would be looked at.

    Attributes:
        level: how deep.
        fetches: whether what is not here is downloaded.
        device: where networks would run.
        dtype: in which arithmetic.
        trusts: what is on record and did not change by its state is not read again.
        offline: nobody is asked.
    """

    level: Level = Level.FILES
    fetches: bool = True
    device: str = "auto"
    dtype: str = "auto"
    trusts: bool = False
    offline: bool = False

    @property
    def wanted(self) -> Wanted | None:
        """What must be on record for a network not to run; None where each runs."""
        return Wanted.of(self.level, self.device, self.dtype) if self.fetches else None


def planned(
    connection: "Reader", meaning: "Meaning", targets: "Sequence[Selected]", how: How
) -> Plan:
    """Return what would be done.

    Args:
        connection: an open catalog.
        meaning: of names in it.
        targets: what was asked for.
        how: they would be looked at.
    """
    coming = set[Path]()
    steps = [_step(connection, meaning, each, how, coming) for each in targets]
    if how.level is Level.FORWARD:
        steps = [_with_network(connection, meaning, step, how.wanted) for step in steps]
    plan = Plan(how.level, tuple(steps))
    size = plan.download_bytes
    params = [step.network_bytes // F32 for step in steps if step.network_bytes is not None]
    if size:
        plan = replace(plan, download=estimates.of_download(size, RATE.bytes_a_second))
    if params:
        number = "float32" if how.dtype == "auto" else how.dtype
        made = estimates.of_forward(params, queries.ran(connection), _kind(how.device), number)
        plan = replace(plan, forward=made)
    return plan


def _kind(device: str) -> str:
    """Return the kind of a device that was asked for; torch is not asked what there is."""
    if device == "auto":
        return "cuda" if Path("/dev/nvidia0").exists() else "cpu"
    return device.partition(":")[0].partition(",")[0]


def _with_network(
    connection: "Reader", meaning: "Meaning", step: Step, wanted: Wanted | None
) -> Step:
    """Return a step with what its network takes; with nothing where all `wanted` is on record."""
    if step.action not in ("read", "download"):
        return step
    target = meaning.target(step.target)
    if wanted is not None and _has_run(connection, target, wanted):
        return step
    model = target.model
    plan = None if model is None else reading.plan_of(connection, model)
    if plan is None or not plan.says_anything:
        return step
    shaped = 0 if plan.shapes is None else sum(prod(shape) for shape in plan.shapes.values())
    return replace(step, network_bytes=F32 * (shaped or plan.params_total or 0))


def _has_run(connection: "Reader", target: "Target", wanted: Wanted) -> bool:
    """Return whether the fingerprint of each weight set on record is what is wanted."""
    saved = target.checkpoint
    recorded = None if saved is None else queries.recorded(connection, saved.id, target.commit)
    rows = () if recorded is None else recorded.set_ids.values()
    return bool(rows) and all(
        any(map(wanted.is_met, queries.fingerprints(connection, row))) for row in rows
    )


def _step(
    connection: "Reader", meaning: "Meaning", selected: "Selected", how: How, coming: set[Path]
) -> Step:
    """Return what would be done with one target.

    Args:
        connection: an open catalog.
        meaning: of names in it.
        selected: the target.
        how: it would be looked at.
        coming: what will have been downloaded before, added to.
    """
    text = selected.text
    try:
        meant = meaning.target(text, selected.called)
        if how.fetches and (meant.model is None or meant.checkpoint is None):
            why = f"nothing says which checkpoint {text} is"
            return Step(text, meant.name, "fail", why, exit_code=BadInput.exit_code)
        absent = meant.path is None or (
            how.fetches and meant.commit is not None and not is_complete(meant)
        )
        if absent and how.fetches:
            if how.offline:
                raise unasked(meant)
            return _download(connection, meant, coming)
        size = listed(meant).size_bytes if how.level is not Level.METADATA else 0
        if how.trusts and (wanted := how.wanted):
            known = unchanged.known(connection, meant)
            size = 0 if unchanged.trusted(meant, known, wanted) else size
    except CatalogError as error:
        return Step(text, text, "fail", error.what, exit_code=error.exit_code)
    return Step(text, meant.name, "read", path=str(meant.path), read_bytes=size)


def _download(connection: "Reader", meant: "Target", coming: set[Path]) -> Step:
    """Return what would be downloaded of a branch, as the Hub was last seen to declare it."""
    if (why := witnessing.foretold(connection, meant)) is not None:
        return Step(meant.text, meant.name, "refuse", why, exit_code=CheckedBad.exit_code)
    path = None if meant.path is None else str(meant.path)
    every = witnessing.declarations(connection, meant)
    seen = next((each for each in every if each.revision == meant.revision), None)
    wanted = [] if seen is None else needed(sorted(seen.files), meant.weight_set)
    if seen is None or not wanted:
        return Step(meant.text, meant.name, "download", None, path, None, None, None)
    read = sum(seen.files[name].size_bytes for name in wanted)
    there = meant.path if meant.commit == seen.commit else None
    asked = [name for name in wanted if there is None or not (there / name).is_file()]
    # The cache keeps equal files once, under their digest.
    blobs = cache.repository_folder(str(meant.repo_id)) / "blobs"
    sizes = {blobs / seen.files[name].digest: seen.files[name].size_bytes for name in asked}
    missing = {blob: size for blob, size in sizes.items() if not (blob in coming or blob.is_file())}
    coming.update(missing)
    requests = REQUESTS_A_COMMIT + len(asked) + len(missing)
    size = sum(missing.values())
    return Step(meant.text, meant.name, "download", None, path, read, size, requests)
