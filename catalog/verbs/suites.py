"""Suites into the catalog: those that ship, and a user's own files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.core import foreign, suites
from catalog.core.suites import bounds
from catalog.errors import BadInput
from catalog.sql.records import suites as records
from catalog.weights import outside

if TYPE_CHECKING:
    from catalog.sql.connections import Writer


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one suite: "added", "changed" or "known".

    Attributes:
        suite: its name.
        status: one of these words.
        models: how many it has.
        checkpoints: how many it has.
    """

    suite: str
    status: str
    models: int
    checkpoints: int


def shipped(connection: "Writer", *, now: datetime) -> Iterator[Loaded]:
    """Load every suite that ships; one that has not changed costs a single read."""
    for suite in suites.shipped():
        yield put(connection, suite, shipped=True, now=now)


def add(connection: "Writer", file: Path, *, now: datetime) -> Loaded:
    """Load one suite file of a user.

    Raises:
        BadInput: the file is not a suite file; the sentence names the line. Or it takes the name
            of a suite or a model that is there already.
        CouldNotCheck: the file cannot be read.
    """
    try:
        text = foreign.text_of(outside.read(file, bounds.MOST_BYTES))
    except foreign.ForeignError as error:
        raise BadInput(
            f"{file} is not a text file: {error}", "give a suite file in TOML"
        ) from error
    suite = suites.parse(text.replace("\r\n", "\n"), label=str(file))
    if records.is_shipped(connection, suite.name):
        raise BadInput(f"{file}: suite {suite.name!r} ships with the catalog", "rename yours")
    return put(connection, suite, shipped=False, now=now)


def put(connection: "Writer", suite: suites.Suite, *, shipped: bool, now: datetime) -> Loaded:
    """Write a suite unless exactly this version of it is there."""
    before = records.digest_of(connection, suite.name)
    saved = sum(len(model.checkpoints) for model in suite.models)
    works = [] if shipped else [json.loads(json.dumps(each._asdict())) for each in suite.citations]
    if before == suite.digest and works == records.works_of(connection, suite.name):
        return Loaded(suite.name, "known", len(suite.models), saved)
    owners = records.owners(connection)
    for model in suite.models:
        for text in filter(None, (model.name, model.repo_id)):
            if owners.get(text, suite.name) != suite.name:
                raise BadInput(f"suite {suite.name!r}: {text} belongs to suite {owners[text]!r}")
    records.put_suite(connection, suite, shipped=shipped, now=now)
    status = "added" if before is None else "changed"
    return Loaded(suite.name, status, len(suite.models), saved)
