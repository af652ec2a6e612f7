"""`catalog pull`: the right weights of a branch, every byte checked, in a folder that loads."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import output
from .advisories import warn
from .options import DatabaseOpt, JsonOpt, database_url
from .several import Progress
from .sync import look_again

if TYPE_CHECKING:
    from catalog.verbs.pull import Pulled


def pull(
    ref: Annotated[
        str,
        typer.Argument(metavar="REF", help="MODEL@REVISION, or with #FILE one weight set of it."),
    ],
    to: Annotated[
        Path,
        typer.Option("--to", metavar="DIR", help="New folder to leave it in.", show_default=False),
    ],
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """Download the right weights of a branch, even where its default file is another model's.

    Looks at the repository as `sync` does, judges the branch as `audit` does, and downloads one
    weight set that is the checkpoint's own, with config and tokenizer. Every byte is compared with
    what the Hub declares. `from_pretrained(DIR)` loads the true checkpoint. A branch that has no
    right weights, or whose owner cannot be told: exit 1, nothing is downloaded.
    """
    from catalog.hub.client import Client
    from catalog.sql import database
    from catalog.verbs import pull as verb

    url = database_url(db)
    with database.reading(url) as connection:
        wanted = verb.wanted(connection, ref)
    if wanted.model is not None:
        warn([(wanted.model, wanted.revision)])
    client = Client(report=output.say)
    look_again(url, wanted.repo_id, client, json=json)
    with database.reading(url) as connection:
        choice = verb.choose(connection, wanted, client)
    folder = to.expanduser().absolute()
    found = verb.destination(folder, choice)
    if found is None:
        with Progress(ref, quiet=json) as progress:
            found = verb.fetch(choice, folder, progress)
    if json:
        output.emit_json(_document(found))
    else:
        _print(found, to)


def _document(found: "Pulled") -> dict[str, Any]:
    """Return what `--json` documents."""
    from catalog.verbs import pull as verb

    choice = found.choice
    return {
        "ref": choice.wanted.text,
        "model": choice.wanted.model,
        "repo_id": choice.wanted.repo_id,
        "revision": choice.wanted.revision,
        "commit": choice.commit,
        "weight_set": choice.chosen.name,
        "verdict": choice.chosen.verdict,
        "reason": choice.chosen.reason,
        "path": str(found.folder),
        "status": found.status,
        "files": verb.entries(found),
        "checked": len(choice.files),
        "refetched": found.refetched,
        "index_written": choice.writes_index,
    }


def _print(found: "Pulled", to: Path) -> None:
    choice = found.choice
    name = f"{choice.wanted.model or choice.wanted.repo_id}@{choice.wanted.revision}"
    output.line(f"{name}: {found.status}, commit {choice.commit[:8]}")
    output.line(f"  {choice.chosen.name}: {choice.chosen.verdict}. {choice.chosen.reason}")
    if choice.writes_index:
        output.line(f"  {choice.chosen.name} is not in the branch; written from the headers")
    size = sum(file.size_bytes for file in choice.files)
    output.line(f"  {len(choice.files)} files, {size:,} bytes: each as the Hub declares it")
    output.line(f'  load it: from_pretrained("{to}")')
