"""`catalog audit`: what does each branch really hold?"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count
from catalog.errors import BadInput

from . import drawings, output
from .arguments import ObservedArg, OfflineOpt
from .call import Call, command
from .gate import AuditFails, AuditFailsOpt, BaselineOpt, Gate, WriteBaselineOpt
from .output import Report
from .reports import Reports, reporting
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.verbs.outcomes import Audited

COLUMNS = (
    Column("repo_id"),
    Column("revision"),
    Column("verdict"),
    Column("loads", cell=lambda row: row["loads"]["transformers-5"] if row["loads"] else None),
    Column("recipe", wraps=True),
)
KEYS = ("model", "repo_id", "revision", "commit", "observed_at", "expected", "verdict", "recipe")


@command
@reporting
def audit(
    call: Call,
    reports: Reports,
    names: ObservedArg = None,
    every: Annotated[
        bool, typer.Option("--all", help="Print every branch, not ranges of them.")
    ] = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Look into the files too, by ranges of their bytes.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Draw the verdicts, a row a model: .png, .svg or .pdf; -: in characters.",
            readable=False,
            show_default=False,
        ),
    ] = None,
    offline: OfflineOpt = False,
    fail_on: AuditFailsOpt = AuditFails.WARNING,
    baseline: BaselineOpt = None,
    write_baseline: WriteBaselineOpt = False,
) -> int:
    """Judge what branches hold, from what was observed: exit 1 when something is wrong.

    Compares commits and digests of all branches; it asks nobody and reads no weights. With --probe
    it reads headers, checksums and small tensors from the Hub, at most 8 ranges a file and 4 MB a
    checkpoint: they may show that a file is broken or that two files hold different weights, and
    never that they hold the same.
    """
    if probe and offline:
        raise BadInput("--probe asks the Hub", "leave out one of --probe and --offline")
    reports = replace(reports, gate=Gate.of(fail_on, baseline, write=write_baseline))
    if plot == drawings.HERE and not call.output.is_for_people:
        raise BadInput(f"--plot - is for people, not for {call.output.format}", "name a file")
    if plot not in (None, drawings.HERE):
        drawings.require_place(plot)
        reports = replace(reports, beside=(plot,))
    with reports.written():
        return _audit(call, reports, names or (), every=every, probe=probe, plot=plot)


def _audit(
    call: Call,
    reports: Reports,
    names: "Sequence[str]",
    *,
    every: bool,
    probe: bool,
    plot: Path | None,
) -> int:
    from catalog.documents import branches
    from catalog.documents.reports import made

    from . import audited as printing

    audited = call.catalog.audit(*names, probe=probe)
    document = branches.audited(audited)
    call.print(
        Report(
            document,
            document["branches"],
            COLUMNS,
            text=lambda: printing.print_audit(audited, every=every),
            keys=KEYS,
            quiet=lambda row: f"{row['model'] or row['repo_id']}@{row['revision']}",
        )
    )
    _say_rest(audited)
    if plot is not None:
        drawings.write(call.catalog.plot_audit(audited), plot)  # or prints it
    return reports.take(*made.audited(audited))


def _say_rest(audited: "Audited") -> None:
    """Say what could not be judged, and what became of the record."""
    for repo_id in audited.audit.unobserved:
        output.say(f"{repo_id}: unknown, it was never observed; see `catalog sync --help`")
    if audited.audit.unasked:
        output.say(f"{audited.audit.unasked:,} published models were never observed")
    say_settled(audited)


def say_settled(audited: "Audited") -> None:
    """Say what changed in the record of findings, or why nothing could."""
    if audited.unsettled is not None:
        output.say(f"the findings were not written down: {audited.unsettled}")
    if audited.opened or audited.closed:
        opened = count(audited.opened, "finding")
        output.say(f"since the last audit: {opened} opened, {audited.closed:,} closed")
