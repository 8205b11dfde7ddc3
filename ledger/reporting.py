"""Transparency reports of a home: drafted from what stands open, published once, shown for ever.

    draft ─► report-published with its digest, in the office ─► reports/<digest>.json

The record comes first. Should the file be missing after a crash, it is made again from the same
records, and taken only if it has the digest that was published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from keys.files import write_private
from keys.keyring import Keyring
from ledger.domain.events import ReportPublished
from ledger.domain.fields import ReportPeriod
from ledger.domain.form import Form
from ledger.domain.reporting import period_of
from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.home import OpenHome
from ledger.projecting import source
from ledger.projections.definitions import Told
from ledger.projections.definitions.counts import COUNTS
from ledger.projections.transparency.band import said_of_silence
from ledger.projections.transparency.counting import counted
from ledger.projections.transparency.report import document, spelt
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import Register
from ledger.register.reading import Reader

NO_DRAFT = "No report of that period was published yet. Drafts are for those who read cases."
_PERIOD = Form[str](ReportPeriod)
_NO_BAND = (
    "First counsel and the custodian choose the band that every report names:"
    " do office choose-report-band"
)


@dataclass(frozen=True, slots=True)
class Published:
    """A report that went out: its period, the digest of its bytes, and when it was recorded."""

    period: str
    sha256_hex: str
    at: datetime


def draft(home: OpenHome, service: Reader, name: str) -> bytes:
    """The report of a period as it would be published now; `service` looks at nothing sealed.

    Raises:
        BadRequest: that is no period, or the band was not chosen yet.
        EvidenceCorrupt: a record of an open case was altered.
    """
    try:
        period = period_of(_PERIOD.convert(name))
    except msgspec.ValidationError:
        raise BadRequest("A period is a year or a quarter, such as 2026 or 2026-Q3.") from None
    chosen = service.office().office.report_band
    if chosen is None:
        raise BadRequest(_NO_BAND)
    silence = said_of_silence(chosen, service.reading())
    return spelt(document(home.origin, period, counted(_cases(home, service), period), silence))


def publish(home: OpenHome, register: Register, keyring: Keyring, name: str) -> Published:
    """Publish the report of a period.

    Raises:
        RequestRefused: it is not over, not the next one, or the person may not publish.
        BadRequest, EvidenceCorrupt, Unavailable, NotPermitted: as `draft`, and as for any act.
    """
    data = draft(home, register.reader(None), name)
    digest = sha256(data).hexdigest()
    act = Act(ReportPublished.COMMAND, {"period": name, "sha256": digest}, OFFICE)
    register.handle(keyring, act)
    _keep(home, digest, data)
    return published(register.reader(None))[-1]


def published(service: Reader) -> tuple[Published, ...]:
    """Every report that went out, in their order. Raises: EvidenceCorrupt."""
    return tuple(
        Published(one.event.period, one.event.sha256, one.recorded_at)
        for one in service.office_stream().records
        if isinstance(one.event, ReportPublished)
    )


def kept(home: OpenHome, service: Reader, one: Published) -> bytes:
    """The bytes of a published report.

    Raises:
        EvidenceCorrupt: they are gone or altered, and the records give others today.
    """
    try:
        data = _place(home, one.sha256_hex).read_bytes()
    except OSError:
        data = draft(home, service, one.period)
        if sha256(data).hexdigest() == one.sha256_hex:
            _keep(home, one.sha256_hex, data)
    if sha256(data).hexdigest() != one.sha256_hex:
        raise EvidenceCorrupt(
            f"The report {one.period} is not the one that was published. Bring a copy back from"
            " where it was sent, or from a backup."
        )
    return data


def _cases(home: OpenHome, service: Reader) -> Iterator[Told]:
    """Every case that stands open."""
    cases, reading = source(home, service), service.reading()
    upto = cases.store.last_position()
    for reference in cases.subjects():
        told = cases.told(reference, reading, upto) if COUNTS.is_of(reference) else None
        if told is not None:
            yield told


def _place(home: OpenHome, digest: str) -> Path:
    return home.path / "reports" / f"{digest}.json"


def _keep(home: OpenHome, digest: str, data: bytes) -> None:
    place = _place(home, digest)
    try:
        place.parent.mkdir(exist_ok=True)
        write_private(place, data)
    except OSError as error:
        raise Unavailable("The report is published, and its file cannot be written now.") from error
