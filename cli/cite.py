"""`catalog cite`: what to cite for what was used."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import BadInput

from . import complete, output
from .call import Call, command
from .output import Format, Output, Report
from .tables import Column

if TYPE_CHECKING:
    from catalog.core.citations import Cited

COLUMNS = (
    Column("key"),
    Column("of"),
    Column("title", wraps=True),
    Column("year", cell=lambda row: row["year"] and str(row["year"])),
    Column("where", gives_way=1, cell=lambda row: row["doi"] or row["eprint"] or row["url"]),
)
KEYS = (
    *("key", "of", "type", "title", "authors", "year", "container", "volume", "pages", "version"),
    *("doi", "eprint", "url", "note"),
)


class CiteFormat(StrEnum):
    """How citations are printed: as every command prints, and as papers want them."""

    BIBTEX = "bibtex"
    CSL_JSON = "csl-json"
    TEXT = "text"
    PARAGRAPH = "paragraph"
    FOOTNOTE = "footnote"
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MD = "md"
    QUIET = "quiet"


@command
def cite(
    call: Call,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="REF|LOCK...",
            help="MODEL[@REVISION], MODEL@log14 and the like, or a file that `catalog lock` wrote.",
            autocompletion=complete.targets,
        ),
    ],
    format_: Annotated[
        CiteFormat | None,
        typer.Option("--format", help="How to print. Default: bibtex.", show_default=False),
    ] = None,
    latex: Annotated[
        bool, typer.Option("--latex", help="Paragraph and footnote for LaTeX, not as plain text.")
    ] = False,
) -> None:
    """Print what to cite: paper, data, software, scores and weights of models, and this catalog.

    A paragraph for an appendix and a footnote say commits, tokens and digests. Nothing is asked of
    the Hub: a REF is cited at the commit that was last seen, a lock at those that it pins.
    """
    from catalog.documents import citations

    out, kind = _chosen(call, format_)
    if latex and kind not in (CiteFormat.PARAGRAPH, CiteFormat.FOOTNOTE):
        raise BadInput("--latex is for a paragraph or a footnote", "add --format paragraph, say")
    cited = call.catalog.cite(*targets)
    document = citations.cited(cited)
    if kind is not None:
        output.write_lines([_text(cited, kind, latex=latex).rstrip("\n")])
        return
    # A name has a comma and a space in it: authors stand apart as BibTeX has them.
    rows = [row | {"authors": " and ".join(row["authors"])} for row in document["entries"]]
    out.print(Report(document, rows, COLUMNS, keys=KEYS, quiet=lambda row: row["key"]))


def _chosen(call: Call, given: CiteFormat | None) -> tuple[Output, CiteFormat | None]:
    """Return what prints, and the form of a paper where that is asked for."""
    if given is None:
        return call.output, CiteFormat.BIBTEX if call.output.is_for_people else None
    if not call.output.is_for_people:
        raise BadInput(
            f"one format at a time, not {call.output.format} and {given}", "see `--format`"
        )
    if given.value in {each.value for each in Format}:
        return Output(Format(given.value)), None
    return call.output, given


def _text(cited: "Cited", kind: CiteFormat, *, latex: bool) -> str:
    if latex:
        return cited.paragraph_latex if kind is CiteFormat.PARAGRAPH else cited.footnote_latex
    forms = {
        CiteFormat.BIBTEX: cited.bibtex,
        CiteFormat.CSL_JSON: cited.csl_json,
        CiteFormat.TEXT: cited.text,
        CiteFormat.PARAGRAPH: cited.paragraph,
        CiteFormat.FOOTNOTE: cited.footnote,
    }
    return forms[kind]
