"""The `[citation]` tables of a suite file: the works that a paper on its models cites."""

import re
from collections.abc import Mapping

from catalog.core.citations import OF, TYPES, Citation
from catalog.core.suites.reading import Table

_KEYS = (
    *("of", "type", "title", "authors", "year", "month", "container", "series", "volume", "pages"),
    *("publisher", "version", "doi", "eprint", "url", "note"),
)
# What BibTeX, biber and CSL all take for a key.
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9:_-]{0,79}")
_LONGEST_NAME = 200
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_EPRINT = re.compile(r"\d{4}\.\d{4,5}")


def read_citations(root: Table, shared: Mapping[str, Citation]) -> dict[str, Citation]:
    """Return the works that a document declares; a key of `shared` must mean the same there.

    Raises:
        BadInput: "LABEL:LINE: what is wrong".
    """
    section = root.table("citation")
    works = {}
    for key in section.values:
        works[key] = _citation(key, section.table(key))
        if key in shared and shared[key] != works[key]:
            section.fail(f"citation {key!r} is already the key of another work", key)
    return works


def read_cited(root: Table, head: Table, shared: Mapping[str, Citation]) -> tuple[Citation, ...]:
    """Return the works that a suite file cites; each that it declares must be among them.

    Raises:
        BadInput: "LABEL:LINE: what is wrong".
    """
    own = read_citations(root, shared)
    chosen = cited(head, {**shared, **own})
    for key in own:
        if own[key] not in chosen:
            head.fail(f"citation {key!r} is declared, and 'cites' does not name it", "cites")
    return chosen


def cited(head: Table, known: Mapping[str, Citation]) -> tuple[Citation, ...]:
    """Return the works that a suite names in `cites`, in that order.

    Raises:
        BadInput: "LABEL:LINE: what is wrong".
    """
    chosen: dict[str, Citation] = {}
    for key in head.items("cites"):
        if not isinstance(key, str) or key not in known:
            head.fail(f"unknown citation {key!r}", "cites", word=str(key))
        chosen[key] = known[key]
    return tuple(chosen.values())


def _citation(key: str, table: Table) -> Citation:
    table.only(_KEYS, "a citation")
    if not _KEY.fullmatch(key):
        table.fail("a citation's key begins with a letter: letters, digits, ':', '_' and '-'")
    _require_whole(table)
    doi, eprint = table.text("doi"), table.text("eprint", longest=20)
    if doi is not None and not _DOI.fullmatch(doi):
        table.fail("doi must be as in 10.5281/zenodo.5879544", "doi")
    if eprint is not None and not _EPRINT.fullmatch(eprint):
        table.fail("eprint must be a number of arXiv, as 2304.01373", "eprint")
    return Citation(
        key=key,
        of=table.one_of("of", OF) if "of" in table.values else "suite",
        type=table.one_of("type", TYPES) if "type" in table.values else "misc",
        title=table.needed_text("title"),
        authors=_authors(table),
        year=table.whole("year", least=1900, most=2200),
        month=table.whole("month", most=12),
        container=table.text("container"),
        series=table.text("series"),
        volume=table.text("volume"),
        pages=table.text("pages"),
        publisher=table.text("publisher"),
        version=table.text("version"),
        doi=doi,
        eprint=eprint,
        url=table.text("url"),
        note=table.text("note"),
    )


def _require_whole(table: Table) -> None:
    """Refuse a work that no bibliography could print: half a place, or half a date."""
    kind, given = table.values.get("type"), table.values
    if kind == "inproceedings" and "container" not in given:
        table.fail("inproceedings need 'container', the proceedings", "type")
    if kind == "article" and not {"container", "eprint"} & set(given):
        table.fail("an article needs 'container', the journal, or 'eprint'", "type")
    if kind in ("article", "inproceedings") and "year" not in given:
        table.fail(f"{kind} needs 'year'", "type")
    for part, whole in (("month", "year"), ("pages", "container"), ("series", "volume")):
        if part in given and whole not in given:
            table.fail(f"{part} needs {whole!r}", part)


def _authors(table: Table) -> tuple[str, ...]:
    names = table.items("authors")
    if not names:
        table.fail("missing key 'authors'", "authors" if "authors" in table.values else None)
    for name in names:
        if (
            not isinstance(name, str)
            or not name.strip()
            or len(name) > _LONGEST_NAME
            or not name.isprintable()
        ):
            table.fail("authors must be a list of names, 'Family, Given'", "authors")
    return tuple(str(name) for name in names)
