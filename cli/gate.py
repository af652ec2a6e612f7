"""What fails a command: `--fail-on`, and the findings that a baseline accepts."""

import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.core.counts import count
from catalog.errors import BadInput, CouldNotCheck

from . import output, writing

if TYPE_CHECKING:
    from catalog.core.baselines import Baseline
    from catalog.core.cases import Group, Outcome

BaselineOpt = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        readable=False,
        show_default=False,
        help="Findings that are accepted: only new ones fail.",
    ),
]
WriteBaselineOpt = Annotated[
    bool,
    typer.Option("--write-baseline", help="Accept what is found now: write it to --baseline."),
]
SHOWN = 10


class VerifyFails(StrEnum):
    """What makes `verify` fail."""

    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


class AuditFails(StrEnum):
    """What makes `audit` fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


AuditFailsOpt = Annotated[
    AuditFails,
    typer.Option("--fail-on", help="The least severity of a finding that fails: exit 1."),
]


@dataclass(frozen=True, slots=True)
class Gate:
    """What fails a command.

    Attributes:
        level: from which outcome on.
        file: the baseline, None for none.
        writes: whether what is found now becomes the baseline.
        baseline: what is accepted, None without a file.
    """

    level: VerifyFails | AuditFails = AuditFails.WARNING
    file: Path | None = None
    writes: bool = False
    baseline: "Baseline | None" = None

    @classmethod
    def of(cls, level: VerifyFails | AuditFails, file: Path | None, *, write: bool) -> "Gate":
        """Return what options say.

        Raises:
            BadInput: the baseline does not exist or is none, or nothing says where to write it.
            CouldNotCheck: it cannot be read.
        """
        if file is None:
            if write:
                raise BadInput("nothing says where the baseline is", "give --baseline FILE too")
            return cls(level)
        from catalog.core.baselines import Baseline, parse

        raw = _content(file, may_lack=write)
        baseline = parse(raw, str(file)) if raw or not write else Baseline()
        return cls(level, file, write, baseline)

    @property
    def failing(self) -> "frozenset[Outcome]":
        """The outcomes that fail."""
        from catalog.core.cases import BAD, DOUBTED, Outcome

        return {
            VerifyFails.FAILED: BAD,
            VerifyFails.INCONCLUSIVE: DOUBTED,
            AuditFails.ERROR: frozenset({Outcome.ERROR, Outcome.UNCHECKED}),
            AuditFails.WARNING: DOUBTED,
            AuditFails.NOTE: DOUBTED | {Outcome.NOTE},
            AuditFails.NEVER: frozenset[Outcome](),
        }[self.level]

    def settled(self, command: str, group: "Group") -> "Group":
        """Return a target with its accepted cases marked; what is accepted now is so at once."""
        if self.baseline is None:
            return group
        known = self.baseline.settled(command, group)
        if not self.writes:
            return known
        # What was accepted stays so, though this run's `--fail-on` would let it pass.
        return self.baseline.renewed(command, [known], self.failing).settled(command, known)

    def close(self, command: str, groups: "list[Group]") -> None:
        """Say what is accepted and what is no longer there; write the baseline if that is asked.

        Raises:
            CouldNotCheck: it cannot be written.
        """
        if self.file is None or self.baseline is None:
            return
        accepted = sum(case.accepted for group in groups for case in group.cases)
        if accepted:
            output.say(f"{self.file}: {count(accepted, 'finding')} accepted")
        vanished = self.baseline.vanished(command, groups)
        for each in vanished[:SHOWN]:
            output.say(f"{self.file}: no longer there: {each.where}: {each.message}")
        if len(vanished) > SHOWN:
            output.say(f"{self.file}: and {len(vanished) - SHOWN:,} more")
        if self.writes:
            writing.write_file(
                self.file, self.baseline.renewed(command, groups, self.failing).text()
            )


def _content(file: Path, *, may_lack: bool) -> bytes:
    """Return a baseline's bytes, none where there is none and there need not be."""
    from catalog.core import foreign

    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe may never end
            raise CouldNotCheck(f"cannot read {file}: not a regular file")
        if status.st_size > foreign.MOST_BYTES:
            raise BadInput(f"{file} is larger than {foreign.MOST_BYTES:,} bytes")
        return file.read_bytes()
    except FileNotFoundError as error:
        if may_lack:
            return b""
        raise BadInput(f"{file} does not exist", "`--write-baseline` makes it") from error
    except OSError as error:
        raise CouldNotCheck(f"cannot read {file}: {error.strerror}") from error
