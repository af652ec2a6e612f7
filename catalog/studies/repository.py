"""What git says of a folder: which files are a study's, and when each was last changed.

Only three of git's commands are run, and a repository's own settings make neither run a program: no
hook, no monitor, no signature check, no pager, and no missing object is fetched.
"""

import os
import shutil
import subprocess
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

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


def changed_on(file: Path) -> date | None:
    """Return the day of the last commit that touched a file, None where there is none."""
    if not _is_inside(file.parent.resolve()):
        return None
    said = _run(file.parent, "log", "-1", "--no-show-signature", "--format=%cI", "--", file.name)
    if not said or not said.strip():
        return None
    try:
        return datetime.fromisoformat(said.decode("ascii", "replace").strip()).date()
    except ValueError:
        return None


def begin() -> None:
    """Forget which folders were in a repository: another look may find another answer."""
    _is_inside.cache_clear()


@lru_cache(maxsize=4096)
def _is_inside(folder: Path) -> bool:
    """Return whether a folder is in a repository: one question a folder, not one a file."""
    return _run(folder, "rev-parse", "--is-inside-work-tree") is not None


def _run(folder: Path, *words: str) -> bytes | None:
    """Return what git prints, None where it cannot tell."""
    git = shutil.which("git")
    if git is None:
        return None
    environment = {key: value for key, value in os.environ.items() if key not in _MISLEADING}
    try:
        ran = subprocess.run(  # noqa: S603 - git itself, with words of ours
            [git, *_SAFE, *words],
            cwd=folder,
            env=environment | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout if ran.returncode == 0 else None
