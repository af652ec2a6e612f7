"""What a command imports is what it costs to start: measured in fresh interpreters."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from recorded import MODEL

from catalog.weights import seen

CHECKOUT = Path(__file__).parent.parent
NEVER_FOR_A_QUERY = ("alembic", "huggingface_hub", "torch", "transformers")
NEVER_AT_START = (*NEVER_FOR_A_QUERY, "numpy", "pydantic", "sqlalchemy")

RUN = """
import json, sys
arguments = json.loads(sys.argv[1])
from catalog.__main__ import command_line, main
command_line()
code = 0
if arguments:
    try:
        main(arguments)
    except SystemExit as done:
        code = done.code or 0
modules = sorted(name for name in sys.modules if "." not in name)
from dataclasses import is_dataclass
ours = [each for name, each in sys.modules.items() if name.split(".")[0] in ("catalog", "cli")]
classes = {each for module in ours for each in vars(module).values() if isinstance(each, type)}
generated = sorted(each.__name__ for each in classes if is_dataclass(each))
print(json.dumps([code, modules, generated]), file=sys.stderr)
"""
HELD_BY_MANY = "ab496f1c3fd79e3c749a9d5414136a2c8e4224f94eecb261970315cdb0f813fe"


def loaded(*arguments: str, url: str = "") -> set[str]:
    """Return the top-level modules that a fresh process holds after running a command."""
    return measured(*arguments, url=url)[0]


def measured(*arguments: str, url: str = "") -> tuple[set[str], list[str]]:
    """Return the same, and the names of the dataclasses of ours that were generated."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(arguments)],
        cwd=CHECKOUT,
        env={**os.environ, **({"CATALOG_DB": url} if url else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    code, modules, generated = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules), generated


def test_the_package_is_free() -> None:
    """`import catalog` loads nothing but itself and `typing`."""
    listing = "import sys, {}; print(*sys.modules, sep='\\n')"
    typed, package = (
        set(
            subprocess.run(
                [sys.executable, "-c", listing.format(modules)],
                cwd=CHECKOUT,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()
        )
        for modules in ("typing", "catalog")
    )
    assert package - typed == {"catalog"}


def test_the_guard_imports_no_library() -> None:
    """`import catalog.guard` waits for the libraries that it hooks, and opens no catalog."""
    listing = "import sys, catalog.guard; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", listing],
        cwd=CHECKOUT,
        env=os.environ | {"CATALOG_GUARD": "warn"},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(done.stdout.split())
    assert "catalog.guard.seams" in modules
    assert not modules & {*NEVER_AT_START, "catalog.api", "safetensors", "sqlite3"}


def test_the_command_line_starts_light() -> None:
    """Importing `cli.main` loads neither SQL nor the Hub's client nor a network library."""
    modules = loaded()
    assert "typer" in modules
    assert not modules & set(NEVER_AT_START)


def test_help_is_light() -> None:
    """So does `catalog --help`, which also does without the default database's path."""
    assert not loaded("--help") & set(NEVER_AT_START)


def test_file_digests_are_light(tmp_path: Path) -> None:
    """NumPy is for tensors: without them `catalog hash` starts in half the time."""
    (tmp_path / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    assert not loaded("hash", str(tmp_path)) & set(NEVER_AT_START)


def test_a_trusted_repeat_is_light(
    db_url: str, trajectory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog
) -> None:
    """What is on record and in the state of last time is answered without what would record it."""
    folder = tmp_path / "step64"
    shutil.copytree(trajectory / "step64", folder)
    monkeypatch.setattr(seen, "SETTLED_NS", 0)
    assert catalog("suites", "add", trajectory / "suite.toml", "--db", db_url).code == 0
    words = ("populate", "--as", f"{MODEL}@step64", str(folder), "--level", "files")
    assert catalog(*words, "--db", db_url).code == 0
    modules = loaded(*words, "--trust-stat", url=db_url)
    asked_with = {"sqlalchemy"} if db_url.startswith("postgresql") else set()
    assert modules & set(NEVER_AT_START) == asked_with


@pytest.mark.parametrize(
    "query",
    [
        ("name", "pythia-350m-deduped"),
        ("at", "300B", "pythia-70m"),
        ("show", "pythia-70m"),
        ("ls",),
    ],
    ids=lambda query: query[0],
)
def test_a_query_stays_light(query: tuple[str, ...], facts_url: str) -> None:
    """A question about shipped facts loads no migration tool, Hub client or network library."""
    modules = loaded(*query, url=facts_url)
    assert ("sqlalchemy" in modules) == facts_url.startswith("postgresql")
    assert not modules & set(NEVER_FOR_A_QUERY)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # another asks with SQLAlchemy
@pytest.mark.parametrize(
    "query",
    [
        ("name", "pythia-350m-deduped"),
        ("at", "300B", "pythia-70m"),
        ("at", "--log", "14", "pythia-70m"),
        ("ls",),
        ("ls", "--where", "layers=24", "--sort", "params", "*deduped*"),
        ("facts", "layers"),
        ("tag",),
        ("show", "pythia-70m"),
        ("which", HELD_BY_MANY),
        ("show", "pythia-2.8b@step3000"),
    ],
    ids=lambda each: each[0],
)
def test_a_query_generates_no_dataclass(query: tuple[str, ...], facts_url: str) -> None:
    """A question's values are named tuples: sixty dataclasses would take a third of its time."""
    modules, generated = measured(*query, url=facts_url)
    assert generated == []
    assert not modules & {"dataclasses", "shlex", "sqlalchemy"}
