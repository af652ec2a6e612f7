"""A catalog of a laboratory: writers side by side, roles, backups, as the how-to says.

What docs/how-to/use-postgresql.md tells to type is taken from there and run.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from inventories import Inventory
from postgres_server import binaries
from recorded import MODEL, rows
from sql_rows import connected

from catalog.sql import engines, tables

PAGE = (Path(__file__).parents[2] / "docs/how-to/use-postgresql.md").read_text()
pytestmark = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)


def blocks(language):
    """Return the blocks of code of the page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def begin(warm):
    """Return a function that starts a command in a process of its own."""
    return lambda *words: warm.start([str(word) for word in words], env=dict(os.environ))


# Side by side ----------------------------------------------------------------------------------


def test_writers_side_by_side(begin, catalog, known_url, trajectory, tmp_path, templates):
    """Several populate and sync at once: all is there once, as one after another leaves it."""
    inventory = tmp_path / "seen.csv"
    text = Inventory().clean("EleutherAI/pythia-70m").clean("EleutherAI/pythia-160m")
    text.write(tmp_path).rename(inventory)
    steps = [trajectory / f"step{step}" for step in (0, 1, 2, 4, 8, 16)]
    populating = ("populate", "--level", "weights", "--as", f"{MODEL}@{{name}}")
    lines = [
        (*populating, *steps[:4]),
        (*populating, *steps[2:][::-1]),
        (*populating, *steps),
        ("sync", "--from-file", inventory, "--observed-at", "2026-09-01"),
        ("sync", "--from-file", inventory, "--observed-at", "2026-09-01"),
    ]
    ended = [begin(*line, "--db", known_url) for line in lines]
    said = [process.communicate(timeout=240) for process in ended]
    assert [process.returncode for process in ended] == [0] * len(ended), said
    with templates.copy("sqlite", "empty", tmp_path) as other:
        assert catalog("suites", "add", trajectory / "suite.toml", "--db", other).code == 0
        for line in lines:
            assert catalog(*line, "--db", other).code == 0
        assert rows(known_url) == rows(other)
        assert recorded(known_url) == recorded(other)


def recorded(url):
    """Return which files each checkpoint was seen with, by its revision."""
    seen, saved, held = tables.observation.c, tables.checkpoint.c, tables.manifest.c
    query = (
        sa.select(saved.revision, held.digest)
        .join_from(tables.observation, tables.checkpoint, seen.checkpoint_id == saved.id)
        .join(tables.manifest, seen.manifest_id == held.id)
    )
    with connected(url) as connection:
        return sorted(map(tuple, connection.execute(query)))


# Roles -----------------------------------------------------------------------------------------


@pytest.fixture
def roles(known_url):
    """Return addresses of the catalog for the two roles, with the rights that the page grants."""
    database = sa.make_url(known_url).database
    names = {role: f"{role}_{database}" for role in ("reader", "writer")}
    grants = "".join(blocks("sql"))
    assert len(re.findall("GRANT", grants)) == 3
    engine = engines.engine(known_url)
    with engine.begin() as owner:
        for role, name in names.items():
            owner.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
            grants = re.sub(rf"TO {role};", f"TO {name};", grants)
        owner.exec_driver_sql(grants)
    yield {role: known_url.replace("//catalog@", f"//{name}@") for role, name in names.items()}
    with engine.begin() as owner:
        for name in names.values():
            owner.exec_driver_sql(f"DROP OWNED BY {name}")
            owner.exec_driver_sql(f"DROP ROLE {name}")
    engine.dispose()


def test_a_writer_and_a_reader(catalog, roles, known_url, checkpoint, tmp_path):
    """A writer does all but change tables; a reader asks, and its verdict stands unrecorded."""
    folder, seen = checkpoint(8), Inventory().clean("EleutherAI/pythia-70m").write(tmp_path)
    words = ("--as", f"{MODEL}@step8", folder)
    for line in (
        ("populate", "--level", "weights", *words),
        ("verify", *words),
        ("sync", "--from-file", seen, "--observed-at", "2026-09-01"),
        ("audit", "EleutherAI/pythia-70m"),
        ("forget", f"{MODEL}@step8"),
        ("populate", "--level", "files", *words),
        ("db", "current"),
    ):
        ran = catalog(*line, "--db", roles["writer"])
        assert (ran.code, "not " not in ran.err) == (0, True), (line, ran.err)
    before = rows(known_url)
    ran = catalog("verify", *words, "--db", roles["reader"])
    assert (ran.code, "note: not recorded: " in ran.err) == (0, True)
    refused = catalog("populate", "--level", "weights", *words, "--db", roles["reader"])
    assert (refused.code, "its owner can grant you the right" in refused.err) == (3, True)
    assert rows(known_url) == before
    with connected(roles["writer"]) as writer, pytest.raises(sa.exc.ProgrammingError):
        writer.exec_driver_sql("ALTER TABLE file ADD COLUMN other text")


# Backups ---------------------------------------------------------------------------------------


def test_a_backup_is_restored(catalog, known_url, checkpoint, tmp_path, backend):
    """What the page tells to type makes a dump, and a catalog of it that answers the same."""
    words = ("--as", f"{MODEL}@step8", checkpoint(8))
    assert catalog("populate", "--level", "weights", *words, "--db", known_url).code == 0
    (commands,) = (block for block in blocks("sh") if "pg_dump" in block)
    url = sa.make_url(known_url)
    restored = f"{url.database}_restored"
    server = {"PGHOST": url.query["host"], "PGUSER": "catalog", "PGDATABASE": url.database}
    path = f"{binaries()}{os.pathsep}{os.environ['PATH']}"
    where = {"env": {**os.environ, **server, "PATH": path}, "cwd": tmp_path}
    script = f"set -e\n{commands.replace('restored', restored)}"
    subprocess.run(["bash", "-c", script], check=True, **where)
    try:
        other = url.set(database=restored).render_as_string()
        assert rows(other) == rows(known_url)
        asked = ("show", f"{MODEL}@step8", "--json", "--db")
        assert catalog(*asked, other).out == catalog(*asked, known_url).out
        assert catalog("db", "check", "--db", other).code == 0
        assert catalog("verify", *words, "--db", other).code == 0
    finally:
        subprocess.run(["dropdb", "--force", restored], check=True, **where)
    assert backend
