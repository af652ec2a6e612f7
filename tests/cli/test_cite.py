"""`catalog cite`: bibliographies that their readers take, and nothing made up."""

import json
import re
from pathlib import Path

import bibtexparser
import pytest
import yaml
from hub_standin import asked_by_this_process
from planted import REPO

import catalog
from catalog.core import suites
from catalog.core.citations import Citation
from catalog.documents import citations

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
    assert r"50\% of A \& B\_\{1\} \textbackslash{}input\{x\}" in entry["title"]


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
        "Known problems of these branches: CKPT-2026-0001.\n"
    )
    line = cite(BAD, "--format", "footnote")
    assert line == f"{BAD} ({COMMIT[:8]}); checkpoint-catalog {catalog.__version__}.\n"


def test_latex(cite):
    """Names are set in typewriter, and nothing in them is a command."""
    assert cite(BAD, "--format", "footnote", "--latex").startswith(rf"\footnote{{\texttt{{{BAD}}}")
    assert rf"\texttt{{{COMMIT}}}" in cite(BAD, "--format", "paragraph", "--latex")


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
    ],
)
def test_a_broken_citation_is_named(before, after, why):
    """The file is refused whole, with the line."""
    with pytest.raises(catalog.CatalogError, match=re.escape(why)) as refused:
        suites.parse(SUITE.replace(before, after), label="mine.toml")
    assert re.match(r"mine.toml:\d+: ", str(refused.value))


def test_a_suite_of_ones_own_is_cited_by_its_title(catalog, db_url, tmp_path):
    """What is on record of a private suite is its title: nothing else is said of it."""
    (tmp_path / "mine.toml").write_text(
        SUITE.replace(
            "architecture",
            'repo_id = "me/mine-90m"\ncheckpoints = [{ revision = "main" }]\narchitecture',
        )
    )
    assert catalog("suites", "add", tmp_path / "mine.toml", "--db", db_url).code == 0
    keys = catalog("cite", "mine-90m", "-q", "--db", db_url).out.split()
    assert keys == ["suite-mine", "weights:me:mine-90m", "checkpoint-catalog"]


def test_the_project_can_be_cited():
    """CITATION.cff has what its schema requires, and this version."""
    stated = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= stated.keys()
    assert stated["cff-version"] == "1.2.0"
    assert stated["type"] == "software"
    assert stated["version"] == catalog.__version__
    assert stated["authors"] == [{"name": "The checkpoint-catalog contributors"}]
