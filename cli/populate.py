"""`catalog populate`: weights in, digests and fingerprints on record."""

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.errors import BadInput

from . import many, output
from .arguments import AsOpt, DeviceOpt, DtypeOpt, OfflineOpt, OptionalTargetsArg
from .call import Call, Result, command
from .engine import Engine, distributing
from .many import DryRunOpt, FromOpt, JobsOpt, MemoryOpt
from .reports import Reports, file_of, reporting
from .signed import Attest, AttestOpt, ForceAttestOpt, KeyOpt, Signing, SigstoreOpt
from .spreads import CommonOpt, EveryOpt, LinearOpt, LogOpt, ScoredOpt
from .tables import Column

if TYPE_CHECKING:
    from catalog.verbs.populate import Populated

AcceptOpt = Annotated[
    bool,
    typer.Option(
        "--accept-changes", help="Record files that differ from the record as a newer observation."
    ),
]
TrustOpt = Annotated[
    bool,
    typer.Option(
        "--trust-stat",
        help="Do not read again what is on record, if its size, times and inode did not change.",
    ),
]


class Depth(StrEnum):
    """How much is recorded; each level includes those before it."""

    FILES = "files"
    WEIGHTS = "weights"
    FORWARD = "forward"


LevelOpt = Annotated[
    Depth,
    typer.Option("--level", help="How much to record; only `forward` needs torch."),
]
COLUMNS = (
    Column("target"),
    Column("status"),
    Column("model"),
    Column("revision"),
    Column("manifest_digest"),
    Column("problems"),
)


@command
@reporting
@distributing
def populate(
    call: Call,
    reports: Reports,
    engine: Engine,
    targets: OptionalTargetsArg = None,
    listed: FromOpt = None,
    called: AsOpt = None,
    level: LevelOpt = Depth.FORWARD,
    dry_run: DryRunOpt = False,
    accept_changes: AcceptOpt = False,
    trust_stat: TrustOpt = False,
    device: DeviceOpt = "auto",
    dtype: DtypeOpt = "auto",
    offline: OfflineOpt = False,
    jobs: JobsOpt = None,
    memory: MemoryOpt = None,
    log: LogOpt = None,
    linear: LinearOpt = None,
    every: EveryOpt = None,
    scored: ScoredOpt = False,
    common: CommonOpt = False,
    attest: AttestOpt = None,
    force: ForceAttestOpt = False,
    key: KeyOpt = None,
    sigstore: SigstoreOpt = False,
) -> int:
    """Hash weights, check them against their model, run the network, record it all.

    A REF that is not in the Hub's cache is downloaded. Weights that are broken, do not fit their
    model, contradict the record or what was observed on the Hub, or are known as another
    checkpoint's are reported and not recorded (exit 1). Running it again is
    safe: what is on record already is read, compared and left as it is. Several at once:
    MODEL@all, MODEL@log14, MODEL@step1000..step20000, or folders with --as 'MODEL@{name}'.
    """
    from catalog.documents import weights
    from catalog.documents.reports import made

    catalog = call.catalog
    signing = Signing(key, sigstore, offline)
    attests = _attesting(call, reports, engine, signing, attest, trusts=trust_stat, force=force)
    many.require_some(targets or [], listed)
    chosen = catalog.select(
        *(targets or []),
        listed=many.lines(listed),
        called=called,
        log=log,
        linear=linear,
        every=every,
        scored=scored,
        common=common,
    )
    reports.require_apart((each.text for each in chosen), *attests.exclude)
    if dry_run:
        attests.require_none()
        how: dict[str, Any] = {"device": device, "dtype": dtype, "offline": offline}
        return many.print_plan(call, chosen, level, engine, trust_stat=trust_stat, **how)
    options: dict[str, Any] = {
        "level": level,
        "accept_changes": accept_changes,
        "trust_stat": trust_stat,
        "device": device,
        "dtype": dtype,
        "offline": offline,
        "jobs": jobs,
        "memory": memory,
    }

    def result(populated: "Populated") -> Result:
        attests.made.append(populated)
        if call.output.is_for_people:
            call.notes(populated.notes)
        return Result(
            reports.take(made.populated(populated, file=file_of(populated.target.text))),
            weights.populated(populated),
            lambda: _print(populated),
        )

    report: dict[str, Any] = {"fatal": many.FATAL, "columns": COLUMNS}
    with reports.written(), catalog:
        if engine.is_cluster:
            return engine.each(call, reports, chosen, result, options=options, **report)
        with closing(catalog.populate_each(chosen, **options)) as turns:
            texts = [each.text for each in chosen]
            here = many.in_turn(turns, result)
            code = reports.each(call, texts, here, finishes=True, **report)
        return attests.written(code)


def _attesting(
    call: Call,
    reports: Reports,
    engine: Engine,
    signing: Signing,
    file: Path | None,
    *,
    trusts: bool,
    force: bool,
) -> Attest:
    """Return what is to be attested: only what is read, and here.

    Raises:
        BadInput: it is not, or as in `Attest.of`.
    """
    engine.require_no_attestation(file)
    if file is not None and trusts:
        hint = "leave out --attest or --trust-stat"
        raise BadInput("what is not read again is not attested", hint)
    return Attest.of(call, reports, file, signing, Depth.FILES, force=force)


def _print(populated: "Populated") -> None:
    from catalog.core import traits

    output.line(f"{populated.target.name}: {populated.status}")
    for problem in populated.problems:
        output.line(f"  {problem}")
    if populated.status != "recorded":
        return
    output.line(f"  manifest {populated.manifest_digest}")
    for name, digests in populated.sets.items():
        size = f"{digests.params_total:,} parameters, {digests.dtype}"
        seen = populated.fingerprints.get(name)
        known = "" if seen is None else f", {traits.losses(seen)}"
        output.line(f"  {name}: {size}{known}")
        output.line(f"    values {digests.value_digest}")
