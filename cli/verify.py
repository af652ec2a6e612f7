"""`catalog verify`: what is there now against what is recorded or declared."""

from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.core.verdicts import Level, Verdict
from catalog.errors import BadInput, NoDatabase

from . import manifests, output
from .advisories import advise
from .options import DatabaseOpt, JsonOpt, database_url
from .several import AsOpt, DeviceOpt, DtypeOpt, Once, Progress, each

if TYPE_CHECKING:
    from catalog.core.digests import Manifest
    from catalog.core.verdicts import Verification
    from catalog.forward import Choice
    from catalog.verbs.meaning import Target

NOTHING_KNOWN = "`catalog populate` records what is there"
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
OptionalTargetsArg = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="REF|PATH...",
        help="MODEL@REVISION, or a folder or file; ./NAME is always a path.",
        show_default=False,
    ),
]


def verify(
    targets: OptionalTargetsArg = None,
    level: LevelOpt = Level.FILES,
    against: AgainstOpt = None,
    lock: LockOpt = None,
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
    from catalog.core import digests

    targets = targets or []
    if lock is not None:
        if against is not None or called is not None or level is not Level.FILES:
            raise BadInput(
                "--lock says already what is compared: files, with what it pins",
                "leave out --against, --as and --level",
            )
        raise typer.Exit(_with_lock(lock, targets, json=json))
    if not targets:
        raise BadInput("nothing to verify", "give MODEL@REVISION, a path, or --lock FILE")
    if called is not None and len(targets) > 1:
        raise BadInput("--as says what one folder is", "give one folder at a time")
    choice = None
    if level is Level.FORWARD:
        from catalog import forward

        choice = forward.choose(device, dtype)
    job = _Job(level, choice, called, json=json)
    if against is not None:
        text = manifests.read(against, "write it with `catalog hash -o`")
        job.manifest, job.against = digests.parse_manifest(text, str(against)), against
    url = None if against is not None and called is None else database_url(db)

    said = Once()

    def one(text: str) -> tuple[int, dict[str, Any]]:
        found = job.run(text, url)
        if not json:
            said.notes(found.notes)
            _print(found)
        return found.verdict.exit_code, _document(found)

    raise typer.Exit(each(targets, one, json=json))


def _with_lock(file: Path, targets: list[str], *, json: bool) -> int:
    """Compare each checkpoint that a lock pins, in the Hub's cache or below one folder."""
    from catalog.verbs import lock as verb
    from catalog.weights import files

    if len(targets) > 1:
        raise BadInput("--lock takes one folder", "give the one that holds what is pinned")
    text = manifests.read(file, "write it with `catalog lock REF -o FILE`")
    pinned = {one.name: one for one in verb.parse(text, str(file))}
    folder = files.path_of(targets[0]) if targets else None

    def one(name: str) -> tuple[int, dict[str, Any]]:
        with Progress(name, quiet=json) as progress:
            found = verb.check(pinned[name], folder, str(file), progress, now=datetime.now(UTC))
        if not json:
            _print_notes(found)
        return found.verdict.exit_code, _document(found)

    return each(list(pinned), one, json=json)


def _print_notes(found: "Verification") -> None:
    _print(found, hint="")
    for note in found.notes:
        output.say(f"note: {found.target}: {note}")


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
        from catalog.sql import database
        from catalog.sql.records import weights as records
        from catalog.verbs import verify as verb

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
        from catalog.sql import database
        from catalog.verbs import meaning
        from catalog.verbs import verify as verb

        if url is None:
            return self._without_catalog(text)
        try:
            with database.reading(url) as connection:
                target = meaning.resolve(connection, text, called=self.called)
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
        from catalog.verbs import meaning
        from catalog.verbs import verify as verb
        from catalog.weights import files

        if not files.is_path(text):
            raise BadInput(f"{text!r} is not a path", "--against compares a folder or file")
        return meaning.on_disk(text), verb.Witness(self.manifest, str(self.against))


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


def _print(found: "Verification", hint: str = NOTHING_KNOWN) -> None:
    output.line(f"{found.target}: {found.verdict} ({found.level})")
    for check in found.checks:
        output.line(f"  {check.verdict:12}  {check.name}: {check.observed}")
        if check.verdict is Verdict.FAILED and check.expected is not None:
            output.line(f"  {'':12}  expected {check.expected}")
    open_ = [check.name for check in found.checks if check.verdict is Verdict.INCONCLUSIVE]
    if hint and found.verdict is Verdict.INCONCLUSIVE:
        output.say(f"catalog: nothing to compare {', '.join(open_)} with; {hint}")
