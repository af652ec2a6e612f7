"""Downloads named files from the Hub, into its own cache or into a folder.

Its client checks the size of what it downloaded, never the bytes: reading and comparing them is the
caller's duty. It reads whatever comes, so what exceeds the declared size is stopped here.
What the Hub says of a repository is in `client`.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from catalog.errors import CouldNotCheck, HubGated, HubMissing, HubUnavailable, HubUnreachable
from catalog.progress import Advance

# Of an address that an error quotes.
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")


def endpoint() -> str:
    """Return the Hub's address: `HF_ENDPOINT`, else the public one.

    Raises:
        HubUnreachable: it is no address.
    """
    try:
        from huggingface_hub import constants  # noqa: PLC0415 - 300 ms
    except ValueError as error:
        raise HubUnreachable(f"HF_ENDPOINT is no address: {error}", "set another one") from error
    return str(constants.ENDPOINT)


def is_offline() -> bool:
    """Return whether the user forbids every request: `HF_HUB_OFFLINE`."""
    from huggingface_hub import constants  # noqa: PLC0415 - 300 ms

    return bool(constants.HF_HUB_OFFLINE)


def _without_noise() -> None:
    """Keep the client's own warning of a disk that is too small back: that it is full is told."""
    import warnings  # noqa: PLC0415 - who downloads nothing goes without

    warnings.filterwarnings("ignore", "Not enough free disk space", module="huggingface_hub")


def download(
    repo_id: str,
    revision: str,
    paths: Sequence[str],
    cache: Path,
    *,
    size: int | None = None,
    progress: Advance = lambda _: None,
) -> Path:
    """Download files of a revision into the cache and return its snapshot.

    What is there already is not fetched again, and a broken-off file goes on where it stopped.

    Args:
        repo_id: as on the Hub.
        revision: branch, so that the cache remembers what it meant.
        paths: exactly the files wanted.
        cache: the Hub's cache.
        size: bytes of all files together, as declared; None where that is unknown.
        progress: told of every piece that came, in any thread; may raise to stop.

    Raises:
        HubUnavailable: no answer.
        CouldNotCheck: more comes than was declared, the disk is full, or the cache cannot be
            written.
    """
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - 300 ms

    without_telemetry()
    _without_noise()
    with plain_errors(f"{repo_id}@{revision}", str(cache)), _nothing_endless(repo_id, cache):
        snapshot = snapshot_download(
            repo_id,
            revision=revision,
            allow_patterns=list(paths),
            cache_dir=cache,
            tqdm_class=_bar(size, progress),
        )
    return Path(str(snapshot))


def download_file(  # noqa: PLR0913 - what is fetched, where to, and how
    repo_id: str,
    commit: str,
    path: str,
    folder: Path,
    *,
    size: int,
    again: bool = False,
    progress: Advance = lambda _: None,
) -> None:
    """Download one file into a folder of its own, outside the cache; a broken-off one goes on.

    Args:
        repo_id: as on the Hub.
        commit: so that every file is of the same one.
        path: the file.
        folder: where it goes; the client keeps its notes in `.cache` there.
        size: of the file, as declared.
        again: what is there is wrong: begin anew.
        progress: told of every piece that came, in any thread; may raise to stop.

    Raises:
        HubUnavailable: no answer.
        CouldNotCheck: more comes than was declared, the disk is full, or the folder cannot be
            written.
    """
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - 300 ms

    without_telemetry()
    _without_noise()
    with plain_errors(f"{path} of {repo_id}@{commit[:8]}", str(folder)):
        hf_hub_download(
            repo_id,
            path,
            revision=commit,
            local_dir=folder,
            force_download=again,
            tqdm_class=_bar(size, progress),
        )


