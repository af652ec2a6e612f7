"""The `[source]` tables of a suite file: which documents its facts and names come from."""

import re
from collections.abc import Mapping

from catalog.core.citations import Citation
from catalog.core.facts import PRECEDENCE, Source
from catalog.core.refs import COMMIT
from catalog.core.suites.cited import read_citations
from catalog.core.suites.reading import Document, Table

_SOURCE = ("kind", "title", "url", "commit", "digest", "dated")
_LONGEST_KEY = 120
_DIGEST = re.compile(r"[a-z0-9]+:[0-9a-f]+")


def parse_sources(text: str, *, label: str) -> dict[str, Source]:
    """Read a file that holds nothing but sources.

    Raises:
        BadInput: "LABEL:LINE: what is wrong".
    """
    root = Document(text, label).root()
    root.only(("source", "citation"), "a file of sources")
    return read_sources(root, {})


def parse_citations(text: str, *, label: str) -> dict[str, Citation]:
    """Read the works that a file of sources declares.

    Raises:
        BadInput: "LABEL:LINE: what is wrong".
    """
    return read_citations(Document(text, label).root(), {})


def read_sources(root: Table, shared: Mapping[str, Source]) -> dict[str, Source]:
    """Return the sources that a document declares; a key of `shared` must mean the same there."""
    section = root.table("source")
    sources = {}
    for key in section.values:
        sources[key] = _source(key, section.table(key))
        if key in shared and shared[key] != sources[key]:
            section.fail(f"source {key!r} is already the key of another document", key)
    return sources


def _source(key: str, table: Table) -> Source:
    table.only(_SOURCE, "a source")
    if len(key) > _LONGEST_KEY or not key.isprintable() or not key.strip():
        table.fail("a source's key has at most 120 printable characters")
    commit, digest = table.text("commit"), table.text("digest", longest=80)
    if commit is not None and not COMMIT.fullmatch(commit):
        table.fail("commit must be 40 hex digits", "commit")
    if digest is not None and not _DIGEST.fullmatch(digest):
        table.fail("digest must be 'algorithm:hex'", "digest")
    return Source(
        key,
        table.one_of("kind", tuple(PRECEDENCE)),
        table.needed_text("title"),
        table.text("url"),
        commit,
        digest,
        table.day("dated"),
    )
