"""`catalog cite`: bibliographies that their readers take, and nothing made up."""

import csv
import io
import json
import re
from pathlib import Path

import bibtexparser
import jsonschema
import pytest
import yaml
from hub_standin import asked_by_this_process
from planted import REPO

import catalog
from catalog.core import suites
from catalog.core.citations import Citation
from catalog.documents import citations, tex

CHECKOUT = Path(__file__).parents[2]
BAD = "pythia-2.8b@step3000"
COMMIT = "32f13dfd92d7a935b860726a55386f35af465b37"
# Item types of CSL 1.0.2 that are printed here.
TYPES = {"article", "article-journal", "paper-conference", "software", "dataset"}


@pytest.fixture
def cite(catalog, shipped_url):
    """Return a function that cites something, and returns what is printed."""

    def run(*words, code=0):
        ran = catalog("cite", *words, "--db", shipped_url)
        assert ran.code == code, ran
        return ran.out

    return run


def parsed(text):
    """Return the entries of a bibliography by key, as a parser of BibTeX reads them."""
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    assert text.isascii()
    return {entry.key: entry for entry in library.entries}


# Bibliographies --------------------------------------------------------------------------------


def test_bibtex_is_read_by_its_parser(cite):
    """Suite, data, software, scores, weights and catalog: each once, as its source has it."""
    entries = parsed(cite(BAD, "pythia-160m-seed1", "pythia-2.8b@step3000"))
    assert list(entries) == [
        "biderman2023pythia",
        "vanderwal2025polypythias",
        "gao2020pile",
        "andonian2023gptneox",
        "gao2021harness",
        "scores:pythia-evals",
        "weights:EleutherAI:pythia-2.8b",
        "weights:EleutherAI:pythia-160m-seed1",
        "checkpoint-catalog",
    ]
    paper = entries["biderman2023pythia"]
    assert paper.entry_type == "inproceedings"
    assert paper["eprint"] == "2304.01373"
    assert paper["pages"] == "2397--2430"
    assert paper["author"].count(" and ") == 12
    assert r"M{\"u}ller-Eberstein" in entries["vanderwal2025polypythias"]["author"]
    assert COMMIT in entries["weights:EleutherAI:pythia-2.8b"]["url"]
    assert catalog.__version__ in entries["checkpoint-catalog"]["note"]


def test_every_shipped_work_is_read(cite):
    """All suites' works pass BibTeX's parser, with the same keys in both forms."""
    works = {work for every in suites.citations().values() for work in every}
    assert set(parsed(citations.bibtex(works))) == {work.key for work in works}
    assert all(every and every[0].of == "suite" for every in suites.citations().values())
    del cite


def test_odd_names_stay_words():
    """What TeX takes for commands is escaped; accents become ASCII."""
    work = Citation(
        "k",
        "suite",
        "misc",
        "50% of A & B_{1} \\input{x} #$~^",
        ("Ångström, Łucja", "My Lab, Inc."),
    )
    entry = parsed(citations.bibtex([work]))["k"]
    assert entry["author"] == r"{\r A}ngstr{\"o}m, {\L}ucja and My Lab, Inc."
    braced = r"B\_\textbraceleft{}1\textbraceright{} \textbackslash{}input\textbraceleft{}x"
    assert rf"50\% of A \& {braced}" in entry["title"]


def test_braces_in_a_title_never_end_an_entry():
    """BibTeX counts braces, those behind a backslash too: they are written out."""
    works = [Citation(key, "suite", "misc", "a { b } } c", ("A, B",)) for key in ("k", "l")]
    assert list(parsed(citations.bibtex(works))) == ["k", "l"]
    assert tex.tex("a {").count("{") == tex.tex("a {").count("}")


def test_every_accent_of_a_letter_is_kept():
    """A letter with two accents has both."""
    assert tex.tex("Nguyễn, İ") == r"Nguy{\~{\^e}}n, {\.I}"


def test_fields_are_those_that_bibtex_and_biber_know():
    """A @misc has no publisher, and a work without authors is sorted by its key."""
    works = [
        Citation("a", "software", "software", "T", ("A, B",), 2020, publisher="Zenodo"),
        Citation("b", "scores", "misc", "T"),
        Citation("c", "suite", "inproceedings", "T", ("A, B",), container="C", publisher="P"),
    ]
    entries = parsed(citations.bibtex(works))
    assert (entries["a"]["howpublished"], "publisher" in entries["a"].fields_dict) == (
        "Zenodo",
        False,
    )
    assert (entries["b"]["key"], "author" in entries["b"].fields_dict) == ("b", False)
    assert (entries["c"]["publisher"], "key" in entries["c"].fields_dict) == ("P", False)


