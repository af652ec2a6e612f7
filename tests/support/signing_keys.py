"""Keys for tests, as PEM files: what signs, and what checks; and how others read what is signed."""

import base64
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

KINDS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
}
OTHERS = {
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}
PEM = serialization.Encoding.PEM


def write(folder, name, kind="ed25519", password=None):
    """Write NAME.pem and NAME.pub; return both."""
    key = (KINDS | OTHERS)[kind]()
    locked = serialization.NoEncryption()
    if password:
        locked = serialization.BestAvailableEncryption(password.encode())
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, locked))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(key.public_key().public_bytes(PEM, form))
    return private, public


def envelopes(file):
    """Return the documents of a file, one a line."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def statement(document):
    """Return what an envelope's payload says, or a bare statement as it is."""
    if "payload" not in document:
        return document
    return json.loads(base64.b64decode(document["payload"]))


def verified_by_hand(document, public):
    """Raise unless an envelope is signed, read as DSSE's own text says and not by our code."""
    key = serialization.load_pem_public_key(public.read_bytes())
    raw, kind = base64.b64decode(document["payload"]), document["payloadType"]
    message = f"DSSEv1 {len(kind)} {kind} {len(raw)} ".encode() + raw
    from cryptography.hazmat.primitives import hashes

    for signature in document["signatures"]:
        made = base64.b64decode(signature["sig"])
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(made, message, ec.ECDSA(hashes.SHA256()))
        else:
            key.verify(made, message)
