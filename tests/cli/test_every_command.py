"""Every command that opens a catalog, once on each kind of database: the same words and codes."""

import re
import shutil

import pytest
import score_documents
import trajectory as training
from hub_standin import asked_by_this_process

from catalog.sql import database
from docs import build

PINNED = f"{training.MODEL}@step64"


def commands(folder):
    """Return one command line for each command, in an order that makes sense, with its exit code.

    Args:
        folder: holds `step64`, the trained run's weights, `suite.toml` and `scores.json`.
    """
    weights = folder / "step64"
    return {
        ("init",): (0, []),
        ("db", "upgrade"): (0, []),
        ("db", "current"): (0, []),
        ("db", "check"): (0, []),
        ("db", "copy"): (2, [folder / "from.db", folder / "to.db"]),  # --db says it twice
        ("suites", "add"): (0, [folder / "suite.toml"]),
        ("suites", "ls"): (0, ["--json"]),
        ("ls",): (0, ["--json"]),
        ("show",): (0, ["pythia-1b@step1000", "--json"]),
        ("name",): (0, ["pythia-350m", "--on", "2022-12-15", "--json"]),
        ("at",): (0, ["300B", "pythia-70m", "pythia-12b", "--json"]),
        ("facts",): (0, ["layers", "variant", "--json"]),
        ("tag",): (0, ["pythia-70m@step1000", "mine", "--note", "first"]),
        ("hash",): (0, [weights, "--json"]),
        ("compare",): (0, [weights, weights, "--json"]),
        ("populate",): (0, ["--as", PINNED, weights]),
        ("verify",): (0, ["--as", PINNED, weights]),
        ("jobs",): (0, ["--json"]),
        ("sync",): (0, [training.MODEL]),
        ("log",): (0, [training.MODEL]),
        ("diff",): (3, ["http://127.0.0.1:9", "http://127.0.0.1:9", training.MODEL]),
        ("pull",): (0, [PINNED, "--to", folder / "pulled"]),
        ("lock",): (0, [PINNED, "-o", folder / "lock.json"]),
        ("run",): (2, ["--", folder / "no-program"]),  # one that there is takes this place
        ("audit",): (1, ["pythia-2.8b", "--json"]),
        ("watch",): (0, [training.MODEL, "--json"]),
        ("which",): (0, [weights / "model.safetensors", "--json"]),
        ("advisories",): (0, ["pythia-2.8b", "--json"]),
        ("cite",): (0, [PINNED, folder / "lock.json", "-q"]),
        ("scan",): (1, [folder / "analysis.py"]),
        ("export", "sbom"): (0, [PINNED, "-o", folder / "bill.json"]),
        ("attest", "verify"): (3, [folder / "scores.json", "--allow-unsigned"]),
        ("export", "records"): (0, ["--as", "Lab", "-o", folder / "records.xz"]),
        ("import", "records"): (0, [folder / "records.xz"]),
        ("forget",): (0, [PINNED]),
        ("evals", "import"): (0, [folder / "scores.json"]),
        ("evals", "move"): (0, [folder / "scores.json", "--as", "pythia-70m@step4000", "--json"]),
        ("evals", "remove"): (0, [folder / "scores.json", "--json"]),
        ("evals", "tasks"): (0, ["pythia-70m", "--json"]),
        ("evals", "plot"): (0, ["pythia-70m", "--task", "piqa", "--json"]),
        ("evals", "show"): (0, ["pythia-70m@step3000", "--json"]),
        ("evals", "compare"): (0, ["pythia-70m@step3000", "pythia-1b@step3000", "--json"]),
        ("evals", "pack"): (0, [folder / "scores", folder / "reruns", "-o", folder / "packed"]),
    }


def test_all_that_open_a_catalog_are_here(tmp_path):
    """A new command with `--db` needs a line in `commands`; a group is none."""
    paths = build.command_paths()
    leaves = [path for path in paths if not any(other[:-1] == path for other in paths)]
    opening = {
        path for path in leaves if re.search(r"^  --db\b", build.help_of(path), re.MULTILINE)
    }
    assert commands(tmp_path).keys() == opening


@pytest.fixture
def answers(templates, hub, catalog, trajectory, tmp_path, monkeypatch):
    """Return a function that runs every command on one kind of database: codes and output."""

    def run(backend):
        folder = tmp_path / "work"  # the same each time: paths are printed, and packed
        shutil.copytree(trajectory / "step64", folder / "step64")
        shutil.copy(trajectory / "suite.toml", folder)
        stale = 'load("EleutherAI/pythia-2.8b", revision="step1000")\n'
        (folder / "analysis.py").write_text(stale)
        for name in ("scores.json", "scores/scores.json", "reruns/scores.json"):
            score_documents.write(folder, name, score_documents.classic())
        with (
            templates.copy(backend, "facts", folder) as url,
            asked_by_this_process(hub, monkeypatch),
        ):
            for path, (_, words) in commands(folder).items():
                ran = catalog(*path, *words, "--db", url)
                said = (ran.out + ran.err).replace(database.shown(url), "CATALOG")
                said = said.replace(str(folder), "FOLDER")
                # A lock's digest covers the time at which it was made.
                said = re.sub(r"(?<=: lock )[0-9a-f]{64}|(?<=digest )[0-9a-f]{64}", "DIGEST", said)
                yield path, ran.code, re.sub(r"\d\d:\d\d[\d:.+]*", "TIME", said)

        shutil.rmtree(folder)

    return run


def test_each_answers_alike_on_both(answers, tmp_path):
    """Each command does its work, and says the same on PostgreSQL as on SQLite."""
    expected = {path: code for path, (code, _) in commands(tmp_path).items()}
    on_sqlite, on_postgres = list(answers("sqlite")), list(answers("postgresql"))
    assert {path: code for path, code, _ in on_sqlite} == expected, on_sqlite
    assert on_postgres == on_sqlite
