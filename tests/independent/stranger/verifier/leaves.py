"""V7 and V8 for what is shown: each opening proven in the log, then each record parsed."""

from __future__ import annotations

from .commitment import Opening, commitment, cover_commitment, parse_opening
from .context import Context
from .crypto import sha256
from .grammar import Bad
from .layout import name_of
from .merkle import inclusion_holds, leaf_hash
from .record import Rec, parse_envelope, parse_record


def check_leaves(ctx: Context) -> None:
    """Prove every opening in the log and read the records behind them."""
    ctx.report.outcome("V7", "ran")
    ctx.report.outcome("V8", "ran")
    records = {int(name_of(p)): p for p in ctx.paths("record")}
    openings = {int(name_of(p)): p for p in ctx.paths("opening")}
    for index in sorted(set(records) - set(openings)):
        ctx.report.find("V7.opening-missing", records[index])
    for index, path in sorted(openings.items()):
        raw = ctx.read(path)
        if raw is None:
            continue
        try:
            opening = parse_opening(raw)
        except Bad:
            ctx.report.find("V7.opening-malformed", path)
            continue
        _check_opening(ctx, index, path, opening, records.get(index))


def _check_opening(
    ctx: Context, index: int, path: str, opening: Opening, record: str | None
) -> None:
    """Prove one opening."""
    report = ctx.report
    data = opening.data
    envelope = b""
    if opening.kind != "record":
        if record is not None:
            report.find("V7.opening-and-record", path)
            return
        if opening.kind == "cover":
            entry = cover_commitment(data["blind"], data["cover"]["k"])
        else:
            entry = commitment(data["blind"], data["stream"], data["seq"], data["e"])
    else:
        if record is None:
            report.find("V7.record-missing", path)
            return
        read = ctx.read(record)
        if read is None:
            return
        envelope = read
        entry = commitment(data["blind"], data["stream"], data["seq"], sha256(envelope).hex())
    if not _in_log(ctx, index, path, opening, entry):
        return
    if opening.kind == "cover" and not _cover_fits(ctx, index, path, opening):
        return
    ctx.openings[index] = opening
    ctx.commitments.setdefault(entry, index)
    if record is not None:
        _read_record(ctx, index, record, envelope, opening)


def _in_log(ctx: Context, index: int, path: str, opening: Opening, entry: bytes) -> bool:
    """Say whether the entry stands in the log at this index."""
    if index >= ctx.size:
        ctx.report.find("V7.not-in-log", path)
        return False
    if not ctx.is_part:
        if opening.path is not None:
            ctx.report.find("V7.path-not-asked", path)
        if ctx.tree is None:
            return False
        if ctx.entries[index] != entry:
            ctx.report.find("V7.not-in-log", path)
            return False
        return True
    if opening.path is None:
        ctx.report.find("V7.path-missing", path)
        return False
    if not inclusion_holds(leaf_hash(entry), index, ctx.size, opening.path, ctx.signed.root):
        ctx.report.find("V7.not-in-log", path)
        return False
    return True


def _cover_fits(ctx: Context, index: int, path: str, opening: Opening) -> bool:
    """Say whether a cover is of its own leaf's tick, and k below K."""
    tick = ctx.ticks.tick_of_leaf(index)
    cover = opening.data["cover"]
    if cover["tick"] == tick and cover["k"] < ctx.ticks.width(tick):
        return True
    ctx.report.find("V7.cover-misplaced", path)
    return False


def _read_record(ctx: Context, index: int, path: str, raw: bytes, opening: Opening) -> None:
    """Parse an envelope that is proven in the log, and the record within."""
    try:
        envelope = parse_envelope(raw)
    except Bad:
        ctx.report.find("V8.envelope-malformed", path)
        ctx.unparsed.add(index)
        return
    try:
        data = parse_record(envelope.payload)
    except Bad:
        ctx.report.find("V8.record-malformed", path)
        ctx.unparsed.add(index)
        return
    if envelope.keyid != data["key"]:
        ctx.report.find("V8.keyid-differs", path)
    ctx.records.append(
        Rec(
            index,
            sha256(raw).hex(),
            envelope,
            data,
            data["stream"],
            data["seq"],
            ctx.ticks.tick_of_leaf(index),
            opening.data,
        )
    )
