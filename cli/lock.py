"""`catalog lock`: pins what a paper used; `catalog verify --lock` compares it later."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count

from . import complete, output, writing
from .arguments import ForceOpt
from .call import Call, command
from .output import Report
from .spreads import CommonOpt, EveryOpt, LinearOpt, LogOpt, ScoredOpt
from .tables import Column

if TYPE_CHECKING:
    from catalog.verbs.lock import Lock

COLUMNS = (
    Column("model", cell=lambda row: row["model"] or row["repo_id"]),
    Column("revision"),
    Column("commit"),
    Column("weight_set"),
    Column("verdict"),
    Column("tokens_seen"),
)
KEYS = ("model", "repo_id", "revision", "commit", "weight_set", "verdict", "step", "tokens_seen")


@command
def lock(
    call: Call,
    file: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write.", show_default=False),
    ],
    wanted: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REF...",
            help="MODEL@REVISION, MODEL@log14 and the like, or with #FILE one weight set.",
            autocompletion=complete.selections,
        ),
    ] = None,
    force: ForceOpt = False,
    log: LogOpt = None,
    linear: LinearOpt = None,
    every: EveryOpt = None,
    scored: ScoredOpt = False,
    common: CommonOpt = False,
    from_log: Annotated[
        Path | None,
        typer.Option(
            "--from-log",
            metavar="LOG",
            help="Pin what a guarded run loaded, by its $CATALOG_GUARD_LOG, instead of REFs.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Pin commit, weight set, tokens and the digest of every file of checkpoints, for a paper.

    Looks at the repositories as `sync` does and chooses as `pull` does: a branch without weights of
    its own cannot be pinned. Downloads no weights. The file is a manifest, as
    `catalog hash` writes them. `catalog verify FILE` compares the Hub's cache, or a folder, with
    it.
    """
    from catalog.documents import weights

    catalog = call.catalog
    writing.require_place(file)
    catalog.require_manifest(file, force=force)
    made = catalog.lock(
        *(wanted or ()),
        log=log,
        linear=linear,
        every=every,
        scored=scored,
        common=common,
        from_log=from_log,
    )
    writing.write_file(file, made.text)
    rows = [weights.locked(locked) for locked in made.checkpoints]
    call.print(
        Report(
            weights.lock(made),
            rows,
            COLUMNS,
            text=lambda: _print(made, file),
            keys=KEYS,
            quiet=lambda row: f"{row['model'] or row['repo_id']}@{row['revision']}",
        )
    )


def _print(made: "Lock", file: Path) -> None:
    for locked in made.checkpoints:
        size = sum(entry.size_bytes for entry in locked.manifest)
        seen = "" if locked.tokens_seen is None else f", {locked.tokens_seen:,} tokens"
        output.line(f"{locked.name}: commit {locked.commit}{seen}")
        files = f"{count(len(locked.manifest), 'file')}, {size:,} bytes"
        output.line(f"  {locked.weight_set} ({locked.verdict}): {files}")
    output.line(f"{file}: manifest {made.manifest.digest}")
    output.line(f"{file}: lock {made.digest}")
