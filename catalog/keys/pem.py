"""Keys that sign attestations and check them: Ed25519 and ECDSA P-256, from PEM files.

The only module that knows `cryptography`, which the extra `attest` brings. What is signed is made
in `catalog.core.attestations`; files are read by the caller.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from catalog.core import digests
from catalog.core.attestations import envelopes
from catalog.core.attestations.envelopes import Line, Signature
from catalog.errors import BadInput

Password = Callable[[], str | None]
"""Returns the password of a key, None where nobody gives one; asked only if the key has one."""
_MAKE = "`openssl genpkey -algorithm ed25519 -out key.pem` makes one"
_TAKE_OUT = "`openssl pkey -in key.pem -pubout -out key.pub` takes it out of the private one"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key.

    Args:
        key: it.
        keyid: SHA-256 of its public key in DER, hex.
    """

    key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    keyid: str

    def line(self, payload: bytes) -> str:
        """Return a statement in a signed envelope, one line."""
        message = envelopes.signed_text(payload)
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            raw = self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        else:
            raw = self.key.sign(message)
        return envelopes.line(payload, Signature(raw, self.keyid))


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key.

    Args:
        key: it.
        keyid: SHA-256 of it in DER, hex.
    """

    key: Ed25519PublicKey | ec.EllipticCurvePublicKey
    keyid: str

    def vouches(self, line: Line) -> bool:
        """Return whether any signature of a line is this key's, whatever key it names."""
        if line.payload is None:
            return False
        message = envelopes.signed_text(line.payload, line.kind)
        return any(self._made(signature, message) for signature in line.signatures)

    def is_anothers(self, line: Line) -> bool:
        """Return whether a line names other keys only; that is a hint, which nobody signed."""
        named = {signature.keyid for signature in line.signatures}
        return line.bundle is not None or ("" not in named and self.keyid not in named)

    def _made(self, signature: Signature, message: bytes) -> bool:
        try:
            if isinstance(self.key, ec.EllipticCurvePublicKey):
                self.key.verify(signature.raw, message, ec.ECDSA(hashes.SHA256()))
            else:
                self.key.verify(signature.raw, message)
        except InvalidSignature:
            return False
        return True


def signer(pem: bytes, where: str, password: Password) -> Signer:
    """Return the private key of a PEM file.

    Args:
        pem: the file's content.
        where: what to call it in an error.
        password: is asked only if the key is encrypted.

    Raises:
        BadInput: no private key of a kind that signs here, or not its password.
    """
    if b"PUBLIC KEY" in pem:
        raise BadInput(f"{where} is a public key; the private one signs", _MAKE)
    secret = None
    if b"ENCRYPTED" in pem:
        given = password()
        if not given:
            raise BadInput(f"{where} has a password", "set CATALOG_KEY_PASSWORD to it")
        secret = given.encode()
    try:
        key = serialization.load_pem_private_key(pem, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if secret is not None:
            raise BadInput(f"{where} cannot be read with this password") from error
        raise BadInput(f"{where} is no private key in PEM", _MAKE) from error
    if isinstance(key, Ed25519PrivateKey | ec.EllipticCurvePrivateKey) and _signs_here(key):
        return Signer(key, _keyid(key.public_key()))
    raise _of_another_kind(where)


def verifier(pem: bytes, where: str) -> Verifier:
    """Return the public key of a PEM file.

    Raises:
        BadInput: no public key of a kind that signs here.
    """
    if b"PRIVATE KEY" in pem:
        raise BadInput(f"{where} is a private key; the public one checks", _TAKE_OUT)
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput(f"{where} is no public key in PEM", _TAKE_OUT) from error
    if isinstance(key, Ed25519PublicKey | ec.EllipticCurvePublicKey) and _signs_here(key):
        return Verifier(key, _keyid(key))
    raise _of_another_kind(where)


def _signs_here(key: object) -> bool:
    """Return whether a key's curve is one of both; Ed25519 has no other."""
    return isinstance(getattr(key, "curve", ec.SECP256R1()), ec.SECP256R1)


def _of_another_kind(where: str) -> BadInput:
    return BadInput(f"{where} is of another kind than Ed25519 and ECDSA P-256", _MAKE)


def _keyid(key: Ed25519PublicKey | ec.EllipticCurvePublicKey) -> str:
    """Return what `openssl pkey -pubin -outform DER | sha256sum` prints."""
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return digests.sha256(key.public_bytes(serialization.Encoding.DER, kind))
