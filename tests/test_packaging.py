"""The wheel: what is in it, and that it works where there is nothing else."""

import email
import os
import subprocess
import sys
import venv
import zipfile
from email.message import Message
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

CHECKOUT = Path(__file__).parent.parent
NESTED = {"catalog": "catalog", "cli": "catalog/cli", "migrations": "catalog/migrations"}
"""Where the wheel puts each folder of the checkout."""

HEAVY = ("torch", "transformers", "safetensors", "psycopg")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from this checkout, with the build backend that pip uses."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def contents(wheel: Path) -> set[str]:
    """Return the paths in the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, and only what it asks for, into an environment of its own.

    What it asks for is linked from the environment of the tests. `make release-check` has pip
    choose and fetch it, as a user does.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python")]
    offline = ("--quiet", "--no-compile", "--no-index", "--no-deps")
    subprocess.run([*pip, "install", *offline, str(wheel)], check=True)
    (packages,) = (home / "lib").glob("python*/site-packages")
    (metadata,) = packages.glob("*.dist-info/METADATA")
    for name in sorted(required(email.message_from_bytes(metadata.read_bytes()))):
        link(distribution(name), packages)
    return home


def required(metadata: Message) -> set[str]:
    """Return what a distribution requires, and what that requires; each version must be there."""
    names: set[str] = set()
    waiting = [(line, "") for line in metadata.get_all("Requires-Dist", [])]
    while waiting:
        line, extra = waiting.pop()
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        there = distribution(requirement.name)
        assert requirement.specifier.contains(there.version, prereleases=True), line
        for extra in ("", *requirement.extras):
            if f"{requirement.name}[{extra}]" not in names:
                names.add(f"{requirement.name}[{extra}]")
                waiting += [(further, extra) for further in there.requires or ()]
    return {name.partition("[")[0] for name in names}


def link(there: Distribution, packages: Path) -> None:
    """Put the packages and modules of an installed distribution beside others, as links."""
    for top in {file.parts[0] for file in there.files or ()} - {"..", "bin", "__pycache__"}:
        if not (packages / top).exists():
            (packages / top).symlink_to(there.locate_file(top))


def run_installed(home: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder that is not the checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [home / "bin" / words[0], *words[1:]],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_top_level_name(contents: set[str]) -> None:
    """The wheel owns `catalog` and its own metadata, nothing generic beside it."""
    tops = {path.partition("/")[0] for path in contents}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"catalog"}


@pytest.mark.parametrize("folder", sorted(NESTED))
def test_nothing_is_left_behind(contents: set[str], folder: str) -> None:
    """Every file of the program is inside: code, migrations, shipped facts, the type marker."""
    for path in (CHECKOUT / folder).rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert f"{NESTED[folder]}/{path.relative_to(CHECKOUT / folder)}" in contents


def test_known_files_are_inside(contents: set[str]) -> None:
    """Spelled out once, so that an emptied folder cannot pass unseen."""
    assert contents >= {
        "catalog/py.typed",
        "catalog/cli/main.py",
        "catalog/migrations/env.py",
        "catalog/migrations/versions/0001_facts.py",
        "catalog/shipped/suites/pythia.toml",
    }


def test_the_core_needs_nothing_heavy(wheel: Path) -> None:
    """No network library, driver or test tool is required outside an extra."""
    with zipfile.ZipFile(wheel) as files:
        (name,) = (path for path in files.namelist() if path.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(files.read(name))
    always = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert any(line.startswith("sqlalchemy") for line in always)
    assert not [line for line in always if line.startswith((*HEAVY, "pytest", "ruff"))]
    assert metadata["Requires-Python"] == ">=3.11"


def test_an_installed_wheel_works(installed: Path, tmp_path: Path) -> None:
    """With no extra installed, the command sets up its catalog and answers from it."""
    helped = run_installed(installed, "catalog", "--help", cwd=tmp_path)
    assert "Usage: catalog" in helped.stdout
    made = run_installed(installed, "catalog", "init", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    asked = run_installed(installed, "catalog", "at", "300B", "pythia-70m", cwd=tmp_path)
    assert "step143000" in asked.stdout
    assert asked.returncode == 0


def test_an_installed_wheel_uses_its_own_files(installed: Path, tmp_path: Path) -> None:
    """Nothing of the checkout is imported, and there is no top-level `cli`."""
    code = (
        "import importlib.util, catalog.__main__ as m, catalog.sql.migrating as d;"
        "print(m.command_line().__name__, importlib.util.find_spec('cli'), d._migrations())"
    )
    ran = run_installed(installed, "python", "-c", code, cwd=tmp_path)
    module, top, migrations = ran.stdout.split()
    assert (module, top) == ("catalog.cli.main", "None")
    assert migrations.startswith(str(installed))


@pytest.mark.parametrize("module", HEAVY)
def test_the_installed_environment_is_bare(installed: Path, tmp_path: Path, module: str) -> None:
    """The environment of these tests really lacks the extras."""
    assert run_installed(installed, "python", "-c", f"import {module}", cwd=tmp_path).returncode
