"""Time stamps (V4): what a trusted authority signed over a checkpoint, and when.

Needs the [time] extra; without it the check could not run, and says so. The library reads CMS and
certificates, which are judged at the instant that the stamp names: it stays good after its
authority's certificate has ended. That nobody used the key afterwards rests on the authority.

Cites: FORMAT §4 "Time stamp", §6 V4; RFC 3161; ops/adr/0033.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ledger.evidence.grammar import Malformed

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["NotInstalled", "Stamp", "check_stamp", "load_authorities"]

_SHA256: Final = "2.16.840.1.101.3.4.2.1"


class NotInstalled(Exception):
    """The library that reads time stamps is not here."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an authority saw something, and when its certificate ends; both in UTC."""

    time: datetime
    ends: datetime


def load_authorities(authorities: Sequence[str]) -> tuple[Certificate, ...]:
    """Read the root certificates (PEM) that trust names.

    Raises: Malformed.
    """
    # It brings much with it, sockets among it, and is loaded for those only who ask for stamps.
    from cryptography import x509

    try:
        return tuple(x509.load_pem_x509_certificate(one.encode("utf-8")) for one in authorities)
    except (ValueError, x509.InvalidVersion):
        raise Malformed("an authority's certificate cannot be read") from None


def check_stamp(
    data: bytes,
    covered: bytes,
    roots: Sequence[Certificate],
    *,
    nonce: int | None = None,
) -> Stamp:
    """Verify a TimeStampResp (DER) over these bytes under one of the roots. With `nonce`, it must
    answer that request.

    Raises: NotInstalled; Malformed, when it is not that.
    """
    from cryptography import x509

    try:
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError as error:
        raise NotInstalled from error
    try:
        response = decode_timestamp_response(data)
        imprint = response.tst_info.message_imprint
        if imprint.hash_algorithm.dotted_string != _SHA256:
            raise Malformed("a time stamp is not over a SHA-256")
        builder = VerifierBuilder()
        for root in roots:
            builder = builder.add_root_certificate(root)
        if nonce is not None:
            builder = builder.nonce(nonce)
        builder.build().verify(response, sha256(covered).digest())
        (signer,) = response.signed_data.signer_infos
        chain = [x509.load_der_x509_certificate(one) for one in response.signed_data.certificates]
        (ends,) = (
            one.not_valid_after_utc
            for one in (*chain, *(root for root in roots if root not in chain))
            if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number)
        )
        return Stamp(response.tst_info.gen_time.astimezone(UTC), ends)
    except (VerificationError, ValueError, x509.InvalidVersion) as error:
        raise Malformed("it is not what a trusted authority signed over this") from error
