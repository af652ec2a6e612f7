"""Lets file permissions bind this process, even where the tests run as root."""

import ctypes
import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
# linux/capability.h
VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def bind() -> None:
    """Give up root's right to read and write everything, for good."""
    if os.geteuid():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(VERSION_3, 0), (_Set * 2)()
    if libc.capget(ctypes.byref(header), sets):
        raise OSError(ctypes.get_errno(), "cannot read the capabilities")
    given_up = 1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH
    sets[0].effective &= ~given_up
    sets[0].permitted &= ~given_up
    if libc.capset(ctypes.byref(header), sets):
        raise OSError(ctypes.get_errno(), "cannot drop capabilities")
