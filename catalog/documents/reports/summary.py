"""A run in a few words: a Markdown section as CI systems show it, and a badge."""

import re

from catalog.core.cases import Case, Outcome, Run
from catalog.core.counts import count
from catalog.documents.plain import Document
from catalog.errors import one_line

MOST_ROWS = 200
MOST_BYTES = 900_000
"""Of a section: GitHub shows no summary of a step with more than 1 MiB."""
LONGEST_CELL = 300
_WORDS = {
    "failed": "failed",
    "unchecked": "could not be checked",
    "accepted": "accepted",
    "tolerated": "tolerated",
    "passed": "passed",
}
_MARKED = re.compile(r"([\\`*_{}\[\]()<>#|~!])")


def counted(run: Run) -> str:
    """Return how the cases came out: `1 failed, 3 passed`."""
    shown = [f"{number:,} {_WORDS[key]}" for key, number in run.counts().items() if number]
    return ", ".join(shown) or "nothing was checked"


def markdown(run: Run) -> str:
    """Return a section: how it came out, and a table of what is wrong, the worst first."""
    # A repository that gave no answer is judged by what was seen before, too: one target.
    targets, worst = len({group.target for group in run.groups}), run.worst
    looked = f"{count(targets, 'target')}, {count(len(run.cases), 'case')}"
    lines = [f"### catalog {run.command}: {_verdict(run)}", "", f"{looked}: {counted(run)}.", ""]
    rows = [_row(case) for case in worst[:MOST_ROWS]]
    if rows:
        lines += [
            "| outcome | target | rule | observed | expected |",
            "| --- | --- | --- | --- | --- |",
        ]
    room = MOST_BYTES
    for number, row in enumerate(rows):
        room -= len(row.encode()) + 1
        if room < 0:
            rows = rows[:number]
            break
    left = len(worst) - len(rows)
    if left > 0:
        rows += ["", f"And {left:,} more: `--junit`, `--sarif` and `--json` have all."]
    return "\n".join([*lines, *rows]).rstrip() + "\n\n"


def _verdict(run: Run) -> str:
    counts = run.counts()
    if counts["failed"]:
        return "failed"
    if counts["unchecked"] or not sum(counts.values()):
        return "could not be checked"
    # What `--fail-on` lets pass did not pass: alone it is no good news.
    return "passed" if counts["passed"] or counts["accepted"] else "tolerated"


def _row(case: Case) -> str:
    cells = (case.outcome.value, case.target, case.name, case.message, case.expected or "")
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Return a text that Markdown shows as it is: names of files may be anything."""
    line = one_line(text)
    if len(line) > LONGEST_CELL:
        line = f"{line[:LONGEST_CELL]} …"
    marked = _MARKED.sub(r"\\\1", line.replace("&", "&amp;"))
    return marked.replace("\\<", "&lt;").replace("\\>", "&gt;")


def badge(run: Run) -> Document:
    """Return a badge as shields.io's endpoint takes it."""
    counts = run.counts()
    verdict = _verdict(run)
    if verdict == "failed":
        message, color = f"{counts['failed']:,} failed", "red"
    elif verdict == "passed":
        word = "passed" if counts["passed"] else "accepted"
        also = f", {counts['tolerated']:,} tolerated" if counts["tolerated"] else ""
        message, color = f"{counts[word]:,} {word}{also}", "brightgreen"
    elif verdict == "tolerated":
        message, color = f"{counts['tolerated']:,} tolerated", "yellow"
    else:
        message, color = "could not be checked", "yellow"
    return {
        "schemaVersion": 1,
        "label": f"catalog {run.command}",
        "message": message,
        "color": color,
        "isError": verdict not in ("passed", "tolerated"),
    }


def severity(case: Case) -> Outcome:
    """Return how loudly a case is told: what could not be checked is a warning."""
    return Outcome.WARNING if case.outcome is Outcome.UNCHECKED else case.outcome
