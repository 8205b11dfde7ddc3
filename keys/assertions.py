"""Whether a passkey's answer is good, by the library that knows WebAuthn.

The door asks it beside `ledger.evidence.assertion`, so that an answer has to satisfy two
implementations before it is recorded; who verifies later needs neither this nor CBOR.

Cites: WebAuthn Level 2 §7.2; RFC 9053 §7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Answer", "is_good"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser gives back when a passkey was asked."""

    credential: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


def is_good(
    answer: Answer, challenge: bytes, public: bytes, *, rp: str, origins: Sequence[str]
) -> bool:
    """Tell whether a verified person answered this challenge at one of the origins. Total.

    `public` is the passkey's key: a point of P-256 (65 bytes) or an Ed25519 key (32 bytes).
    """
    # Imported here: it takes a fifth of a command's start, and few commands meet an answer.
    from webauthn import verify_authentication_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException
    from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse

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
    import cbor2

    if len(public) == 65:
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
    return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: public})
