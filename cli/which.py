"""`catalog which`: which checkpoint has these bytes?"""

import hashlib
import re
from pathlib import Path
from typing import Annotated

import typer

from catalog.errors import BadInput, CouldNotCheck

from . import output
from .options import DatabaseOpt, JsonOpt, database_url

NOT_FOUND = 3
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64}|[0-9a-f]{40})", re.IGNORECASE)


def which(
    what: Annotated[
        str, typer.Argument(metavar="SHA256|PATH", help="A digest, or a file to take it of.")
    ],
    db: DatabaseOpt = None,
    json: JsonOpt = False,
) -> None:
    """List every branch and weight set that was seen to hold certain bytes, with its verdict."""
    from catalog.sql import database
    from catalog.verbs import holdings

    with database.reading(database_url(db)) as connection:
        found = holdings.which(connection, _digests(what))
    if json:
        output.emit_json(found)
    elif found:
        columns = ("branch", "file", "weight set", "verdict")
        rows = [
            (f"{one.model or one.repo_id}@{one.revision}", one.file, one.weight_set, one.verdict)
            for one in found
        ]
        output.table(columns, rows)
    if not found:
        output.say(f"nobody saw these bytes in any branch: {what}; see `catalog sync --help`")
        raise typer.Exit(NOT_FOUND)


def _digests(what: str) -> list[str]:
    """Return the digest that was given, or the two kinds of digest of a file."""
    given = _DIGEST.fullmatch(what.strip())
    if given:
        return [given[1].lower()]
    file = Path(what)
    try:
        if file.is_dir():
            raise BadInput(f"{what} is a folder", "give one of its files")
        size = file.stat().st_size
        sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
        sha1.update(f"blob {size}\0".encode())
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                sha256.update(block)
                sha1.update(block)
    except FileNotFoundError as error:
        raise BadInput(
            f"neither a digest nor a file: {what}", "give 64 hex digits or a path"
        ) from error
    except OSError as error:
        raise CouldNotCheck(f"cannot read {what}: {error.strerror}") from error
    return [sha256.hexdigest(), sha1.hexdigest()]
