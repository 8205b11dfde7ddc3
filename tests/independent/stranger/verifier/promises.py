"""V13 and V14: every leaf accounted for, and every receipt kept."""

from __future__ import annotations

from .context import Context
from .grammar import Bad
from .note import open_plain
from .schedule import Receipt, parse_receipt


def check_v13(ctx: Context) -> None:
    """V13: with openings brought, every leaf is opened, each once, and no cover stands twice."""
    if ctx.brought is None:
        return
    ctx.report.outcome("V13", "ran")
    opened = set(ctx.openings)
    for index in range(ctx.size):
        if index not in opened:
            ctx.report.find("V13.unopened", f"openings/{index}.json")
            break
    seen: set[tuple[int, int]] = set()
    for index, opening in sorted(ctx.openings.items()):
        if opening.kind == "cover":
            cover = (opening.data["cover"]["tick"], opening.data["cover"]["k"])
            if cover in seen:
                ctx.report.find("V13.cover-doubled", f"openings/{index}.json")
            seen.add(cover)


def check_v14(ctx: Context, receipts: list[bytes]) -> None:
    """V14: each receipt is the ledger's own, and its promise was kept."""
    if not receipts:
        ctx.report.outcome("V14", "not asked", "no receipt was brought")
        return
    if ctx.checkpoint is None or ctx.schedule is None:
        return
    ctx.report.outcome("V14", "ran")
    for raw in receipts:
        try:
            receipt = parse_receipt(open_plain(raw, ctx.trust.receipt))
            if receipt.origin != ctx.trust.origin:
                raise Bad("of another ledger")
        except Bad:
            ctx.report.find("V14.receipt-refused")
            continue
        why = _kept(ctx, receipt)
        if why:
            ctx.report.outcome("V14", "could not run", why)


def _kept(ctx: Context, receipt: Receipt) -> str:
    """Check one promise. Return why it could not be judged, or nothing."""
    bound = ctx.ticks.size_after(receipt.tick)
    if ctx.size < bound:
        return "a receipt is not yet due"
    if ctx.tree is not None:
        if receipt.commitment not in ctx.entries[:bound]:
            ctx.report.find("V14.broken")
        return ""
    index = ctx.commitments.get(receipt.commitment)
    if index is None:
        return "a receipt's commitment is not shown in this pack"
    if index >= bound:
        ctx.report.find("V14.broken")
    return ""
