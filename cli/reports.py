"""Reports for machines: `--junit`, `--sarif`, `--github`, `--summary`, `--badge`, and what fails.

A command hands over what it found, target by target; when it is done every report that was asked
for is written whole, also where an error came in the place of an answer. An interrupted command
writes none: half a report would look like a good one.
"""

import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.errors import INTERRUPTED, BadInput, CatalogError, of_system

from . import writing
from .call import Call, Result, parameters
from .gate import Gate

if TYPE_CHECKING:
    from catalog.core.cases import Group, Run
    from catalog.core.verdicts import Verification


def _file(option: str, words: str) -> Any:  # noqa: ANN401 - an annotated type
    kind = typer.Option(option, metavar="FILE", readable=False, show_default=False, help=words)
    return Annotated[Path | None, kind]


OPTIONS: dict[str, tuple[Any, Any]] = {
    "junit": (_file("--junit", "Write JUnit XML, as CI systems read it."), None),
    "sarif": (_file("--sarif", "Write SARIF 2.1.0, for code scanning."), None),
    "github": (
        Annotated[
            bool,
            typer.Option(
                "--github", help="Annotate a job of GitHub Actions, and add to its step summary."
            ),
        ],
        False,
    ),
    "summary": (_file("--summary", "Add a section in Markdown to a file."), None),
    "badge": (_file("--badge", "Write a badge, as shields.io's endpoint takes it."), None),
}
_SIGNS = {
    "junit": b"<testsuites",
    "sarif": b"sarif-schema-2.1.0",
    "badge": b"schemaVersion",
}
"""What stands at the beginning of each report that is written anew."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What a command found, and which reports of it are wanted.

    Attributes:
        command: its name.
        files: where to write each report.
        github: whether to annotate a job.
        gate: what fails the command.
        beside: files that the command itself writes.
    """

    command: str
    files: dict[str, Path]
    github: bool = False
    gate: Gate = field(default_factory=Gate)
    beside: tuple[Path, ...] = ()
    _groups: "list[Group]" = field(default_factory=list)
    _told: list[CatalogError] = field(default_factory=list)
    _stopped: list[bool] = field(default_factory=list)

    def take(self, *groups: "Group") -> int:
        """Take what came of targets, and return the exit code."""
        from catalog.core.cases import exit_code

        settled = [self.gate.settled(self.command, group) for group in groups]
        self._groups.extend(settled)
        cases = [case for group in settled for case in group.cases]
        return exit_code(cases, self.gate.failing)

    def take_verification(self, verification: "Verification", **named: Any) -> int:  # noqa: ANN401 - as `made` has them
        """Take a verification, and return the exit code."""
        from catalog.documents.reports import made

        return self.take(made.verification(verification, **named))

    def each(
        self,
        call: Call,
        targets: Sequence[str],
        do: Callable[[str], Result],
        **report: Any,  # noqa: ANN401 - as `Call.each` has them
    ) -> int:
        """Do several targets as `Call.each` does; an error of one is part of the reports."""

        def reported(text: str) -> Result:
            try:
                return do(text)
            except CatalogError as error:
                self._failed(text, error)
                raise
            except (OSError, MemoryError) as raised:
                worded = of_system(raised)
                self._failed(text, worded)
                raise worded from raised

        code = call.each(targets, reported, **report)
        if code == INTERRUPTED:
            self._stopped.append(True)
        return code

    def _failed(self, text: str, error: CatalogError) -> None:
        """Take an error in the place of what a target holds."""
        from catalog.documents.reports import made

        self._told.append(error)
        self.take(made.failed(text, error, file_of(text)))

    @contextmanager
    def written(self) -> Iterator[None]:
        """Write the reports when the work is done.

        Raises:
            BadInput: a file that is there is no such report, or two reports have one file.
            CouldNotCheck: a file cannot be written.
        """
        from catalog.documents.reports import made

        self._require_writable()
        try:
            yield
        except (CatalogError, OSError, MemoryError) as raised:
            error = raised if isinstance(raised, CatalogError) else of_system(raised)
            if error not in self._told:
                self.take(made.failed(f"catalog {self.command}", error))
            self._write()
            raise
        if self._stopped:
            return
        self._write()
        self.gate.close(self.command, self._groups)

    @property
    def written_to(self) -> dict[str, Path]:
        """The files that are written when the work is done, by what they are."""
        kept = {} if self.gate.file is None else {"baseline": self.gate.file}
        return self.files | kept

    def require_apart(self, targets: Iterable[str], *beside: Path) -> None:
        """Refuse to write among what is recorded: it would be one of the files.

        Args:
            targets: what is recorded.
            *beside: what is written besides.

        Raises:
            BadInput: a file lies in a folder that is recorded.
        """
        folders = [text for text in targets if file_of(text) is not None]
        for file in (*self.written_to.values(), *beside):
            place = Path(os.path.realpath(file))
            for text in folders:
                if place.is_relative_to(os.path.realpath(text)):
                    raise BadInput(f"{file} lies in {text}", "write it beside what is recorded")

    def _require_writable(self) -> None:
        """Refuse before the work what could not be written after it."""
        wanted = self.written_to
        places = [os.path.realpath(file) for file in (*wanted.values(), *self.beside)]
        if len({*places}) < len(places):
            raise two_in_one_file()
        for kind, file in wanted.items():
            writing.require_place(file)
            if kind != "baseline" and not writing.may_replace(file, _SIGNS.get(kind)):
                raise BadInput(f"{file} is there and no {kind} report", "write to another name")

    def _write(self) -> None:
        from catalog.core.cases import Run

        run = Run(self.command, self._groups, self.gate.failing)
        for kind, file in self.files.items():
            if kind == "summary":
                writing.append_to(file, _rendered(kind, run))
            else:
                writing.write_file(file, _rendered(kind, run))
        if self.github:
            _annotate(run, told=self.files.get("summary"))


