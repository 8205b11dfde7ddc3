"""Which acts need a second person, and in which role each may be signed.

Anyone may import this module. Cites: FORMAT §1 "Authority types".
"""

from __future__ import annotations

from typing import Final, assert_never

from ledger.evidence.acts import (
    AbsenceRecorded,
    Assented,
    AttestationDetailed,
    AuthorityEvent,
    CustodianDesignated,
    CustodianNotReached,
    DelegationRecorded,
    DesigneeAppointed,
    EpochAnnounced,
    FoundingCountersigned,
    KeyEnrolled,
    KeyRevoked,
    LedgerFounded,
    LogAttested,
    LogKeysAnnounced,
    PackActivated,
    PasskeyApproved,
    PasskeyEnrolled,
    PasskeyRevoked,
    Reattested,
    RoleEnded,
    RoleGranted,
    StreamClosed,
    StreamErased,
)

__all__ = [
    "ADMINISTRATORS",
    "COUNSEL",
    "CUSTODIAN",
    "DESIGNEE",
    "DESK",
    "DIRECTOR",
    "LOOKS",
    "OWN_CUSTODY",
    "may_sign",
    "needs_assent",
]

DIRECTOR: Final = "director"
CUSTODIAN: Final = "custodian"
DESIGNEE: Final = "designee"
COUNSEL: Final = "counsel"
DESK: Final = "desk"
ADMINISTRATORS: Final = frozenset({DIRECTOR, CUSTODIAN})
OWN_CUSTODY: Final = frozenset({"device", "hardware"})
"""The kinds of custody whose signatures are attested `own-device`."""
LOOKS: Final = frozenset({"sealed-looked.v1", "glass-broken.v1"})
"""The types that a stream of looks begins with. No tick keeps places for what stands in one, so it
may reach the log long after its signer's right ended.
"""


def needs_assent(event: AuthorityEvent) -> bool:
    """Tell whether an act holds only once a second person has assented. Pure."""
    return isinstance(
        event,
        KeyEnrolled
        | PasskeyEnrolled
        | RoleGranted
        | StreamErased
        | EpochAnnounced
        | LogKeysAnnounced,
    )


def may_sign(event: AuthorityEvent, role: str, *, own: bool, known: bool = False) -> bool:
    """Tell whether a signer in this role may make this act. Pure. Total.

    `own` says that the act ends a key, passkey or role of the signer's own or enrols a passkey of
    theirs, `known` that it enrols a key for a person who was enrolled before: counsel may do that,
    so that a library whose only director lost a passphrase is not lost with it. Founding is judged
    by its place, and an assent by who it comes from, so neither is a question of role.
    """
    match event:
        case AbsenceRecorded() | CustodianNotReached() | Assented() | StreamClosed():
            return True
        case PasskeyApproved():
            return True
        case PasskeyEnrolled():
            return own  # Nobody can make an authenticator answer for somebody else.
        case LedgerFounded() | FoundingCountersigned():
            return True
        case KeyRevoked() | PasskeyRevoked() | RoleEnded():
            return own or role in ADMINISTRATORS
        case KeyEnrolled(principal=principal):
            again = known and principal == "person" and role == COUNSEL
            return again or role in ADMINISTRATORS
        case RoleGranted() | CustodianDesignated() | DesigneeAppointed():
            return role in ADMINISTRATORS
        case DelegationRecorded() | PackActivated() | EpochAnnounced() | LogKeysAnnounced():
            return role in ADMINISTRATORS
        case StreamErased():
            return role in ADMINISTRATORS
        case Reattested() | LogAttested() | AttestationDetailed():
            return role == COUNSEL
        case _:
            assert_never(event)
