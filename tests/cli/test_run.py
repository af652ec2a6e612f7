"""`catalog run`: a program of one's own in a guarded environment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import catalog as package
from catalog.verbs.guarding import SITE

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def became(monkeypatch):
    """Return what this process would have become; it stays what it is."""
    told = {}

    def execvpe(program, words, environment):
        told.update(program=program, words=words, environment=environment)

    monkeypatch.setattr(os, "execvpe", execvpe)
    return told


def test_the_program_takes_our_place(became, catalog, tmp_path, monkeypatch):
    """Its words are its own, options too; the environment says catalog, mode, log and where."""
    monkeypatch.setenv("PYTHONPATH", "mine")
    monkeypatch.chdir(tmp_path)
    words = ["python", "train.py", "--json", "--lr", "3"]
    ran = catalog("run", "--guard", "fix", "--log", "a.jsonl", "--db", "c.db", "--", *words)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert became["words"] == words
    environment = became["environment"]
    assert environment["PYTHONPATH"] == f"{SITE}{os.pathsep}mine"
    assert environment["CATALOG_GUARD"] == "fix"
    assert environment["CATALOG_GUARD_LOG"] == str(tmp_path / "a.jsonl")
    assert environment["CATALOG_DB"].endswith("/c.db")


@pytest.mark.parametrize("before", [[], ["--guard", "fix"], ["--guard=fix", "--db", "c.db"]])
def test_the_dashes_may_be_left_out(before, became, catalog):
    """What follows the program's name is the program's, ours by name too."""
    words = ["python", "train.py", "--debug", "--json", "--db", "x", "--", "y"]
    ran = catalog("run", *before, *words)
    assert (ran.code, ran.err, became["words"]) == (0, "", words)
    assert became["environment"].get("CATALOG_DB", "").endswith("/c.db") is ("c.db" in before)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--", "no-such-program"], "catalog: no program no-such-program; give its path"),
        (["--guard", "loud", "--", "true"], "catalog: no guard mode 'loud'; take warn, strict"),
        ([], "catalog: Missing argument"),
    ],
)
def test_what_is_asked_wrongly(words, said, catalog):
    """One line, exit 2; and a closed pipe ends this process no more than before."""
    before = signal.getsignal(signal.SIGPIPE)
    ran = catalog("run", *words)
    assert ran.code == 2
    assert ran.err.startswith(said)
    assert len(ran.err.splitlines()) == 1
    assert signal.getsignal(signal.SIGPIPE) == before


CHILD = """
import sys
print(sorted(name for name in ("sitecustomize", "catalog.guard", "own") if name in sys.modules))
print(sys.path.count(sys.argv[1]), sorted(set(sys.modules) & {"numpy", "torch", "transformers"}))
sys.exit(7)
"""


def test_a_python_is_guarded_from_its_start(tmp_path):
    """Another `sitecustomize` still runs, no library is imported, the exit code is the child's."""
    (tmp_path / "sitecustomize.py").write_text("import own\n")
    (tmp_path / "own.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "catalog", "run", "--", sys.executable, "-c", CHILD, SITE],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{CHECKOUT}", "CATALOG_GUARD": "warn"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["['catalog.guard', 'own', 'sitecustomize']", "0 []"]
    assert (done.returncode, done.stderr) == (7, "")


def test_the_folder_ships(tmp_path):
    """What a child's Python imports lies in the package."""
    del tmp_path
    assert Path(SITE) == Path(package.__file__).parent / "guard" / "site"
    assert Path(SITE, "sitecustomize.py").is_file()