def two_in_one_file() -> BadInput:
    """Return why nothing is written."""
    return BadInput("two reports in one file", "give each a file of its own")


def _rendered(kind: str, run: "Run") -> str:
    """Return a report as text."""
    import json

    from catalog.documents.reports import junit, sarif, summary

    if kind == "junit":
        return junit.junit(run)
    if kind == "sarif":
        return sarif.sarif(run, base=str(Path.cwd()))
    if kind == "summary":
        return summary.markdown(run)
    return json.dumps(summary.badge(run)) + "\n"


def _annotate(run: "Run", told: Path | None) -> None:
    """Annotate the worst, and add the rest to the step summary where there is one.

    Commands go to standard error, which the runner reads too: standard output stays data.
    """
    import sys

    from catalog.documents.reports import github, summary

    with suppress(AttributeError, OSError, ValueError):  # None, a full disk, closed
        sys.stderr.writelines(f"{text}\n" for text in github.annotations(run))
    step = os.environ.get("GITHUB_STEP_SUMMARY")
    if step and (told is None or os.path.realpath(told) != os.path.realpath(step)):
        writing.append_to(Path(step), summary.markdown(run))


def file_of(text: str) -> str | None:
    """Return the path that a target is, None where it is a name."""
    return text if os.path.exists(text) else None  # noqa: PTH110 - a name may be no path at all


def reporting(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of reports, and hand it `Reports`.

    It stands below `@command`, and reads and writes signatures as that does.
    """

    @wraps(function)
    def called(call: Call, **given: Any) -> int:  # noqa: ANN401 - Typer's values
        wanted = {name: given.pop(name) for name in OPTIONS}
        github = wanted.pop("github")
        files = {kind: file for kind, file in wanted.items() if file is not None}
        return function(call, Reports(function.__name__, files, github), **given)

    call, _, *own = inspect.signature(function, eval_str=True).parameters.values()
    called.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [call, *own, *parameters(OPTIONS)], return_annotation=int
    )
    return called
