"""Works to cite, as BibTeX, CSL-JSON and text. Nothing is looked up: what is unknown is left out.

BibTeX is ASCII: accents and TeX's own signs are escaped, titles keep their capitals. Software is
`@misc`, which BibTeX's own styles and biber both print.
"""

import json
from collections.abc import Callable, Iterable, Sequence

from catalog.core.citations import Citation, Cited, Used
from catalog.documents.plain import Document, plain
from catalog.documents.tex import tex, texttt

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BIBTEX = {"article": "article", "inproceedings": "inproceedings"}
_CSL = {
    "article": "article-journal",
    "inproceedings": "paper-conference",
    "software": "software",
    "misc": "dataset",
}


def cited(value: Cited) -> Document:
    """Return what to cite as plain data."""
    return {
        "entries": [plain(entry) for entry in value.entries],
        "used": [plain(each) for each in value.used],
        "version": value.version,
        "lock_digest": value.lock_digest,
        **{name: getattr(value, name) for name in ("bibtex", "text", "paragraph", "footnote")},
        "csl_json": json.loads(value.csl_json),
    }


def printed(value: Cited) -> Cited:
    """Return what to cite, with every form of it."""
    return value._replace(
        bibtex=bibtex(value.entries),
        csl_json=csl_json(value.entries),
        text=text(value.entries),
        paragraph=paragraph(value),
        footnote=footnote(value),
        paragraph_latex=paragraph(value, latex=True),
        footnote_latex=footnote(value, latex=True),
    )


# BibTeX ----------------------------------------------------------------------------------------


def bibtex(entries: Iterable[Citation]) -> str:
    """Return a bibliography."""
    return "\n".join(_bibtex(entry) for entry in entries)


def _bibtex(entry: Citation) -> str:
    lines = [f"  {name} = {value}," for name, value in _fields(entry).items() if value]
    return "\n".join((f"@{_BIBTEX.get(entry.type, 'misc')}{{{entry.key},", *lines, "}", ""))


def _fields(entry: Citation) -> dict[str, str | None]:
    where = "booktitle" if entry.type == "inproceedings" else "journal"
    notes = [f"version {entry.version}" if entry.version else None, entry.note]
    note = "; ".join(part for part in notes if part)
    return {
        "title": f"{{{{{tex(entry.title)}}}}}",
        "author": _braced(" and ".join(_name(name) for name in entry.authors)),
        # What BibTeX sorts and labels by where nobody is named as the author.
        "key": None if entry.authors else _braced(tex(entry.key)),
        "year": _braced(str(entry.year) if entry.year else None),
        "month": _MONTHS[entry.month - 1] if entry.month else None,
        where: _braced(entry.container and tex(entry.container)),
        "series": _braced(entry.series and tex(entry.series)),
        "volume": _braced(entry.volume),
        "pages": _braced(entry.pages and entry.pages.replace("-", "--")),
        # Neither BibTeX nor biblatex know a publisher of a @misc.
        "publisher" if entry.type in _BIBTEX else "howpublished": _braced(
            entry.publisher and tex(entry.publisher)
        ),
        "eprint": _braced(entry.eprint),
        "archiveprefix": _braced("arXiv" if entry.eprint else None),
        "doi": _braced(entry.doi),
        "url": _braced(entry.url),
        "note": _braced(note and tex(note)),
    }


def _braced(text: str | None) -> str | None:
    return f"{{{text}}}" if text else None


def _name(name: str) -> str:
    """Return an author; an organisation in braces, so that it is not taken apart."""
    return tex(name) if "," in name else f"{{{tex(name)}}}"


# CSL-JSON --------------------------------------------------------------------------------------


def csl_json(entries: Iterable[Citation]) -> str:
    """Return a bibliography as CSL-JSON."""
    return json.dumps([_csl(entry) for entry in entries], ensure_ascii=False, indent=2)