TEXTS = ("container-title", "collection-title", "publisher", "version", "DOI", "URL", "note")
ITEM = {
    "type": "object",
    "required": ["id", "type", "title"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "type": {"enum": sorted(TYPES)},
        "author": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: {"type": "string"} for name in ("family", "given", "literal")},
                "oneOf": [{"required": ["family", "given"]}, {"required": ["literal"]}],
            },
        },
        "issued": {
            "type": "object",
            "required": ["date-parts"],
            "additionalProperties": False,
            "properties": {
                "date-parts": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 1,
                    "items": {
                        "type": "array",
                        "items": {"type": "integer"},
                        "minItems": 1,
                        "maxItems": 2,
                    },
                }
            },
        },
        **{name: {"type": "string"} for name in ("title", "volume", "page", "number", *TEXTS)},
    },
}
"""What CSL-JSON (1.0.2) allows, as far as it is printed here."""


def test_csl_json_has_the_form_that_its_readers_expect(cite):
    """Every item of every suite that ships, and one with every field there is."""
    full = Citation(
        *("k", "suite", "inproceedings", "T", ("A, B", "Lab"), 2020, 12, "C", "S", "3", "1-9"),
        *("P", "1.0", "10.1234/x", "2001.00001", "https://e.org", "n"),
    )
    works = [work for every in suites.citations().values() for work in every]
    printed = json.loads(citations.csl_json([*works, full]))
    for item in [*printed, *json.loads(cite(BAD, "gpt-neo-125m", "--format", "csl-json"))]:
        jsonschema.validate(item, ITEM)


def test_csl_json(cite):
    """Items have an id and a type of CSL, dates in parts, and names in parts or literal."""
    items = json.loads(cite(BAD, "opt-125m", "--format", "csl-json"))
    assert {item["type"] for item in items} <= TYPES
    assert len({item["id"] for item in items}) == len(items)
    paper = next(item for item in items if item["id"] == "biderman2023pythia")
    assert paper["issued"] == {"date-parts": [[2023]]}
    assert paper["author"][-1] == {"family": "van der Wal", "given": "Oskar"}
    assert paper["container-title"].startswith("Proceedings of the 40th")
    (own,) = [item for item in items if item["id"] == "checkpoint-catalog"]
    assert own["author"] == [{"literal": "The checkpoint-catalog contributors"}]


def test_text(cite):
    """A reference a line, with initials, year and place."""
    lines = cite("opt-125m", "--format", "text").splitlines()
    assert lines[0].startswith("Zhang, S., Roller, S.,")
    assert "(2022). OPT: Open Pre-trained Transformer Language Models." in lines[0]


def test_scores_are_cited_where_there_are_any(cite):
    """The harness and the score files stand in the list only for what was scored."""
    scored = cite(BAD, "-q").splitlines()
    assert "scores:pythia-evals" in scored
    assert "gao2021harness" not in cite("pythia-14m", "-q").splitlines()


def test_formats(cite):
    """The formats of every command are there too; two at a time are refused."""
    document = json.loads(cite(BAD, "--json"))
    assert document["entries"][0]["key"] == "biderman2023pythia"
    assert cite(BAD, "--format", "json") == cite(BAD, "--json")
    assert cite(BAD, "--csv").startswith("key,of,type,title")
    assert cite(BAD, "--csv", "--format", "bibtex", code=2) == ""
    assert cite(BAD, "--latex", code=2) == ""
    assert cite("pythia-nope", code=2) == ""


# A paper's own words ---------------------------------------------------------------------------


def test_a_branch_in_words(cite):
    """Tokens, commit and known problems; and that no lock pins the files."""
    text = cite(BAD, "--format", "paragraph")
    assert text == (
        f"We used {BAD} (6,291,456,000 training tokens; EleutherAI/pythia-2.8b, commit {COMMIT}). "
        f"Named by checkpoint-catalog {catalog.__version__}; no lock pins the files. "
        "Known problems of this branch: CKPT-2026-0001.\n"
    )
    line = cite(BAD, "--format", "footnote")
    assert line == f"{BAD} ({COMMIT[:8]}); checkpoint-catalog {catalog.__version__}.\n"


def test_a_selection_is_every_branch_of_it(cite):
    """Twelve checkpoints of a figure are cited by one word; the weights stay one work."""
    assert cite("pythia-160m@step1..step4", "--format", "footnote").startswith(
        "pythia-160m@step1 (4d948288), pythia-160m@step2 ("
    )
    keys = cite("pythia-160m@log3", "pythia-160m@step143000", "-q").split()
    assert [key for key in keys if key.startswith("weights")] == ["weights:EleutherAI:pythia-160m"]


