"""What every test starts from: a sealed environment, fresh databases, the command line.

`db_url` and `facts_url` run their test on SQLite; one marked `both_databases` runs on PostgreSQL
too, and all of them do with `--every-database`. Tests marked `data`, or asking for `test_data`, are
deselected where the files are absent, and named at the end of the run. It holds no test and no
expected value.
"""

import gc
import io
import ipaddress
import itertools
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import hypothesis
import pytest
from databases import Postgres, Templates
from grammars import build_late
from postgres_server import NoPostgresError, Server
from warm import Warm

CHECKOUT = Path(__file__).parent.parent
DATA = Path(os.environ.get("CATALOG_TEST_DATA") or CHECKOUT.parent / "shared" / "data").resolve()

# Sources to be scanned, a study's own tests among them.
collect_ignore = ["studies"]

# A slow machine is no failure.
hypothesis.settings.register_profile("catalog", deadline=None)
hypothesis.settings.load_profile("catalog")

DATABASES = ("sqlite", "postgresql")
SEALED = {
    "CATALOG_GUARD": "off",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "NO_COLOR": "1",
    "COLUMNS": "100",
}
COLLECT_AFTER = (50_000, 20, 20)
"""Python's own (700, 10, 10) takes up to a third of the time of tests of commands: SQLAlchemy,
torch and thousands of tests are a million objects, looked through again and again, hardly any of
them garbage."""

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there has a folder of its own
"""Where a run writes, if there is room: thousands of databases are made, written and removed, which
costs a disk several times as much processor time. TMPDIR names another folder."""

ROOM_BYTES = 8 << 30

OPEN_TO_THE_USER = (
    "CATALOG_DB",
    "CATALOG_GUARD_LOG",
    "CI",
    "FORCE_COLOR",
    "HF_ENDPOINT",
    "HF_HUB_CACHE",
    "HF_TOKEN",
    "LINES",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "PYTHON_COLORS",
)


# The run ---------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run ask for both databases everywhere."""
    parser.addoption(
        "--every-database",
        action="store_true",
        help="run each test of a database on PostgreSQL too, not only those marked both_databases",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each kind of database that it asks for."""
    marked = metafunc.definition.get_closest_marker("both_databases")
    everywhere = marked or metafunc.config.getoption("every_database")
    chosen = {str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize")}
    for name in {"backend", "shipped_backend"} & set(metafunc.fixturenames) - chosen:
        metafunc.parametrize(name, DATABASES if everywhere else DATABASES[:1], indirect=True)


def pytest_configure(config: pytest.Config) -> None:
    """Seal the environment before any test module, and with it huggingface_hub, is imported."""
    gc.set_threshold(*COLLECT_AFTER)
    sys.dont_write_bytecode = False  # hundreds of processes would each compile the same modules
    measures = config.getoption("benchmark_only", default=False)  # what reading from a disk takes
    if "TMPDIR" not in os.environ and not measures and has_room(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    for name in OPEN_TO_THE_USER:
        os.environ.pop(name, None)
    os.environ.update(SEALED)
    config.stash[_home] = home = tempfile.mkdtemp(prefix="catalog-tests-")
    os.environ["HF_HOME"] = f"{home}/huggingface"
    os.environ["XDG_DATA_HOME"] = f"{home}/data"
    os.environ["XDG_CACHE_HOME"] = f"{home}/cache"
    # The networks here are too small for two threads: these would wait for one another, and spin.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Every new session of the Hub's client reads all certificates, which takes six times as long
    # as a question to the stand-in, and the stand-in has none.
    ssl.create_default_context = cache(ssl.create_default_context)


def has_room(folder: Path) -> bool:
    """Return whether a folder in memory takes what a run writes, and programs may lie there."""
    try:
        there = os.statvfs(folder)
    except OSError:
        return False
    free = min(there.f_bavail * there.f_frsize, _available_bytes())
    return free > ROOM_BYTES and not there.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK)


def _available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started and remove what it wrote."""
    if server := config.stash.get(_server, None):
        server.stop()
    shutil.rmtree(config.stash[_home], ignore_errors=True)


@pytest.hookimpl(trylast=True)  # after -k and -m: only what would have run is named
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests whose data is absent, and remember their names."""
    absent = [item for item in items if missing_data(item)]
    if not absent:
        return
    items[:] = [item for item in items if item not in set(absent)]
    config.hook.pytest_deselected(items=absent)
    config.stash[_not_run] = {item.nodeid for item in absent}
    if hasattr(config, "workeroutput"):
        config.workeroutput["not_run"] = sorted(config.stash[_not_run])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Look for no garbage in what importing and collecting makes: it stays to the end."""
    gc.disable()
    build_late()
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


def missing_data(item: pytest.Item) -> bool:
    """Return whether a test needs files that are not there: `@pytest.mark.data("file", …)`."""
    wanted = [name for mark in item.iter_markers("data") for name in mark.args]
    marked = item.get_closest_marker("data") or "test_data" in getattr(item, "fixturenames", ())
    return bool(marked) and not all((DATA / name).exists() for name in [".", *wanted])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Start one server for all workers, and hand them its address or why there is none."""
    config = node.config
    if _server not in config.stash:
        try:
            config.stash[_server] = Server()
        except NoPostgresError as error:
            config.stash[_server] = None
            config.stash[_no_server] = str(error)
    if server := config.stash[_server]:
        node.workerinput["postgres"] = server.url
    else:
        node.workerinput["no_postgres"] = config.stash[_no_server]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each worker one half of the tests, of which the quicker one later takes some.

    Dealt out in turn, both would make what the tests of a file share.
    """
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getvalue("dist") == "load" else None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    """Collect from a worker what it did not run."""
    del error
    names = getattr(node, "workeroutput", {}).get("not_run", [])
    node.config.stash.setdefault(_not_run, set()).update(names)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name every test that was not run for want of data."""
    names = config.stash.get(_not_run, None)
    if not names:
        return
    terminalreporter.section(f"not run: no data in {DATA} (set CATALOG_TEST_DATA)")
    for name in sorted(names):
        terminalreporter.line(f"not run, no data: {name}")


_home = pytest.StashKey[str]()
_users = itertools.count()
_server = pytest.StashKey[Server | None]()
_no_server = pytest.StashKey[str]()
_not_run = pytest.StashKey[set[str]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Let no test leave the Hub's client to ask the real Hub in the next one."""
    yield
    if constants := sys.modules.get("huggingface_hub.constants"):
        assert constants.HF_HUB_OFFLINE is True or constants.ENDPOINT.startswith("http://127.")


# The environment -------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def own_user_data(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a user-data folder of its own, with the default database, a cache and state.

    They are only named: most tests use neither, and thousands of folders cost seconds.
    """
    folder = Path(request.config.stash[_home], "users", str(next(_users)))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    return folder


@pytest.fixture(autouse=True)
def only_loopback(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections and look-ups beyond this machine, except to tests marked `network`."""
    if request.node.get_closest_marker("network"):
        return
    for look_up in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        monkeypatch.setattr(socket, look_up, _local(getattr(socket, look_up)))
    for method in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))