def _csl(entry: Citation) -> Document:
    issued = [part for part in (entry.year, entry.month if entry.year else None) if part]
    fields: Document = {
        "id": entry.key,
        "type": "article" if entry.type == "article" and entry.eprint else _CSL[entry.type],
        "title": entry.title,
        "author": [_csl_name(name) for name in entry.authors] or None,
        "issued": {"date-parts": [issued]} if issued else None,
        "container-title": entry.container,
        "collection-title": entry.series,
        "volume": entry.volume,
        "page": entry.pages,
        "publisher": entry.publisher,
        "version": entry.version,
        "number": entry.eprint and f"arXiv:{entry.eprint}",
        "DOI": entry.doi,
        "URL": entry.url,
        "note": entry.note,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _csl_name(name: str) -> Document:
    family, comma, given = name.partition(", ")
    return {"family": family, "given": given} if comma else {"literal": name}


# Text ------------------------------------------------------------------------------------------


def text(entries: Iterable[Citation]) -> str:
    """Return a reference a line."""
    return "".join(f"{_reference(entry)}\n" for entry in entries)


def _reference(entry: Citation) -> str:
    published = entry.container or entry.publisher
    parts = [
        _people(entry.authors) + (f" ({entry.year})" if entry.year else ""),
        entry.title + (f" (version {entry.version})" if entry.version else ""),
        published and ", ".join(p for p in (published, _volume(entry), _pages(entry)) if p),
        f"https://doi.org/{entry.doi}" if entry.doi else entry.url,
        entry.note,
    ]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def _volume(entry: Citation) -> str | None:
    return f"{entry.series} {entry.volume}" if entry.series and entry.volume else entry.volume


def _pages(entry: Citation) -> str | None:
    return f"pp. {entry.pages}" if entry.pages else None


def _people(authors: Sequence[str]) -> str:
    short = [_initials(name) for name in authors]
    return ", ".join(short[:-1]) + " and " + short[-1] if len(short) > 1 else "".join(short)


def _initials(name: str) -> str:
    family, comma, given = name.partition(", ")
    letters = " ".join(f"{word[0]}." for word in given.split())
    return f"{family}, {letters}" if comma else name


# A paper's own words ---------------------------------------------------------------------------


def paragraph(value: Cited, *, latex: bool = False) -> str:
    """Return a paragraph for an appendix: what was used, and how it is pinned."""
    code: Callable[[str], str] = texttt if latex else str
    plain_: Callable[[str], str] = tex if latex else str
    sentences = [f"We used {_and([_checkpoint(each, code) for each in value.used])}."]
    pinned = f"the {len(value.used)} checkpoints' files" if len(value.used) > 1 else "its files"
    if value.lock_digest:
        sentences.append(
            f"Commits, and size and SHA-256 of {pinned}, are pinned in a lock of "
            f"checkpoint-catalog {value.version} (lock digest {code(value.lock_digest)})."
        )
    else:
        sentences.append(f"Named by checkpoint-catalog {value.version}; no lock pins the files.")
    problems = dict.fromkeys(number for each in value.used for number in each.advisories)
    one = len(value.used) == 1
    if problems:
        whose = "this branch" if one else "these branches"
        sentences.append(f"Known problems of {whose}: {plain_(', '.join(problems))}.")
    else:
        whose = "this checkpoint" if one else "these checkpoints"
        sentences.append(f"No advisory of the catalog is about {whose}.")
    return " ".join(sentences) + "\n"


def _checkpoint(each: Used, code: Callable[[str], str]) -> str:
    parts = []
    if each.tokens_seen is not None:
        parts.append(f"{each.tokens_seen:,} training tokens")
    if each.repo_id:
        commit = f", commit {code(each.commit)}" if each.commit else ", commit not observed"
        parts.append(f"{code(each.repo_id)}{commit}")
    if each.weight_set and each.digest:
        parts.append(f"weights {code(each.weight_set)}, manifest SHA-256 {code(each.digest)}")
    return f"{code(each.name)} ({'; '.join(parts)})" if parts else code(each.name)


def _and(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)


def footnote(value: Cited, *, latex: bool = False) -> str:
    """Return one line for a footnote."""
    code: Callable[[str], str] = texttt if latex else str
    named = [
        f"{code(each.name)} ({code(each.commit[:8])})" if each.commit else code(each.name)
        for each in value.used[:_FEW]
    ]
    more = f" and {len(value.used) - _FEW} more" if len(value.used) > _FEW else ""
    pinned = f", lock {code(value.lock_digest[:16])}" if value.lock_digest else ""
    line = f"{', '.join(named)}{more}; checkpoint-catalog {value.version}{pinned}."
    return rf"\footnote{{{line}}}" + "\n" if latex else line + "\n"


_FEW = 4
