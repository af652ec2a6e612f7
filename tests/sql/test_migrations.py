"""Migrations are the schema: up, down, no drift, and each known trap of SQLite and Alembic."""

import datetime as dt
import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError, InvalidRequestError, StatementError

from catalog.errors import SchemaOutOfDate
from catalog.sql import database, engines, migrating, tables

pytestmark = pytest.mark.both_databases

CHECKOUT = Path(__file__).parents[2]
MOMENT = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))
TOKENS = 299_892_736_000
PARAMETERS = 11_846_072_320

MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", {after!r}
def upgrade() -> None:
    {body}
"""


@pytest.fixture
def extra_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that appends a migration with the given body to a copy of ours."""

    def append(*body: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(CHECKOUT / "migrations", folder)
        source = MIGRATION.format(after=database.HEAD, body="\n    ".join(body))
        (folder / "versions" / "9999_extra.py").write_text(source)
        monkeypatch.setattr(migrating, "_migrations", lambda: folder)

    return append


def put_family(url: str) -> None:
    """Insert a suite, a model in it and a checkpoint of that."""
    with database.writing(url) as connection:
        suite = sa.insert(tables.suite).values(
            name="s", title="S", kind="private", shipped=False, digest="sha256:0", loaded_at=MOMENT
        )
        suite_id = connection.execute(suite).inserted_primary_key[0]
        model = sa.insert(tables.model).values(
            suite_id=suite_id, name="m", ordinal=0, architecture="gpt-neox", params_total=PARAMETERS
        )
        model_id = connection.execute(model).inserted_primary_key[0]
        connection.execute(
            sa.insert(tables.checkpoint).values(model_id=model_id, tokens_seen=TOKENS)
        )


@contextmanager
def opened(url: str) -> Iterator[sa.Connection]:
    """Connect to a database of any schema version."""
    engine = engines.engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def counts(url: str) -> dict[str, int]:
    """Return how many rows each table of the family has, whatever its schema version."""
    family = (tables.suite, tables.model, tables.checkpoint)
    with opened(url) as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in family
        }


def table_names(url: str) -> set[str]:
    """Return the tables that the database really has."""
    with opened(url) as connection:
        return set(sa.inspect(connection).get_table_names())


# Up and down -----------------------------------------------------------------------------------


def test_up_and_down(blank_url: str) -> None:
    """A blank database goes to head and back to nothing, and up again."""
    assert database.upgrade(blank_url) == (None, database.HEAD)
    assert table_names(blank_url) >= set(tables.metadata.tables)
    database.upgrade(blank_url, "base")
    assert table_names(blank_url) <= {"alembic_version"}
    database.upgrade(blank_url)
    assert database.current(blank_url) == database.HEAD


def test_every_step_goes_both_ways(blank_url: str) -> None:
    """Each migration can be undone and applied again on its own."""
    for revision in database.REVISIONS:
        database.upgrade(blank_url, revision)
        before = table_names(blank_url)
        step_back = database.REVISIONS.index(revision) - 1
        database.upgrade(blank_url, database.REVISIONS[step_back] if step_back >= 0 else "base")
        database.upgrade(blank_url, revision)
        assert table_names(blank_url) == before


def test_upgrading_twice_changes_nothing(db_url: str) -> None:
    """A second upgrade finds nothing to do and keeps the rows."""
    put_family(db_url)
    assert database.upgrade(db_url) == (database.HEAD, database.HEAD)
    assert counts(db_url) == {"suite": 1, "model": 1, "checkpoint": 1}


def test_one_line_of_migrations() -> None:
    """There is one head, and the program's list names every migration in order."""
    scripts = ScriptDirectory.from_config(migrating.alembic_config("sqlite://"))
    assert scripts.get_heads() == [database.HEAD]
    assert [script.revision for script in scripts.walk_revisions()][::-1] == [*database.REVISIONS]


def test_no_drift(db_url: str) -> None:
    """What migrations build is what `tables` says."""
    assert database.drift(db_url) == []


def test_drift_is_seen(db_url: str) -> None:
    """A column that no migration made is reported."""
    with database.writing(db_url) as connection:
        connection.connection.exec_driver_sql("ALTER TABLE source ADD COLUMN stray INTEGER")
    (difference,) = database.drift(db_url)
    assert "stray" in difference


def test_a_later_database_is_left_alone(db_url: str) -> None:
    """A revision that this program does not know is neither read nor upgraded."""
    with database.writing(db_url) as connection:
        connection.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9998'")
    with pytest.raises(SchemaOutOfDate, match="upgrade checkpoint-catalog"):
        database.upgrade(db_url)
    with pytest.raises(SchemaOutOfDate), database.reading(db_url):
        pass


