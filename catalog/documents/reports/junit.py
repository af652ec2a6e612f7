"""A run as JUnit XML, which every CI system reads: a suite a target, a test a case."""

from collections import Counter
from xml.etree import ElementTree as ET

from catalog.core.cases import Case, Group, Outcome, Run
from catalog.documents.reports import rules
from catalog.errors import one_line


def junit(run: Run) -> str:
    """Return the document.

    What fails the run is a failure, what could not be checked an error; what is accepted, or
    tolerated by `--fail-on`, is a skipped test that says so.
    """
    root = ET.Element("testsuites", name=f"catalog {run.command}")
    for group in run.groups:
        root.append(_suite(run, group))
    counts = [{key: int(suite.get(key, 0)) for key in _COUNTED} for suite in root]
    for key in _COUNTED:
        root.set(key, str(sum(counted[key] for counted in counts)))
    root.set("time", _seconds(sum(group.seconds or 0 for group in run.groups)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


_COUNTED = ("tests", "failures", "errors", "skipped")
_KINDS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def _suite(run: Run, group: Group) -> ET.Element:
    suite = ET.Element("testsuite", name=one_line(group.target))
    names: Counter[str] = Counter()
    for case in group.cases:
        names[case.name] += 1
        times = names[case.name]
        suite.append(_test(run, group, case, f" ({times})" if times > 1 else ""))
    tags = Counter(child.tag for test in suite for child in test)
    suite.set("tests", str(len(group.cases)))
    for tag, key in _KINDS.items():
        suite.set(key, str(tags[tag]))
    suite.set("time", _seconds(group.seconds or 0))
    if group.began is not None:
        suite.set("timestamp", group.began)
    if group.notes:
        ET.SubElement(suite, "system-out").text = "\n".join(map(one_line, group.notes))
    return suite


def _test(run: Run, group: Group, case: Case, ordinal: str) -> ET.Element:
    """Return one test; two of a name would hide one another, so the second says that it is one."""
    name = one_line(case.name) + ordinal
    test = ET.Element("testcase", classname=one_line(case.target), name=name, time="0.000")
    if group.file is not None:
        test.set("file", one_line(group.file))
    message = one_line(case.message)
    if kind := _kind(run, case):
        child = ET.SubElement(test, kind, message=message, type=case.rule)
        child.text = "\n".join(lines_of(case))
        if kind == "skipped":
            child.set("message", f"{'accepted' if case.accepted else case.outcome}: {message}")
    else:
        ET.SubElement(test, "system-out").text = "\n".join(lines_of(case))
    return test


def _kind(run: Run, case: Case) -> str | None:
    """Return what JUnit calls the outcome of a case, None where it is a passed test."""
    if run.fails(case):
        return "error" if case.outcome is Outcome.UNCHECKED else "failure"
    return None if case.outcome is Outcome.PASSED else "skipped"


def lines_of(case: Case) -> list[str]:
    """Return all that is known of a case: what was compared, what was seen, whose the bytes are."""
    known = (
        ("rule", case.rule),
        ("asked", rules.sentence(case.rule)),
        ("of", case.place),
        ("outcome", case.outcome.value),
        ("expected", case.expected),
        ("observed", case.message),
        ("owner", case.owner),
    )
    return [f"{label}: {one_line(text)}" for label, text in known if text is not None]


def _seconds(number: float) -> str:
    return f"{number:.3f}"
