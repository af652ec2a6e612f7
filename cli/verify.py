"""`catalog verify`: what is there now against what is recorded or declared."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.verdicts import Level, Verdict
from catalog.errors import BadInput

from . import output
from .arguments import AsOpt, DeviceOpt, DtypeOpt, OptionalTargetsArg, require_whole
from .call import Call, Result, command
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.verdicts import Verification

NOTHING_KNOWN = "`catalog populate` records what is there"


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


@command
def verify(
    call: Call,
    targets: OptionalTargetsArg = None,
    level: LevelOpt = Level.FILES,
    against: AgainstOpt = None,
    lock: LockOpt = None,
    called: AsOpt = None,
    device: DeviceOpt = "auto",
    dtype: DtypeOpt = "auto",
) -> int:
    """Compare files, weights and what they compute with what is recorded or declared.

    Never downloads. Exit 0: everything compared agrees; 1: something does not; 3: it could not be
    checked, or there was nothing to compare with (`catalog populate` is what records).
    """
    if lock is not None:
        if against is not None or called is not None or level is not Level.FILES:
            raise BadInput(
                "--lock says already what is compared: files, with what it pins",
                "leave out --against, --as and --level",
            )
        return _with_lock(call, lock, targets or [])
    if not targets:
        raise BadInput("nothing to verify", "give MODEL@REVISION, a path, or --lock FILE")
    if called is not None and len(targets) > 1:
        raise BadInput("--as says what one folder is", "give one folder at a time")
    require_whole(targets)
    catalog = call.catalog

    def result(text: str) -> Result:
        verification = catalog.verify(
            text, level=level, called=called, against=against, device=device, dtype=dtype
        )
        if call.output.is_for_people:
            call.notes(verification.notes)
        return _result(verification, NOTHING_KNOWN)

    return call.each(targets, result, columns=COLUMNS, keys=KEYS)


def _with_lock(call: Call, lock: Path, targets: list[str]) -> int:
    """Compare each checkpoint that a lock pins, in the Hub's cache or below one folder."""
    if len(targets) > 1:
        raise BadInput("--lock takes one folder", "give the one that holds what is pinned")
    folder = targets[0] if targets else None
    catalog = call.catalog

    def result(name: str) -> Result:
        verification = catalog.verify_lock(lock, folder, name=name)
        for note in verification.notes if call.output.is_for_people else ():
            call.teller.remark(f"note: {verification.target}: {note}")
        return _result(verification, "")

    return call.each(catalog.pinned(lock), result, columns=COLUMNS, keys=KEYS)


def _result(verification: "Verification", hint: str) -> Result:
    from catalog.documents import weights

    return Result(
        verification.verdict.exit_code,
        weights.verification(verification),
        lambda: _print(verification, hint),
    )


def _print(verification: "Verification", hint: str) -> None:
    output.line(f"{verification.target}: {verification.verdict} ({verification.level})")
    for check in verification.checks:
        output.line(f"  {check.verdict:12}  {check.name}: {check.observed}")
        if check.verdict is Verdict.FAILED and check.expected is not None:
            output.line(f"  {'':12}  expected {check.expected}")
    open_ = [
        check.name
        for check in verification.checks
        if check.verdict is Verdict.INCONCLUSIVE and check.expected is None
    ]
    if hint and open_ and verification.verdict is Verdict.INCONCLUSIVE:
        output.say(f"catalog: nothing to compare {', '.join(open_)} with; {hint}")
