"""What git says of a folder: which files are a study's, and when each was last changed.

Only two of git's commands are run, and a repository's own settings make neither run a program: no
hook, no monitor, no signature check, no pager, and no missing object is fetched.
"""

import os
import shutil
import subprocess
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

TIMEOUT_S = 60
_SAFE = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "core.sshCommand=false"),
    *("-c", "core.quotePath=false"),
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
_MISLEADING = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_NAMESPACE",
)


def files(top: Path) -> list[str] | None:
    """Return a folder's files that git does not ignore, None where it is in no repository."""
    said = _run(top, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if said is None:
        return None
    names = sorted({os.fsdecode(name) for name in said.split(b"\0") if name})
    # A folder that is ignored whole is asked for by name all the same.
    return names or None


def changed_on(files: Iterable[Path]) -> dict[Path, date]:
    """Return the day of the last commit that touched each file; a file of no commit is left out.

    History is read once a repository, and only as far back as the files go.
    """
    by_top: dict[Path, dict[str, Path]] = defaultdict(dict)
    tops: dict[Path, Path | None] = {}
    for file in files:
        folder = file.parent.resolve()
        if (top := _top(folder, tops)) is not None:
            by_top[top][(folder / file.name).relative_to(top).as_posix()] = file
    days: dict[Path, date] = {}
    for top, wanted in by_top.items():
        days |= {wanted[name]: day for name, day in _days(top, set(wanted)).items()}
    return days


def _top(folder: Path, known: dict[Path, Path | None]) -> Path | None:
    """Return the repository that a folder is in, None for none."""
    if folder not in known:
        above = folder.parent
        if (folder / ".git").exists():
            known[folder] = folder
        else:
            known[folder] = None if above == folder else _top(above, known)
    return known[folder]


def _days(top: Path, wanted: set[str]) -> dict[str, date]:
    """Return the day of the last commit that touched each of a repository's files."""
    git = shutil.which("git")
    if git is None:
        return {}
    words = ("log", "-z", "--name-only", "--no-renames", "--no-show-signature", "--format=%x01%cI")
    days: dict[str, date] = {}
    try:
        with subprocess.Popen([git, *_SAFE, *words], **_quietly(top)) as running:  # noqa: S603 - git itself, with words of ours
            late = threading.Timer(TIMEOUT_S, running.kill)  # git may print nothing for as long
            late.start()
            try:
                for day, name in _touched(running.stdout):
                    if name in wanted:
                        days.setdefault(name, day)
                    if len(days) == len(wanted):
                        break
            finally:
                late.cancel()
                running.kill()
    except OSError:
        return {}
    return days


def _touched(stream: IO[bytes] | None) -> Iterator[tuple[date, str]]:
    """Yield the files that commits touched, the newest first, each with the commit's day."""
    if stream is None:
        return
    day: date | None = None
    rest = b""
    while block := stream.read1(1 << 16):  # type: ignore[attr-defined]
        *words, rest = (rest + block).split(b"\0")
        for word in words:
            name = word.removeprefix(b"\n")
            if name.startswith(b"\1"):
                day = _day(name[1:])
            elif name and day is not None:
                yield day, os.fsdecode(name)


def _day(text: bytes) -> date | None:
    try:
        return datetime.fromisoformat(text.decode("ascii", "replace").strip()).date()
    except ValueError:
        return None


def _run(folder: Path, *words: str) -> bytes | None:
    """Return what git prints, None where it cannot tell."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        ran = subprocess.run(  # noqa: S603 - as above
            [git, *_SAFE, *words], timeout=TIMEOUT_S, check=False, **_quietly(folder)
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout if ran.returncode == 0 else None


def _quietly(folder: Path) -> dict[str, Any]:
    """Return how git is run: in a folder, with nothing to read; what troubles it is not told."""
    nothing = subprocess.DEVNULL
    return {
        "cwd": folder,
        "env": _environment(),
        "stdin": nothing,
        "stdout": subprocess.PIPE,
        "stderr": nothing,
    }


def _environment() -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if key not in _MISLEADING}
    return environment | _ENVIRONMENT
