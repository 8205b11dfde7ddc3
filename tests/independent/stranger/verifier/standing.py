"""V9, after all records are taken: re-attestations, law, keys of the log, epochs, tombstones."""

from __future__ import annotations

from .context import Context
from .events import parse_epoch
from .grammar import position, unbase64
from .layout import name_of
from .office import Office, Shown
from .record import Rec

THIRTY_DAYS = 30 * 86400


def check_standing(ctx: Context, shown: Shown, office: Office) -> None:
    """Run what V9 asks of the whole."""
    _law_files(ctx)
    _claims(ctx, shown, office)
    _reattestations(ctx, shown, office)
    _log_keys(ctx, office)
    _epochs(ctx, office)
    _tombstones(ctx, shown, office)
    _superseded(ctx, shown, office)


def _law_files(ctx: Context) -> None:
    """Check that every law file is the file of its name, named by a record or not."""
    for path in ctx.paths("law"):
        if ctx.digest(path) not in (None, name_of(path)):
            ctx.report.find("V9.law-file-differs", path)


def _claims(ctx: Context, shown: Shown, office: Office) -> None:
    """Say which actors did not themselves assent to what is said of them."""
    for rec in shown.at.values():
        actor = rec.data["actor"]
        if actor != rec.signer and not any(
            a.signer == actor for a in office.assents.get(rec.e, [])
        ):
            ctx.report.remark(f"{rec.place}: the actor {actor} is a claim by {rec.signer}")


def _reattestations(ctx: Context, shown: Shown, office: Office) -> None:
    """Check that what a lost key signed is re-attested."""
    named: dict[str, list[Rec]] = {}
    for rec in shown.at.values():
        if rec.type == "reattested.v1" and rec.good:
            for e in rec.event["of"]:
                named.setdefault(e, []).append(rec)
    for rec in shown.at.values():
        since = office.lost_since(rec)
        if since is None or rec.index < since:
            continue
        if not any(
            a.signer != rec.signer
            and (
                a.stream in (office.stream, rec.stream)
                or rec.seq <= shown.continued(a.stream).get(rec.stream, 0)
            )
            for a in named.get(rec.e, [])
        ):
            ctx.report.find("V9.not-reattested", rec.place)


def _log_keys(ctx: Context, office: Office) -> None:
    """Check that the office knows each trusted key, and each announced state."""
    founded = office.chain[0].event
    known = set(founded["log"]) | {founded["receipt"]}
    for rec in office.chain:
        if rec.type != "log-keys-announced.v1" or not rec.good:
            continue
        trusted = rec.event["trusted"]
        state = ctx.root_state(trusted["size"], unbase64(trusted["root"], 32))
        if trusted["size"] > rec.data["head"]["size"] or state != "proven":
            ctx.report.find("V9.trusted-unproven", rec.place)
        elif office.assents_to(rec):
            known |= set(rec.event["log"]) | {rec.event["receipt"]}
    trust = ctx.trust
    for key in trust.log + trust.receipt + [key for _, key in trust.retired]:
        if key.text not in known:
            ctx.report.find("V9.log-key-unannounced")


def _epochs(ctx: Context, office: Office) -> None:
    """Hold the schedule to the office. An announcement holds from its assent's tick."""
    schedule = ctx.ticks
    path = ctx.log_prefix + "schedule"
    if parse_epoch(office.chain[0].event["epoch"]) != schedule.epochs[0]:
        ctx.report.find("V9.epoch-first-differs", path)
    announced = [
        (r, [a.tick for a in office.assents_to(r)])
        for r in office.chain
        if r.type == "epoch-announced.v1" and r.good
    ]
    for epoch in schedule.epochs[1:]:
        fitting = [
            (r, min(ticks))
            for r, ticks in announced
            if ticks and parse_epoch(r.event["epoch"]) == epoch
        ]
        if not fitting:
            ctx.report.find("V9.epoch-unannounced", path)
        elif all(schedule.due(tick) + THIRTY_DAYS > epoch.start for _, tick in fitting):
            ctx.report.find("V9.epoch-too-soon", fitting[0][0].place)


def _tombstones(ctx: Context, shown: Shown, office: Office) -> None:
    """Check that each tombstone rests on an assented erasure that lists it."""
    listed: dict[str, set[tuple[str, int, str]]] = {}
    for index, opening in ctx.openings.items():
        if opening.kind != "tombstone":
            continue
        data = opening.data
        if data["erased"] not in listed:
            listed[data["erased"]] = _erased_by(shown, office, data["erased"])
        if (data["stream"], data["seq"], data["e"]) not in listed[data["erased"]]:
            ctx.report.find("V9.tombstone-unfounded", f"openings/{index}.json")


def _erased_by(shown: Shown, office: Office, place: str) -> set[tuple[str, int, str]]:
    """Return what the record at a place erased, with both secrets and another person's assent."""
    rec = shown.at.get(position(place))
    if (
        rec is None
        or rec.type != "stream-erased.v1"
        or not rec.good
        or rec.event["secrets"] != "both"
        or not office.assents_to(rec)
    ):
        return set()
    return {(rec.event["stream"], item["seq"], item["e"]) for item in rec.event["records"]}


def _superseded(ctx: Context, shown: Shown, office: Office) -> None:
    """Tell of records decided under an old office head, though the head they name held a newer."""
    first_leaf = [ctx.size]
    for rec in reversed(office.chain):
        first_leaf.append(min(first_leaf[-1], rec.index))
    first_leaf.reverse()
    for rec in shown.at.values():
        seq = rec.office_seq
        if rec.stream == office.stream or not 1 <= seq <= len(office.chain):
            continue
        if first_leaf[seq] < min(rec.data["head"]["size"], ctx.size):
            ctx.report.find("V9.superseded", rec.place)
