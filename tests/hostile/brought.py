"""Hostile packs in which what the receiver brings or holds matters, and odd containers."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from ledger.evidence.archive import write_zip
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.note import SignedNote
from tests.forge import Files, Forge, World
from tests.hostile.evidence import Evidence
from tests.verify.hands import receipt
from tests.verify.test_brought import HARMS, Doubling, parted
from tests.verify.test_bytes import small


def brought() -> Iterator[Evidence]:
    """Every such pack."""
    world = Forge().build()
    yield from _openings(small())
    yield from _receipts(world)
    yield from _logs(world)
    yield from _zips(world)


def _openings(world: World) -> Iterator[Evidence]:
    pack, openings = parted(world)

    def evidence(name: str, why: str, codes: str, files: Files) -> Evidence:
        parts = {"pack": pack, "openings": files}
        return Evidence(name, why, frozenset(codes.split()), parts, world.trust())

    yield evidence("accounted-for", "Every leaf is opened; this pack is good.", "", openings)
    for name, why, codes, harm in (
        ("cover-withheld", "A leaf stays closed to somebody who may see all.", "V13.unopened",
         "a cover withheld"),
        ("record-withheld", "A sealed record is kept back.", "V13.unopened", "a record withheld"),
        ("in-both", "A record of the pack is brought again, as something else.", "V1.in-both",
         "a record of the pack again"),
    ):  # fmt: skip
        alter, _ = HARMS[harm]
        yield evidence(name, why, codes, alter(openings, world))
    doubled = small(Doubling)
    pack, openings = parted(doubled)
    why = "Two leaves are explained by one and the same cover."
    yield evidence("cover-doubled", why, "V13.cover-doubled", openings)


def _receipts(world: World) -> Iterator[Evidence]:
    log = world.log()

    def evidence(
        name: str, why: str, codes: str, note: bytes, *, unanswered: bool = False
    ) -> Evidence:
        parts = {"log": log, "receipts": {"one": note}}
        found = frozenset(codes.split())
        return Evidence(name, why, found, parts, world.trust(), unanswered=unanswered)

    kept = receipt(world, "request")
    early = world.schedule.tick_of(world.made("request").index) - 1
    later = world.schedule.tick_of(world.size - 1) + 1
    yield evidence("receipt-kept", "The promise was kept; this log is good.", "", kept)
    broken = receipt(world, "request", early)
    yield evidence("receipt-late", "The entry came a tick too late.", "V14.broken", broken)
    lost = receipt(world, "request", commitment=bytes(32))
    yield evidence("receipt-broken", "The entry never came.", "V14.broken", lost)
    text = SignedNote.parse(kept).text
    forged = world.note(text)
    why = "The log's key signed what only the key of receipts may sign."
    yield evidence("receipt-by-the-log", why, "V14.receipt-refused", forged)
    waiting = receipt(world, "request", later, commitment=bytes(32))
    why = "The promised tick is not due yet: nobody can say whether the promise is kept."
    yield evidence("receipt-not-due", why, "", waiting, unanswered=True)


def _logs(world: World) -> Iterator[Evidence]:
    backwards = Forge()
    backwards.fill = lambda entries: sorted(entries, reverse=True)
    built = backwards.build()
    why = "The entries of a tick stand in an order that could tell something."
    codes = frozenset({"V7.not-ascending"})
    yield Evidence("not-ascending", why, codes, {"log": built.log()}, built.trust())
    log = world.log()
    bundle = next(name for name in log if name.startswith("tile/entries/"))
    changed = bytearray(log[bundle])
    changed[40] ^= 1
    codes = frozenset({"V7.root-differs"})
    why = "One bit of one entry was changed."
    flipped = {**log, bundle: bytes(changed)}
    yield Evidence("one-bit", why, codes, {"log": flipped}, world.trust())
    other = Forge()
    other.checkpoint_change = lambda one: Checkpoint(one.origin, one.size, bytes([7]) * 32)
    pinned = other.build().checkpoint(world.before).decode()
    why = "The receiver holds a checkpoint that this log no longer has as its past."
    codes = frozenset({"V5.inconsistent"})
    yield Evidence("rewritten", why, codes, {"log": log}, world.trust(pinned=pinned))


def _zips(world: World) -> Iterator[Evidence]:
    target = BytesIO()
    write_zip(target, world.pack("event", ("request",)))
    good = target.getvalue()
    comment = good[:-2] + (5).to_bytes(2, "little") + b"hello"
    renamed = good.replace(b"schedule", b"Schedule", 1)
    codes, trust = frozenset({"V1.zip"}), world.trust()
    why = "A zip with a comment: one more place to hide something."
    yield Evidence("zip-comment", why, codes, {"pack.zip": comment}, trust)
    why = "A name in the header that the directory of the zip spells in another way."
    yield Evidence("zip-two-names", why, codes, {"pack.zip": renamed}, trust)
    second = good.index(b"PK\x03\x04", 4)
    gap = good[:second] + b"MZ" + good[second:]
    why = "Bytes between two files, that belong to neither."
    yield Evidence("zip-gap", why, codes, {"pack.zip": gap}, trust)