def test_authors_stand_apart_in_a_table(cite):
    """Names have commas and spaces: a CSV joins them by "and"."""
    row = next(csv.DictReader(io.StringIO(cite("opt-1.3b", "--csv"))))
    assert row["authors"].startswith("Zhang, Susan and Roller, Stephen and ")


def test_latex(cite):
    """Names are set in typewriter, nothing in them is a command, and a column can hold a digest."""
    assert cite(BAD, "--format", "footnote", "--latex").startswith(rf"\footnote{{\texttt{{{BAD}}}")
    printed = cite(BAD, "--format", "paragraph", "--latex")
    assert r"\texttt{32f13dfd\allowbreak{}92d7a935\allowbreak{}b8" in printed
    assert COMMIT in printed.replace(r"\allowbreak{}", "")


def test_a_lock(hub, catalog, known_url, tmp_path, monkeypatch):
    """Commit, weights, the digest of their manifest and the digest of the lock, which it fits."""
    monkeypatch.chdir(tmp_path)
    with asked_by_this_process(hub, monkeypatch):
        assert catalog("lock", f"{REPO}@step64", "-o", "a.lock", "--db", known_url).code == 0
    lock = json.loads(Path("a.lock").read_text())
    cited = json.loads(catalog("cite", "a.lock", "--json", "--db", known_url).out)
    assert cited["lock_digest"] == lock["lock_digest"]
    (used,) = cited["used"]
    assert used["commit"] == lock["checkpoints"][0]["commit"]
    for part in (lock["lock_digest"], used["commit"], used["digest"], "65,536 training tokens"):
        assert part in cited["paragraph"]
    assert f"lock {lock['lock_digest'][:16]}" in cited["footnote"]
    own = cited["entries"][-1]
    assert own["note"] == f"lock digest sha256:{lock['lock_digest']}"
    Path("a.lock").write_text(Path("a.lock").read_text().replace("step64", "step63"))
    assert catalog("cite", "a.lock", "--db", known_url).code == 2


# Suite files, and the project itself -------------------------------------------------------------


SUITE = """
[suite]
name = "mine"
title = "Mine"
kind = "private"
cites = ["me2025mine", "gao2020pile"]
[citation.me2025mine]
of = "suite"
type = "misc"
title = "My own"
authors = ["Me, Myself"]
[[model]]
name = "mine-90m"
architecture = "gpt-neox"
"""


def test_a_suite_file_states_its_works():
    """A suite names works of its own and shipped ones, in its order."""
    suite = suites.parse(SUITE, label="mine.toml")
    assert [work.key for work in suite.citations] == ["me2025mine", "gao2020pile"]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('"gao2020pile"]', '"nobody"]', "unknown citation 'nobody'"),
        ('authors = ["Me, Myself"]', "", "missing key 'authors'"),
        ('type = "misc"', 'type = "poem"', "type 'poem' is not one of"),
        ('title = "My own"', 'title = "My own"\ndoi = "x"', "doi must be as in"),
        ('title = "My own"', 'title = "My own"\nyear = 1', "year must be between"),
        ("[citation.me2025mine]", "[citation.gao2020pile]", "is already the key of another work"),
        ('cites = ["me2025mine", ', "cites = [", "'me2025mine' is declared, and 'cites' does not"),
        ('"misc"', '"article"', "an article needs 'container', the journal, or 'eprint'"),
        ('"misc"', '"inproceedings"', "inproceedings need 'container', the proceedings"),
        ('"misc"', '"article"\ncontainer = "J"', "article needs 'year'"),
        ('"misc"', '"misc"\nmonth = 3', "month needs 'year'"),
        ('"misc"', '"misc"\npages = "1-2"', "pages needs 'container'"),
        ('"misc"', '"misc"\nseries = "S"', "series needs 'volume'"),
    ],
)
def test_a_broken_citation_is_named(before, after, why):
    """The file is refused whole, with the line."""
    with pytest.raises(catalog.CatalogError, match=re.escape(why)) as refused:
        suites.parse(SUITE.replace(before, after), label="mine.toml")
    assert re.match(r"mine.toml:\d+: ", str(refused.value))


PUBLISHED = SUITE.replace(
    "architecture", 'repo_id = "me/mine-90m"\ncheckpoints = [{ revision = "main" }]\narchitecture'
)


