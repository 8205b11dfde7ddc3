"""given(...).when(...).then(...): the sentence in which the tests of deciding are written.

    given(a_request(), a_subpoena()).when(approve(...)).then_refused("basis_in_law_v1")

The n-th record given has the reference `ref(n)`; a record of its own person, moment or role is
made with `said`. Everybody in these tests is somebody else, and no two dates are the same, so that
data read from the wrong place shows.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace as changed

from ledger.domain.case import Case
from ledger.domain.codec import tag_of
from ledger.domain.context import Broken, Context
from ledger.domain.decide import Refused, decide
from ledger.domain.events import Event, RequesterVerified
from ledger.domain.evolve import replay
from ledger.domain.law.deadlines import LawOf
from ledger.domain.law.pack import Law, resolve
from ledger.domain.law.rules import rule_versions
from ledger.domain.office import Absence, Key, Office, Recorded

STREAM = "5b1c0f7e9a2d4c3e8f6071829304a5b6"
CHECKS_STREAM = "c4ec5c4ec5c4ec5c4ec5c4ec5c4ec5c4"
OFFICE_STREAM = "0ff1ce00a1b2c3d4e5f60718293a4b5c"
LCLD = "us-co/lcld"
JCL = "us-mo/jcl"
JCPL = "us-co/jcpl"
ZONES = {
    "us": "America/Denver",
    LCLD: "America/Denver",
    JCL: "America/Chicago",
    JCPL: "America/Denver",
    "us-ca": "America/Los_Angeles",
    "us-dc": "America/New_York",
    "us-il": "America/Chicago",
    "us-mi": "America/Detroit",
    "us-ny": "America/New_York",
    "us-oh": "America/New_York",
    "us-tx": "America/Chicago",
    "us-wi": "America/Chicago",
}

CUSTODIAN, DESIGNEE, COUNSEL, STAFF, AUDITOR = "maya", "tomas", "ines", "priya", "noor"
DESK = "front-desk"
AS_COUNSEL: dict[str, Any] = {"by": COUNSEL, "role": "counsel"}
AS_STAFF: dict[str, Any] = {"by": STAFF, "role": "staff"}
AS_DESIGNEE: dict[str, Any] = {"by": DESIGNEE, "role": "designee"}
_FIRST_AT = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)


@cache
def law(name: str) -> Law:
    """Resolve a pack of this program, once."""
    return resolve(name, rule_versions())


@cache
def digest_of(name: str) -> str:
    """Give the digest under which records pin a pack, in hex."""
    return law(name).digest().hex()


def law_of(digest: str) -> Law:
    """Give the law of a digest, as the projections do."""
    return _laws()[digest]


@cache
def _laws() -> dict[str, Law]:
    return {digest_of(name): law(name) for name in ZONES}


def local(text: str, zone: str = "America/Denver") -> datetime:
    """Read a wall-clock time of the library, such as `2026-03-08 01:59`, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def ref(number: int, stream: str = STREAM) -> str:
    """Give the reference of the n-th record given."""
    return f"{stream}:{number}"


def digest(number: int, stream: str = STREAM) -> str:
    """Give the envelope digest of the n-th record given."""
    return sha256(ref(number, stream).encode()).hexdigest()


@dataclass(frozen=True)
class Said:
    """An event with what its record says about it, where that matters to a test."""

    event: Event
    at: datetime | None = None
    by: str = CUSTODIAN
    role: str = "custodian"
    law: str | None = None
    under: str | None = None


def said(event: Event, **about: Any) -> Said:
    """Say an event at a moment, by a person, in a role, under a law."""
    return Said(event, **about)


def records(events: Iterable[Event | Said], pack: str, stream: str = STREAM) -> list[Recorded]:
    """Make the records of a stream, a minute apart where nothing else is said."""
    made = []
    for number, one in enumerate(events, 1):
        told = one if isinstance(one, Said) else Said(one)
        at = told.at or _FIRST_AT + timedelta(minutes=number)
        made.append(
            Recorded(
                ref=ref(number, stream),
                e=digest(number, stream),
                event=told.event,
                type=tag_of(told.event),
                occurred_at=at,
                recorded_at=at + timedelta(seconds=40),
                actor=told.by,
                recorded_by=told.by,
                role=told.role,
                under=told.under,
                law=digest_of(told.law or pack),
            )
        )
    return made


