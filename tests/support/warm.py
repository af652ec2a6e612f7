"""A process that has imported torch once, and forks for each `catalog` command asked of it.

A fresh interpreter pays seconds for torch and transformers before it does any work; a fork pays
nothing. Each command has a process of its own all the same: its pid, arguments, environment,
folder, pipes and group, so that a signal reaches it alone and it ends as it would otherwise. The
server imports and does nothing else: it starts no thread and computes nothing with torch, because
neither survives a fork. The tests of cold starts do not come here.
"""

import atexit
import contextlib
import fcntl
import gc
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple, Self

import privileges

CHECKOUT = Path(__file__).resolve().parents[2]
REQUEST_BYTES = 1 << 18
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def cold(words: Sequence[str], *, env: Mapping[str, str], **options: object) -> subprocess.Popen:
    """Start `python -m catalog WORDS` in the checkout as a user does, in a fresh interpreter."""
    return subprocess.Popen(
        [sys.executable, "-m", "catalog", *words],
        cwd=CHECKOUT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


# Asking ----------------------------------------------------------------------------------------


class Process:
    """A command that was started; as much of `subprocess.Popen` as the tests use.

    Args:
        pid: of the command itself, not of the server.
        stdout: what it prints, as text.
        stderr: what it says, as text.
        status: the server writes the exit code here when the command has ended.
    """

    def __init__(self, pid: int, stdout: IO[str], stderr: IO[str], status: IO[str]) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._status = status

    def send_signal(self, number: int) -> None:
        """Send a signal to the command, unless it is known to have ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End the command without mercy."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, which is negative for a signal, once the command has ended.

        Raises:
            subprocess.TimeoutExpired: it has not ended after `timeout` seconds.
        """
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("catalog", timeout or 0)
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return the rest of what the command prints and says, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not ended after `timeout` seconds.
        """
        read: dict[str, str] = {}
        pipes = {"out": self.stdout, "err": self.stderr}
        readers = [
            threading.Thread(target=lambda name, pipe: read.update({name: pipe.read()}), args=pair)
            for pair in pipes.items()
        ]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader, pipe in zip(readers, pipes.values(), strict=True):
            reader.join()
            pipe.close()
        return read["out"], read["err"]


class Warm:
    """The server, started with the first command; a context manager.

    Args:
        loaded: whether it imports torch and our modules beforehand.
        folder: whoever names the same one shares a server, which ends with the last of them.
    """

    def __init__(self, *, loaded: bool = True, folder: Path | None = None) -> None:
        self._loaded = loaded
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._control is not None:
            self._control.close()
        if self._server is not None:
            self._server.wait()

    def _start(self) -> socket.socket:
        if self._control is None:
            with tempfile.TemporaryDirectory() as own:
                self._control = self._connected(self._folder or Path(own))
        return self._control

    def _connected(self, folder: Path) -> socket.socket:
        """Return a connection to the server of a folder, which is started unless it runs."""
        control, path = socket.socket(socket.AF_UNIX), str(folder / "warm")
        with (folder / "warm.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                control.connect(path)
            except (FileNotFoundError, ConnectionRefusedError):  # none yet; one that was killed
                Path(path).unlink(missing_ok=True)
                with socket.create_server(path, family=socket.AF_UNIX) as door:
                    self._serve(door)
                control.connect(path)
        return control

    def _serve(self, door: socket.socket) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__, str(door.fileno()), *(["loaded"] * self._loaded)],
            cwd=CHECKOUT,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)} | ONE_THREAD,
            pass_fds=[door.fileno()],
            start_new_session=True,  # Ctrl-C at the test run ends it by its closed sockets
        )

    def start(
        self,
        words: Sequence[str],
        *,
        env: Mapping[str, str],
        file_bytes: int | None = None,
        bound: bool = False,
    ) -> Process:
        """Start `python -m catalog WORDS` in the checkout, without standard input.

        Args:
            words: what follows `catalog`.
            env: its whole environment.
            file_bytes: no file that it writes can grow beyond this size.
            bound: permissions bind it, though this process be root's.
        """
        request = {
            "words": list(words),
            "env": dict(env),
            "file_bytes": file_bytes,
            "bound": bound,
        }
        ours, theirs = zip(*(os.pipe() for _ in range(3)), strict=True)
        try:
            socket.send_fds(self._start(), [json.dumps(request).encode() + b"\n"], theirs)
        finally:
            for end in theirs:
                os.close(end)
        stdout, stderr, status = (os.fdopen(end) for end in ours)
        return Process(int(status.readline()), stdout, stderr, status)

    def run(
        self, words: Sequence[str], *, env: Mapping[str, str], bound: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; see `start`."""
        process = self.start(words, env=env, bound=bound)
        out, err = process.communicate()
        return subprocess.CompletedProcess(list(words), process.returncode, out, err)


# Serving ---------------------------------------------------------------------------------------

read_early: list[str] = []
"""Modules that read the environment when they are imported, so that each command does it anew."""


def load() -> None:
    """Import what a forward pass imports, and every module of ours; read the shipped suites."""
    import importlib
    import pkgutil
    import weakref

    import catalog
    import cli
    from catalog.core import suites

    for package in (catalog, cli):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", "catalog.keys.keyless")):  # needs an extra
                importlib.import_module(module.name)
    for name in (
        "safetensors.torch",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite.pysqlite",
        "torch",
        "transformers.models.auto.modeling_auto",
        "transformers.models.gpt_neox.modeling_gpt_neox",
    ):
        importlib.import_module(name)
    suites.shipped()
    # At its end each command would take back what torch told its own tables, kernel by kernel, and
    # by writing there get a copy of that memory.
    for finalizer in list(weakref.finalize._registry):
        finalizer.atexit = False
    read_early.extend(name for name in sys.modules if name.partition(".")[0] == "huggingface_hub")


class Running(NamedTuple):
    """A command that was forked: its pid, where its exit code is told, and who asked for it."""

    pid: int
    status: int
    asker: socket.socket


def serve(door: socket.socket) -> None:
    """Fork for each request until all askers have hung up; return in the child, as the command."""
    askers = [door.accept()[0]]
    running: dict[int, Running] = {}
    while askers or is_wanted(door):
        ready = select.select([door, *askers, *running], [], [])[0]
        for ended in running.keys() & set(ready):
            bury(ended, running.pop(ended))
        for asker in [asker for asker in askers if asker in ready]:
            request, pipes = receive(asker)
            if not request:
                askers.remove(asker)
                end(asker, running)
            elif pid := os.fork():
                running[os.pidfd_open(pid)] = begun(pid, pipes, asker)
            else:
                numbers = (other.status for other in running.values())
                for opened in (*askers, door):
                    opened.close()
                for number in (*running, *numbers):
                    os.close(number)
                become(json.loads(request), pipes)
                return
        if door in ready:
            askers.append(door.accept()[0])
    os._exit(0)


def begun(pid: int, pipes: Sequence[int], asker: socket.socket) -> Running:
    """Tell the pid of a command that was forked, and leave its pipes to it."""
    with contextlib.suppress(OSError):  # it was quicker, or has ended
        os.setpgid(pid, pid)
    for pipe in pipes[:2]:
        os.close(pipe)
    say(pipes[2], pid)
    return Running(pid, pipes[2], asker)


def is_wanted(door: socket.socket) -> bool:
    """Return whether somebody waits at the door, through which no one else can come any more."""
    with contextlib.suppress(OSError):  # with its folder
        Path(door.getsockname()).unlink()
    return bool(select.select([door], [], [], 0)[0])


def receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """Return one request and its three pipes; nothing once the other side has hung up."""
    request, pipes, _, _ = socket.recv_fds(control, REQUEST_BYTES, 3)
    while request and not request.endswith(b"\n"):
        request += control.recv(REQUEST_BYTES)
    return request, pipes


def say(status: int, number: int) -> None:
    """Tell the asker a number, if it still listens."""
    with contextlib.suppress(BrokenPipeError):
        os.write(status, b"%d\n" % number)


def bury(number: int, command: Running) -> None:
    """Tell how a command ended that has; `number` is the descriptor that said so."""
    os.close(number)
    say(command.status, os.waitstatus_to_exitcode(os.waitpid(command.pid, 0)[1]))
    os.close(command.status)


def end(asker: socket.socket, running: dict[int, Running]) -> None:
    """End what still runs for an asker that has hung up."""
    asker.close()
    for number in [number for number, command in running.items() if command.asker is asker]:
        os.kill(running[number].pid, signal.SIGKILL)
        bury(number, running.pop(number))


def become(request: dict[str, object], pipes: list[int]) -> None:
    """Make this process the one that was asked for, up to its first line of Python."""
    os.setpgid(0, 0)
    for target, pipe in enumerate(pipes[:2], 1):
        os.dup2(pipe, target)
    for pipe in pipes:
        os.close(pipe)
    # What they were at the server's start, a file perhaps, decides how they are written to.
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w")
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", 1, errors="backslashreplace")
    os.environ.clear()
    os.environ.update(request["env"])
    if request["file_bytes"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_bytes"], request["file_bytes"]))
    if request["bound"]:
        privileges.bind()
    sys.path[0] = str(CHECKOUT)
    sys.argv = ["catalog", *request["words"]]
    for name in read_early:
        del sys.modules[name]


def leave(code: object) -> None:
    """End as the interpreter does, but leave taking torch apart, a second's work, to the kernel."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Serve the socket whose number the command line names, and be each command in turn."""
    import runpy

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    gc.disable()  # what is imported stays
    if "loaded" in sys.argv:
        load()
    tasks = len(list(Path("/proc/self/task").iterdir()))
    if tasks != 1:
        sys.exit(f"{tasks - 1} threads were started by imports; a fork would lose them")
    gc.collect()
    gc.freeze()
    gc.enable()
    serve(socket.socket(fileno=int(sys.argv[1])))
    try:
        runpy.run_module("catalog", run_name="__main__", alter_sys=True)
    except SystemExit as done:
        leave(done.code)


if __name__ == "__main__":
    main()
