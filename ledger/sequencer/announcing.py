"""The first person's part in changing the log's keys: draw them and announce them in the office.

A second person assents; the sequencer does the rest (`succession`). All can be repeated: keys
that were drawn and never announced are announced, and what waits for its assent is only told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from keys.keyring import Keyring
from ledger.domain.log_events import LogKeysAnnounced
from ledger.errors import BadRequest, NotPermitted, Unavailable
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import to_base64
from ledger.home import OpenHome
from ledger.logkeys import checkpoint_vkeys, receipt_vkey
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import Register
from ledger.register.locks import exclusive
from ledger.sequencer.freeze import frozen
from ledger.sequencer.succession import Succession, brought_checkpoint
from ledger.sequencer.ticks import LOCK

Reason = Literal["rotation", "compromise"]
_ADMINISTRATORS = frozenset({"director", "custodian"})


@dataclass(frozen=True, slots=True)
class Announced:
    """The announcement, by its place and its digest E, and whether a second person has assented."""

    ref: str
    e: str
    assented: bool


def announce(home: OpenHome, register: Register, keyring: Keyring, reason: Reason) -> Announced:
    """Announce the keys that follow; gives the standing announcement when there is one.

    Raises:
        NotPermitted: the person is neither director nor custodian, or their key is not enrolled.
        BadRequest: something else comes first; the sentence says what.
        Unavailable: the log is frozen, and this is a rotation.
    """
    _check_person(register, keyring)
    with exclusive(home.path / LOCK, "publishing the log"):
        succession = Succession(home)
        trusted = _trusted(home, succession, reason)
        office = register.office().office
        standing = succession.announcement(office)
        if standing is not None and _says(standing.event, reason, trusted):
            return Announced(standing.ref, standing.e, standing in office.log_keys)
        keys = succession.keys
        # What lay on the disk before a theft was stolen with the rest, and is never announced.
        if reason == "compromise" or standing is not None or keys.proposed is None:
            keys = succession.draw()
        if keys.proposed is None:
            raise Unavailable("The log's keys cannot be read back.")
        public = keys.proposed.public
        fields: dict[str, object] = {
            "log": [vkey.dump() for vkey in checkpoint_vkeys(home.origin, public)],
            "receipt": receipt_vkey(home.origin, public).dump(),
            "reason": reason,
            "trusted": {"size": trusted.size, "root": to_base64(trusted.root)},
        }
        done = register.handle(keyring, Act("announce-log-keys", fields, OFFICE))
        return Announced(done.records[0].ref, done.records[0].e, assented=False)


def finish(home: OpenHome, register: Register, keyring: Keyring) -> None:
    """End a roll-over: the old keys are destroyed.

    Raises:
        NotPermitted: the person is neither director nor custodian, or their key is not enrolled.
        BadRequest: no roll-over is under way, or the new keys have signed nothing yet.
    """
    _check_person(register, keyring)
    with exclusive(home.path / LOCK, "publishing the log"):
        succession = Succession(home)
        newest = home.newest_checkpoint()
        signed = 0 if newest is None else newest.size
        if succession.keys.previous is None:
            raise BadRequest("No roll-over is under way. Begin one with: log roll-over")
        if signed < succession.keys.begins:
            raise BadRequest("The new keys have signed nothing yet. Wait for the next tick.")
        # The trust file first: once the old keys are gone, only the new ones open what follows.
        succession.settle(signed)
        succession.finish()
        succession.settle(signed)


def _check_person(register: Register, keyring: Keyring) -> None:
    register.reader(keyring, vault=False)
    if not _ADMINISTRATORS & register.office().office.roles_of(keyring.person):
        raise NotPermitted("Only the director or the custodian changes the keys of the log.")


def _trusted(home: OpenHome, succession: Succession, reason: Reason) -> Checkpoint:
    standing = frozen(home)
    if reason == "compromise":
        if standing is None:
            raise BadRequest("Freeze the log first: disclosure-ledger log freeze --reason …")
        if standing.accepted is None:
            raise BadRequest(
                "Bring the last checkpoint that somebody outside has kept, and run:"
                " disclosure-ledger log accept FILE"
            )
        return brought_checkpoint(standing.accepted)
    if standing is not None:
        raise Unavailable(standing.sentence)
    if succession.keys.previous is not None:
        raise BadRequest("A roll-over is under way. End it first: log roll-over --finish")
    return home.published()


def _says(event: object, reason: Reason, trusted: Checkpoint) -> bool:
    if not isinstance(event, LogKeysAnnounced) or event.reason != reason:
        return False
    # A rotation may have been announced some ticks ago; it is as good as one of today.
    return reason == "rotation" or event.trusted.root == to_base64(trusted.root)
