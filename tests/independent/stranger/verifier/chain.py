"""V10: places, chains, closings and successors, order, and gaps."""

from __future__ import annotations

from .context import Context
from .grammar import position
from .office import Shown
from .reach import check_subject, extents_of, hold_to_extents
from .record import Rec
from .schedule import Extent


def gather(ctx: Context) -> Shown:
    """Take all proven records and tombstones, each place once, and check their places."""
    shown = Shown()
    for rec in ctx.records:
        if rec.data["origin"] != ctx.trust.origin:
            ctx.report.find("V10.origin", rec.place)
        if (rec.opening["stream"], rec.opening["seq"]) != (rec.stream, rec.seq):
            ctx.report.find("V10.place-differs", f"records/{rec.index}.dsse.json")
        elif not shown.add(rec):
            ctx.report.find("V10.doubled", rec.place)
    for index, opening in sorted(ctx.openings.items()):
        if opening.kind == "tombstone":
            place = (opening.data["stream"], opening.data["seq"])
            if place in shown.erased or place in shown.at:
                ctx.report.find("V10.doubled", f"{place[0]}:{place[1]}")
            shown.erased[place] = opening.data["e"]
            shown.tombstones[opening.data["e"]] = (place[0], ctx.ticks.tick_of_leaf(index))
    shown.settle()
    return shown


def check_v10(ctx: Context, shown: Shown) -> None:
    """Run V10."""
    ctx.report.outcome("V10", "ran")
    extents = extents_of(ctx, shown)
    whole = _whole(ctx, shown)
    _gaps(ctx, shown, whole, extents)
    for rec in shown.at.values():
        _link(ctx, shown, rec, whole)
        _order(ctx, shown, rec)
    _successors(ctx, shown)
    hold_to_extents(ctx, shown, extents)
    check_subject(ctx, shown)


def _whole(ctx: Context, shown: Shown) -> set[str]:
    """Return the streams that must be shown without gap."""
    whole = {ctx.office} if ctx.office else set()
    if not ctx.is_part:
        return whole | set(shown.streams) | {stream for stream, _ in shown.erased}
    if ctx.scope == "case" and ctx.manifest is not None:
        whole |= set(ctx.manifest.subject)
    return whole


def _gaps(ctx: Context, shown: Shown, whole: set[str], extents: dict[str, Extent]) -> None:
    """Check that whole streams have no gap, neither in the middle nor before the extent."""
    seqs: dict[str, set[int]] = {}
    for stream, seq in [*shown.at, *shown.erased]:
        seqs.setdefault(stream, set()).add(seq)
    for stream in sorted(whole & set(seqs)):
        have = seqs[stream]
        missing = next(n for n in range(1, len(have) + 2) if n not in have)
        last = max(have)
        if stream in extents:
            last = max(last, extents[stream].seq)
        if missing <= last:
            ctx.report.find("V10.gap", f"{stream}:{missing}")


def _link(ctx: Context, shown: Shown, rec: Rec, whole: set[str]) -> None:
    """Check `prev`, `continues`, and that nothing follows a closing."""
    before = shown.e_at(rec.stream, rec.seq - 1)
    if before is not None and before != rec.data["prev"]:
        ctx.report.find("V10.prev-differs", rec.place)
    previous = shown.before.get((rec.stream, rec.seq))
    if previous is not None and previous.type == "stream-closed.v1":
        ctx.report.find("V10.after-closing", rec.place)
    for item in rec.data["continues"]:
        stream, head = item["stream"], item["head"]
        known = shown.by_e.get(head)
        if known is not None:
            exists = known.stream == stream
        elif stream in whole or ctx.brought is not None:
            exists = shown.tombstones.get(head, ("", 0))[0] == stream
        else:
            exists = True
        if not exists:
            ctx.report.find("V10.continues-nothing", rec.place)


def _order(ctx: Context, shown: Shown, rec: Rec) -> None:
    """Check that a record entered no earlier tick than what it follows or names."""
    named = [shown.before.get((rec.stream, rec.seq)), shown.by_e.get(rec.data["office"]["head"])]
    if rec.data["under"] is not None:
        named.append(shown.at.get(position(rec.data["under"])))
    named += [shown.by_e.get(item["head"]) for item in rec.data["continues"]]
    ticks = [other.tick for other in named if other is not None]
    heads = {item["head"] for item in rec.data["continues"]} | {rec.data["prev"]}
    ticks += [shown.tombstones[e][1] for e in heads if e in shown.tombstones]
    if any(tick > rec.tick for tick in ticks):
        ctx.report.find("V10.order", rec.place)


def _successors(ctx: Context, shown: Shown) -> None:
    """Check that a closed stream has at most one successor."""
    seen: dict[str, str] = {}
    for (stream, seq), rec in sorted(shown.at.items()):
        if seq != 1:
            continue
        for item in rec.data["continues"]:
            closed = shown.by_e.get(item["head"])
            if closed is None or closed.type != "stream-closed.v1":
                continue
            if seen.setdefault(item["head"], stream) != stream:
                ctx.report.find("V10.two-successors", closed.place)
