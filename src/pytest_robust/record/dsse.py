"""Signed statements in the envelopes of DSSE, one a line: what in-toto calls a bundle.

    {"payload": base64, "payloadType": "application/vnd.in-toto+json",
     "signatures": [{"keyid": fingerprint, "publicKey": base64, "sig": base64}]}

What is signed is PAE(payloadType, payload), never the JSON around it (https://github.com/secure-systems-lab/dsse). The
public key is a field of our own, which other readers skip: it lets anybody see whether a signature holds, and nobody
whose it is. A line is taken only as it was written, to the byte, though the standard lets readers pass over what they
do not know: whoever damages a signature must not make it disappear.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from pytest_robust.errors import SignatureError
from pytest_robust.record import keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def pae(kind: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: no two pairs of type and payload have the same one.

    >>> pae("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def seal(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """The line of a signed payload, without its end."""
    return _line(payload, keys.der(key.public_key()), key.sign(pae(PAYLOAD_TYPE, payload)))


def unseal(line: bytes) -> tuple[bytes, str]:
    """The payload of a line and the fingerprint of the key that signed it. Raises SignatureError where none did."""
    try:
        envelope = json.loads(line)
        (signed,) = envelope["signatures"]
        payload, public, signature = map(_decoded, (envelope["payload"], signed["publicKey"], signed["sig"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise SignatureError("not a signature of `robust sign`, or damaged") from None
    if line != _line(payload, public, signature) or not keys.holds(public, signature, pae(PAYLOAD_TYPE, payload)):
        raise SignatureError("damaged or forged: the key that it names did not sign it")
    return payload, keys.fingerprint(public)


def _line(payload: bytes, public: bytes, signature: bytes) -> bytes:
    signed = {"keyid": keys.fingerprint(public), "publicKey": _encoded(public), "sig": _encoded(signature)}
    envelope = {"payload": _encoded(payload), "payloadType": PAYLOAD_TYPE, "signatures": [signed]}
    return json.dumps(envelope, separators=(",", ":")).encode()


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decoded(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)
