"""One way to say a query, two ways to run it: the packed statements against SQLAlchemy."""

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sql_rows import connected

from catalog.core import packaged
from catalog.errors import CouldNotCheck, DatabaseBusy, NoDatabase, SchemaOutOfDate
from catalog.sql import compiling, database, engines, failures, prompt, tables
from catalog.sql.queries import models
from catalog.sql.queries.statements import every

NOW = dt.datetime(2026, 11, 25, 12, 30, 0, 250_000, tzinfo=dt.UTC)
DIGEST = "0" * 64
SCORED = 630
FILE, COMMIT = "model.safetensors", "c" * 40

ROWS = {
    "manifest": {"id": 1, "digest": DIGEST},
    "file": {"manifest_id": 1, "path": FILE, "size_bytes": 2**40, "sha256": DIGEST},
    "weight_set": {
        "id": 1,
        "manifest_id": 1,
        "name": FILE,
        "layout": "safetensors",
        "dtype": "f16",
        "params_total": 2**35,
        "parameter_digest": DIGEST,
        "value_digest": DIGEST,
    },
    "tensor": {
        "weight_set_id": 1,
        "name": "w",
        "dtype": "f16",
        "shape": "[2]",
        "digest": DIGEST,
        "value_digest": DIGEST,
        "is_buffer": False,
    },
    "observation": {
        "observer": "Lab A",
        "checkpoint_id": SCORED,
        "manifest_id": 1,
        "commit": COMMIT,
        "observed_at": NOW,
    },
    "fingerprint": {
        "weight_set_id": 1,
        "probe_set": "p",
        "device": "cpu",
        "dtype": "f32",
        "loss": 2.0,
        "document": "{}",
        "observed_at": NOW,
    },
    "verification": {
        "checkpoint_id": SCORED,
        "target": "pythia-14m",
        "level": "forward",
        "verdict": "passed",
        "checks": "[]",
        "observed": DIGEST,
        "environment": "{}",
        "worst_difference": 1e-7,
        "started_at": NOW,
        "duration_s": 3.0,
    },
    "finding": {
        "rule": "suspect",
        "severity": "warning",
        "repository_id": 1,
        "message": "Looks odd.",
        "evidence": "{}",
        "opened_at": NOW,
    },
    "tag": {"model_id": 1, "checkpoint_id": 1, "text": "mine", "tagged_at": NOW},
    "note": {"model_id": 1, "text": "Looks odd.", "observer": "Lab A", "noted_at": NOW},
    "shard_index": {"digest": DIGEST, "weight_map": "{}"},
    "evaluation_note": {
        "evaluation_id": 1,
        "kind": "doubt",
        "field": "step",
        "used": "1",
        "place": "name",
    },
}


MORE = {
    "finding": ROWS["finding"]
    | {"rule": "renamed", "evidence": '{"accepted": "2026-01-01"}', "closed_at": NOW},
    "look": {
        "repository_id": 1,
        "observed_at": NOW,
        "source": "https://huggingface.co as lab/new",
        "requests": 1,
        "status": "read",
    },
    "suite": {
        "name": "mine",
        "title": "Mine",
        "kind": "private",
        "shipped": False,
        "digest": DIGEST,
        "loaded_at": NOW,
        "works": "[]",
    },
}
"""What only some statements return."""


@pytest.fixture(scope="module")
def url(templates, tmp_path_factory):
    """Return an SQLite catalog with the shipped facts and a row of everything else."""
    with templates.copy("sqlite", "facts", tmp_path_factory.mktemp("both")) as made:
        with database.writing(made) as writer:
            for table, row in (*ROWS.items(), *MORE.items()):
                writer.execute(sa.insert(tables.metadata.tables[table]).values(row))
        yield made


@pytest.fixture(scope="module")
def values(url):
    """Return values for every parameter, so that every statement has rows to return."""
    with connected(url) as connection:

        def any_of(column):
            return connection.scalar(sa.select(column).where(column.is_not(None)).limit(1))

        evaluated = sa.select(tables.evaluation.c.checkpoint_id).distinct().limit(50)
        return {
            "after": 140_000,  # training steps: of the late ones there are many
            "any_checkpoint": False,
            "any_metric": False,
            "any_task": True,
            "asked": 2_000_000_000,
            "checkpoint_id": SCORED,
            "checkpoint_ids": connection.scalars(evaluated).all(),
            "commit": COMMIT,
            "digests": [
                *(DIGEST, any_of(tables.score_file.c.digest)),
                any_of(tables.hub_file.c.sha256),
            ],
            "ids": [1, 2, 3],
            "key": "first_learning_rate",
            "keys": ["layers", "learning_rate"],
            "look_ids": [1, 2],
            "manifest_id": 1,
            "metrics": ["acc", "ppl"],
            "model_id": connection.scalar(
                sa.select(tables.checkpoint.c.model_id).where(tables.checkpoint.c.id == SCORED)
            ),
            "newest": 2,
            "path": any_of(tables.score_file.c.path),
            "probe_set": "p",
            "repo_id": "EleutherAI/pythia-2.8b",
            "repo_ids": ["EleutherAI/pythia-2.8b", "EleutherAI/pythia-70m"],
            "repository_id": 1,
            "rules": ["renamed"],
            "suite": "pythia",
            "tasks": [],
            "text": "pythia-70m",
            "weight_set_id": 1,
            "weight_set_ids": [1],
            "withdrawn": False,
        }


