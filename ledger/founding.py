"""Founding: a new ledger, its first two people, its law and its schedule.

`ledger-founded` is signed by the first person and countersigned by the second; its digest is the
ledger's fingerprint, which belongs into the board's minutes and into every verifier's trust file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import convert

from keys.files import write_private
from keys.keyring import Keyring
from keys.log import LogKeys
from keys.recovery import RecoveryKey
from keys.secrets import StreamSecrets
from ledger.config import Config
from ledger.domain.events import Event
from ledger.domain.law.pack import Law, resolve
from ledger.domain.law.rules import rule_versions
from ledger.domain.log_events import EpochTerms
from ledger.domain.office import RECOVERY, Office
from ledger.domain.office_events import (
    Assented,
    CustodianDesignated,
    Founder,
    FoundingCountersigned,
    LedgerBefore,
    LedgerFounded,
    RecoveryAnnounced,
)
from ledger.errors import BadRequest
from ledger.evidence import jcs
from ledger.evidence.acts import Before
from ledger.evidence.grammar import check_origin, to_base64
from ledger.evidence.record import OfficeHead
from ledger.evidence.schedule import Epoch, Schedule
from ledger.evidence.tiles import publish
from ledger.guard.keeping import Guard
from ledger.home import Home, create_home
from ledger.logkeys import (
    all_vkeys,
    checkpoint_vkeys,
    receipt_vkey,
    schedule_note,
    trust_lists,
)
from ledger.register.acts import Act
from ledger.register.custody import Custody
from ledger.register.locks import make_locks
from ledger.register.reading import OfficeView
from ledger.register.writing import (
    BEGINNING,
    Appending,
    Place,
    Signing,
    Writer,
    new_place,
    new_stream,
)
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.stores.place import schema_of
from ledger.stores.transfer import new_stores

FOUNDING_ROLES = ("director", "counsel", "staff", "auditor")
SAME_ORIGIN = "A new ledger has an origin of its own, such as the old one's with the year behind."
TRUST_FORMAT = "disclosure-ledger/trust/v1"


@dataclass(frozen=True, slots=True)
class Terms:
    """How often the log ticks, and with how many entries: see FORMAT §4, Schedule."""

    period_seconds: int
    open: int
    sealed: int
    delay: int


ONE_PC = Terms(period_seconds=86_400, open=64, sealed=64, delay=2)
SERVER = Terms(period_seconds=3_600, open=16, sealed=16, delay=24)


@dataclass(frozen=True, slots=True)
class Recovery:
    """The recovery identity's public key, and how many of its holders open it together."""

    key: RecoveryKey
    holders: int
    needed: int


@dataclass(frozen=True, slots=True)
class Founding:
    """What `init` asks for. The first founder is the director and becomes the custodian.

    Without `recovery` what is sealed opens to its audience only: for ledgers that nobody keeps.
    `store` is the address of the server that keeps the stores; without it they are files. With
    `needs_standby` nothing is signed unless a standby of that server has confirmed it. Counsel
    attests to the log every `attest_months`, 1 to 12; yearly where that is None. `before` is the
    ledger that this one follows under a new origin.
    """

    origin: str
    zone: str
    pack: str
    founders: tuple[tuple[Keyring, str], tuple[Keyring, str]]
    terms: Terms = ONE_PC
    recovery: Recovery | None = None
    store: str | None = None
    needs_standby: bool = False
    attest_months: int | None = None
    before: Before | None = None


def found(
    path: Path,
    founding: Founding,
    now: datetime,
    keyring_files: Mapping[str, bytes] | None = None,
) -> Home:
    """Make a home at `path` and write the first records: founded, countersigned, custodian; with
    recovery also its announcement and the second founder's assent.

    `keyring_files` are kept before anything is founded, so that no crash can lose the founders'.

    Raises:
        BadRequest: the folder is not empty, the pack, the zone or the origin is not usable, the two
            founders are one person, or the server keeps a ledger of this name.
        Unavailable: the disk or the server refuses.
    """
    with stores_for(founding):
        return found_there(path, founding, now, keyring_files or {})


def stores_for(founding: Founding) -> AbstractContextManager[None]:
    """Where a founding within this block has its stores. What fails in it leaves none on a server.

    Raises:
        BadRequest: the server keeps a ledger of this name.
        Unavailable: the server refuses.
    """
    if founding.store is None:
        return nullcontext()
    return new_stores(founding.store, schema_of(founding.origin))


def found_there(
    path: Path, founding: Founding, now: datetime, keyring_files: Mapping[str, bytes]
) -> Home:
    """As `found`, within `stores_for`: for whoever has more to do before the ledger counts."""
    law = _check(founding)
    config = Config(
        *(founding.origin, law.zone or founding.zone, founding.pack, new_stream(), new_stream()),
        store=founding.store,
        needs_standby=founding.needs_standby,
    )
    home, keys = create_home(path, config)
    try:
        _begin(home, keys, founding, law, now, keyring_files)
    except BaseException:
        home.close()
        raise
    return home