@cache
def public_key(name: str) -> bytes:
    """Give the 32 bytes of a real Ed25519 key that belongs to one name alone."""
    seed = sha256(name.encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def key_of(person: str, principal: str = "person", *, revoked: bool = False) -> Key:
    """Enrol somebody under their own key."""
    return Key(
        person=person,
        key=b64encode(public_key(person)).decode(),
        custody="service",
        principal=principal,
        revoked=revoked,
    )


OFFICE = Office(
    keys=(
        *(key_of(one) for one in (CUSTODIAN, DESIGNEE, COUNSEL, STAFF, AUDITOR)),
        key_of(DESK, "desk"),
    ),
    roles=frozenset(
        {(CUSTODIAN, "director"), (COUNSEL, "counsel"), (STAFF, "staff"), (AUDITOR, "auditor")}
        | {(DESK, "desk")}
    ),
    custodian=CUSTODIAN,
    designees=frozenset({DESIGNEE}),
)


def away(since: datetime, until: datetime, person: str = CUSTODIAN, number: int = 9) -> Absence:
    """Record that somebody is away."""
    return Absence(ref=ref(number, OFFICE_STREAM), person=person, since=since, until=until)


@dataclass(frozen=True)
class Given:
    """A case so far, under a law, in an office."""

    case: Case
    pack: str
    office: Office = OFFICE
    last_at: datetime = _FIRST_AT
    verified: bool = True

    def in_office(self, **changes: Any) -> Given:
        """Change the office: its absences, its custodian, what waits there."""
        return replace(self, office=changed(self.office, **changes))

    def when(
        self,
        event: Event,
        *,
        by: str = CUSTODIAN,
        role: str = "custodian",
        at: datetime | None = None,
        under: str | None = None,
        laws: LawOf | None = None,
        in_force: Law | None = None,
    ) -> When:
        """Propose an event, a minute after the last record where no moment is said.

        `in_force` is the law now, where another than the pack's is; `laws` gives earlier ones.
        """
        context = Context(
            at=at or self.last_at + timedelta(minutes=1),
            recorded_by=by,
            role=role,
            under=under,
            office=self.office,
            law=in_force or law(self.pack),
            zone=ZONES[self.pack],
            law_of=laws,
        )
        case = _verified(self.case, self.pack) if self.verified else self.case
        return When(event, decide(case, event, context))


def _verified(case: Case, pack: str) -> Case:
    """Verify whoever asks, on a stream of its own, so that no reference moves."""
    checks = [RequesterVerified(request=one.ref, method="photo-id") for one in case.requests]
    return replay(records(checks, pack, stream=CHECKS_STREAM), case)


def given(*events: Event | Said, pack: str = LCLD, verified: bool = True) -> Given:
    """Begin with these records, on one stream, in this order.

    Whoever asks was verified as well, unless a test says otherwise.
    """
    made = records(events, pack)
    last_at = max((one.occurred_at for one in made), default=_FIRST_AT)
    return Given(replay(made), pack, last_at=last_at, verified=verified)


@dataclass(frozen=True)
class When:
    """What became of a proposed event."""

    event: Event
    outcome: tuple[Event, ...] | Refused
    broken: tuple[Broken, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        if isinstance(self.outcome, Refused):
            object.__setattr__(self, "broken", self.outcome.provisions)

    def then(self, *events: Event) -> None:
        """It is permitted; without events named, exactly what was proposed is to be recorded."""
        assert self.outcome == (events or (self.event,))

    def then_refused(self, *rules: str, citing: str = "", saying: str = "") -> None:
        """It is refused by exactly these rules, in this order, with what they cite and say."""
        assert tuple(one.rule for one in self.broken) == rules
        assert set(rules) <= {f"{name}_v{number}" for name, number in rule_versions().items()}
        assert all(one.sentence.endswith(".") and one.citation for one in self.broken)
        assert citing in " · ".join(one.citation for one in self.broken)
        assert saying in " ".join(one.sentence for one in self.broken)
