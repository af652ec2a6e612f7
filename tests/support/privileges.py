"""Runs a program that file permissions bind, even where the tests run as root."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
# linux/prctl.h and linux/capability.h
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def _drop() -> None:
    """Give up root's right to read and write everything, from the next exec on."""
    if os.geteuid():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "cannot drop a capability")


def run(
    arguments: Sequence[object], *, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -m catalog` with these arguments as a user whom permissions bind."""
    return subprocess.run(
        [sys.executable, "-m", "catalog", *map(str, arguments)],
        cwd=CHECKOUT,
        env=os.environ | (environment or {}),
        preexec_fn=_drop,  # no threads of ours at this point
        capture_output=True,
        text=True,
        check=False,
    )
