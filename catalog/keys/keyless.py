"""Signatures without a key, by sigstore: who signed is an identity, such as a CI job's.

The only module that knows `sigstore`, which the extra `sigstore` brings. Signing takes the identity
that the machine has (a CI system's token) and asks sigstore's public services; checking asks for
their roots of trust. Nothing here opens a browser.
"""

import json
from dataclasses import dataclass

from sigstore import dsse, errors
from sigstore.models import Bundle, ClientTrustConfig
from sigstore.oidc import IdentityError, IdentityToken, detect_credential
from sigstore.sign import SigningContext
from sigstore.verify import Verifier as Trusted
from sigstore.verify.policy import Identity

from catalog.core.attestations.envelopes import Line
from catalog.errors import BadInput, CouldNotCheck, one_line


@dataclass(frozen=True, slots=True)
class Signer:
    """The identity that this machine has.

    Args:
        token: it, as sigstore takes it.
        context: sigstore's services.
    """

    token: IdentityToken
    context: SigningContext

    def line(self, payload: bytes) -> str:
        """Return a statement in a bundle of sigstore, one line.

        Raises:
            CouldNotCheck: a service does not answer, or refuses.
        """
        try:
            with self.context.signer(self.token) as signer:
                bundle: str = signer.sign_dsse(dsse.Statement(payload)).to_json()
        except (errors.Error, OSError) as error:
            raise _unanswered(error) from error
        return json.dumps(json.loads(bundle))


@dataclass(frozen=True, slots=True)
class Verifier:
    """An identity that must have signed.

    Args:
        trusted: what sigstore's roots of trust vouch for.
        identity: an e-mail address, or a workflow's address.
        issuer: who says that it is this identity: an address.
    """

    trusted: Trusted
    identity: str
    issuer: str

    @property
    def keyid(self) -> str:
        """What to call it."""
        return f"{self.identity} ({self.issuer})"

    def vouches(self, line: Line) -> bool:
        """Return whether this identity signed what a line states, of that type and no other."""
        if line.bundle is None:
            return False
        policy = Identity(identity=self.identity, issuer=self.issuer)
        try:
            signed = self.trusted.verify_dsse(Bundle.from_json(line.bundle), policy)
        except errors.VerificationError:
            return False
        except (errors.Error, ValueError):  # no bundle that it can read
            return False
        return bool(signed == (line.kind, line.payload))

    def is_anothers(self, line: Line) -> bool:
        """Return whether a line was signed with a key, and so by nobody who has a name here."""
        return line.bundle is None


def signer() -> Signer:
    """Return the identity that this machine has.

    Raises:
        BadInput: it has none.
        CouldNotCheck: sigstore's services do not answer.
    """
    try:
        raw = detect_credential()
    except IdentityError as error:
        raise CouldNotCheck(f"no identity: {one_line(str(error))}") from error
    if raw is None:
        hint = "run it in a CI job with an OIDC token (`id-token: write`), or sign with --key"
        raise BadInput("this machine has no identity for sigstore", hint)
    try:
        context = SigningContext.from_trust_config(ClientTrustConfig.production())
        return Signer(IdentityToken(raw), context)
    except (errors.Error, IdentityError, OSError) as error:
        raise _unanswered(error) from error


def verifier(identity: str, issuer: str) -> Verifier:
    """Return what checks an identity's signatures.

    Args:
        identity: who must have signed.
        issuer: who vouches for that identity.

    Raises:
        CouldNotCheck: the roots of trust cannot be had.
    """
    try:
        return Verifier(Trusted.production(), identity, issuer)
    except (errors.Error, OSError) as error:
        raise _unanswered(error) from error


def _unanswered(error: Exception) -> CouldNotCheck:
    return CouldNotCheck(f"sigstore: {one_line(str(error))}")
