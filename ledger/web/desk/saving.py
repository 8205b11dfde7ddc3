"""From the desk's form to an intake: nothing is compulsory, and nothing that was written is lost.

What cannot be used as it was meant, such as a reference with a wrong letter, does not stop the
save: it goes among the words, and whoever reads the visit sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ledger.domain.fields import parse_reference
from ledger.errors import BadRequest, Unavailable
from ledger.evidence.grammar import Malformed, check_person
from ledger.register.acts import FIRST_YEAR, Act, Receipt
from ledger.web.texts import tidy
from ledger.web.visit import Visit

INTAKE = "intake"
CHOICES = ("mode", "agency_level", "presents", "judge_signed")
TEXTS = ("initials", "officers", "signed_by")
OUTCOMES = ("reached", "no-answer")
MOST_CALLS = 12
NO_KEYRING = (
    "This desk’s program was started without the desk’s keyring, so it saves nothing. Sign in, or"
    " write the visit down on paper."
)
_HEX = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Saved:
    """A visit that was saved: the register's answer, and what was asked of it."""

    receipt: Receipt
    act: Act

    @property
    def is_drill(self) -> bool:
        """Whether it was practice."""
        return bool(self.act.fields.get("drill"))


def save(visit: Visit, words: str = "", **more: object) -> Saved:
    """Save what the form holds, with further words and fields; sent again, it is saved once.

    Raises:
        BadRequest: a choice that the page does not offer, or more text than a field takes.
        Unavailable: nobody may sign it here, or see `Register.handle`.
    """
    act = act_of(visit, words, **more)
    if visit.signed_in is not None:
        receipt = visit.act(act)
    elif visit.site.desk is not None:
        receipt = visit.act(act, visit.site.desk)
    else:
        raise Unavailable(NO_KEYRING)
    return Saved(receipt, act)


def act_of(visit: Visit, words: str = "", **more: object) -> Act:
    """The act that a form asks for. Raises: BadRequest."""
    form, left = visit.form, []
    fields: dict[str, object] = {one: form.text(one) for one in CHOICES}
    fields |= {one: _line(form.text(one)) for one in TEXTS}
    about, typed = None, form.text("about")
    if typed is not None and (about := parse_reference(typed)) is None:
        left.append(f"Belongs to: {typed}")
    fields["serial"] = serial_of(sheet := form.text("serial"))
    if sheet is not None and fields["serial"] is None:
        left.append(f"Paper sheet: {sheet}")
    if _HEX.fullmatch(shown := form.text("script") or ""):
        fields["script"] = shown
    if form.text("drill"):
        fields["drill"] = True
    fields["not_to_director"] = form.text("not_to_director") is not None
    fields["calls"] = calls_of(visit) or None
    written = (form.text("words"), words, *left)
    fields["words"] = _line("\n".join(one for one in written if one))
    at, precision = time_of(visit)
    return Act(
        INTAKE,
        {name: value for name, value in {**fields, **more}.items() if value is not None},
        about,
        occurred_at=at,
        precision=precision,
        branch=None if visit.branch is None else visit.branch.name,
        command_id=command_of(visit),
    )


def command_of(visit: Visit) -> bytes:
    """The number that a form carries, 16 bytes: sent twice, it is recorded once.

    Raises:
        BadRequest: it carries none.
    """
    key = visit.form.text("key") or ""
    if not _KEY.fullmatch(key):
        raise BadRequest("This form carries no number. Open the page again.")
    return bytes.fromhex(key)


def serial_of(typed: str | None) -> int | None:
    """The number of a sheet as a person types it, or None."""
    digits = (typed or "").upper().removeprefix("DL-").strip()
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 6:
        return None
    return int(digits) or None


def calls_of(visit: Visit) -> list[dict[str, Any]]:
    """Who was called, in the order of the taps. The page's script sends each tap with its time;
    without it a button that is pressed stays pressed, and the time is the visit's.
    """
    found: list[dict[str, Any]] = []
    tapped = [one.split(" ") for one in visit.form.all("called")]
    for person, outcome, at in (one for one in tapped if len(one) == 3):
        found.append({"person": person, "outcome": outcome, "at": _instant(at, visit)})
    seen = {one["person"] for one in found}
    for name, outcome in visit.form:
        person = name.removeprefix("call-")
        if person != name and person not in seen:
            found.append({"person": person, "outcome": outcome, "at": None})
    return [
        {name: value for name, value in one.items() if value is not None}
        for one in found
        if one["outcome"] in OUTCOMES and _is_name(one["person"])
    ][-MOST_CALLS:]


def time_of(visit: Visit) -> tuple[datetime | None, str]:
    """When the visit was, and how exactly that is known.

    The page carries the instant at which it was opened, and shows it as a local time that can be
    changed. What cannot be, such as a time that lies ahead, gives way to that instant.
    """
    opened = _instant(visit.form.text("opened") or "", visit)
    zone, typed = visit.site.home.zone, visit.form.text("at")
    if typed is None or (opened is not None and typed[:16] == local_text(opened, zone)):
        return opened, "exact"
    try:
        meant = datetime.fromisoformat(typed[:16])
    except ValueError:
        return opened, "exact"
    at = meant.replace(tzinfo=zone) if meant.tzinfo is None else meant
    if at > visit.site.clock() or at.year < FIRST_YEAR:
        return opened, "exact"
    return at.astimezone(UTC), "approximate"


def local_text(at: datetime, zone: ZoneInfo) -> str:
    """An instant as the form has it: 2026-06-19T14:00."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def _instant(text: str, visit: Visit) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None or at > visit.site.clock() or at.year < FIRST_YEAR:
        return None
    return at.astimezone(UTC).replace(microsecond=0)


def _is_name(text: str) -> bool:
    try:
        check_person(text)
    except Malformed:
        return False
    return True


def _line(text: str | None) -> str | None:
    return tidy(text) if text else None
