"""`catalog verify`: what is there now against what is recorded or declared."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core.verdicts import Level, Verdict
from catalog.errors import BadInput

from . import many, output
from .arguments import AsOpt, DeviceOpt, DtypeOpt, OfflineOpt, OptionalTargetsArg
from .call import Call, Result, command
from .engine import Engine, distributing
from .gate import BaselineOpt, Gate, VerifyFails, WriteBaselineOpt
from .many import DryRunOpt, FromOpt, JobsOpt, MemoryOpt
from .reports import Reports, file_of, reporting
from .signed import Attest, AttestOpt, ForceAttestOpt, KeyOpt, Signing, SigstoreOpt
from .spreads import CommonOpt, EveryOpt, LinearOpt, LogOpt, ScoredOpt
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.verdicts import Verification
    from catalog.verbs.locked import Compared

NOTHING_KNOWN = "`catalog populate` records what is there"
NO_NAME = "--as MODEL@REVISION says which checkpoint it is"


def _failing(row: output.Row) -> str:
    """Return the checks of a verification that did not pass, by name."""
    names = [check["name"] for check in row.get("checks", ()) if check["verdict"] != "passed"]
    return ", ".join(names) or "all passed"


COLUMNS = (
    Column("target"),
    Column("level", gives_way=1),
    Column("verdict"),
    Column("checks", cell=_failing),
)
KEYS = ("target", "level", "verdict", "manifest_digest", "worst_difference", "started_at")
LevelOpt = Annotated[
    Level,
    typer.Option("--level", help="How deep to look; each level includes those before it."),
]
AgainstOpt = Annotated[
    Path | None,
    typer.Option(
        "--against",
        metavar="FILE",
        readable=False,
        help="Compare with a manifest from `catalog hash -o`; needs no catalog, records nothing.",
    ),
]
LockOpt = Annotated[
    Path | None,
    typer.Option(
        "--lock",
        metavar="FILE",
        readable=False,
        help="Compare what `catalog lock` pinned with the Hub's cache, or with the folder PATH.",
    ),
]
FailOnOpt = Annotated[
    VerifyFails,
    typer.Option(
        "--fail-on", help="`failed`: what could not be compared fails nothing, exit 0 then."
    ),
]


@command
@reporting
@distributing
def verify(
    call: Call,
    reports: Reports,
    engine: Engine,
    targets: OptionalTargetsArg = None,
    listed: FromOpt = None,
    level: LevelOpt = Level.FILES,
    against: AgainstOpt = None,
    lock: LockOpt = None,
    called: AsOpt = None,
    device: DeviceOpt = "auto",
    dtype: DtypeOpt = "auto",
    dry_run: DryRunOpt = False,
    jobs: JobsOpt = None,
    memory: MemoryOpt = None,
    offline: OfflineOpt = False,
    fail_on: FailOnOpt = VerifyFails.INCONCLUSIVE,
    baseline: BaselineOpt = None,
    write_baseline: WriteBaselineOpt = False,
    attest: AttestOpt = None,
    force: ForceAttestOpt = False,
    key: KeyOpt = None,
    sigstore: SigstoreOpt = False,
    log: LogOpt = None,
    linear: LinearOpt = None,
    every: EveryOpt = None,
    scored: ScoredOpt = False,
    common: CommonOpt = False,
) -> int:
    """Compare files, weights and what they compute with what is recorded or declared.

    A lock among the targets is compared with the Hub's cache, or with the folder beside it: the
    same as --lock. Never downloads. Exit 0: everything compared agrees; 1: something does not; 3:
    it could not be checked, or there was nothing to compare with (`catalog populate` records).
    """
    reports = replace(reports, gate=Gate.of(fail_on, baseline, write=write_baseline))
    given = targets or []
    catalog = call.catalog
    locks = [str(lock)] if lock is not None else [text for text in given if catalog.is_lock(text)]
    options: dict[str, Any] = {"level": level, "device": device, "dtype": dtype}
    if engine.is_cluster and (locks or against is not None):
        raise BadInput("a cluster compares with the catalog alone", "leave out --engine")
    engine.require_no_attestation(attest)
    attests = Attest.of(call, reports, attest, Signing(key, sigstore, offline), level, force=force)
    with reports.written(), catalog:
        if locks:
            if against is not None or called is not None or listed is not None or dry_run:
                hint = "leave out --against, --as, --from and --dry-run"
                raise BadInput("a lock says already what is compared", hint)
            folders = [text for text in given if text not in locks]
            return _with_lock(call, reports, locks, folders, attests, **options)
        if not given and listed is None:
            raise BadInput("nothing to verify", "give MODEL@REVISION, a path, or --lock FILE")
        many.require_some(given, listed)
        chosen = catalog.select(
            *given,
            listed=many.lines(listed),
            called=called,
            log=log,
            linear=linear,
            every=every,
            scored=scored,
            common=common,
        )
        if dry_run:
            attests.require_none()
            how = {"device": device, "dtype": dtype}
            return many.print_plan(call, chosen, level, engine, fetches=False, **how)

        def result(verification: "Verification") -> Result:
            attests.made.append(verification)
            if call.output.is_for_people:
                call.notes(verification.notes)
            file = file_of(verification.target)
            code = reports.take_verification(verification, file=file)
            is_named = called is not None or file is None
            return _result(verification, code, NOTHING_KNOWN if is_named else NO_NAME)

        report: dict[str, Any] = {"fatal": many.FATAL, "columns": COLUMNS, "keys": KEYS}
        options |= {"jobs": jobs, "memory": memory}
        if engine.is_cluster:
            return engine.each(call, reports, chosen, result, options=options, **report)
        exclude = (*reports.written_to.values(), *attests.exclude)
        options |= {"exclude": exclude, "anew": attest is not None}
        turns = catalog.verify_each(chosen, against=against, **options)
        with closing(turns):
            texts = [each.text for each in chosen]
            here = many.in_turn(turns, result)
            code = reports.each(call, texts, here, finishes=True, **report)
        return attests.written(code)


def _with_lock(
    call: Call,
    reports: Reports,
    locks: list[str],
    folders: list[str],
    attests: Attest,
    **options: Any,  # noqa: ANN401 - as `verify_lock` has them
) -> int:
    """Compare each checkpoint that a lock pins, in the Hub's cache or below one folder."""
    if len(locks) > 1 or len(folders) > 1:
        hint = "give the one that holds what is pinned"
        raise BadInput("one lock is compared with one folder at a time", hint)
    lock = locks[0]
    catalog = call.catalog
    checkpoints = catalog.verify_lock(lock, *folders, **options)

    def result(_: str) -> Result:
        compared = next(checkpoints)
        verification, name = compared.verification, compared.locked.name
        attests.made.append(verification)
        if call.output.is_for_people:
            call.notes(f"{name}: {note}" for note in verification.notes)
        code = reports.take_verification(verification, name=name, file=lock)
        return _pinned(compared, code)

    with catalog:
        pinned = catalog.pinned(lock)
        code = reports.each(call, pinned, result, finishes=True, columns=COLUMNS, keys=KEYS)
        return attests.written(code, lock)


