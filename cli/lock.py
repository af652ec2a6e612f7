"""`catalog lock`: pins what a paper used; `catalog verify --lock` compares it later."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import manifests, output
from .advisories import warn
from .options import DatabaseOpt, JsonOpt, database_url
from .sync import look_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.digests import Manifest
    from catalog.verbs.lock import Locked


def lock(
    wanted: Annotated[
        list[str],
        typer.Argument(
            metavar="REF...", help="MODEL@REVISION, or with #FILE one weight set of it."
        ),
    ],
    file: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write.", show_default=False),
    ],
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Pin commit, weight set, tokens and the digest of every file of checkpoints, for a paper.

    Looks at the repositories as `sync` does and chooses as `pull` does: a branch without weights of
    its own cannot be pinned. Downloads no weights. The file is a manifest, as
    `catalog hash` writes them. `catalog verify` compares the Hub's cache, or a folder, with it
    (`--lock`).
    """
    from catalog.core import digests
    from catalog.hub.client import Client
    from catalog.sql import database
    from catalog.verbs import lock as verb
    from catalog.verbs import pull as choosing

    manifests.refuse_other(file)
    url = database_url(db)
    with database.reading(url) as connection:
        asked = [choosing.wanted(connection, ref) for ref in wanted]
    warn([(one.model, one.revision) for one in asked if one.model is not None])
    client = Client(report=output.say)
    for repo_id in dict.fromkeys(one.repo_id for one in asked):
        look_again(url, repo_id, client, json=json)
    with database.reading(url) as connection:
        pinned = verb.together([verb.pin(connection, one, client) for one in asked])
    manifest, extra = verb.document(pinned, now=datetime.now(UTC))
    text = digests.print_manifest(manifest, extra)
    output.write_file(file, text)
    if json:
        output.line(text.rstrip("\n"))
    else:
        _print(pinned, manifest, file)


def _print(pinned: "Sequence[Locked]", manifest: "Manifest", file: Path) -> None:
    for one in pinned:
        size = sum(entry.size_bytes for entry in one.manifest)
        seen = "" if one.tokens_seen is None else f", {one.tokens_seen:,} tokens"
        output.line(f"{one.name}: commit {one.commit}{seen}")
        output.line(
            f"  {one.weight_set} ({one.verdict}): {len(one.manifest)} files, {size:,} bytes"
        )
    output.line(f"{file}: manifest {manifest.digest}")
