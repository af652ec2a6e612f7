"""How statements are kept: signed in DSSE envelopes, or bare, one a line of a file.

The form is in-toto's bundle, JSON lines; a file that holds one document over many lines is read
too. What is signed is the payload with its type before it (`signed_text`), byte for byte, so that
no reader has to print JSON as we do. Nothing here knows a key.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from catalog.core import foreign
from catalog.core.attestations import reading
from catalog.core.attestations.statements import Statement
from catalog.core.foreign import ForeignError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
KINDS = (PAYLOAD_TYPE, "application/vnd.in-toto.test-result+json")
"""Of payloads that are statements: in-toto lets a producer name the predicate too."""
SIGSTORE = "application/vnd.dev.sigstore.bundle"
"""How the media types of sigstore's bundles begin."""
MOST_SIGNATURES = 16
"""Of one envelope: each costs a check, and is made by one who vouches for it."""
_URL_SAFE = str.maketrans("-_", "+/")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, and which key is said to have made it.

    Args:
        raw: as the key's algorithm makes it.
        keyid: a hint, which nobody signed; empty where there is none.
    """

    raw: bytes
    keyid: str


@dataclass(frozen=True, slots=True)
class Line:
    """One attestation of a file.

    Args:
        number: of the line.
        payload: the statement, as it was signed; None where something else is kept.
        signatures: none in a bare statement.
        kind: of the payload, which is signed with it.
        bundle: the whole line, where it is a bundle of sigstore around the envelope.
        other: what is kept in place of a statement, None where one is.
    """

    number: int
    payload: bytes | None
    signatures: tuple[Signature, ...] = ()
    kind: str = PAYLOAD_TYPE
    bundle: str | None = None
    other: str | None = None


class Signs(Protocol):
    """Signs statements: with a key, or with an identity."""

    def line(self, payload: bytes) -> str:
        """Return a statement and its signature, as one line of a file."""


class Vouches(Protocol):
    """Vouches for statements: a key, or an identity."""

    @property
    def keyid(self) -> str:
        """What to call it."""

    def vouches(self, line: Line) -> bool:
        """Return whether it signed what a line states."""

    def is_anothers(self, line: Line) -> bool:
        """Return whether another is said to have signed it."""


def payload(statement: Statement) -> bytes:
    """Return a statement as it is signed; what is written here can be read here.

    Raises:
        ForeignError: a name in it cannot be written in JSON, or no reader should show it.
    """
    text = json.dumps(statement.document, separators=(",", ":"), allow_nan=False)
    reading.statement(foreign.json_of(text))
    return text.encode()


def signed_text(raw: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    """Return what a signature covers: DSSE's pre-authentication encoding.

    >>> signed_text(b"hello world", "http://example.com/HelloWorld")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    return b"DSSEv1 %d %b %d %b" % (len(kind.encode()), kind.encode(), len(raw), raw)


def line(raw: bytes, *signatures: Signature) -> str:
    """Return a line of a file: an envelope, or without a signature the bare statement."""
    if not signatures:
        return raw.decode()
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": b64encode(raw).decode(),
        "signatures": [
            {"keyid": signature.keyid, "sig": b64encode(signature.raw).decode()}
            for signature in signatures
        ],
    }
    return json.dumps(envelope, separators=(",", ":"))


def lines(raw: bytes) -> list[Line]:
    """Return what a file keeps.

    Raises:
        ForeignError: it is no such file, or a line of it is broken.
    """
    return [_line(number, document) for number, document in _documents(foreign.text_of(raw))]


def _documents(text: str) -> Iterator[tuple[int, Any]]:
    """Yield each line's document, or the file's only one."""
    written = [(number, each) for number, each in enumerate(text.split("\n"), 1) if each.strip()]
    if not written:
        raise ForeignError("nothing is in it")
    if not written[0][1].rstrip().endswith("}"):  # one document over many lines
        yield 1, foreign.json_of(text)
        return
    for number, each in written:
        try:
            document = foreign.json_of(each)
        except ForeignError as error:
            raise ForeignError(f"line {number}: {error}") from error
        yield number, document


def _line(number: int, document: Any) -> Line:  # noqa: ANN401 - as JSON has it
    """Return what a document is: an envelope, a bare statement, or something else."""
    stated = document if isinstance(document, dict) else {}
    inner = stated.get("dsseEnvelope")
    if isinstance(inner, dict) and str(stated.get("mediaType", "")).startswith(SIGSTORE):
        held = _line(number, inner)
        return replace(held, bundle=json.dumps(document))
    if not stated.keys() & {"payloadType", "_type"}:
        return Line(number, None, other="no attestation")
    if "payloadType" not in document:
        other = reading.other_kind(document)
        return Line(number, json.dumps(document).encode() if other is None else None, other=other)
    kind = document["payloadType"]
    if kind not in KINDS:
        return Line(number, None, other=f"a payload of another kind, {foreign.shown(kind)}")
    try:
        signatures = _signatures(document.get("signatures"))
        return Line(number, _base64("payload", document.get("payload")), signatures, kind)
    except ForeignError as error:
        raise ForeignError(f"line {number}: {error}") from error


def _signatures(listed: object) -> tuple[Signature, ...]:
    if not isinstance(listed, list) or len(listed) > MOST_SIGNATURES:
        raise ForeignError(f"no list of up to {MOST_SIGNATURES} signatures")
    if not all(isinstance(each, dict) for each in listed):
        raise ForeignError("a signature is no object")
    return tuple(Signature(_base64("sig", each.get("sig")), _keyid(each)) for each in listed)


def _keyid(signature: dict[str, Any]) -> str:
    keyid = signature.get("keyid")
    return "" if keyid in (None, "") else foreign.name(keyid)


def _base64(key: str, text: object) -> bytes:
    """Return bytes from base64, of either alphabet, as DSSE allows it."""
    try:
        if isinstance(text, str):
            return b64decode(text.translate(_URL_SAFE), validate=True)
    except (Base64Error, ValueError) as error:  # ValueError: beyond ASCII
        raise ForeignError(f"{key} is not base64: {foreign.shown(text)}") from error
    raise ForeignError(f"{key} is {foreign.shown(text)}")


def statement(line: Line) -> Statement | str:
    """Return what a line states, or what else it is where that is no test result.

    Raises:
        ForeignError: it is broken, or has not the form of one.
    """
    if line.payload is None:
        return line.other or "no attestation"
    try:
        document = foreign.json_of(line.payload)
        return reading.other_kind(document) or reading.statement(document)
    except ForeignError as error:
        raise ForeignError(f"line {line.number}: {error}") from error
