"""What the Hub says of a repository: its refs, the files of a commit, a small file. No weights.

Requests are counted, paced by the limits that the Hub announces, and repeated while it is busy: its
client repeats paginated calls only, and a sweep over a suite makes thousands of the others.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from catalog.core import foreign
from catalog.core.foreign import ForeignError
from catalog.core.published import kept_endpoint
from catalog.errors import HubUnavailable, HubUnreachable
from catalog.hub import answers, sending
from catalog.hub.answers import Listing, Refs
from catalog.hub.downloads import endpoint as configured
from catalog.hub.downloads import http_error, is_offline, plain_errors, without_telemetry

if TYPE_CHECKING:
    import httpx2

    from catalog.core.published import RemoteFile

BUSY = (408, 429, 500, 502, 503, 504)
# With pauses of 1, 2, 4, 8 and 16 seconds: half a minute, where the Hub does not ask for more.
RETRIES = 5
# Leave this many requests of a window to whoever else shares the address.
RESERVE = 10


class Client:
    """Requests to the Hub, counted, paced and patient; any number of threads may share one.

    Args:
        wait: sleeps that many seconds; an interruption must get through it.
        report: told in words why it waits.
        endpoint: asked instead of `HF_ENDPOINT`; it is sent no token, unless it is that one.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        wait: Callable[[float], None] = time.sleep,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._given = endpoint
        self.requests = 0
        self._wait, self._report = wait, report
        self._lock = threading.Lock()
        self._open_at = 0.0
        self._answered = False

    @property
    def endpoint(self) -> str:
        """The address that is asked, as looks are kept under it."""
        return kept_endpoint(self._address)

    @property
    def _address(self) -> str:
        return (self._given or configured()).rstrip("/")

    def _may_know_me(self, url: str) -> bool:
        """Return whether a server gets the user's token: the configured one, none it leads to."""
        return kept_endpoint(url).startswith(f"{kept_endpoint(configured())}/")

    def refs(self, repo_id: str, *, pulls: bool = False) -> Refs:
        """Return a repository's branches and tags, and pull requests if asked: one request.

        Raises:
            HubMissing: there is no such repository.
            HubGated: it is closed to this user.
            HubUnavailable: no answer, or none that makes sense.
        """
        query = "?include_prs=1" if pulls else ""
        response = self._get(f"/api/models/{repo_id}/refs{query}", repo_id)
        with _makes_sense(repo_id):
            answer = foreign.json_of(response.content)
            name = answers.called(repo_id, response.url.path)
            listed = (answer.get("pullRequests") or ()) if pulls else ()
            return Refs(
                answers.commits(answer["branches"]),
                answers.commits(answer["tags"]),
                name,
                answers.commits(listed, "ref"),
            )

    def listing(self, repo_id: str, revision: str) -> Listing:
        """Return what a branch, tag or commit holds now: one request.

        Raises:
            HubMissing: there is no such repository or revision.
            HubUnavailable: no answer, or none that makes sense.
        """
        what = f"{repo_id}@{revision}"
        answer = self._json(
            f"/api/models/{repo_id}/revision/{quote(revision, safe='')}?blobs=true", what
        )
        with _makes_sense(what):
            sizes = answers.sizes(answer["siblings"])
            return Listing(repo_id, foreign.commit(answer["sha"]), sizes)

    def tree(self, repo_id: str, commit: str) -> "tuple[RemoteFile, ...]":
        """Return every file of a commit, folders included: one request for each 1,000 files.

        Raises:
            HubMissing: the repository no longer has this commit.
            HubUnavailable: no answer, or none that makes sense.
        """
        what = f"{repo_id}@{commit[:8]}"
        url: str | None
        url = f"/api/models/{repo_id}/tree/{commit}?recursive=true&expand=false"
        files: dict[str, RemoteFile] = {}
        for _ in range(answers.MOST_PAGES):
            response = self._get(url, what)
            with _makes_sense(what):
                listed = answers.files(foreign.json_of(response.content))
                url = answers.next_page(response)
                if files.keys() & listed.keys():  # else a page that leads to itself has no end
                    raise ForeignError("a file stands on two of its pages")
            files |= listed
            if url is None:
                return tuple(files.values())
        raise HubUnavailable(f"the Hub lists {what} on more than {answers.MOST_PAGES:,} pages")

    def small_file(self, repo_id: str, commit: str, path: str) -> bytes:
        """Return a small file's bytes, such as an index: one request.

        Raises:
            HubMissing: it is not there.
            HubUnavailable: no answer.
        """
        url = f"/{repo_id}/resolve/{commit}/{quote(path)}"
        return bytes(self._get(url, f"{path} of {repo_id}@{commit[:8]}").content)

    def span(self, repo_id: str, commit: str, file: "RemoteFile", start: int, stop: int) -> bytes:
        """Return the bytes of a file from `start` to before `stop`: one request.

        Raises:
            HubMissing: it is not there.
            HubUnavailable: no answer, or not exactly these bytes. An answer with the whole file
                is not read at all.
        """
        what = f"{file.path} of {repo_id}@{commit[:8]}"
        url = f"/{repo_id}/resolve/{commit}/{quote(file.path)}"
        response = self._get(url, what, f"bytes={start}-{stop - 1}", stop - start)
        content_range = response.headers.get("Content-Range", "")
        if content_range != f"bytes {start}-{stop - 1}/{file.size_bytes}" or (
            len(response.content) != stop - start
        ):
            raise HubUnavailable(
                f"asked for bytes {start} to {stop - 1} of {what}, "
                f"the Hub sent {content_range or 'others'}",
                "it cannot be probed through this server",
            )
        return bytes(response.content)

    # Requests ----------------------------------------------------------------------------------

    def _json(self, url: str, what: str) -> Any:  # noqa: ANN401 - as the Hub sends it
        response = self._get(url, what)
        with _makes_sense(what):
            return foreign.json_of(response.content)

    def _get(
        self, url: str, what: str, span: str = "", most: int = foreign.MOST_BYTES
    ) -> "httpx2.Response":
        """Ask until the Hub is not busy, for a span of bytes or for everything.

        Raises:
            HubUnavailable: it stays busy, or says no.
        """
        if is_offline():
            raise HubUnreachable("offline: nothing was asked", "HF_HUB_OFFLINE is set: unset it")
        whole = url if "://" in url else self._address + url
        for attempt in range(RETRIES + 1):
            self._keep_pace()
            with plain_errors(what, at=self.endpoint):
                response, why = self._ask(whole, span, most, last=attempt == RETRIES)
                if response is not None and not why:
                    _utils().hf_raise_for_status(response)
                    return response
            seconds = _pause(response, attempt)
            self._report(f"{why}; waiting {seconds:.0f} s")
            self._wait(seconds)
        raise AssertionError("the last attempt returns or raises")

    def _ask(
        self, url: str, span: str, most: int, *, last: bool
    ) -> "tuple[httpx2.Response | None, str]":
        """Make one request; return the answer and why to repeat it, empty to keep it."""
        with self._lock:
            self.requests += 1
        try:
            response = _sent(url, span, most, self._wait, token=self._may_know_me(url))
        except UnicodeError as error:  # it quotes a character of the token, and no more is told
            raise HubUnreachable("the token is no ASCII text", "check HF_TOKEN") from error
        except (http_error("InvalidURL"), http_error("UnsupportedProtocol"), ValueError) as error:
            if "proxy" in str(error):
                raise HubUnreachable(f"{error}", "check HTTP_PROXY and HTTPS_PROXY") from error
            raise HubUnreachable(
                f"{kept_endpoint(url)} is no address: {error}", "check HF_ENDPOINT"
            ) from error
        except http_error("TransportError") as error:
            if isinstance(error, http_error("ConnectError")) and not self._answered:
                raise HubUnreachable(
                    f"the Hub cannot be reached: {error}", "check the network and HF_ENDPOINT"
                ) from error
            if last:
                raise
            return None, f"{type(error).__name__} {error}"
        self._answered = True
        self._note_limit(response)
        if response.status_code in BUSY and not last:
            return response, f"the Hub answers {response.status_code}"
        return response, ""

    def _note_limit(self, response: "httpx2.Response") -> None:
        """Remember when the window reopens if it is all but used up."""
        try:
            window = _utils().parse_ratelimit_headers(response.headers)
        except ValueError:  # more digits than Python reads
            return
        if window is not None and window.remaining <= min(RESERVE, (window.limit or RESERVE) // 10):
            seconds = min(window.reset_in_seconds, sending.MOST_WAIT_S)
            with self._lock:
                self._open_at = max(self._open_at, time.monotonic() + seconds + 1)

    def _keep_pace(self) -> None:
        """Wait for the window to reopen."""
        while (seconds := self._open_at - time.monotonic()) > 0:
            self._report(f"the Hub's limit is used up; waiting {seconds:.0f} s")
            self._wait(seconds)


def _utils() -> Any:  # noqa: ANN401 - it exports at run time what its type stubs do not
    from huggingface_hub import utils  # noqa: PLC0415

    return utils


def _sent(
    url: str, span: str, most: int, wait: Callable[[float], None], *, token: bool
) -> "httpx2.Response":
    """Send one request and read its answer, within the bounds of `sending`."""

    def ask() -> "httpx2.Response":
        session = _utils().get_session()
        request = session.build_request("GET", url, headers=_headers(span, token=token))
        return sending.sent(session, request, most)

    return sending.in_time(ask, wait)


def _headers(span: str, *, token: bool) -> dict[str, str]:
    """Return what to send with a request."""
    without_telemetry()  # else the client asks the Hub for more, and waits for ever
    headers: dict[str, str] = _utils().build_hf_headers(
        library_name="checkpoint-catalog", token=None if token else False
    )
    # A compressed answer would have other positions.
    more = {"Range": span, "Accept-Encoding": "identity"} if span else {"Accept-Encoding": "gzip"}
    return headers | more


def _pause(response: "httpx2.Response | None", attempt: int) -> float:
    """Return how long to wait: what the Hub asks for, else 1, 2, 4 … 16 seconds."""
    asked = None if response is None else sending.wait_for(response.headers)
    return float(min(16, 2**attempt)) if asked is None else asked + 1


@contextmanager
def _makes_sense(what: str) -> Iterator[None]:
    """Word an answer that is not of the documented form."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = error if isinstance(error, ForeignError) else repr(error)
        message = f"the Hub's answer about {what} makes no sense: {why}"
        raise HubUnavailable(message, "try again") from error
