"""Runs the checks in their order over one pack or one published log."""

from __future__ import annotations

from typing import Any

from . import layout
from .authority import Authority
from .before import Earlier, check_v17
from .chain import check_v10, gather
from .container import Container
from .context import Context
from .events import is_authority
from .grammar import Bad
from .leaves import check_leaves
from .log import check_v2, check_v3, check_v4, check_v5, check_v6, read_log
from .manifest import Manifest, check_container, check_log_directory
from .merkle import proof_lines
from .personal import check_v12
from .promises import check_v13, check_v14
from .report import Report
from .times import check_v11
from .trust import Trust


def verify(
    box: Container,
    trust: Trust,
    brought: Container | None,
    receipts: list[bytes],
    report: Report,
    earlier: Earlier | None = None,
) -> dict[str, Any]:
    """Verify and return the answer."""
    ctx = Context(trust, report, box, "log")
    _run(ctx, brought, receipts)
    check_v17(report, ctx.founding, earlier)
    return _answer(ctx)


def verify_earlier(box: Container, trust: Trust, report: Report) -> Earlier:
    """Verify evidence of the ledger before, by itself."""
    ctx = Context(trust, report, box, "log")
    _run(ctx, None, [])
    return Earlier(report, ctx)


def _run(ctx: Context, brought: Container | None, receipts: list[bytes]) -> None:
    """Run V1 to V16."""
    report, box = ctx.report, ctx.box
    for check in ("V13", "V14"):
        report.outcome(check, "not asked")
    report.outcome("V15", "did not run", "this verifier does not fold events (level 2)")
    if not _containers(ctx, box, brought):
        return
    if receipts:
        report.outcome("V14", "did not run", "an earlier check left nothing to stand on")
    if ctx.brought is not None:
        report.outcome("V13", "did not run", "an earlier check left nothing to stand on")
    check_v2(ctx)
    check_v3(ctx)
    check_v4(ctx)
    if ctx.checkpoint is None or ctx.schedule is None:
        return
    if not ctx.is_part:
        report.outcome("V7", "ran")
        read_log(ctx)
    check_v5(ctx)
    check_v6(ctx)
    if ctx.is_part or ctx.tree is not None:
        _records(ctx)
        check_v14(ctx, receipts)


def _containers(ctx: Context, box: Container, brought: Container | None) -> bool:
    """Run V1. Return whether the other checks have something to stand on."""
    report = ctx.report
    report.outcome("V1", "ran")
    if box.kind == "log":
        check_log_directory(box, report)
    else:
        manifest = check_container(box, report, ctx.trust.origin, False)
        if manifest is None:
            return False
        ctx.manifest, ctx.scope = manifest, manifest.scope
        if box.kind == "zip" and ctx.scope not in layout.PART:
            return False
    if brought is None:
        return True
    if ctx.scope != "ledger":
        report.outcome("V13", "could not run", "openings speak of a pack of scope ledger only")
        return True
    second: Manifest | None = check_container(brought, report, ctx.trust.origin, True)
    if second is None:
        report.outcome("V13", "did not run", "the openings' manifest cannot be used")
        return True
    ctx.brought = brought
    for path in sorted(set(box.files) & set(brought.files) - {"manifest.json"}):
        same = (
            layout.kind_of(path, "openings") == "law"
            and ctx.manifest is not None
            and (ctx.manifest.files.get(path) == second.files.get(path))
        )
        if not same:
            report.find("V1.in-both", path)
    return True


def _consistency_files(ctx: Context) -> None:
    """Refuse consistency files of sizes that the log never published, or of another form."""
    for path in ctx.paths("consistency"):
        size = int(layout.name_of(path))
        try:
            if size >= ctx.size:
                raise Bad("not an older size")
            ctx.ticks.tick_of_size(size)
        except Bad:
            ctx.report.find("V1.not-for-scope", path)
            continue
        try:
            proof_lines(ctx.read(path) or b"")
        except Bad:
            ctx.report.find("V11.head-unproven", path)


def _records(ctx: Context) -> None:
    """Run V7 to V13 over what is shown."""
    if ctx.scope == "log":
        for check in ("V8", "V9", "V10", "V11", "V12", "V16"):
            ctx.report.outcome(check, "did not run", "a published log shows no record")
        return
    if ctx.is_part:
        _consistency_files(ctx)
    check_leaves(ctx)
    shown = gather(ctx)
    Authority(ctx, shown).run()
    check_v10(ctx, shown)
    check_v11(ctx, shown)
    check_v12(ctx)
    check_v13(ctx)
    for kind in sorted({rec.type for rec in ctx.records if not is_authority(rec.type)}):
        ctx.report.remark(f"type not known to this verifier, its event not judged: {kind}")


def _answer(ctx: Context) -> dict[str, Any]:
    """Build the answer."""
    more: dict[str, Any] = {
        "scope": ctx.scope,
        "records": len(ctx.records),
        "opened": len(ctx.openings),
    }
    if ctx.manifest is not None:
        more["subject"] = ctx.manifest.subject
    if ctx.checkpoint is not None:
        more["size"] = ctx.checkpoint.size
    return ctx.report.answer(**more)
