"""An authenticator in software: real keys, real CBOR and real assertions, the same in every run.

It makes what a browser with a passkey would send; `flags`, `origin` and `challenge` can be bent.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ledger.evidence.assertion import Algorithm, challenge_of, signed_bytes
from ledger.evidence.grammar import to_base64
from ledger.evidence.jcs import Json

RP = "ledger.lonecone.example"
ORIGIN = f"https://{RP}"
PRESENT_AND_VERIFIED = 0x05
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authenticator answers when it is asked to sign a challenge."""

    authenticator_data: bytes
    client_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Authenticator:
    """A passkey that follows from its name."""

    name: str
    algorithm: Algorithm = "ES256"
    rp: str = RP
    origin: str = ORIGIN

    @property
    def credential(self) -> bytes:
        """What it is called, 32 bytes."""
        return self._seed("credential")

    @property
    def passkey(self) -> str:
        """The digest of the credential id, by which records name it."""
        return sha256(self.credential).hexdigest()

    @property
    def public(self) -> bytes:
        """Its public key, as SubjectPublicKeyInfo."""
        return (
            self._key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        )

    @property
    def private(self) -> bytes:
        """Its private key in PKCS #8, for a browser's own authenticator to be given."""
        return self._key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def enrolled(self, person: str, **bent: Json) -> dict[str, Json]:
        """Return the event that enrols it."""
        return {
            "person": person,
            "credential": to_base64(self.credential),
            "key": to_base64(self.public),
            "algorithm": self.algorithm,
            "rp": self.rp,
            "origins": [self.origin],
            **bent,
        }

    def approved(self, e: bytes, *, of: bytes | None = None, **bent: object) -> dict[str, Json]:
        """Return the event that approves the record with this E; `of` names another one."""
        made = self.answer(challenge_of(e), **bent)  # type: ignore[arg-type] # any part may be bent
        return {
            "of": (of or e).hex(),
            "passkey": self.passkey,
            "authenticator_data": to_base64(made.authenticator_data),
            "client_data": to_base64(made.client_data),
            "signature": to_base64(made.signature),
        }

    def answer(  # each part can be bent by itself
        self,
        challenge: bytes,
        *,
        flags: int = PRESENT_AND_VERIFIED,
        origin: str | None = None,
        rp: str | None = None,
        kind: str = "webauthn.get",
        crossed: bool = False,
        more: bytes = b"",
        extensions: bytes = b"",
    ) -> Assertion:
        """Sign a challenge as a browser at an origin would have it signed."""
        data = self._data(flags, rp) + extensions
        client = self._client(kind, challenge, origin, crossed)
        client = client[:-1] + more + client[-1:]
        return Assertion(data, client, self._sign(signed_bytes(data, client)))

    def attest(self, challenge: bytes) -> tuple[bytes, bytes]:
        """Return attestation object (CBOR, format none) and client data of an enrolment."""
        named = len(self.credential).to_bytes(2) + self.credential
        data = self._data(0x45, None) + bytes(16) + named + cbor2.dumps(self._cose())
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return attested, self._client("webauthn.create", challenge, None, crossed=False)

    def _data(self, flags: int, rp: str | None) -> bytes:
        return sha256((rp or self.rp).encode()).digest() + bytes([flags]) + bytes(4)

    def _client(self, kind: str, challenge: bytes, origin: str | None, crossed: bool) -> bytes:
        asked = urlsafe_b64encode(challenge).rstrip(b"=").decode()
        told = {
            "type": kind,
            "challenge": asked,
            "origin": origin or self.origin,
            "crossOrigin": crossed,
        }
        return json.dumps(told, separators=(",", ":")).encode()

    def _sign(self, message: bytes) -> bytes:
        key = self._key()
        if isinstance(key, Ed25519PrivateKey):
            return key.sign(message)
        return key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))

    def _cose(self) -> dict[int, int | bytes]:
        if self.algorithm == "EdDSA":
            return {1: 1, 3: -8, -1: 6, -2: self.public[-32:]}
        return {1: 2, 3: -7, -1: 1, -2: self.public[-64:-32], -3: self.public[-32:]}

    def _key(self) -> Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
        seed = self._seed("key")
        if self.algorithm == "EdDSA":
            return Ed25519PrivateKey.from_private_bytes(seed)
        return ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())

    def _seed(self, what: str) -> bytes:
        return sha256(f"passkey {what} of {self.name}".encode()).digest()
