"""What a scan found, as plain data, and as the cases of reports."""

from typing import TYPE_CHECKING

from catalog.core.cases import Case, Group, Outcome
from catalog.core.mentions import places
from catalog.documents.plain import Document, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.core.mentions.places import Place, Scan


def scan(value: "Scan") -> Document:
    """Return a scan."""
    return {
        "places": [place(each) for each in value.places],
        "affected": sum(each.is_affected for each in value.places),
        "files": value.files,
        "left_out": [{"file": file, "why": why} for file, why in value.left_out],
        "notes": [{"file": file, "note": note} for file, note in value.notes],
    }


def place(value: "Place") -> Document:
    """Return a place, with what each of its revisions loads."""
    mention = value.mention
    return {
        "file": value.file,
        "line": value.line,
        "cell": mention.cell,
        "written": value.written,
        "meant": value.meant,
        "model": value.today,
        "revision": value.spelled,
        "revisions": list(value.revisions),
        "rule": value.rule,
        "affected": value.is_affected,
        "said": value.said,
        "advisories": list(value.advisories),
        "loader": mention.loader.words if mention.loader else None,
        "loaded": [plain(each) for each in value.loaded],
        "untold": mention.untold,
        "is_default": mention.is_default,
        "day": plain(value.day),
        "dated": value.dated,
        "way": mention.way.value,
    }


def cases(value: "Scan", paths: "Sequence[str]") -> list[Group]:
    """Return what a scan found, a group for each file that names a model."""
    files: dict[str, list[Case]] = {}
    for each in value.places:
        files.setdefault(each.file, []).append(_case(each))
    groups = [Group(file, tuple(every), file) for file, every in files.items()]
    if groups:
        return groups
    text = f"no model of the catalog is named in {value.files:,} files"
    return [Group(path, (Case(places.RIGHT, Outcome.PASSED, path, text),), path) for path in paths]


def _case(value: "Place") -> Case:
    severity, _ = places.RULES[value.rule]
    outcome = Outcome.PASSED if value.rule == places.RIGHT else Outcome(severity)
    known = f" ({', '.join(value.advisories)})" if value.advisories else ""
    return Case(
        value.rule,
        outcome,
        value.file,
        f"{value.words}: {value.said}{known}",
        place=value.words,
        line=value.line,
    )
