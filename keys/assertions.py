"""Whether a passkey's answer is good, by the library that knows WebAuthn.

The door asks it beside `ledger.evidence.assertion`, so that an answer has to satisfy two
implementations before it is recorded; who verifies later needs neither this nor CBOR.

Cites: WebAuthn Level 2 §7.2; RFC 9053 §7.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import cbor2
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import bytes_to_base64url, decode_credential_public_key
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import DecodedEC2PublicKey, DecodedOKPPublicKey
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

__all__ = ["ALGORITHMS", "Answer", "Made", "is_good", "made_with"]

ALGORITHMS = (COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.EDDSA)
"""What a passkey may sign with: ES256 and Ed25519, for which a verifier needs nothing further."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser gives back when a passkey was asked."""

    credential: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that was made: its id, and its key as `is_good` takes it."""

    credential: bytes
    public: bytes


def made_with(
    attestation: bytes, client_data: bytes, challenge: bytes, *, rp: str, origins: Sequence[str]
) -> Made | None:
    """Return what a browser made for this challenge at one of the origins, its person verified;
    None where it did not, or where the key is of another kind. Total.

    Who made the authenticator is not asked: `attestation` is taken without its statement's word.
    """
    response = AuthenticatorAttestationResponse(
        client_data_json=client_data, attestation_object=attestation
    )
    try:
        found = verify_registration_response(
            credential=RegistrationCredential(id="", raw_id=b"", response=response),
            expected_challenge=challenge,
            expected_rp_id=rp,
            expected_origin=list(origins),
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
        public = _public(decode_credential_public_key(found.credential_public_key))
    except (WebAuthnException, ValueError, TypeError, KeyError, IndexError, struct.error):
        return None
    return Made(found.credential_id, public)


def _public(key: object) -> bytes:
    match key:
        case DecodedEC2PublicKey(x=bytes(x), y=bytes(y)):
            return b"\x04" + x + y
        case DecodedOKPPublicKey(x=bytes(x)):
            return x
        case _:
            return b""


def is_good(
    answer: Answer, challenge: bytes, public: bytes, *, rp: str, origins: Sequence[str]
) -> bool:
    """Tell whether a verified person answered this challenge at one of the origins. Total.

    `public` is the passkey's key: a point of P-256 (65 bytes) or an Ed25519 key (32 bytes).
    """
    response = AuthenticatorAssertionResponse(
        client_data_json=answer.client_data,
        authenticator_data=answer.authenticator_data,
        signature=answer.signature,
    )
    credential = AuthenticationCredential(
        id=bytes_to_base64url(answer.credential), raw_id=answer.credential, response=response
    )
    try:
        verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp,
            expected_origin=list(origins),
            credential_public_key=_cose(public),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        return False
    return True


def _cose(public: bytes) -> bytes:
    """Return a key in the spelling that WebAuthn has for it."""
    if len(public) == 65:
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
    return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: public})
