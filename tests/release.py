"""Builds what would be released from the last commit, and checks it; `make release-check` runs it.

    python tests/release.py

Says a line a check, and exits 1 if one is bad, else leaves both files in `dist/`. Nothing is
published.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PLACES = {"catalog": "catalog", "cli": "catalog/cli", "migrations": "catalog/migrations"}
"""Where the wheel must have each folder of the checkout that belongs into it."""
METADATA = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
QUESTION, ANSWER = ("at", "300B", "pythia-70m"), "step143000"


def git(*words: str) -> bytes:
    """Return what git says about the checkout."""
    return subprocess.run(["git", *words], cwd=CHECKOUT, check=True, stdout=subprocess.PIPE).stdout


# Building --------------------------------------------------------------------------------------


def unpack_commit(folder: Path) -> Path:
    """Write the last commit's files into a new folder: the work tree has no say."""
    with tarfile.open(fileobj=io.BytesIO(git("archive", "HEAD"))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def build(source: Path, kind: str, to: Path) -> Path:
    """Build `wheel` or `sdist` from a folder; the only date in it is that of the commit."""
    dated = {**os.environ, "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct").decode().strip()}
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(to)]
    subprocess.run(command, cwd=source, env=dated, check=True, capture_output=True)
    (built,) = to.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


class Built:
    """The release, built twice: the second time in another folder, the wheel from the sdist.

    Args:
        scratch: an empty folder.
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        first, second = (unpack_commit(scratch / f"{name}-tree") for name in ("first", "second"))
        self.wheel = build(first, "wheel", scratch / "first")
        self.sdist = build(first, "sdist", scratch / "first")
        self.sdist_again = build(second, "sdist", scratch / "second")
        with tarfile.open(self.sdist) as archive:
            archive.extractall(scratch, filter="data")
        unpacked = scratch / self.sdist.name.removesuffix(".tar.gz")
        self.wheel_again = build(unpacked, "wheel", scratch / "second")
        self.version = self.wheel.name.split("-")[1]


# Checks: each yields what is wrong -------------------------------------------------------------


def committed(_: Built) -> Iterator[str]:
    """Nothing waits for a commit, or the release would lack it."""
    yield from git("status", "--porcelain").decode().splitlines()


def described(built: Built) -> Iterator[str]:
    """The version is the newest in the change log, with its day, and has golden files."""
    log = (CHECKOUT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[(\d[^]]*)\] - \d{4}-\d\d-\d\d$", log, flags=re.MULTILINE)
    if versions[:1] != [built.version]:
        newest = versions[0] if versions else "no version"
        yield f"CHANGELOG.md: {newest} is the newest with a date, not {built.version}"
    if not (CHECKOUT / "tests" / "golden" / built.version).is_dir():
        yield f"tests/golden/{built.version} is missing"


def same_bytes(built: Built) -> Iterator[str]:
    """A second build is the first one's bytes."""
    pairs = ((built.wheel, built.wheel_again), (built.sdist, built.sdist_again))
    for first, second in pairs:
        if first.read_bytes() != second.read_bytes():
            yield f"{first.name} differs when built again"


def wheel_files(built: Built) -> Iterator[str]:
    """The wheel has every file of the program, its metadata, and no other."""
    information = f"{built.wheel.name.partition('-py3')[0]}.dist-info"
    expected = {f"{information}/{name}" for name in METADATA}
    for file in tracked():
        top, _, rest = file.partition("/")
        if top in PLACES:
            expected.add(f"{PLACES[top]}/{rest}")
    with zipfile.ZipFile(built.wheel) as archive:
        yield from differences(expected, set(archive.namelist()))


def sdist_files(built: Built) -> Iterator[str]:
    """The sdist has every file of the commit but `.ci`, its metadata, and no other."""
    expected = {file for file in tracked() if not file.startswith(".ci/")} | {"PKG-INFO"}
    with tarfile.open(built.sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    yield from differences(expected, names)


def installed(built: Built) -> Iterator[str]:
    """In an empty environment the wheel installs, sets up its catalog and answers from it."""
    home = built.scratch / "installed"
    venv.create(home)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python")]
    subprocess.run([*pip, "install", "--quiet", str(built.wheel)], check=True)
    questions = ((("--version",), built.version), (("init",), "pythia"), (QUESTION, ANSWER))
    for words, expected in questions:
        answer = ask(home, *words)
        if answer.returncode or expected not in answer.stdout:
            yield f"`catalog {' '.join(words)}` says, with exit code {answer.returncode}: " + (
                answer.stdout + answer.stderr
            )


def tracked() -> list[str]:
    """Return the files of the last commit."""
    return git("ls-tree", "-r", "-z", "--name-only", "HEAD").decode().rstrip("\0").split("\0")


def differences(expected: set[str], names: set[str]) -> Iterator[str]:
    """Yield each file that is missing, or there though nobody expects it."""
    yield from (f"{name} is missing" for name in sorted(expected - names))
    yield from (f"{name} is not expected" for name in sorted(names - expected))


def ask(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command, in its own folder and with a catalog of its own."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    environment["CATALOG_DB"] = str(home / "catalog.db")
    command = [str(home / "bin" / "catalog"), *words]
    return subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, check=False
    )


CHECKS: dict[str, Callable[[Built], Iterator[str]]] = {
    "everything is committed": committed,
    "the version is described": described,
    "a second build is equal": same_bytes,
    "the wheel's files": wheel_files,
    "the sdist's files": sdist_files,
    "the wheel works": installed,
}


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


def is_good(built: Built) -> bool:
    """Run every check, say how each ended, and return whether all are good."""
    good = True
    for title, check in CHECKS.items():
        wrong = list(check(built))
        good = good and not wrong
        say(f"{'bad ' if wrong else 'good'}  {title}")
        for line in wrong:
            say(f"      {line}")
    return good


def main() -> int:
    """Build and check; leave in `dist/` what is good, and return the exit code."""
    shutil.rmtree(CHECKOUT / "dist", ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        built = Built(Path(scratch))
        if not is_good(built):
            return 1
        (CHECKOUT / "dist").mkdir()
        for file in (built.wheel, built.sdist):
            say(str(shutil.copy(file, CHECKOUT / "dist")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
