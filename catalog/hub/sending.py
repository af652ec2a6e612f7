"""Asks one question of the Hub and takes its answer, within bounds: redirects, bytes, seconds.

Whoever runs a mirror writes these answers. What they say is in `catalog.hub.answers`.
"""

import time
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_all
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from catalog.core import foreign
from catalog.errors import HubUnavailable

if TYPE_CHECKING:
    import httpx2

ANSWER_S = 20.0
"""Seconds for a whole answer: a page of 1,000 files takes one, the largest span of bytes ten."""
MOST_REDIRECTS = 5
"""From one address to the next; the Hub needs one, and one more for a renamed repository."""
MOST_WAIT_S = 300.0
"""Seconds that the Hub may ask to wait: the window of its limits."""

_GLANCE_S = 0.25
_MOST_DIGITS = 12
_Result = TypeVar("_Result")
# They describe the answer as it was sent, not as it was read.
_OF_SENDING = (b"content-encoding", b"content-length", b"transfer-encoding")


def in_time(ask: Callable[[], _Result], wait: Callable[[float], None] = time.sleep) -> _Result:
    """Return what a function returns within `ANSWER_S`, else give up on it.

    The client waits for each byte, and one a second would do to keep it waiting: it is asked in a
    thread of its own, which is left behind.

    Args:
        ask: what is waited for.
        wait: asked again and again to wait no time: it raises once nobody wants the answer.

    Raises:
        HubUnavailable: it takes longer.
    """
    asked: Future[_Result] = Future()

    def answer() -> None:
        try:
            asked.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            asked.set_exception(error)

    Thread(target=answer, daemon=True).start()
    end = time.monotonic() + ANSWER_S
    while not wait_for_all([asked], min(_GLANCE_S, ANSWER_S)).done:
        if time.monotonic() > end:
            raise HubUnavailable(f"the Hub gave no whole answer in {ANSWER_S:.0f} s", "try again")
        wait(0)
    return asked.result()


def sent(session: "httpx2.Client", request: "httpx2.Request", most: int) -> "httpx2.Response":
    """Send a request and return its whole answer.

    Args:
        session: of the Hub's client.
        request: what to ask; an answer with the whole file, where a range was asked for, is not
            read at all.
        most: bytes that the answer may have.

    Raises:
        HubUnavailable: it has more, or leads elsewhere again and again.
    """
    for _ in range(MOST_REDIRECTS + 1):
        response: httpx2.Response = session.send(request, stream=True, follow_redirects=False)
        try:
            if response.next_request is None:
                return _whole(response, most)
        finally:
            response.close()
        request = response.next_request
    raise HubUnavailable(f"{request.url.host} redirects more than {MOST_REDIRECTS} times")


def _whole(response: "httpx2.Response", most: int) -> "httpx2.Response":
    """Return an answer with its body read; the client's own reading has no bound."""
    span = response.request.headers.get("Range")
    if span and response.status_code == HTTPStatus.OK:
        raise HubUnavailable(
            f"{response.url.host} answers a request for {span} with the whole file",
            "it cannot be probed through this server",
        )
    headers = response.headers.raw  # bytes: a header need not be ASCII
    return type(response)(
        response.status_code,
        headers=[(name, value) for name, value in headers if name.lower() not in _OF_SENDING],
        content=_body(response, most),
        request=response.request,
    )


def _body(response: "httpx2.Response", most: int) -> bytes:
    """Return the bytes of an answer, unpacked as far as they may be; a refusal has its own size."""
    most = most if response.is_success else foreign.MOST_BYTES
    coding = response.headers.get("Content-Encoding", "identity").lower()
    if coding not in ("identity", "gzip"):
        raise HubUnavailable(f"{response.url.host} sends an answer in {coding}, not asked for")
    unpack = zlib.decompressobj(31).decompress if coding == "gzip" else _as_it_is
    pieces = []
    left = most
    try:
        for raw in response.iter_raw(1 << 16):
            pieces.append(unpack(raw, left + 1))
            left -= len(pieces[-1])
            if left < 0:
                raise HubUnavailable(f"{response.url.host} sends more than {most:,} bytes")
    except zlib.error as error:
        raise HubUnavailable(f"{response.url.host} sends a damaged answer: {error}") from error
    return b"".join(pieces)


def _as_it_is(raw: bytes, _most: int) -> bytes:
    return raw


def wait_for(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds an answer asks to wait, as a number or a date; None: it does not.

    Raises:
        HubUnavailable: longer than anybody would.
    """
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text[:_MOST_DIGITS]) if text.isdecimal() else _until(text)
    except (ValueError, TypeError, OverflowError):  # neither; -0000 is no time zone
        return None
    if seconds > MOST_WAIT_S:
        raise HubUnavailable(f"the Hub asks to wait {seconds:,.0f} s", "try again then")
    return max(seconds, 0.0)


def _until(text: str) -> float:
    return (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