def asked(name, values):
    """Return the values that a statement has parameters for."""
    packed = compiling.compiled(every()[name])
    wanted = set(every()[name].compile().params) | set(packed["lists"])
    return {key: value for key, value in values.items() if key in wanted}


def test_the_packed_file_is_current():
    """`make statements` was run after the last change to a statement."""
    assert packaged.text(prompt.PACKED) == compiling.document()


@pytest.mark.parametrize("name", sorted(every()))
def test_both_readers_give_the_same_rows(name, url, values):
    """The standard library's driver returns what SQLAlchemy returns, in value and in type."""
    parameters = asked(name, values)
    with database.reading(url) as reader, engines.opened(url) as other:
        assert isinstance(reader, prompt.PromptReader)
        rows, expected = reader.rows(name, **parameters), other.rows(name, **parameters)
        first, column = reader.first(name, **parameters), reader.column(name, **parameters)
        assert column == other.column(name, **parameters)
    assert [tuple(row) for row in rows] == [tuple(row) for row in expected]
    assert [[type(value) for value in row] for row in rows] == [
        [type(value) for value in row] for row in expected
    ]
    by_name = [
        {name: getattr(row, name) for name in same._fields}
        for row, same in zip(rows, expected, strict=True)
    ]
    assert by_name == [row._asdict() for row in expected]
    assert first == rows[0]
    times = [value for row in rows for value in row if isinstance(value, dt.datetime)]
    assert all(value.tzinfo is dt.UTC for value in times)


def test_postgresql_takes_every_statement(templates, tmp_path, values):
    """The server plans every statement with every parameter it has."""
    with (
        templates.copy("postgresql", "empty", tmp_path) as url,
        database.reading(url) as reader,
    ):
        assert all(not reader.rows(name, **asked(name, values)) for name in rows_of_nothing())
        assert reader.column("weights.verification_count", checkpoint_id=1) == [0]


def rows_of_nothing():
    """Return the statements that return nothing from an empty catalog: all but those that count."""
    return [name for name in every() if not name.endswith("_count")]


def test_every_kind_of_value_is_met(url):
    """The comparison meets times, dates and switches, and nothing in their place."""
    kinds = {word for statement in every().values() for word in columns(statement).values()}
    assert kinds == {"plain", "time", "date", "boolean"}
    with database.reading(url) as reader:
        dates = {type(row.valid_from) for row in reader.rows("models.names")}
        switches = {type(row.shipped) for row in reader.rows("models.suites")}
    assert (dates, switches) == ({dt.date, type(None)}, {bool})


def columns(statement):
    """Return how each column of a statement is stored."""
    return compiling.compiled(statement)["columns"]


def test_an_empty_list_finds_nothing(url):
    """`IN ()` is no mistake."""
    with database.reading(url) as reader:
        assert reader.rows("hub.looks", repo_ids=[]) == []


