"""`catalog populate`: weights in, digests and fingerprints on record."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.errors import BadInput

from . import output
from .advisories import advise
from .options import DatabaseOpt, JsonOpt, database_url
from .several import AsOpt, DeviceOpt, DtypeOpt, Once, Progress, TargetsArg, each

if TYPE_CHECKING:
    from catalog.core.fingerprints import Fingerprint
    from catalog.core.witnesses import SetDigests
    from catalog.verbs.populate import Populated

AcceptOpt = Annotated[
    bool,
    typer.Option(
        "--accept-changes", help="Record files that differ from the record as a newer observation."
    ),
]


def populate(
    targets: TargetsArg,
    called: AsOpt = None,
    accept_changes: AcceptOpt = False,
    device: DeviceOpt = "auto",
    dtype: DtypeOpt = "auto",
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Hash weights, check them against their model, run the network, record it all.

    A REF that is not in the Hub's cache is downloaded. Weights that are broken, do not fit their
    model or contradict the record are reported and not recorded (exit 1). Running it again is
    safe: what is on record already is read, compared and left as it is.
    """
    from catalog import forward
    from catalog.sql import database
    from catalog.verbs import meaning as naming
    from catalog.verbs import populate as verb

    if called is not None and len(targets) > 1:
        raise BadInput("--as says what one folder is", "give one folder at a time")
    url = database_url(db)
    with database.reading(url):
        pass
    choice = forward.choose(device, dtype)

    said = Once()

    def one(text: str) -> tuple[int, dict[str, Any]]:
        with database.reading(url) as connection:
            target = naming.resolve(connection, text, called=called)
            advise(target)
            verb.known(connection, target)  # refuses what cannot be recorded, before a download
        with Progress(text, quiet=json) as progress:
            target = verb.fetch(target, progress)
            with database.reading(url) as connection:
                before = verb.known(connection, target)
            found = verb.look(target, before, verb.Options(choice, accept_changes, progress))
        if found.status == "recorded":
            with database.writing(url) as connection:
                verb.record(connection, found, now=datetime.now(UTC))
        if not json:
            said.notes(found.notes)
            _print(found)
        return int(found.status == "refused"), _document(found)

    raise typer.Exit(each(targets, one, json=json))


def _document(found: "Populated") -> dict[str, Any]:
    """Return what `--json` documents for one target."""
    return {
        "target": found.target.text,
        "model": found.target.model and found.target.model.name,
        "revision": found.target.checkpoint and found.target.checkpoint.revision,
        "commit": found.target.commit,
        "path": str(found.target.path),
        "status": found.status,
        "manifest_digest": found.manifest_digest,
        "weight_sets": [
            _set(one, found.fingerprints.get(name)) for name, one in found.sets.items()
        ],
        "problems": found.problems,
        "notes": found.notes,
    }


def _set(one: "SetDigests", seen: "Fingerprint | None") -> dict[str, Any]:
    """Return one weight set; without a fingerprint where the network was not run."""
    return {
        "name": one.name,
        "layout": one.layout,
        "dtype": one.dtype,
        "params_total": one.params_total,
        "parameter_digest": one.parameter_digest,
        "value_digest": one.value_digest,
        "loss": seen and seen.loss,
        "text_loss": seen and seen.text_loss,
        "environment": seen and seen.environment,
    }


def _print(found: "Populated") -> None:
    output.line(f"{found.target.name}: {found.status}")
    for problem in found.problems:
        output.line(f"  {problem}")
    if found.status != "recorded":
        return
    output.line(f"  manifest {found.manifest_digest}")
    for name, one in found.sets.items():
        output.line(
            f"  {name}: {one.params_total:,} parameters, {one.dtype}, "
            f"loss {found.fingerprints[name].text_loss:.4f} nats a token on the text probe"
        )
        output.line(f"    values {one.value_digest}")
