"""`catalog init`, `catalog db`, and a catalog that is missing, old, new, foreign or locked."""

import json
import sqlite3

import pytest
import sqlalchemy as sa
from sql_rows import connected

from catalog.sql import database, engines


def rows(url):
    """Return the whole content of the facts' tables, as the driver has it."""
    from catalog.sql.tables import metadata

    with connected(url) as connection:
        return {
            table.name: connection.exec_driver_sql(
                f"SELECT * FROM {table.name} ORDER BY {', '.join(table.primary_key.columns.keys())}"  # noqa: S608 - our own tables
            ).fetchall()
            for table in metadata.sorted_tables
        }


def test_init_is_idempotent(catalog, facts_url):
    """The first run built everything, the second changes not one row."""
    before = rows(facts_url)

    ran = catalog("init", "--db", facts_url, "--json")

    assert ran.code == 0
    assert {suite["status"] for suite in json.loads(ran.out)["suites"]} == {"known"}
    assert rows(facts_url) == before


def test_changed_facts_close_old_rows(facts_url):
    """When shipped facts change, the old fact is closed with a date, never lost."""
    import dataclasses
    from datetime import UTC, datetime

    from catalog.core import suites
    from catalog.verbs import suites as loading

    one = suites.shipped()[0]
    model = one.models[0]
    said = model.facts[0]._replace(value=12345)
    newer = dataclasses.replace(
        one,
        digest="sha256:other",
        models=(dataclasses.replace(model, facts=(said, *model.facts[1:])), *one.models[1:]),
    )
    now = datetime(2030, 1, 1, tzinfo=UTC)
    with database.writing(facts_url) as connection:
        assert loading.put(connection, newer, shipped=True, now=now).status == "changed"

    from catalog.sql.tables import fact

    with connected(facts_url) as connection:
        closed = connection.execute(sa.select(fact).where(fact.c.closed_at.is_not(None))).all()
        opened = connection.execute(sa.select(fact).where(fact.c.opened_at == now)).all()
    assert [(row.key, row.closed_at) for row in closed] == [(said.key, now)]
    assert [row.value for row in opened] == ["12345"]


def test_a_read_without_a_catalog_says_what_to_type(catalog, tmp_path):
    """No catalog is exit 3 with the command that makes one, and no file appears."""
    missing = tmp_path / "none.db"

    ran = catalog("ls", "--db", missing)

    assert ran.code == 3
    assert ran.err == f"catalog: no catalog at {missing}; run `catalog init`\n"
    assert not missing.exists()


@pytest.mark.both_databases
def test_an_empty_database_is_no_catalog(catalog, blank_url):
    """A database without our tables says so too."""
    if blank_url.startswith("sqlite"):
        sqlite3.connect(blank_url.removeprefix("sqlite:///")).close()
    ran = catalog("ls", "--db", blank_url)

    assert ran.code == 3
    assert "run `catalog init`" in ran.err


def stamp(url, revision):
    """Write another schema revision into a database."""
    engine = engines.engine(url)
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )
    engine.dispose()


@pytest.mark.both_databases
def test_an_old_and_a_newer_schema_are_told_apart(catalog, db_url):
    """The first names the command that upgrades it, the second asks for a newer program."""
    stamp(db_url, "9999")
    ran = catalog("ls", "--db", db_url)
    assert ran.code == 3
    assert "upgrade checkpoint-catalog" in ran.err
    assert catalog("init", "--db", db_url).code == 3
    assert catalog("db", "current", "--db", db_url).code == 3

    stamp(db_url, database.REVISIONS[0])
    ran = catalog("at", "1B", "--db", db_url)
    assert ran.code == 3
    assert f"has schema 0001, this program needs {database.HEAD}" in ran.err
    assert "run `catalog db upgrade`" in ran.err
    ran = catalog("db", "current", "--db", db_url)
    assert (ran.code, "catalog db upgrade" in ran.err) == (3, True)


@pytest.mark.both_databases
def test_db_commands(catalog, blank_url):
    """upgrade, current and check say what they found, with exit codes."""
    assert catalog("db", "upgrade", "--db", blank_url).code == 0
    ran = catalog("db", "current", "--db", blank_url, "--json")
    assert (ran.code, json.loads(ran.out)["schema"]) == (0, database.HEAD)
    assert catalog("db", "check", "--db", blank_url).code == 0

    engine = engines.engine(blank_url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE fact"))
    engine.dispose()
    ran = catalog("db", "check", "--db", blank_url)
    assert ran.code == 1
    assert "fact" in ran.out


def test_version(catalog):
    """The version is printed on its own."""
    from catalog import __version__

    assert catalog("--version").out == f"catalog {__version__}\n"


def test_a_file_that_is_no_database(catalog, tmp_path):
    """A foreign file is refused and not touched."""
    other = tmp_path / "notes.db"
    other.write_text("not a database, but quite long " * 100)

    for words in (["ls"], ["init"], ["db", "current"]):
        ran = catalog(*words, "--db", other)
        assert ran.code == 3
        assert "is not an SQLite database" in ran.err
    assert other.read_text().startswith("not a database")


def test_an_address_that_is_none(catalog):
    """A strange URL is asked wrongly; its password is never printed."""
    assert catalog("ls", "--db", "mysql://a:secret@h/x").code == 2
    ran = catalog("ls", "--db", "postgresql://user:secret@127.0.0.1:1/none")
    assert ran.code == 3
    assert "secret" not in ran.err + ran.out


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_locked_database(catalog, facts_url, monkeypatch):
    """A writer waits, then says that another process holds the lock; reading goes on."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0.05)
    file = facts_url.removeprefix("sqlite:///")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    ran = catalog("init", "--db", file)

    assert ran.code == 3
    assert "locked by another process" in ran.err
    assert catalog("ls", "--db", file).code == 0
    holder.close()


def test_the_flag_beats_the_environment(catalog, tmp_path, monkeypatch):
    """--db, then CATALOG_DB, then the user's data folder."""
    monkeypatch.setenv("CATALOG_DB", str(tmp_path / "environment.db"))
    assert catalog("db", "upgrade").code == 0
    assert (tmp_path / "environment.db").exists()
    assert catalog("db", "upgrade", "--db", tmp_path / "flag.db").code == 0
    assert (tmp_path / "flag.db").exists()
