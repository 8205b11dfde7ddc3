"""V2, V3, V5, V6 and the log's own part of V7: checkpoint, schedule, keys, tiles, kept ones."""

from __future__ import annotations

from .checkpoint import Checkpoint, cosigners, open_checkpoint
from .context import Context
from .grammar import Bad, lines_of
from .layout import name_of
from .merkle import ENTRY, WIDTH, Tree, parse_tile_path, tile_bytes, tile_path, tiles_of
from .note import open_plain, parse_vkey
from .schedule import parse_schedule


def check_v2(ctx: Context) -> None:
    """V2: checkpoint and schedule verify under the trusted keys."""
    report, trust = ctx.report, ctx.trust
    report.outcome("V2", "ran")
    raw = ctx.read("checkpoint")
    if raw is not None:
        try:
            ctx.checkpoint = open_checkpoint(raw, trust.origin, trust.log, trust.retired)
        except Bad:
            report.find("V2.checkpoint-refused", "checkpoint")
    raw = ctx.read("schedule")
    if raw is not None:
        try:
            schedule = parse_schedule(open_plain(raw, trust.log))
            if schedule.origin == trust.origin:
                ctx.schedule = schedule
            else:
                report.find("V2.schedule-origin", "schedule")
        except Bad:
            report.find("V2.schedule-refused", "schedule")
    if ctx.scope == "ledger":
        for name in ("checkpoint", "schedule"):
            if (
                ctx.has(name)
                and ctx.has(f"log/{name}")
                and ctx.read(name) != ctx.read(f"log/{name}")
            ):
                report.find("V2.copies-differ", f"log/{name}")
    if not ctx.is_part:
        _check_keys(ctx)


def _check_keys(ctx: Context) -> None:
    """Check the log's list of keys."""
    path = ctx.log_prefix + "keys"
    if not ctx.has(path):
        ctx.report.find("V2.keys-missing", path)
        return
    raw = ctx.read(path)
    if raw is None:
        return
    try:
        keys = [parse_vkey(line) for line in lines_of(raw)]
        if len({key.text for key in keys}) != len(keys):
            raise Bad("a key twice")
    except Bad:
        ctx.report.find("V2.keys-malformed", path)
        return
    listed = {key.text for key in keys}
    if not {key.text for key in ctx.trust.log + ctx.trust.receipt} <= listed:
        ctx.report.find("V2.keys-differ", path)


def check_v3(ctx: Context) -> None:
    """V3: the lines of trusted witnesses verify, and their names reach the quorum."""
    if not ctx.trust.witness:
        ctx.report.outcome("V3", "not asked", "trust names no witness")
        return
    if ctx.checkpoint is None:
        return
    ctx.report.outcome("V3", "ran")
    names, clean = cosigners(ctx.checkpoint, ctx.trust.witness)
    if not clean:
        ctx.report.find("V3.cosignature-refused", "checkpoint")
    if len(names) < ctx.trust.quorum:
        ctx.report.find("V3.quorum-missed", "checkpoint")


def check_v4(ctx: Context) -> None:
    """V4: time stamps are not read by this verifier."""
    if not ctx.trust.tsa:
        ctx.report.outcome("V4", "not asked", "trust names no time stamp authority")
    elif not any(ctx.has(p + "checkpoint.tsr") for p in ("", "log/")):
        ctx.report.outcome("V4", "could not run", "no time stamp is shown")
    else:
        ctx.report.outcome("V4", "could not run", "this verifier does not read time stamps")


def check_v5(ctx: Context) -> None:
    """V5: the log is consistent with the pinned checkpoint."""
    pinned = ctx.trust.pinned
    if pinned is None:
        ctx.report.outcome("V5", "not asked", "nothing is pinned")
        return
    if ctx.checkpoint is None or (ctx.tree is None and not ctx.is_part):
        return
    state = ctx.root_state(pinned.size, pinned.root)
    if state == "no proof":
        ctx.report.outcome("V5", "could not run", "the pinned one is newer, or no proof is shown")
        return
    ctx.report.outcome("V5", "ran")
    if state == "wrong":
        ctx.report.find("V5.inconsistent")


def check_v6(ctx: Context) -> None:
    """V6: the size is a whole number of ticks, and the last of them was due."""
    if ctx.checkpoint is None or ctx.schedule is None:
        return
    ctx.report.outcome("V6", "ran")
    _check_time(ctx, ctx.checkpoint, "checkpoint", ctx.trust.now)


