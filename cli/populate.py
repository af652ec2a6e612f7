"""`catalog populate`: weights in, digests and fingerprints on record."""

from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput

from . import output
from .arguments import AsOpt, DeviceOpt, DtypeOpt, OfflineOpt, TargetsArg, require_whole
from .call import Call, Result, command
from .reports import Reports, file_of, reporting
from .tables import Column

if TYPE_CHECKING:
    from catalog.verbs.populate import Populated

AcceptOpt = Annotated[
    bool,
    typer.Option(
        "--accept-changes", help="Record files that differ from the record as a newer observation."
    ),
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
def populate(
    call: Call,
    reports: Reports,
    targets: TargetsArg,
    called: AsOpt = None,
    accept_changes: AcceptOpt = False,
    device: DeviceOpt = "auto",
    dtype: DtypeOpt = "auto",
    offline: OfflineOpt = False,
) -> int:
    """Hash weights, check them against their model, run the network, record it all.

    A REF that is not in the Hub's cache is downloaded. Weights that are broken, do not fit their
    model, contradict the record or what was observed on the Hub, or are known as another
    checkpoint's are reported and not recorded (exit 1). Running it again is
    safe: what is on record already is read, compared and left as it is.
    """
    from catalog.documents import weights
    from catalog.documents.reports import made

    if called is not None and len(targets) > 1:
        raise BadInput("--as says what one folder is", "give one folder at a time")
    require_whole(targets)
    catalog = call.catalog

    def result(text: str) -> Result:
        populated = catalog.populate(
            text,
            called=called,
            accept_changes=accept_changes,
            device=device,
            dtype=dtype,
            offline=offline,
        )
        if call.output.is_for_people:
            call.notes(populated.notes)
        return Result(
            reports.take(made.populated(populated, file=file_of(text))),
            weights.populated(populated),
            lambda: _print(populated),
        )

    with reports.written():
        return reports.each(call, targets, result, columns=COLUMNS)


def _print(populated: "Populated") -> None:
    output.line(f"{populated.target.name}: {populated.status}")
    for problem in populated.problems:
        output.line(f"  {problem}")
    if populated.status != "recorded":
        return
    output.line(f"  manifest {populated.manifest_digest}")
    for name, digests in populated.sets.items():
        seen = populated.fingerprints[name]
        output.line(
            f"  {name}: {digests.params_total:,} parameters, {digests.dtype}, loss {seen.loss:.4f} "
            f"over all probes, {seen.text_loss:.4f} on the text probe"
        )
        output.line(f"    values {digests.value_digest}")
