"""V10: how far streams reach by their extents, and what a part pack is about."""

from __future__ import annotations

from .context import Context
from .events import PARSERS
from .grammar import Bad, position
from .layout import name_of
from .note import open_plain
from .office import Shown
from .schedule import Extent, parse_extent


def _subject_streams(ctx: Context) -> set[str]:
    """Return the streams that a part pack is about."""
    if not ctx.is_part or ctx.manifest is None:
        return set()
    if ctx.scope == "case":
        return set(ctx.manifest.subject)
    return {position(item)[0] for item in ctx.manifest.subject}


def extents_of(ctx: Context, shown: Shown) -> dict[str, Extent]:
    """Read the extents: one for each subject stream and the office, others for streams shown."""
    wanted = _subject_streams(ctx) | ({ctx.office} if ctx.office else set())
    may = wanted | set(shown.streams) | {stream for stream, _ in shown.erased}
    paths = {name_of(path): path for path in ctx.paths("extent")}
    for stream in sorted(wanted - set(paths)):
        ctx.report.find("V10.extent-missing", f"extents/{stream}")
    extents: dict[str, Extent] = {}
    for stream, path in sorted(paths.items()):
        raw = ctx.read(path)
        if raw is None:
            continue
        try:
            extent = parse_extent(open_plain(raw, ctx.trust.receipt))
            if extent.origin != ctx.trust.origin:
                raise Bad("of another ledger")
        except Bad:
            ctx.report.find("V10.extent-refused", path)
            continue
        if extent.stream != stream or (ctx.office and stream not in may):
            ctx.report.find("V10.extent-misplaced", path)
            continue
        if extent.size != ctx.size:
            ctx.report.find("V10.extent-size", path)
        extents[stream] = extent
    return extents


def hold_to_extents(ctx: Context, shown: Shown, extents: dict[str, Extent]) -> None:
    """Check that nothing lies beyond an extent, and that its last record is the one shown."""
    for stream, seq in sorted({*shown.at, *shown.erased}):
        if stream in extents and seq > extents[stream].seq:
            ctx.report.find("V10.beyond-extent", f"{stream}:{seq}")
    for stream, extent in sorted(extents.items()):
        last = shown.e_at(stream, extent.seq)
        if last is not None and last != extent.last.hex():
            ctx.report.find("V10.extent-differs", f"{stream}:{extent.seq}")


def check_subject(ctx: Context, shown: Shown) -> None:
    """Check that a part pack shows its subject, and nothing beyond it."""
    if not ctx.is_part or ctx.manifest is None or ctx.office is None:
        return
    allowed = {place for place in shown.at if place[0] == ctx.office}
    for item in ctx.manifest.subject:
        if ctx.scope == "event":
            places = {position(item)} & set(shown.at)
        else:
            places = {place for place in shown.at if place[0] == item}
        if not places:
            ctx.report.find("V10.subject-missing", item)
        allowed |= places
    streams = _subject_streams(ctx)
    for stream in list(streams):
        streams |= set(shown.continued(stream))
    allowed |= {
        place
        for place, rec in shown.at.items()
        if rec.stream in streams and (rec.seq == 1 or rec.type in PARSERS)
    }
    todo = list(allowed)
    while todo:
        under = shown.at[todo.pop()].data["under"]
        named = position(under) if under is not None else None
        if named in shown.at and named not in allowed:
            allowed.add(named)
            todo.append(named)
    for place, rec in sorted(shown.at.items()):
        if place not in allowed:
            ctx.report.find("V10.beyond-subject", rec.place)
