"""A catalog moves from SQLite to PostgreSQL and back in one command, whole or not at all."""

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from recorded import MODEL, rows
from score_documents import classic
from sql_rows import connected
from suns import SUITE

from catalog.sql import copying, database, dialect, engines, tables
from catalog.sql.tables import metadata

MOMENT = datetime(2026, 11, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(scope="session")
def filled(templates, trajectory, tmp_path_factory):
    """Return a small SQLite catalog with rows of every kind that commands make."""
    folder = tmp_path_factory.mktemp("filled")
    from cli.main import main

    (folder / "suns.toml").write_text(SUITE)
    document = classic(f"pretrained=example/{MODEL},revision=step8")
    (folder / "scores.json").write_text(json.dumps(document))
    with templates.copy("sqlite", "empty", folder) as url:
        for line in (
            f"suites add {trajectory}/suite.toml",
            f"suites add {folder}/suns.toml",
            f"populate --level weights --as {MODEL}@step8 {trajectory}/step8",
            f"verify --as {MODEL}@step8 {trajectory}/step8",
            f"evals import --as {MODEL}@step8 {folder}/scores.json",
        ):
            with pytest.raises(SystemExit) as left:
                main([*line.split(), "--db", url])
            assert left.value.code == 0, line
        with engines.opened(url, writes=True) as writer:
            writer.execute(sa.insert(tables.repository).values(id=7, repo_id="example/run"))
            # An older inventory, imported later: what the first look confirms is stored after it.
            looks = [{"id": 1, "same_as_id": 2}, {"id": 2, "same_as_id": None}]
            for look in looks[::-1]:
                values = {"repository_id": 7, "observed_at": MOMENT, "requests": 1}
                writer.execute(sa.insert(tables.look).values(status="read", **values, **look))
            writer.connection.commit()
        yield url


def content(url):
    """Return every row of every table."""
    with connected(url) as connection:
        return {
            table.name: connection.execute(
                sa.select(table).order_by(*table.primary_key.columns)
            ).all()
            for table in metadata.sorted_tables
        }


@pytest.fixture
def blank(templates, tmp_path):
    """Return the address of a PostgreSQL database without any table."""
    with templates.copy("postgresql", "blank", tmp_path) as url:
        yield url


def test_there_and_back(filled, blank, catalog, tmp_path, trajectory):
    """Every row arrives as it was, numbers go on from the last one, and it comes back the same."""
    there = catalog("db", "copy", filled, blank, "--json")
    assert there.code == 0, there.err
    document = json.loads(there.out)
    assert document["rows"] == rows(filled)
    assert sum(count > 0 for count in document["rows"].values()) >= 16
    assert "catalog@" in document["target"]
    back = f"sqlite:///{tmp_path / 'back.db'}"
    assert catalog("db", "copy", blank, back).out.startswith(f"{tmp_path / 'back.db'}: ")
    assert content(back) == content(blank) == content(filled)
    asked = ("show", f"{MODEL}@step8", "--json", "--db")
    assert len({catalog(*asked, url).out for url in (filled, blank, back)}) == 1
    for url in (blank, back):
        more = ("--as", f"{MODEL}@step16", trajectory / "step16", "--level", "files")
        assert catalog("populate", *more, "--db", url).code == 0
        assert rows(url)["observation"] == 2


def test_what_is_there_is_not_lost(filled, catalog, tmp_path):
    """A database with rows is refused; with --force all of it is replaced, and only then."""
    other = tmp_path / "other.db"
    (tmp_path / "suns.toml").write_text(SUITE)
    assert catalog("db", "upgrade", "--db", other).code == 0
    assert catalog("suites", "add", tmp_path / "suns.toml", "--db", other).code == 0
    before = content(f"sqlite:///{other}")
    ran = catalog("db", "copy", filled, other)
    assert ran.code == 2
    assert f"{other} is not empty; give a new database, or --force" in ran.err
    assert content(f"sqlite:///{other}") == before
    assert catalog("db", "copy", filled, other, "--force").code == 0
    assert content(f"sqlite:///{other}") == content(filled)


def test_a_database_is_not_copied_to_itself(filled, blank, catalog, tmp_path):
    """Neither under another name, nor by another address, nor with --force."""
    link = tmp_path / "link.db"
    link.symlink_to(filled.removeprefix("sqlite:///"))
    before = content(filled)
    for other in (filled, link):
        ran = catalog("db", "copy", filled, other, "--force")
        assert (ran.code, ran.out) == (2, "")
        assert "cannot be copied to itself" in ran.err
    assert content(filled) == before
    assert catalog("db", "upgrade", "--db", blank).code == 0
    again = catalog("db", "copy", blank, f"{blank}&application_name=other", "--force")
    assert (again.code, "cannot be copied to itself" in again.err) == (2, True)


def test_what_cannot_be_copied(filled, catalog, tmp_path):
    """No catalog, an older schema on either side, a second --db: one line each, nothing made."""
    absent = catalog("db", "copy", tmp_path / "absent.db", tmp_path / "new.db")
    assert (absent.code, "no catalog at" in absent.err) == (3, True)
    assert not (tmp_path / "new.db").exists()
    old = f"sqlite:///{tmp_path / 'old.db'}"
    database.upgrade(old, "0001")
    for pair in ((filled, old), (old, tmp_path / "new.db")):
        ran = catalog("db", "copy", *pair)
        assert (ran.code, "run `catalog db upgrade`" in ran.err) == (3, True)
    assert not (tmp_path / "new.db").exists()
    ran = catalog("db", "copy", filled, tmp_path / "new.db", "--db", filled)
    assert (ran.code, "leave out --db" in ran.err) == (2, True)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_row_that_is_lost_on_the_way(kind, filled, catalog, templates, tmp_path, monkeypatch):
    """What arrived is counted before it is kept: of a copy that lost a row nothing stays."""
    if kind == "sqlite":
        insert = copying.sa.insert
        monkeypatch.setattr(copying, "AT_ONCE", 1)
        skipped = iter([True])

        def losing(table):
            lost = table.name == "file" and next(skipped, False)
            return sa.select(sa.literal(1)).where(sa.false()) if lost else insert(table)

        monkeypatch.setattr(copying.sa, "insert", losing)
    else:
        fill = dialect.fill

        def losing(writer, table, given):
            every = list(given)
            fill(writer, table, every[1:] if table.name == "file" else every)

        monkeypatch.setattr(dialect, "fill", losing)
    with templates.copy(kind, "blank", tmp_path) as url:
        ran = catalog("db", "copy", filled, url)
        assert ran.code == 3, ran.err
        assert "rows of file" in ran.err
        assert "nothing was kept; try again" in ran.err
        assert set(rows(url).values()) == {0}


@pytest.mark.slow
def test_a_catalog_as_it_ships(templates, catalog, tmp_path):
    """A quarter of a million scores go there and back, and the answers are the same."""
    with (
        templates.copy("sqlite", "facts", tmp_path) as shipped,
        templates.copy("postgresql", "blank", tmp_path) as there,
    ):
        back = f"sqlite:///{tmp_path / 'back.db'}"
        assert catalog("db", "copy", shipped, there).code == 0
        assert catalog("db", "copy", there, back).code == 0
        assert content(back) == content(shipped)
        assert catalog("audit", "pythia-2.8b", "--db", there).code == 1
