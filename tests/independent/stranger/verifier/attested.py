"""V16: attestations of counsel, held against the dates, this log and the streams shown."""

from __future__ import annotations

import calendar
import hashlib
from datetime import UTC, datetime

from .context import Context
from .grammar import Bad, unbase64
from .office import Office, Shown
from .record import Rec
from .schedule import Schedule

THIRTY_DAYS = 30 * 86400


def end_of(schedule: Schedule, months: int, period: int) -> int:
    """Return when a period ends."""
    start = datetime.fromtimestamp(schedule.epochs[0].start, UTC)
    count = start.year * 12 + start.month - 1 + months * period
    year, month = count // 12, count % 12 + 1
    if year > 9999:
        raise Bad("no such year")
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def size_of(schedule: Schedule, months: int, period: int) -> int:
    """Return S(n): the log's size after the last tick due by the end of a period."""
    return schedule.size_after(schedule.running(end_of(schedule, months, period)) - 1)


def periods_by(schedule: Schedule, months: int, size: int) -> int:
    """Return how many periods have S(n) at or below a size."""
    period = 0
    while True:
        try:
            if size_of(schedule, months, period + 1) > size:
                return period
        except Bad:
            return period
        period += 1


def heads_digest(salt: str, size: int, heads: dict[str, tuple[int, str]]) -> str:
    """Return the digest over the heads of streams."""
    digest = hashlib.sha256(b"disclosure-ledger/v1/heads\0" + bytes.fromhex(salt))
    digest.update(size.to_bytes(8, "big"))
    for stream in sorted(heads):
        seq, e = heads[stream]
        digest.update(bytes.fromhex(stream) + seq.to_bytes(8, "big") + bytes.fromhex(e))
    return digest.hexdigest()


def check_v16(ctx: Context, shown: Shown, office: Office) -> None:
    """Run V16."""
    ctx.report.outcome("V16", "ran")
    months = office.chain[0].event.get("attest_months", 12)
    good = [
        rec
        for rec in office.chain
        if rec.type == "log-attested.v1" and rec.good and _is_good(ctx, months, rec)
    ]
    _dates(ctx, months, good)
    if ctx.brought is not None:
        _heads(ctx, shown, office, good)


def _is_good(ctx: Context, months: int, rec: Rec) -> bool:
    """Say whether an attestation is to a state of this log, at a size of its period."""
    event = rec.event
    try:
        ctx.ticks.tick_of_size(event["size"])
        fits = periods_by(ctx.ticks, months, event["size"]) == event["period"]
    except Bad:
        fits = False
    if not fits or event["size"] > rec.data["head"]["size"]:
        ctx.report.find("V16.size", rec.place)
        return False
    if ctx.root_state(event["size"], unbase64(event["root"], 32)) != "proven":
        ctx.report.find("V16.root-differs", rec.place)
        return False
    return True


def _dates(ctx: Context, months: int, good: list[Rec]) -> None:
    """Say of each period whether its attestation is there, and in time."""
    try:
        last = ctx.ticks.tick_of_size(ctx.size)
    except Bad:
        return
    if last == 0:
        return
    for period in range(1, periods_by(ctx.ticks, months, ctx.size) + 1):
        end = end_of(ctx.ticks, months, period)
        fitting = [rec for rec in good if rec.event["period"] >= period]
        state = "awaited"
        if fitting:
            first = min(fitting, key=lambda rec: (rec.tick, rec.seq))
            state = "present"
            if ctx.ticks.due(first.tick) > end + THIRTY_DAYS:
                state = "late"
                ctx.report.find("V16.late", first.place)
        elif ctx.ticks.due(last) > end + THIRTY_DAYS:
            state = "missing"
            ctx.report.find("V16.missing")
        until = datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        ctx.report.attestations.append({"period": period, "until": until, "state": state})


def _heads(ctx: Context, shown: Shown, office: Office, good: list[Rec]) -> None:
    """Hold each digest over heads against the streams that are shown."""
    salts: dict[int, list[str]] = {}
    for rec in shown.at.values():
        if rec.type == "attestation-detailed.v1" and rec.good:
            salts.setdefault(rec.event["size"], []).append(rec.event["salt"])
    for rec in good:
        size = rec.event["size"]
        if size not in salts or any(index not in ctx.openings for index in range(size)):
            ctx.report.outcome("V16", "could not run", "a salt or a leaf below is not shown")
            continue
        heads = _heads_below(ctx, shown, size)
        if all(heads_digest(salt, size, heads) != rec.event["heads"] for salt in salts[size]):
            ctx.report.find("V16.heads-differ", rec.place)


def _heads_below(ctx: Context, shown: Shown, size: int) -> dict[str, tuple[int, str]]:
    """Return the last seq and E of each stream in the leaves below a size."""
    heads: dict[str, tuple[int, str]] = {}
    places = [(r.stream, r.seq, r.e) for r in shown.at.values() if r.index < size]
    for index, opening in ctx.openings.items():
        if opening.kind == "tombstone" and index < size:
            data = opening.data
            places.append((data["stream"], data["seq"], data["e"]))
    for stream, seq, e in places:
        if seq > heads.get(stream, (0, ""))[0]:
            heads[stream] = (seq, e)
    return heads