def _pinned(compared: "Compared", code: int) -> Result:
    from catalog.documents import weights

    verification = compared.verification
    return Result(
        code,
        weights.compared(compared),
        lambda: _print(verification, "", _who(compared)),
    )


def _who(compared: "Compared") -> list[str]:
    """Return what a lock pins, and where it was looked for, as lines."""
    pinned = compared.locked
    published = f"{pinned.repo_id} commit {pinned.commit}"
    step = "" if pinned.published_step is None else f", step {pinned.published_step}"
    seen = "" if pinned.tokens_seen is None else f", {pinned.tokens_seen:,} tokens"
    lines = [f"{published}{step}{seen}"]
    where = "" if compared.folder is None else f" in {compared.folder}"
    lines.append(f"{pinned.weight_set} ({pinned.verdict}){where}")
    return lines + [f"advisory {number}" for number in compared.advisories]


def _result(verification: "Verification", code: int, hint: str) -> Result:
    from catalog.documents import weights

    return Result(
        code,
        weights.verification(verification),
        lambda: _print(verification, hint),
    )


def _print(verification: "Verification", hint: str, more: Sequence[str] = ()) -> None:
    output.line(f"{verification.target}: {verification.verdict} ({verification.level})")
    for line in more:
        output.line(f"  {line}")
    for check in verification.checks:
        output.line(f"  {check.verdict:12}  {check.name}: {check.observed}")
        if check.verdict is Verdict.FAILED and check.expected is not None:
            output.line(f"  {'':12}  expected {check.expected}")
    open_ = [check for check in verification.checks if check.verdict is Verdict.INCONCLUSIVE]
    alone = all(check.expected is None for check in open_)  # else somebody speaks against it
    if hint and open_ and alone and verification.verdict is Verdict.INCONCLUSIVE:
        names = ", ".join(check.name for check in open_)
        output.say(f"catalog: nothing to compare {names} with; {hint}")
