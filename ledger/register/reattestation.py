"""What a compromised key signed since it was lost, and counsel's word for it.

A revocation may name the size of a checkpoint (`since`). Records by that key whose leaf stands at
or behind it, or that are in no published tick yet, may be somebody else's work. Counsel looks at
each and re-attests what is genuine, in the stream where the record belongs: the office's in the
office, a matter's in the matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from keys.keyring import Keyring
from ledger.domain.office import Office
from ledger.domain.office_events import Reattested
from ledger.evidence.commitment import blind, commit
from ledger.home import OpenHome
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import Register
from ledger.register.matters import groups
from ledger.register.reading import Stream
from ledger.register.seal import Unsealed

MOST_AT_ONCE = 256
"""The digests that one re-attestation names at most (FORMAT §1)."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A record that needs counsel's word.

    `case` is where that word belongs: the office, a case's reference, or None for a visit that was
    not triaged yet and for the vault's office. `is_own` says that the one who asks signed it, so
    that another counsel must.
    """

    ref: str
    type: str
    e: str
    signer: str
    case: str | None
    is_own: bool


def doubtful(home: OpenHome, register: Register, keyring: Keyring) -> tuple[Doubtful, ...]:
    """Every record that this person can open and that needs re-attestation, as streams have them.

    Raises:
        NotPermitted: the keyring is not enrolled, or was revoked.
        EvidenceCorrupt: a stream was altered.
    """
    streams = register.looking(keyring, "review").streams_shown()
    office = register.office().office
    vouched = set(_vouched(streams))
    places = _places(home, streams)
    return tuple(
        Doubtful(
            ref=told.ref,
            type=told.type,
            e=told.e,
            signer=told.recorded_by,
            case=places.get(stream.id),
            is_own=told.recorded_by == keyring.person,
        )
        for stream in streams
        for opened, told in zip(stream.unsealed, stream.records, strict=True)
        if told.e not in vouched and _is_doubtful(home, office, stream, opened)
    )


def reattest(register: Register, keyring: Keyring, found: Iterable[Doubtful]) -> int:
    """Re-attest records as counsel; gives how many. Those of untriaged visits, and the person's
    own, are left for later and for others.

    Raises:
        RequestRefused: the person is not counsel.
    """
    wanted: dict[str, list[str]] = {}
    for one in found:
        if one.case is not None and not one.is_own:
            wanted.setdefault(one.case, []).append(one.e)
    for case, digests in wanted.items():
        ordered = sorted(digests)
        for start in range(0, len(ordered), MOST_AT_ONCE):
            fields = {"of": ordered[start : start + MOST_AT_ONCE]}
            register.handle(keyring, Act("reattest", fields, case))
    return sum(map(len, wanted.values()))


def _vouched(streams: Iterable[Stream]) -> Iterable[str]:
    for stream in streams:
        for told in stream.records:
            if isinstance(told.event, Reattested):
                yield from told.event.of


def _places(home: OpenHome, streams: Iterable[Stream]) -> dict[bytes, str | None]:
    """Where a re-attestation of each stream's records belongs."""
    office = home.config.office
    found: dict[bytes, str | None] = {office: OFFICE}
    for group in groups({one.id: one for one in streams if one.id != office}):
        # A waiting visit takes no word yet, and what is of no matter takes none from here.
        reference = group.case.reference if group.is_triaged and not group.is_of_no_matter else None
        found |= {one.id: reference for one in group.streams}
    return found


def _is_doubtful(home: OpenHome, office: Office, stream: Stream, opened: Unsealed) -> bool:
    record = opened.record
    key = office.key_with(record.key.hex())
    if key is None or key.since is None:
        return False
    hidden = blind(stream.secrets.core, stream.id, record.seq)
    leaf = home.logbook.leaf_of(commit(hidden, stream.id, record.seq, opened.e))
    return leaf is None or leaf >= key.since