@pytest.fixture
def mine(catalog, facts_url, tmp_path):
    """Return functions that add a suite of one's own, and that cite its model."""

    def add(text):
        (tmp_path / "mine.toml").write_text(text)
        ran = catalog("suites", "add", tmp_path / "mine.toml", "--json", "--db", facts_url)
        assert ran.code == 0, ran
        return json.loads(ran.out)["status"]

    return add, lambda *words: catalog("cite", "mine-90m", *words, "--db", facts_url).out


def test_a_suite_of_ones_own_is_cited_as_its_file_says(mine):
    """The works of the file stand in the bibliography, whole; a newer file replaces them."""
    add, cite_mine = mine
    stated = PUBLISHED.replace(
        "[[model]]", 'year = 2025\ndoi = "10.1234/mine"\nurl = "https://example.org"\n[[model]]', 1
    )
    assert (add(stated), add(stated)) == ("added", "known")
    entries = parsed(cite_mine())
    assert list(entries) == [
        *("me2025mine", "gao2020pile", "weights:me:mine-90m", "checkpoint-catalog"),
    ]
    own = {field.key: field.value for field in entries["me2025mine"].fields}
    assert own == {
        "title": "{My own}",
        "author": "Me, Myself",
        "year": "2025",
        "doi": "10.1234/mine",
        "url": "https://example.org",
    }
    assert add(stated.replace("My own", "Ours")) == "changed"
    assert "{{Ours}}" in cite_mine()
    assert "My own" not in cite_mine()


def test_title_and_authors_are_enough(mine):
    """A work of which no more is said is the suite's, and of no kind."""
    add, cite_mine = mine
    add(PUBLISHED.replace('of = "suite"\ntype = "misc"\n', ""))
    assert cite_mine().startswith(
        "@misc{me2025mine,\n  title = {{My own}},\n  author = {Me, Myself},\n}"
    )


def test_two_files_may_call_two_works_the_same(mine, catalog, facts_url, tmp_path):
    """Each work is in the bibliography, the second under a key of its own."""
    add, cite_mine = mine
    add(PUBLISHED)
    other = (
        PUBLISHED.replace("My own", "Another")
        .replace("mine", "yours")
        .replace("2025yours", "2025mine")
    )
    (tmp_path / "yours.toml").write_text(other)
    assert catalog("suites", "add", tmp_path / "yours.toml", "--db", facts_url).code == 0
    entries = parsed(cite_mine("yours-90m"))
    titles = {key: entry["title"] for key, entry in entries.items() if key.startswith("me2025")}
    assert titles == {"me2025mine": "{My own}", "me2025mine:yours": "{Another}"}


def test_what_is_to_be_cited_is_no_fact(mine, catalog, facts_url):
    """`show` and `facts` say nothing of it: it is not about the network."""
    add, _ = mine
    add(PUBLISHED)
    assert "cites" not in catalog("show", "mine-90m", "--json", "--db", facts_url).out
    assert catalog("facts", "cites", "mine-90m", "--db", facts_url).code == 2


def test_a_suite_that_states_no_work_is_cited_by_its_title(mine):
    """Nothing is said of it that its file does not say."""
    add, cite_mine = mine
    before, _, after = PUBLISHED.partition("[citation.me2025mine]")
    add(before.replace("cites", "# cites") + after[after.index("[[model]]") :])
    keys = cite_mine("-q").split()
    assert keys == ["suite-mine", "weights:me:mine-90m", "checkpoint-catalog"]


def test_every_document_with_scores_is_cited(cite):
    """The last step was scored by its authors and by others since: both are sources."""
    entries = parsed(cite("pythia-1.4b@step143000"))
    assert {key for key in entries if key.startswith("scores:")} == {
        *("scores:pythia-evals", "scores:scaling-decomp-lm-eval"),
    }
    assert entries["scores:pythia-evals"]["author"] == "{EleutherAI}"


def test_another_file_is_no_lock_of_a_later_version(catalog, shipped_url, tmp_path):
    """The log of a guarded run names a version too: of a library."""
    (tmp_path / "loads.jsonl").write_text('{"files": [], "version": "5.23.0"}')
    ran = catalog("cite", tmp_path / "loads.jsonl", "--db", shipped_url)
    assert ran.code == 2
    assert "is not a manifest; write one with" in ran.err


def test_the_project_can_be_cited():
    """CITATION.cff has what its schema requires, and this version."""
    stated = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= stated.keys()
    assert stated["cff-version"] == "1.2.0"
    assert stated["type"] == "software"
    assert stated["version"] == catalog.__version__
    assert stated["authors"] == [{"name": "The checkpoint-catalog contributors"}]
