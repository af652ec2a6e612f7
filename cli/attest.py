"""`catalog attest`: checks what somebody attested; `verify` and `populate --attest` write it."""

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import output
from .arguments import OptionalTargetsArg, require_whole
from .call import Call, command
from .group import group
from .output import Report
from .tables import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.core.attestations.statements import Procedure
    from catalog.verbs.attesting import Attested, Judged

app = group("Check what somebody attested of checkpoints.")
COLUMNS = (
    Column("name"),
    Column("result"),
    Column("checked_level"),
    Column("seal"),
    Column("verdict"),
)
KEYS = ("name", "result", "level", "checked_level", "seal", "verdict", "started_at", "version")


@app.command()
@command
def verify(
    call: Call,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="What `catalog verify --attest` wrote, or another in-toto bundle.",
            readable=False,
            show_default=False,
        ),
    ],
    targets: OptionalTargetsArg = None,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            readable=False,
            show_default=False,
            help="The public key of who signed it (PEM: Ed25519 or ECDSA P-256).",
        ),
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option(
            "--identity",
            metavar="NAME",
            show_default=False,
            help="Who signed it by sigstore: an e-mail address, or a workflow's address.",
        ),
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option(
            "--issuer",
            metavar="URL",
            show_default=False,
            help="Who vouches for that identity, as https://token.actions.githubusercontent.com.",
        ),
    ] = None,
    allow_unsigned: Annotated[
        bool,
        typer.Option("--allow-unsigned", help="Take what nobody signed: anybody may have made it."),
    ] = False,
) -> int:
    """Check signatures, what is attested, and whether it is so of the files that are here now.

    Each REF or PATH must be attested: its files are read, and the record and what was
    last seen on the Hub are compared too. Exit 0: signed by this key, passed, and still so; 1: not
    signed by this key, failed, or not so any more; 3: it was inconclusive, or there is nothing to
    compare with.
    """
    from catalog.documents import attestations

    require_whole(targets or [])
    attested = call.catalog.check_attestations(
        str(file),
        *(targets or []),
        key=key,
        identity=identity,
        issuer=issuer,
        allow_unsigned=allow_unsigned,
    )
    document = attestations.attested(attested)
    call.print(
        Report(
            document,
            document["attestations"],
            COLUMNS,
            text=lambda: _print(attested),
            keys=KEYS,
        )
    )
    if call.output.is_for_people:
        call.notes(attested.notes)
    return attested.verdict.exit_code


def _print(attested: "Attested") -> None:
    for judged in attested.attestations:
        _print_one(judged)
    for text in attested.missing:
        output.line(f"{text}: failed (nothing in {attested.file} speaks of it)")
    if not attested.attestations:
        output.say(f"catalog: {attested.file} holds no test result")


def _print_one(judged: "Judged") -> None:
    said = judged.statement
    name = f"line {judged.line}" if said is None or said.name is None else said.name
    output.line(f"{name}: {judged.verdict} ({judged.seal})")
    if judged.keyid is not None:
        output.line(f"  key {judged.keyid}")
    if said is None:
        return
    output.line(f"  {said.result}, {len(said.subjects)} digests; {_how(said.procedure)}")
    for check in said.failed:
        output.line(f"  {'failed':12}  {check}")
    for match in judged.matches:
        output.line(f"  {match.verdict:12}  {match.source}: {match.seen}")


def _how(procedure: "Procedure | None") -> str:
    """Return how deep it was looked, when, and by what."""
    if procedure is None:
        return "how, it does not say: another program's"
    asked = "" if procedure.checked_level is procedure.level else f" of {procedure.level}"
    when = f"{procedure.started_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    ran = "" if procedure.environment is None else f", {_machine(procedure.environment)}"
    reached = procedure.checked_level or "nothing"
    status = "" if procedure.status is None else f"{procedure.status}, "
    return f"{status}checked {reached}{asked}, {when}, catalog {procedure.version}{ran}"


def _machine(environment: "Mapping[str, Any]") -> str:
    words = ("device_name", "dtype", "torch", "transformers")
    return ", ".join(f"{word} {environment[word]}" for word in words if word in environment)
