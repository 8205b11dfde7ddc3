"""The events of passkeys, and a passkey as the office has it.

They are authority types of FORMAT §1. An enrolment and its end stand in the office, an approval in
the case whose record it approves.
"""

from base64 import b64decode
from hashlib import sha256
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.domain.events import Decision
from ledger.domain.fields import CredentialId, Digest, Domain, PasskeyBytes, PersonId, WebOrigin


class PasskeyEnrolled(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="passkey-enrolled.v1"
):
    """The person confirms decisions with this passkey, once a second person assents.

    `key` is its public key as SubjectPublicKeyInfo; `origins`, ascending, are the addresses at
    which a browser may ask for it, all of the domain `rp` or below it.
    """

    COMMAND: ClassVar[str] = "enrol-passkey"
    person: PersonId
    credential: CredentialId
    key: PasskeyBytes
    algorithm: Literal["ES256", "EdDSA"]
    rp: Domain
    origins: Annotated[tuple[WebOrigin, ...], Meta(min_length=1, max_length=8)]


class PasskeyRevoked(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="passkey-revoked.v1"
):
    """The passkey whose credential id has this digest confirms nothing from here on."""

    COMMAND: ClassVar[str] = "revoke-passkey"
    passkey: Digest


class PasskeyApproved(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="passkey-approved.v1"
):
    """Who signs this approves the record whose envelope digest is `of`, and shows a passkey for it.

    `authenticator_data`, `client_data` and `signature` are what passkey and browser answered when
    they were asked to sign that digest (FORMAT §1, passkeys).
    """

    COMMAND: ClassVar[str] = "approve-by-passkey"
    of: Digest
    passkey: Digest
    authenticator_data: PasskeyBytes
    client_data: PasskeyBytes
    signature: PasskeyBytes


class Passkey(Struct, frozen=True):
    """An enrolled passkey, and whether it still confirms."""

    enrolled: PasskeyEnrolled
    revoked: bool = False

    @property
    def digest(self) -> str:
        """The digest of its credential id, by which it is named and revoked."""
        return sha256(b64decode(self.enrolled.credential)).hexdigest()


def is_asked_of(passkeys: tuple[Passkey, ...], person: str) -> bool:
    """Whether a passkey is asked of a person: ever since a second person assented to one (T-39).

    One that was revoked asks for it too: else whoever sits at somebody's session would revoke it.
    """
    return any(one.enrolled.person == person for one in passkeys)
