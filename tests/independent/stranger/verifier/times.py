"""V11: each record against the log's own order and against the clock it states."""

from __future__ import annotations

from .context import Context
from .grammar import unbase64
from .office import Shown


def check_v11(ctx: Context, shown: Shown) -> None:
    """Run V11."""
    ctx.report.outcome("V11", "ran")
    schedule, tolerance = ctx.ticks, ctx.trust.tolerance
    for rec in ctx.records:
        head = rec.data["head"]
        if head["size"] > schedule.size_after(rec.tick - 1):
            ctx.report.find("V11.head-too-new", rec.place)
        elif ctx.root_state(head["size"], unbase64(head["root"], 32)) != "proven":
            ctx.report.find("V11.head-unproven", rec.place)
        if schedule.running(rec.recorded - tolerance) > rec.tick:
            ctx.report.find("V11.recorded-after-tick", rec.place)
        running = schedule.running(rec.recorded + tolerance)
        if rec.tick > running + schedule.delay(running):
            ctx.report.find("V11.late", rec.place)
        if rec.occurred > rec.recorded + tolerance:
            ctx.report.find("V11.occurred-later", rec.place)
        before = shown.before.get((rec.stream, rec.seq))
        if before is None:
            continue
        if before.recorded > rec.recorded:
            ctx.report.find("V11.recorded-at-falls", rec.place)
        if before.data["head"]["size"] > head["size"]:
            ctx.report.find("V11.head-falls", rec.place)