def _check_time(ctx: Context, checkpoint: Checkpoint, place: str, now: int | None) -> None:
    """Check one checkpoint's size against the schedule."""
    try:
        tick = ctx.ticks.tick_of_size(checkpoint.size)
    except Bad:
        ctx.report.find("V6.size", place)
        return
    if tick == 0:
        return
    due = ctx.ticks.due(tick) - ctx.trust.tolerance
    if checkpoint.time is not None and due > checkpoint.time:
        ctx.report.find("V6.ahead-of-signature", place)
    if now is not None and due > now:
        ctx.report.find("V6.ahead-of-now", place)


def read_log(ctx: Context) -> None:
    """Read all entries below the checkpoint, recompute its root, and hold every tile to it."""
    entries = _entries(ctx)
    if entries is None:
        return
    tree = Tree(entries)
    if tree.root(ctx.size) != ctx.signed.root:
        ctx.report.find("V7.root-differs", ctx.log_prefix + "checkpoint")
        return
    ctx.entries, ctx.tree = entries, tree
    _check_tiles(ctx, tree)
    _check_order(ctx)
    _check_kept(ctx, tree)


def _entries(ctx: Context) -> list[bytes] | None:
    """Read the tiles of entries."""
    entries: list[bytes] = []
    for start in range(0, ctx.size, WIDTH):
        width = min(WIDTH, ctx.size - start)
        path = ctx.log_prefix + tile_path("entries", start // WIDTH, width)
        if not ctx.has(path):
            ctx.report.find("V7.entries-missing", path)
            return None
        raw = ctx.read(path)
        if raw is None:
            return None
        parts = [raw[i : i + ENTRY] for i in range(0, len(raw), ENTRY)]
        if len(raw) != width * ENTRY or any(p[:2] != b"\x00\x20" for p in parts):
            ctx.report.find("V7.entries-malformed", path)
            return None
        entries += [p[2:] for p in parts]
    return entries


def _check_tiles(ctx: Context, tree: Tree) -> None:
    """Check that needed tiles are there, and that every tile holds what it must."""
    for level, index, width in tiles_of(ctx.size):
        path = ctx.log_prefix + tile_path(level, index, width)
        if not ctx.has(path):
            ctx.report.find("V7.tile-missing", path)
    for path in ctx.paths("tile"):
        level, index, width = parse_tile_path(path.removeprefix(ctx.log_prefix))
        expected = tile_bytes(tree, ctx.entries, level, index, width)
        if expected is None and ctx.scope == "log":
            ctx.report.remark(f"{path} reaches beyond the checkpoint and was left alone")
        elif expected is None or ctx.read(path) != expected:
            ctx.report.find("V7.tile-differs", path)


def _check_order(ctx: Context) -> None:
    """Check that entries strictly ascend within each tick."""
    if ctx.schedule is None:
        return
    start = 0
    while start < ctx.size:
        tick = ctx.schedule.tick_of_leaf(start)
        end = min(ctx.schedule.size_after(tick), ctx.size)
        for index in range(start + 1, end):
            if ctx.entries[index - 1] >= ctx.entries[index]:
                at = index // WIDTH
                width = min(WIDTH, ctx.size - at * WIDTH)
                ctx.report.find(
                    "V7.not-ascending", ctx.log_prefix + tile_path("entries", at, width)
                )
                break
        start = end


def _check_kept(ctx: Context, tree: Tree) -> None:
    """Check every kept checkpoint: signed, under its own size, a prefix of the log."""
    newest = f"{ctx.log_prefix}checkpoints/{ctx.size}"
    if not ctx.has(newest):
        ctx.report.find("V7.kept-missing", newest)
    for path in ctx.paths("kept"):
        raw = ctx.read(path)
        if raw is None:
            continue
        try:
            kept = open_checkpoint(raw, ctx.trust.origin, ctx.trust.log, ctx.trust.retired)
        except Bad:
            ctx.report.find("V2.kept-refused", path)
            continue
        if str(kept.size) != name_of(path):
            ctx.report.find("V7.kept-misplaced", path)
        same = kept.size != ctx.size or kept.signed_part == ctx.signed.signed_part
        if kept.size > tree.size or tree.root(kept.size) != kept.root or not same:
            ctx.report.find("V7.kept-differs", path)
        if ctx.schedule is not None:
            _check_time(ctx, kept, path, None)
