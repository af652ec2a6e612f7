"""The test set-up itself: databases, the server's life, absent data, the sealed environment."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from hub_standin import Hub, asked_by_this_process
from postgres_server import Server, packaged_binaries
from sql_rows import connected

from catalog.sql import database

CHECKOUT = Path(__file__).parent.parent


def pytest_in(folder: Path, *options: str, data: Path) -> subprocess.CompletedProcess[str]:
    """Run pytest with our conftest on the tests in a folder."""
    (folder / "conftest.py").symlink_to(CHECKOUT / "tests" / "conftest.py")
    (folder / "tests").mkdir()
    (folder / "tests" / "support").symlink_to(CHECKOUT / "tests" / "support")
    (folder / "pyproject.toml").write_text((CHECKOUT / "pyproject.toml").read_text())
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, str(folder)],
        env={**os.environ, "CATALOG_TEST_DATA": str(data), "PYTHONPATH": str(CHECKOUT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.both_databases
def test_a_database_is_migrated_and_empty(db_url: str) -> None:
    """`db_url` has the current schema and not one row."""
    with connected(db_url) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM model")) == 0


@pytest.mark.both_databases
@pytest.mark.parametrize("turn", [1, 2])
def test_a_database_is_fresh(db_url: str, turn: int) -> None:
    """What one test writes is not there in the next."""
    with database.writing(db_url) as connection:
        connection.execute(sa.text(f"CREATE TABLE mark_{turn} (a INTEGER)"))
    with connected(db_url) as connection:
        assert not sa.inspect(connection).has_table(f"mark_{3 - turn}")


def test_the_network_is_blocked() -> None:
    """A connection that would leave the machine raises."""
    with socket.socket() as outside, pytest.raises(RuntimeError, match="reached for the network"):
        outside.connect(("192.0.2.1", 443))


@pytest.mark.parametrize("look_up", ["getaddrinfo", "gethostbyname", "gethostbyaddr"])
@pytest.mark.parametrize("name", ["huggingface.co", "192.0.2.1"])
def test_no_name_is_looked_up(look_up: str, name: str) -> None:
    """Asking a name server about another machine raises too; this machine's names are free."""
    port = [443] if look_up == "getaddrinfo" else []
    with pytest.raises(RuntimeError, match=f"asked where {name} is"):
        getattr(socket, look_up)(name, *port)
    assert getattr(socket, look_up)("127.0.0.1", *port)


def test_a_patched_client_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test patches while the stand-in is asked, the next one finds the Hub off."""
    from huggingface_hub import constants

    with Hub() as hub, monkeypatch.context() as outer:
        with asked_by_this_process(hub, outer):
            outer.setattr(constants, "HF_HUB_OFFLINE", "patched")
            assert hub.url == constants.ENDPOINT
        assert constants.HF_HUB_OFFLINE is True
    assert constants.HF_HUB_OFFLINE is True


def test_the_user_is_left_alone(own_user_data: Path) -> None:
    """The default database lies in the test's own folder, and the Hub is off."""
    assert database.default_url().startswith(f"sqlite:///{own_user_data}")
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_memory_is_written_to_where_there_is_room(
    pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is absent, or has less than a run may need, is not written to."""
    conftest = pytestconfig.pluginmanager.get_plugin(str(CHECKOUT / "tests" / "conftest.py"))
    monkeypatch.setattr(conftest, "ROOM_BYTES", 0)
    assert conftest.has_room(tmp_path)
    assert not conftest.has_room(tmp_path / "absent")
    monkeypatch.setattr(conftest, "ROOM_BYTES", 1 << 60)
    assert not conftest.has_room(tmp_path)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_absent_data_is_named(tmp_path: Path, workers: str) -> None:
    """Tests whose data is absent are deselected, and the run names each of them."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "known.csv").touch()
    (tmp_path / "test_sample.py").write_text(
        "import pytest\n"
        "@pytest.mark.data('known.csv')\ndef test_has(): pass\n"
        "@pytest.mark.data('absent.csv')\ndef test_lacks(): pass\n"
        "@pytest.mark.slow\n@pytest.mark.data('absent.csv')\ndef test_other(): pass\n"
        "def test_asks(test_data): assert (test_data / 'known.csv').exists()\n"
    )
    ran = pytest_in(tmp_path, "-n", workers, "-m", "not slow", data=tmp_path / "there")
    lines = [line for line in ran.stdout.splitlines() if line.startswith("not run, no data")]
    assert ran.returncode == 0
    assert lines == ["not run, no data: test_sample.py::test_lacks"]
    assert "2 passed" in ran.stdout


def test_without_any_data_folder(tmp_path: Path) -> None:
    """Without the folder, asking for `test_data` is enough to be deselected and named."""
    (tmp_path / "test_sample.py").write_text(
        "def test_asks(test_data): pass\ndef test_free(): pass\n"
    )
    ran = pytest_in(tmp_path, data=tmp_path / "nowhere")
    assert "not run, no data: test_sample.py::test_asks" in ran.stdout
    assert "1 passed, 1 deselected" in ran.stdout


@pytest.mark.parametrize("how", ["system", "package"])
def test_a_server_stops_with_its_session(how: str) -> None:
    """A started server answers; after `stop` neither its process nor its folder is left."""
    server = Server(packaged_binaries() if how == "package" else None)
    folder = folder_of(server)
    engine = sa.create_engine(server.url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()
    process = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    server.stop()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_killed_session_leaves_no_server() -> None:
    """Killing the process that asked for a server, without mercy, ends the server too."""
    code = (
        "import postgres_server, time; server = postgres_server.Server();"
        "print(server.url, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=CHECKOUT / "tests" / "support",
        stdout=subprocess.PIPE,
        text=True,
    ) as session:
        folder = Path(session.stdout.readline().strip().partition("host=")[2])
        assert folder.exists()
        session.send_signal(signal.SIGKILL)
    end = time.monotonic() + 20
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not folder.exists()


def folder_of(server: Server) -> Path:
    """Return where a server keeps its files."""
    return Path(server.url.partition("host=")[2])