def test_a_read_imports_no_sqlalchemy(url):
    """Opening an SQLite file and asking it needs the standard library only."""
    code = (
        "import sys; from catalog.sql import database\n"
        "from catalog.sql.queries import evals, hub, models, weights\n"
        "with database.reading(sys.argv[1]) as reader:\n"
        "    models.named(reader, 'pythia-70m'); hub.state(reader); evals.digests_at(reader, '')\n"
        "database.current(sys.argv[1])\n"
        "sys.exit('sqlalchemy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, url], check=True)


# How a file opens ------------------------------------------------------------------------------


@pytest.fixture
def file(templates, tmp_path):
    """Return the path of a catalog with the shipped facts, whose name means something in a URI."""
    with templates.copy("sqlite", "facts", tmp_path) as made:
        folder = tmp_path / "50% of #1"
        folder.mkdir()
        yield Path(made.removeprefix("sqlite:///")).rename(folder / "catalog.db")


def test_a_reader_leaves_nothing_behind(file):
    """No log and no shared memory stays beside the file."""
    with database.reading(f"sqlite:///{file}") as reader:
        assert models.named(reader, "pythia-70m").size == "70M"
    assert [path.name for path in file.parent.iterdir()] == ["catalog.db"]


def test_a_reader_sees_one_moment(file):
    """What another process commits meanwhile is not seen, and disturbs nothing."""
    url = f"sqlite:///{file}"
    with database.reading(url) as reader:
        before = reader.rows("models.suites")
        with database.writing(url) as writer:
            writer.execute(sa.update(tables.suite).values(title="other"))
        assert reader.rows("models.suites") == before


@pytest.mark.parametrize("mode", ["mode=ro", "mode=ro&immutable=1"])
def test_each_mode_reads(file, mode, monkeypatch):
    """A file that may not be written is read all the same."""
    monkeypatch.setattr(prompt, "_modes", lambda _: [mode])
    with database.reading(f"sqlite:///{file}") as reader:
        assert models.named(reader, "pythia-70m").size == "70M"


def test_modes(file, monkeypatch):
    """A log that waits is never overlooked; a file of one's own is opened for writing."""
    assert prompt._modes(str(file)) == ["mode=rw"]
    monkeypatch.setattr(os, "access", lambda path, _: path == str(file))
    assert prompt._modes(str(file)) == ["mode=ro", "mode=ro&immutable=1"]
    file.with_name("catalog.db-wal").write_bytes(b"x")
    assert prompt._modes(str(file)) == ["mode=ro"]


def test_a_folder_without_rights_is_read(unprivileged, file):
    """Where one may not write, reading still works, and writing is exit 3 in one line."""
    file.chmod(0o444)
    file.parent.chmod(0o555)
    ran = unprivileged(["show", "pythia-70m", "--db", file])
    wrote = unprivileged(["init", "--db", file])
    file.parent.chmod(0o755)
    assert (ran.returncode, wrote.returncode) == (0, 3), ran.stderr + wrote.stderr
    assert [path.name for path in file.parent.iterdir()] == ["catalog.db"]
    assert len(wrote.stderr.splitlines()) == 1
    assert f"the database {file} does not work" in wrote.stderr


def test_a_file_that_may_not_be_read(unprivileged, file):
    """No right to read is "could not check"."""
    file.chmod(0)
    ran = unprivileged(["ls", "--db", file])
    assert (ran.returncode, len(ran.stderr.splitlines())) == (3, 1), ran.stderr


# Errors ----------------------------------------------------------------------------------------


def test_a_corrupt_file_could_not_be_checked(file):
    """A file damaged inside is no catalog to answer from: one line, for readers and writers."""
    with sqlite3.connect(file) as holder:
        (size,) = holder.execute("PRAGMA page_size").fetchone()
        (root,) = holder.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'suite'"
        ).fetchone()
    holder.close()
    content = bytearray(file.read_bytes())
    content[(root - 1) * size : root * size] = b"\xff" * size
    file.write_bytes(content)
    for opening in (database.reading, database.writing):
        with (
            pytest.raises(CouldNotCheck, match="malformed"),
            opening(f"sqlite:///{file}") as reader,
        ):
            reader.rows("models.suites")


def test_an_empty_file_is_no_catalog(tmp_path):
    """Neither an empty file nor a foreign database is taken for a catalog."""
    file = tmp_path / "catalog.db"
    file.touch()
    with pytest.raises(NoDatabase), database.reading(f"sqlite:///{file}"):
        pass
    assert database.current(f"sqlite:///{file}") is None


def test_an_older_schema_is_refused(file):
    """A read asks for the schema first."""
    with sqlite3.connect(file) as holder:
        holder.execute("UPDATE alembic_version SET version_num = '0001'")
    holder.close()
    with pytest.raises(SchemaOutOfDate), database.reading(f"sqlite:///{file}"):
        pass


def test_a_locked_file_is_busy(file, monkeypatch):
    """A process that locks others out altogether is waited for, then named."""
    monkeypatch.setattr(prompt, "BUSY_TIMEOUT_S", 0.1)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseBusy), database.reading(f"sqlite:///{file}"):
        pass
    holder.close()


def test_a_mistake_of_ours_is_no_excuse(url):
    """A statement asked without its values is a bug, and is not worded as the file's trouble."""
    with pytest.raises(sqlite3.ProgrammingError), database.reading(url) as reader:
        reader.rows("models.named")
    assert failures.foreseen(url, "no such parameter", ours=True) is None


def test_a_role_without_rights(templates, tmp_path):
    """What the server refuses is exit 3 in one line."""
    with templates.copy("postgresql", "empty", tmp_path) as url:
        with engines.opened(url) as writer:
            role = sa.make_url(url).database + "_reader"
            for line in (
                f"CREATE ROLE {role} LOGIN",
                f"GRANT SELECT ON alembic_version TO {role}",
            ):
                writer.connection.exec_driver_sql(line)
            writer.connection.commit()
        asking = sa.make_url(url).set(username=role).render_as_string(hide_password=False)
        try:
            with (
                pytest.raises(CouldNotCheck, match="permission denied"),
                database.reading(asking) as reader,
            ):
                reader.rows("models.suites")
        finally:
            with engines.opened(url) as writer:
                writer.connection.exec_driver_sql(f"DROP OWNED BY {role}; DROP ROLE {role}")
                writer.connection.commit()
