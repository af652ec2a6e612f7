"""`catalog hash` as a process: how much memory it takes, and what an interruption leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import torch
from warm import cold

CHECKOUT = Path(__file__).resolve().parents[2]
# Not getrusage: what it tells of a child includes what its parent held before the exec.
PEAK = """
import sys
sys.path.insert(0, sys.argv[1])
from cli.main import run
code = run(sys.argv[2:])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(status["VmHWM"].split()[0], file=sys.stderr)
sys.exit(code)
"""
MEBIBYTE = 1 << 20


@pytest.mark.parametrize("kind", ["F16", "F32"])
def test_memory_is_bounded(tmp_path, kind):
    """192 MiB of tensors take less than the largest tensor, 64 MiB, and 100 MB."""
    size, count = 64 * MEBIBYTE, 3
    itemsize = int(kind[1:]) // 8
    header = {
        f"t{i}": {
            "dtype": kind,
            "shape": [size // itemsize],
            "data_offsets": [i * size, (i + 1) * size],
        }
        for i in range(count)
    }
    raw = json.dumps(header).encode()
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        file.truncate(8 + len(raw) + count * size)  # sparse
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, CHECKOUT, "hash", tmp_path, "--tensors"],
        capture_output=True,
        text=True,
        check=True,
    )
    peak = int(ran.stderr.split()[-1]) * 1024
    assert peak < size + 100_000_000


def test_memory_is_bounded_for_views(tmp_path):
    """Transposed tensors, gathered from their storage, stay within the same bound."""
    size = 48 * MEBIBYTE
    state = {f"t{i}": torch.zeros(size // 2 // 1024, 1024, dtype=torch.half).t() for i in range(4)}
    torch.save(state, tmp_path / "pytorch_model.bin")
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, CHECKOUT, "hash", tmp_path, "--tensors"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(ran.stderr.split()[-1]) * 1024 < size + 100_000_000


def reads(process, file):
    """Wait until a process has a file open."""
    for _ in range(400):
        with suppress(FileNotFoundError):  # one that was closed meanwhile
            if any(each.readlink() == file for each in Path(f"/proc/{process.pid}/fd").iterdir()):
                return
        time.sleep(0.05)
    pytest.fail("it never opened the file")


@contextmanager
def killed_at_last(process):
    """End a process, whatever becomes of the test: it would hash for minutes."""
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("more", [(), ("--tensors",), ("--json",)])
def test_an_interruption_leaves_nothing(tmp_path, more):
    """Ctrl-C while a file is read: 130, one line; no manifest, whole or half, is left."""
    file = tmp_path / "model.safetensors"
    size = 64 << 30  # sparse: minutes of work
    raw = json.dumps({"t": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    with file.open("wb") as stream:
        stream.write(len(raw).to_bytes(8, "little") + raw)
        stream.truncate(8 + len(raw) + size)
    begun = cold(["hash", tmp_path, "-o", tmp_path / "manifest", *more], env=os.environ)
    with killed_at_last(begun):
        reads(begun, file)
        time.sleep(0.3)
        begun.send_signal(signal.SIGINT)
        out, err = begun.communicate(timeout=20)
    assert (begun.returncode, out, len(err.splitlines())) == (130, "", 1)
    assert "interrupted" in err
    assert list(tmp_path.iterdir()) == [file]