def _guarded(connect: Callable[..., object]) -> Callable[..., object]:
    def guarded(self: socket.socket, address: object) -> object:
        if self.family != socket.AF_UNIX and not is_loopback(address[0]):
            raise RuntimeError(f"a test reached for the network: {address}")
        return connect(self, address)

    return guarded


def _local(look_up: Callable[..., object]) -> Callable[..., object]:
    def local(host: object, *more: object, **options: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not is_loopback(name):
            raise RuntimeError(f"a test asked where {name} is")
        return look_up(host, *more, **options)

    return local


def is_loopback(host: str) -> bool:
    """Return whether an address stays on this machine; names other than localhost do not."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of real input files; the test runs only where it exists."""
    return DATA


@pytest.fixture(scope="session")
def trajectory() -> Path:
    """Return the folder of a small really trained run: step0 … step512 and suite.toml."""
    import trajectory as run

    return run.cached()


# The database ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def templates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Templates]:
    """Return the maker of databases, which migrates once and then copies."""
    made = Templates(_shared_folder(tmp_path_factory), lambda: _postgres(request.config))
    yield made
    made.close()


def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _postgres(config: pytest.Config) -> Postgres:
    given = getattr(config, "workerinput", {})
    if "no_postgres" in given:
        raise NoPostgresError(given["no_postgres"])
    if "postgres" in given:
        return Postgres(given["postgres"])
    if _server not in config.stash:
        config.stash[_server] = Server()
    return Postgres(config.stash[_server].url)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """Return the kind of database that the test runs on this time."""
    return request.param


@pytest.fixture(scope="session")
def shipped_backend(request: pytest.FixtureRequest) -> str:
    """Return the kind of database that is shared this time."""
    return request.param


@pytest.fixture
def blank_url(backend: str, templates: Templates, tmp_path: Path) -> Iterator[str]:
    """Return a database without any table."""
    with templates.copy(backend, "blank", tmp_path) as url:
        yield url


@pytest.fixture
def db_url(backend: str, templates: Templates, tmp_path: Path) -> Iterator[str]:
    """Return a fresh, migrated, empty database."""
    with templates.copy(backend, "empty", tmp_path) as url:
        yield url


@pytest.fixture
def facts_url(backend: str, templates: Templates, tmp_path: Path) -> Iterator[str]:
    """Return a fresh database as `catalog init` leaves it: with the shipped facts."""
    with templates.copy(backend, "facts", tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def shipped_url(
    shipped_backend: str, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return a database with the shipped facts that all tests share: read it, never write."""
    with templates.copy(shipped_backend, "facts", tmp_path_factory.mktemp("shipped")) as url:
        yield url


# The command line ------------------------------------------------------------------------------


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """Return what starts commands in processes of their own, with torch already imported."""
    with Warm(folder=_shared_folder(tmp_path_factory)) as server:
        yield server


@pytest.fixture
def unprivileged(warm: Warm) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs one command as a user whom permissions bind."""

    def run(words: Sequence[object]) -> subprocess.CompletedProcess[str]:
        return warm.run([str(word) for word in words], env=dict(os.environ), bound=True)

    return run


@pytest.fixture(scope="session")
def program() -> ModuleType:
    """Return the module of the command line; all commands of this process share what it assembles.

    A process of its own makes it once, for its one command; here that would be thousands of times.
    """
    import typer.main

    from cli import main

    main.assemble = cache(main.assemble)
    typer.main.get_command = cache(typer.main.get_command)
    return main


@pytest.fixture
def catalog(
    program: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    """Return a function that runs one command in this process, through its real entry point."""

    def run(*arguments: object, stdin: str = "") -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = 0
        try:
            program.main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run
