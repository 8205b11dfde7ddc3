"""The log's keys in a scenario: copies that somebody outside keeps, the freeze, new keys.

These are acts at the machine and no commands: of all of them only the announcement is a record.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from keys.keyring import Keyring
from ledger.domain.fields import Line
from ledger.domain.form import Form
from ledger.domain.log_events import LogKeysAnnounced
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence import jcs
from ledger.export import export_ledger
from ledger.home import Home
from ledger.scenario.file import ACCEPT, FINISH, FREEZE, KEEP_COPY, ROLL_OVER, Step, Then
from ledger.scenario.following import followed
from ledger.scenario.stage import Stage
from ledger.sequencer import announcing
from ledger.sequencer.acceptance import accept
from ledger.sequencer.freeze import freeze
from ledger.trusting import renew
from ledger.verify import Report, verify

NOT_RENEWED, UNUSABLE = "not renewed", "unusable"


class NoFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of an act that takes none."""


class Stopped(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the log is stopped."""

    reason: Line


class Brought(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which copy is brought back, by its id."""

    copy: str


class NewKeys(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the log gets new keys."""

    reason: announcing.Reason = "rotation"


_NO_FIELDS, _STOPPED = Form[NoFields](NoFields), Form[Stopped](Stopped)
_BROUGHT, _NEW_KEYS = Form[Brought](Brought), Form[NewKeys](NewKeys)
FORMS: dict[str, Form[NoFields] | Form[Stopped] | Form[Brought] | Form[NewKeys]] = {
    KEEP_COPY: _NO_FIELDS,
    FREEZE: _STOPPED,
    ACCEPT: _BROUGHT,
    ROLL_OVER: _NEW_KEYS,
    FINISH: _NO_FIELDS,
}
"""What the fields of each act must be."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What somebody outside holds: the newest checkpoint, and the trust file, which pins it."""

    checkpoint: bytes
    trust: bytes


@dataclass(frozen=True, slots=True)
class Noted:
    """The record that an act wrote, if it wrote one: its type, its place, its digest E."""

    types: tuple[str, ...] = ()
    ref: str = ""
    e: str = ""


def at_the_machine(stage: Stage, keyring: Keyring, step: Step, copies: dict[str, Copy]) -> Noted:
    """Carry out a step; `copies` are those that are kept by then, by their ids, and grow.

    Raises:
        BadRequest, NotPermitted, Unavailable: as at the command line.
    """
    home = stage.home
    match step.do:
        case "keep-copy":
            copies[step.id or ""] = _copy(home)
        case "freeze-log":
            freeze(home, _STOPPED.convert(step.with_).reason, stage.clock())
        case "accept-checkpoint":
            brought = copies[_BROUGHT.convert(step.with_).copy]
            accept(home, brought.checkpoint, stage.clock())
        case "roll-over":
            reason = _NEW_KEYS.convert(step.with_).reason
            done = announcing.announce(home, stage.register, keyring, reason)
            return Noted((str(LogKeysAnnounced.__struct_config__.tag),), done.ref, done.e)
        case _:
            announcing.finish(home, stage.register, keyring)
    return Noted()


def _copy(home: Home) -> Copy:
    home.published()
    checkpoint = (home.log_directory / "checkpoint").read_bytes()
    told = jcs.load((home.path / "trust.json").read_bytes())
    trust = {**(told if isinstance(told, dict) else {}), "pinned": checkpoint.decode()}
    return Copy(checkpoint, jcs.dump(trust))


def judged(home: Home, then: Then, copies: dict[str, Copy], now: datetime) -> list[str]:
    """The codes of what the offline verifier finds in what this ledger shows to everybody, under
    the trust file of a copy, as it is or renewed; without a copy under that of today. With
    `followed` it is what everybody may see of a next ledger, founded now on that copy.
    """
    if then.followed and then.copy is not None:
        copy = copies[then.copy]
        return _codes(followed(home, copy.trust, copy.checkpoint, now))
    trust = (home.path / "trust.json").read_bytes()
    if then.copy is not None:
        trust = copies[then.copy].trust
    try:
        trust = renew(home, trust).data if then.renewed else trust
    except (BadRequest, EvidenceCorrupt):
        return [NOT_RENEWED]
    with tempfile.TemporaryDirectory(prefix="ledger-scenario-") as scratch:
        export_ledger(home, Path(scratch) / "pack")
        report = verify(Path(scratch) / "pack", trust)
    return _codes(report)


def _codes(report: Report) -> list[str]:
    return [UNUSABLE] if report.unusable else sorted({one.code for one in report.faults})
