"""Who calls whom while a command runs: the steps between our own modules, threads included.

    with Walk() as walk:
        …
    walk.entered("cli.verify")  # {"catalog.api", …}

A call that comes back to us through somebody else's code counts for the last of our own frames.
What is run at import is no step, nor that a named tuple is made. It judges nothing.
"""

import sys
import threading
from dataclasses import dataclass, field
from types import FrameType
from typing import Self

OURS = ("catalog", "cli")
VALUES = "catalog.core.tuples"


@dataclass(frozen=True)
class Step:
    """One call: from which module, into which function of which."""

    caller: str
    module: str
    function: str


@dataclass
class Walk:
    """A context manager that notes every step; `steps` has each once, in order."""

    steps: dict[Step, None] = field(default_factory=dict)
    calls: list[Step] = field(default_factory=list)
    _generators: set[FrameType] = field(default_factory=set)

    def entered(self, caller: str) -> set[str]:
        """Return the modules outside the caller's package that a module, or all below it, calls."""
        package = caller.partition(".")[0]
        return {
            step.module
            for step in self.steps
            if (step.caller == caller or step.caller.startswith(f"{caller}."))
            and step.module.partition(".")[0] != package
        }

    def asked(self, module: str, caller: str) -> list[str]:
        """Return the functions of a module that callers below a package called, each time."""
        return [
            step.function
            for step in self.calls
            if step.module == module and step.caller.partition(".")[0] == caller
        ]

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        module = _module(frame)
        if event != "call" or module is None or frame.f_code.co_name == "<module>":
            return
        before = frame.f_back
        while before is not None and (
            _module(before) is None or before.f_code.co_name == "<module>"
        ):
            before = before.f_back
        caller = "" if before is None else str(_module(before))
        if caller == module or frame in self._generators:
            return
        if frame.f_code.co_flags & 0x20:  # a generator is called again for each value
            self._generators.add(frame)
        step = Step(caller, module, frame.f_code.co_qualname)
        self.steps[step] = None
        self.calls.append(step)

    def __enter__(self) -> Self:
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


def _module(frame: FrameType) -> str | None:
    name = str(frame.f_globals.get("__name__", ""))
    return name if name.partition(".")[0] in OURS and name != VALUES else None