def _bar(limit: int | None, progress: Advance = lambda _: None) -> type[Any]:
    """Return what the client takes for a progress bar: it shows nothing, and counts.

    It hears of every part before it is written. What a compressed transfer takes on the wire is
    not counted: the Hub's own store sends more than the file has.

    Args:
        limit: bytes of everything that one bar counts; a download beyond is stopped.
        progress: told of every piece that came.
    """
    from huggingface_hub import utils  # noqa: PLC0415 - as in download

    base: Any = utils.tqdm  # type: ignore[attr-defined]

    class Bar(base):  # type: ignore[misc]
        def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - tqdm's own
            self._counts = more.get("unit") == "B" and ".transfer" not in str(more.get("name"))
            self._received = more.get("initial") or 0
            super().__init__(*given, **more | {"disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            if self._counts and n:
                self._received += n
                if limit is not None and self._received > limit:
                    raise _Endless
                progress(int(n))
            return None

    return Bar


class _Endless(Exception):
    """More is sent than was declared."""


def without_telemetry() -> None:
    """Let the client say nothing of this machine.

    What it says begins with a request of its own, for a list of programs to look for: it would
    read an answer of any size, and wait for as long as one byte comes after the other.
    """
    from huggingface_hub import constants  # noqa: PLC0415 - as in download

    constants.HF_HUB_DISABLE_TELEMETRY = True


@contextmanager
def _nothing_endless(repo_id: str, cache: Path) -> Iterator[None]:
    """Remove what came of a repository where more came than was declared: none can go on from it.

    All files have one bound, so that any of them may be too long.
    """
    try:
        yield
    except _Endless:
        folder = cache / f"models--{repo_id.replace('/', '--')}" / "blobs"
        for path in folder.glob("*.incomplete"):
            path.unlink(missing_ok=True)
        raise


@contextmanager
def plain_errors(what: str, folder: str = "", at: str | None = None) -> Iterator[None]:
    """Word what the client and the network say.

    Args:
        what: was asked for: `[FILE of ]REPO[@REVISION]`.
        folder: what cannot be written, if any.
        at: the endpoint that is asked, None for the configured one.
    """
    from huggingface_hub import errors  # noqa: PLC0415 - as in download

    try:
        yield
    except errors.GatedRepoError as error:
        raise HubGated.of_repository(_repository(what), at or endpoint()) from error
    except (errors.RepositoryNotFoundError, errors.DisabledRepoError) as error:
        raise HubMissing.of_repository(_repository(what), at or endpoint()) from error
    except (errors.RevisionNotFoundError, errors.EntryNotFoundError) as error:
        raise HubMissing(f"the Hub does not have {what}") from error
    except errors.OfflineModeIsEnabled as error:
        raise HubUnreachable(
            f"{what} is not in the cache and HF_HUB_OFFLINE is set", "unset it to download"
        ) from error
    except (http_error(), errors.LocalEntryNotFoundError, ConnectionError, TimeoutError) as error:
        why = str(error).strip().splitlines()[:1] or [type(error).__name__]
        reason = _PASSWORD.sub("", why[0]).rstrip(".")
        raise HubUnavailable(f"the Hub did not give {what}: {reason}", "try again") from error
    except _Endless as error:
        endless = f"the Hub sends more than the size that it declares of {what}"
        raise CouldNotCheck(endless, "try again later") from error
    except OSError as error:
        raise CouldNotCheck(
            f"cannot download {what}: {error.strerror or error}", f"see {folder}" if folder else ""
        ) from error


def _repository(what: str) -> str:
    return what.rpartition(" of ")[2].partition("@")[0]


def http_error(name: str = "HTTPError") -> type[Exception]:
    """Return an error class of the client's HTTP library: httpx, and from its 2.0 on httpx2."""
    from huggingface_hub import errors  # noqa: PLC0415 - as in download

    base = next(
        parent for parent in errors.HfHubHTTPError.__mro__ if parent.__name__ == "HTTPError"
    )
    error_class: type[Exception] = getattr(import_module(base.__module__.partition(".")[0]), name)
    return error_class
