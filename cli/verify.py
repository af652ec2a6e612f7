"""`catalog verify`: what is there now against what is recorded or declared."""

from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.errors import BadInput, CouldNotCheck, NoDatabase
from catalog.verdicts import Level, Verdict

from . import output
from .advisories import advise
from .options import DatabaseOpt, JsonOpt, database_url
from .several import AsOpt, DeviceOpt, DtypeOpt, Once, Progress, TargetsArg, each

if TYPE_CHECKING:
    from catalog.digests import Manifest
    from catalog.forward import Choice
    from catalog.targets import Target
    from catalog.verdicts import Verification

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


def verify(
    targets: TargetsArg,
    level: LevelOpt = Level.FILES,
    against: AgainstOpt = None,
    called: AsOpt = None,
    device: DeviceOpt = "auto",
    dtype: DtypeOpt = "auto",
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Compare files, weights and what they compute with what is recorded or declared.

    Never downloads. Exit 0: everything compared agrees; 1: something does not; 3: it could not be
    checked, or there was nothing to compare with (`catalog populate` is what records).
    """
    if called is not None and len(targets) > 1:
        raise BadInput("--as says what one folder is", "give one folder at a time")
    choice = None
    if level is Level.FORWARD:
        from catalog import forward

        choice = forward.choose(device, dtype)
    job = _Job(level, choice, called, json=json)
    if against is not None:
        job.manifest, job.against = _manifest(against), against
    url = None if against is not None and called is None else database_url(db)

    said = Once()

    def one(text: str) -> tuple[int, dict[str, Any]]:
        found = job.run(text, url)
        if not json:
            said.notes(found.notes)
            _print(found)
        return found.verdict.exit_code, _document(found)

    raise typer.Exit(each(targets, one, json=json))


class _Job:
    """What is the same for every target of one command."""

    def __init__(
        self, level: Level, choice: "Choice | None", called: str | None, *, json: bool
    ) -> None:
        self.level, self.choice, self.called, self.json = level, choice, called, json
        self.manifest: Manifest | None = None
        self.against: Path | None = None

    def run(self, text: str, url: str | None) -> "Verification":
        """Verify one target; with a catalog and without `--against`, record it."""
        from catalog import database
        from catalog import verify as verb
        from catalog.records import weights as records

        target, witness = self._witness(text, url)
        exclude = () if self.against is None else (self.against,)
        with Progress(text, quiet=self.json) as progress:
            options = verb.Options(self.level, self.choice, exclude, progress)
            found = verb.look(target, witness, options, now=datetime.now(UTC))
        if self.against is None and url is not None:
            saved = target.checkpoint
            with database.writing(url) as connection:
                records.add_verification(connection, found, None if saved is None else saved.id)
        return found

    def _witness(self, text: str, url: str | None) -> "tuple[Target, Any]":
        """Return the target and what to compare it with."""
        from catalog import database, targets
        from catalog import verify as verb

        if url is None:
            return self._without_catalog(text)
        try:
            with database.reading(url) as connection:
                target = targets.resolve(connection, text, called=self.called)
                advise(target)
                witness = verb.on_record(connection, target, self.level)
        except NoDatabase:
            if self.manifest is None:
                raise
            return self._without_catalog(text)
        if self.manifest is not None:
            witness = verb.Witness(self.manifest, str(self.against), plan=witness.plan)
        return target, witness

    def _without_catalog(self, text: str) -> "tuple[Target, Any]":
        """Return a path, and the manifest as its only witness."""
        from catalog import targets
        from catalog import verify as verb
        from catalog.weights import files

        if not files.is_path(text):
            raise BadInput(f"{text!r} is not a path", "--against compares a folder or file")
        return targets.on_disk(text), verb.Witness(self.manifest, str(self.against))


def _manifest(file: Path) -> "Manifest":
    from catalog import digests

    try:
        text = file.read_text("utf-8")
    except FileNotFoundError as error:
        raise BadInput(f"{file} does not exist", "write it with `catalog hash -o`") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not a manifest: it is not text") from error
    except OSError as error:
        raise CouldNotCheck(f"cannot read {file}: {error.strerror or error}") from error
    return digests.parse_manifest(text, str(file))


def _document(found: "Verification") -> dict[str, Any]:
    """Return what `--json` documents for one target."""
    return {
        "target": found.target,
        "level": found.level,
        "verdict": found.verdict,
        "checks": found.checks,
        "manifest_digest": found.observed,
        "worst_difference": found.worst_difference,
        "tolerance": found.tolerance,
        "environment": None if found.environment is None else loads(found.environment),
        "started_at": found.started_at,
        "duration_s": found.duration_s,
        "notes": found.notes,
    }


def _print(found: "Verification") -> None:
    output.line(f"{found.target}: {found.verdict} ({found.level})")
    for check in found.checks:
        output.line(f"  {check.verdict:12}  {check.name}: {check.observed}")
        if check.verdict is Verdict.FAILED and check.expected is not None:
            output.line(f"  {'':12}  expected {check.expected}")
    open_ = [check.name for check in found.checks if check.verdict is Verdict.INCONCLUSIVE]
    if found.verdict is Verdict.INCONCLUSIVE:
        output.say(
            f"catalog: nothing to compare {', '.join(open_)} with; "
            "`catalog populate` records what is there"
        )