# Traps -----------------------------------------------------------------------------------------


def test_rebuilding_a_parent_keeps_its_children(db_url: str, extra_migration) -> None:
    """SQLite changes a table by copy, drop, rename; the drop must not cascade to the children."""
    put_family(db_url)
    extra_migration(
        "with op.batch_alter_table('suite') as suite:",
        "    suite.alter_column('title', existing_type=sa.Text(), nullable=True)",
        "with op.batch_alter_table('model') as model:",
        "    model.add_column(sa.Column('extra', sa.Text()))",
        "    model.alter_column('architecture', existing_type=sa.String(60), nullable=True)",
    )
    database.upgrade(db_url)
    assert counts(db_url) == {"suite": 1, "model": 1, "checkpoint": 1}


def test_a_failing_migration_leaves_nothing(db_url: str, extra_migration) -> None:
    """A migration that fails midway vanishes completely: tables, rebuilt tables and rows."""
    put_family(db_url)
    extra_migration(
        "op.create_table('half', sa.Column('id', sa.Integer, primary_key=True))",
        "with op.batch_alter_table('suite') as suite:",
        "    suite.add_column(sa.Column('half', sa.Text()))",
        "op.execute('DELETE FROM checkpoint')",
        "raise KeyError('midway')",
    )
    before = table_names(db_url)
    with pytest.raises(KeyError, match="midway"):
        database.upgrade(db_url)
    assert table_names(db_url) == before
    assert counts(db_url) == {"suite": 1, "model": 1, "checkpoint": 1}
    assert database.current(db_url) == database.HEAD
    assert database.drift(db_url) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_orphaned_row_stops_the_migration(db_url: str, extra_migration) -> None:
    """With foreign keys off meanwhile, references are checked before the commit."""
    put_family(db_url)
    extra_migration("op.execute('DELETE FROM suite')")
    with pytest.raises(RuntimeError, match="without their parent"):
        database.upgrade(db_url)
    assert counts(db_url) == {"suite": 1, "model": 1, "checkpoint": 1}


def test_foreign_keys_are_on(db_url: str) -> None:
    """The program's own connections refuse an orphan and let children go with their parent."""
    put_family(db_url)
    orphan = sa.insert(tables.checkpoint).values(model_id=999)
    with pytest.raises(IntegrityError), database.writing(db_url) as connection:
        connection.execute(orphan)
    with database.writing(db_url) as connection:
        connection.execute(sa.delete(tables.suite))
    assert counts(db_url) == {"suite": 0, "model": 0, "checkpoint": 0}


def test_migrating_silences_no_logger(blank_url: str) -> None:
    """Loggers that exist before a migration inside the program still speak after it."""
    logger = logging.getLogger("catalog.of.somebody")
    database.upgrade(blank_url)
    assert not logger.disabled


def test_alembics_own_command_silences_no_logger(blank_url: str) -> None:
    """Nor does `alembic upgrade head`, which reads log settings from alembic.ini."""
    code = (
        "import logging, sys; from alembic import command; from alembic.config import Config\n"
        "logger = logging.getLogger('catalog.of.somebody'); config = Config('alembic.ini')\n"
        "config.set_main_option('sqlalchemy.url', sys.argv[1]); command.upgrade(config, 'head')\n"
        "sys.exit(logger.disabled)"
    )
    subprocess.run([sys.executable, "-c", code, blank_url], cwd=CHECKOUT, check=True)
    assert database.current(blank_url) == database.HEAD


def test_numbers_are_64_bit(db_url: str) -> None:
    """Tokens and parameter counts beyond 32 bits come back as they went in."""
    put_family(db_url)
    with opened(db_url) as connection:
        assert connection.scalar(sa.select(tables.checkpoint.c.tokens_seen)) == TOKENS
        assert connection.scalar(sa.select(tables.model.c.params_total)) == PARAMETERS


def test_quantities_are_declared_64_bit() -> None:
    """Every column that counts tokens, parameters or bytes is a BigInteger."""
    narrow = {
        f"{table.name}.{column.name}"
        for table in tables.metadata.tables.values()
        for column in table.columns
        if re.search(r"tokens|params|parameters|bytes|(^|_)size$", column.name)
        and isinstance(column.type, sa.Integer)
        and not isinstance(column.type, sa.BigInteger)
    }
    # 2,049: the tokens of one training sequence.
    assert narrow <= {"model.sequence_tokens"}