def _begin(
    home: Home,
    keys: LogKeys,
    founding: Founding,
    law: Law,
    now: datetime,
    keyring_files: Mapping[str, bytes],
) -> None:
    make_locks(home.path)
    for name, data in keyring_files.items():
        write_private(home.keyring_path(name), data)
    epoch = Epoch(
        0,
        now,
        founding.terms.period_seconds,
        founding.terms.open,
        founding.terms.sealed,
        founding.terms.delay,
    )
    CheckpointSigner(home.path / "signer.json", home.origin, keys).begin()
    _publish_schedule(home, keys, Schedule(home.origin, (epoch,)))
    for keyring, _ in founding.founders:
        home.keystore.put_public_keys(keyring.person, keyring.public.dump())
    if founding.recovery is not None:
        home.keystore.put_public_keys(RECOVERY, founding.recovery.key.dump())
    # From the first day on, so that whether it was ever written tells nothing.
    Guard(home, lambda: now).renew()
    fingerprint = _first_records(home, keys, founding, law, epoch, now)
    write_private(home.path / "trust.json", trust_file(home, fingerprint))


def check_terms(origin: str, zone: str, pack: str, founders: Sequence[tuple[str, str]]) -> Law:
    """See that a ledger can be founded so, before anybody is asked for a secret; gives its law.

    `founders` are names with their roles.

    Raises:
        BadRequest: the pack, the zone or the origin is not usable, or the founders are one person.
    """
    if len({person for person, _ in founders}) != len(founders):
        raise BadRequest("A ledger is founded by two different people.")
    if any(role not in FOUNDING_ROLES for _, role in founders):
        raise BadRequest(f"A founder is one of: {', '.join(FOUNDING_ROLES)}.")
    try:
        check_origin(origin)
        ZoneInfo(zone)
        return resolve(pack, rule_versions())
    except ZoneInfoNotFoundError as error:
        raise BadRequest(f"{zone} is no time zone. One is called America/Denver.") from error
    except ValueError as error:
        raise BadRequest(str(error)) from error


def _check(founding: Founding) -> Law:
    (first, _), (second, _) = founding.founders
    if first.public.signing == second.public.signing:
        raise BadRequest("A ledger is founded by two different people.")
    people = [(keyring.person, role) for keyring, role in founding.founders]
    if founding.before is not None and founding.before.origin == founding.origin:
        raise BadRequest(SAME_ORIGIN)
    return check_terms(founding.origin, founding.zone, founding.pack, people)


def _first_records(
    home: Home, keys: LogKeys, founding: Founding, law: Law, epoch: Epoch, now: datetime
) -> bytes:
    digest = home.keep_law(law)
    secrets = StreamSecrets.generate()
    office = home.config.office
    Custody(home).keep_open(office, secrets, now)
    founded = _founded(home, keys, founding, epoch)
    view = OfficeView(Office(law=digest.hex()), OfficeHead(0, bytes(32)), law, BEGINNING)
    place = new_place(office, home.open, secrets)
    (first, role), (second, second_role) = founding.founders
    e = _write(home, place, founded, Signing(first, role, None, view, now))
    place = _next(place, e, now)
    countersigned = FoundingCountersigned(founded=e.hex())
    e2 = _write(home, place, countersigned, Signing(second, second_role, None, view, now))
    place = _next(place, e2, now)
    custodian = CustodianDesignated(person=first.person)
    e3 = _write(home, place, custodian, Signing(first, role, None, view, now))
    if founding.recovery is not None:
        place = _next(place, e3, now)
        announced = announcement(founding.recovery)
        e4 = _write(home, place, announced, Signing(first, role, None, view, now))
        place, assented = _next(place, e4, now), Assented(of=e4.hex())
        _write(home, place, assented, Signing(second, second_role, None, view, now))
    return e


def announcement(recovery: Recovery) -> RecoveryAnnounced:
    """What the office is told of a recovery identity. Pure."""
    return RecoveryAnnounced(
        key=recovery.key.digest.hex(), holders=recovery.holders, needed=recovery.needed
    )


def _founded(home: Home, keys: LogKeys, founding: Founding, epoch: Epoch) -> LedgerFounded:
    people = tuple(
        Founder(person=k.person, key=to_base64(k.public.signing), custody="service", role=role)
        for k, role in founding.founders
    )
    return LedgerFounded(
        epoch=convert(epoch, EpochTerms, from_attributes=True),
        founders=(people[0], people[1]),
        log=tuple(vkey.dump() for vkey in checkpoint_vkeys(home.origin, keys.public)),
        receipt=receipt_vkey(home.origin, keys.public).dump(),
        vault_office=home.config.vault_office.hex(),
        attest_months=founding.attest_months,
        zone=home.config.zone,
        before=None if founding.before is None else convert(founding.before.dump(), LedgerBefore),
    )


def _write(home: Home, place: Place, event: Event, signing: Signing) -> bytes:
    (receipt,) = Writer(home).append(Appending(place, (event,)), Act("init", {}), signing).receipts
    return bytes.fromhex(receipt.e)


def _next(place: Place, e: bytes, now: datetime) -> Place:
    return Place(place.stream, place.store, place.secrets, place.seq + 1, e, now)


def _publish_schedule(home: Home, keys: LogKeys, schedule: Schedule) -> None:
    note = schedule_note(home.origin, home.log_key_set, schedule.dump())
    listed = all_vkeys(home.origin, (keys.public,))
    publish(home.log_directory, [("schedule", note), ("keys", listed)])


def trust_file(home: Home, fingerprint: bytes) -> bytes:
    """What a verifier must hold, from outside: the fingerprint and the log's keys (FORMAT §5)."""
    return jcs.dump(
        {
            "format": TRUST_FORMAT,
            "origin": home.origin,
            "founded": fingerprint.hex(),
            **trust_lists(home.origin, home.log_key_set, signed=0),
            "witness": [],
            "quorum": 0,
            "tsa": [],
            "pinned": None,
            "now": None,
            "tolerance": 300,
        }
    )
