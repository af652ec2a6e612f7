"""What to cite: papers, data, software and weights, as bibliographic facts.

Values alone; suite files state them (`catalog.core.suites`), `catalog.documents.citations` prints
them. Nothing is made up here: what no source states is left out.
"""

from typing import NamedTuple

OF = ("suite", "data", "scores", "software")
"""What a citation is the source of."""
TYPES = ("article", "inproceedings", "software", "misc")


class Citation(NamedTuple):
    """One work to cite.

    Attributes:
        key: unique, and the same in every output.
        of: what it is the source of: one of `OF`, `weights`, or `catalog`.
        type: one of `TYPES`.
        title: of the work.
        authors: `Family, Given`; an organisation without a comma.
        year: of publication, None where nobody states one.
        month: 1 to 12.
        container: the journal, or the proceedings.
        series: that the proceedings belong to.
        volume: of journal or series.
        pages: `first-last`.
        publisher: of the proceedings, or the archive.
        version: of software.
        doi: without an address before it.
        eprint: number at arXiv.
        url: where it is.
        note: what a reader should know.
    """

    key: str
    of: str
    type: str
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    month: int | None = None
    container: str | None = None
    series: str | None = None
    volume: str | None = None
    pages: str | None = None
    publisher: str | None = None
    version: str | None = None
    doi: str | None = None
    eprint: str | None = None
    url: str | None = None
    note: str | None = None


class Used(NamedTuple):
    """One checkpoint that a paper used.

    Attributes:
        name: `MODEL@REVISION`.
        repo_id: where it is published, None where it never was.
        revision: its branch.
        commit: of the branch, None where nobody looked.
        step: the published step, None where it has none.
        tokens_seen: training tokens, None where nobody knows.
        weight_set: the set of files that is pinned, None without a lock.
        digest: of the manifest of its files, hex; None without a lock.
        advisories: ids of those about it.
    """

    name: str
    repo_id: str | None
    revision: str | None
    commit: str | None
    step: int | None
    tokens_seen: int | None
    weight_set: str | None = None
    digest: str | None = None
    advisories: tuple[str, ...] = ()


class Cited(NamedTuple):
    """What to cite for some checkpoints, in every form.

    Attributes:
        entries: each work once: suites, data, software, scores, weights, then this catalog.
        used: the checkpoints.
        version: of this program.
        lock_digest: hex, None where no lock was cited.
        bibtex: a bibliography for BibTeX and biber.
        csl_json: the same for reference managers: CSL-JSON.
        text: a reference a line.
        paragraph: for an appendix.
        footnote: in one line.
        paragraph_latex: the paragraph for LaTeX.
        footnote_latex: the footnote for LaTeX.
    """

    entries: tuple[Citation, ...]
    used: tuple[Used, ...]
    version: str
    lock_digest: str | None
    bibtex: str = ""
    csl_json: str = ""
    text: str = ""
    paragraph: str = ""
    footnote: str = ""
    paragraph_latex: str = ""
    footnote_latex: str = ""
