"""The worst of a run as GitHub's workflow commands: each becomes an annotation of the job."""

from catalog.core.cases import Case, Outcome, Run
from catalog.documents.reports.summary import severity
from catalog.errors import one_line

MOST = 10
"""GitHub keeps ten annotations of a step, of each kind."""
LONGEST = 2_000
_COMMANDS = {Outcome.ERROR: "error", Outcome.WARNING: "warning", Outcome.NOTE: "notice"}


def annotations(run: Run) -> list[str]:
    """Return the worst cases, each as a workflow command in a line."""
    files = {id(case): group.file for group in run.groups for case in group.cases}
    return [_command(case, files[id(case)]) for case in run.worst[:MOST]]


def _command(case: Case, file: str | None) -> str:
    line = None if case.line is None else str(case.line)
    properties = {"file": file, "line": line, "title": case.where}
    said = ",".join(
        f"{key}={_property(value)}" for key, value in properties.items() if value is not None
    )
    return f"::{_COMMANDS[severity(case)]} {said}::{_data(case.words[:LONGEST])}"


def _data(text: str) -> str:
    """Return a text that ends no command and begins none."""
    return one_line(text).replace("%", "%25")


def _property(text: str) -> str:
    """Return the value of a property: a colon or comma would end it."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
