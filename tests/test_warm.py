"""Commands forked from a process that has torch loaded end as those of a fresh interpreter do."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from warm import Warm, cold


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["name", "pythia-1b"], 0),
        (["populate", "--as", "pythia-70m@step0", "docs"], 1),
        (["nope"], 2),
        (["audit", "pythia-70m", "--probe"], 3),
    ],
)
def test_the_same_words_and_exit_code(warm: Warm, shipped_url: str, words: list, code: int) -> None:
    """Output, words and exit code are those of `python -m catalog`."""
    env = os.environ | {"CATALOG_DB": shipped_url}
    forked, fresh = warm.start(words, env=env), cold(words, env=env)
    assert forked.communicate(timeout=60) == fresh.communicate(timeout=60)
    assert (forked.returncode, fresh.returncode) == (code, code)


def test_a_killed_command_is_told_as_such(warm: Warm) -> None:
    """A signal ends the command alone, and is its exit code; the next one runs."""
    process = warm.start(["which", "/"], env=os.environ)
    assert os.getpgid(process.pid) == process.pid
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert warm.run(["--version"], env=os.environ).returncode == 0


def test_the_environment_is_the_commands_own(warm: Warm) -> None:
    """Nothing of this process's environment reaches a command that is not given it."""
    ran = warm.run(["ls"], env={"CATALOG_DB": "/nowhere/catalog.db"})
    assert (ran.returncode, "/nowhere/catalog.db" in ran.stderr) == (3, True)


def test_a_command_that_takes_long(tmp_path: Path) -> None:
    """Waiting ends in time, and closing the server ends what still runs."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(64 << 30)
    with Warm(loaded=False) as server:
        process = server.start(["hash", str(tmp_path)], env=os.environ)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    """Askers of one folder share a server; each ends its own commands, the last one the server."""
    (tmp_path / "read").mkdir()
    with (tmp_path / "read" / "large").open("wb") as file:
        file.truncate(64 << 30)
    with Warm(loaded=False, folder=tmp_path) as first:
        with Warm(loaded=False, folder=tmp_path) as second:
            ours, theirs = (
                server.start(["hash", str(tmp_path / "read")], env=os.environ)
                for server in (first, second)
            )
            assert parent_of(ours.pid) == parent_of(theirs.pid)
        theirs.communicate(timeout=20)
        assert theirs.returncode == -signal.SIGKILL
        with pytest.raises(subprocess.TimeoutExpired):
            ours.wait(0)
        assert first.run(["--version"], env=os.environ).returncode == 0
    ours.communicate(timeout=20)
    with Warm(loaded=False, folder=tmp_path) as another:
        assert another.run(["--version"], env=os.environ).returncode == 0


def parent_of(pid: int) -> int:
    """Return the pid of a process's parent."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