def test_keys_number_themselves(db_url: str) -> None:
    """Surrogate keys are plain integers, which SQLite numbers; two rows get two keys."""
    for table in tables.metadata.tables.values():
        assert not any(isinstance(column.type, sa.BigInteger) for column in table.primary_key)
    with database.writing(db_url) as connection:
        keys = [
            connection.execute(
                sa.insert(tables.source).values(key=key, kind="k", title=key)
            ).inserted_primary_key[0]
            for key in ("a", "b")
        ]
    assert len(set(keys)) == 2


def test_times_come_back_aware_in_utc(db_url: str) -> None:
    """A moment given in any zone is the same moment when read, in UTC."""
    put_family(db_url)
    with opened(db_url) as connection:
        read = connection.scalar(sa.select(tables.suite.c.loaded_at))
    assert read == MOMENT
    assert read.tzinfo is dt.UTC


def test_a_naive_time_is_refused(db_url: str) -> None:
    """A time without a zone never reaches the database."""
    naive = sa.update(tables.suite).values(loaded_at=dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the point
    with (
        pytest.raises(StatementError, match="time zone"),
        database.writing(db_url) as connection,
    ):
        connection.execute(naive)


# Constraints -----------------------------------------------------------------------------------


def built_constraints(url: str, table: str) -> set[str | None]:
    """Return the names of the constraints and indexes that the database really has."""
    with opened(url) as connection:
        inspector = sa.inspect(connection)
        found = [
            inspector.get_pk_constraint(table),
            *inspector.get_foreign_keys(table),
            *inspector.get_check_constraints(table),
            *inspector.get_unique_constraints(table),
            *inspector.get_indexes(table),
        ]
    return {constraint["name"] for constraint in found}


def declared_constraints(table: sa.Table) -> set[str]:
    """Return the names of the constraints and indexes that `tables` declares."""
    return {str(part.name) for part in (*table.constraints, *table.indexes)}


def test_every_declared_constraint_is_there(db_url: str) -> None:
    """Each constraint and index in `tables` exists under its name, and no others do."""
    for name, table in tables.metadata.tables.items():
        assert built_constraints(db_url, name) == declared_constraints(table), name


def test_names_follow_the_convention() -> None:
    """A constraint's name says its kind and its table, and PostgreSQL need not cut it short."""
    for name, table in tables.metadata.tables.items():
        for constraint in declared_constraints(table):
            assert re.match(rf"(ck|fk|ix|pk|uq)_{name}", constraint), constraint
            assert len(constraint) <= 63, constraint


def test_an_unnamed_check_is_impossible() -> None:
    """The naming convention refuses a check without a name before it reaches a database."""
    metadata = sa.MetaData(naming_convention=tables.metadata.naming_convention)
    with pytest.raises(InvalidRequestError, match="explicitly named"):
        sa.schema.CreateTable(
            sa.Table("t", metadata, sa.Column("a", sa.Integer), sa.CheckConstraint("a > 0"))
        ).compile()


def test_checks_refuse(db_url: str) -> None:
    """A word outside its list is refused by the database itself, on both backends."""
    put_family(db_url)
    wrong = sa.update(tables.suite).values(kind="borrowed")
    with (
        pytest.raises(IntegrityError, match="ck_suite_kind"),
        database.writing(db_url) as connection,
    ):
        connection.execute(wrong)


def test_the_words_of_the_schema_are_the_cores(db_url: str) -> None:
    """Each closed vocabulary is said once, in the core; the migrations' checks agree with it."""
    from typing import get_args

    from catalog.core.branches.findings import SEVERITIES
    from catalog.core.published import LookStatus, RefKind, Scope
    from catalog.core.scores.values import NoteKind, Place
    from catalog.core.suites.parser import NAME_KINDS, SUITE_KINDS
    from catalog.core.verdicts import Level, Verdict
    from catalog.core.weightsets import LAYOUTS

    vocabularies = {
        "ck_branch_kind": RefKind,
        "ck_evaluation_note_kind": get_args(NoteKind),
        "ck_evaluation_note_place": get_args(Place),
        "ck_finding_severity": SEVERITIES,
        "ck_hub_commit_scope": Scope,
        "ck_hub_commit_status": (LookStatus.READ, LookStatus.GONE),
        "ck_look_status": LookStatus,
        "ck_name_kind": NAME_KINDS,
        "ck_suite_kind": SUITE_KINDS,
        "ck_verification_level": Level,
        "ck_verification_verdict": Verdict,
        "ck_weight_set_layout": LAYOUTS,
    }
    with opened(db_url) as connection:
        inspector = sa.inspect(connection)
        checks = {
            check["name"]: set(re.findall(r"'([^']+)'", check["sqltext"]))
            for table in tables.metadata.tables
            for check in inspector.get_check_constraints(table)
        }
    closed = {name: words for name, words in checks.items() if words}
    assert closed == {name: set(map(str, words)) for name, words in vocabularies.items()}
