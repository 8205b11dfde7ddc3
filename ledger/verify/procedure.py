"""The verifying procedure: a path and a trust file in, and what a receiver adds; one report out.

The order is that of FORMAT §6, and it matters: nothing is parsed before the check that makes it
worth parsing. Every check adds findings and none raises, so that one fault does not hide the next;
where a check has nothing to stand on, the report says that it did not run and why.

Reads files below the given paths and nothing else: no network, no clock, no environment. What is
too much for memory is kept in files without a name until the end.
Cites: FORMAT §6.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ledger.evidence.act_types import Before
from ledger.evidence.grammar import Malformed, format_instant
from ledger.evidence.pack import CHECKPOINT, MANIFEST, Manifest
from ledger.verify import trust as trust_file
from ledger.verify.before import Earlier, check_alone, check_before
from ledger.verify.brought import Receipts, check_accounted
from ledger.verify.container import Container, open_log, open_openings, open_pack
from ledger.verify.crypto import CHECKED_WITH
from ledger.verify.facts import Rows
from ledger.verify.leaves import LeafReader
from ledger.verify.log import Log, check_log
from ledger.verify.records import check_records, gather, shares_for
from ledger.verify.report import Outcome, Report, Tally
from ledger.verify.shown import Replayed, Shown
from ledger.verify.sources import Folder
from ledger.verify.trust import Trust
from ledger.verify.workers import processors
from ledger.verify.zipped import is_zip, open_zip

__all__ = ["Brought", "ending", "verify"]

_OF_RECORDS: Final = ("V8", "V9", "V10", "V11", "V12", "V16")
_NOTHING: Final = Container(Folder(""), Tally())
"""Stands for a path that holds neither a pack nor a log."""
_UNTOLD: Final = "the leaves of the log cannot be compared"
_NO_RULES: Final = "the rules are not installed here (install the [replay] extra)"
Brought = tuple[Path | str, bytes]
"""Evidence of the ledger before, a pack or a log, and the trust file that goes with it."""
Replayer = Callable[
    [Sequence[Container], Rows, Iterable[tuple[bytes, bytes]], bytes | None, Tally], Replayed
]
"""V15: see `ledger.verify.replay`, which is loaded only when somebody asks for it."""
_SCOPES: Final = {
    "event": "event pack",
    "case": "case pack",
    "ledger": "ledger pack",
    "log": "published log",
    "": "evidence",
}


def verify(
    path: Path | str,
    trust_bytes: bytes,
    *,
    openings: Path | str | None = None,
    receipts: Sequence[bytes] = (),
    pinned: bytes | None = None,
    before: Brought | None = None,
    replay: bool = False,
    jobs: int | None = None,
) -> Report:
    """Verify an evidence pack or a published log under a trust file. Total.

    `openings` is a directory that a receiver brings who may see more than the pack shows;
    `receipts` are notes that the receiver was given; `pinned` is a checkpoint or a card that
    somebody kept elsewhere, beside what the trust file pins; `before` is evidence of the ledger
    that this one follows. With `replay` the decisions are put before the rules again (V15, level
    2). `jobs` processes read a large pack, by default as many as can run at once.
    """
    try:
        trust = trust_file.load(trust_bytes)
    except Malformed as exc:
        return Report("evidence", "", unusable=f"the trust file cannot be used: {exc}.")
    try:
        trust = trust if pinned is None else trust.pinning(pinned)
    except Malformed as exc:
        return Report("evidence", "", unusable=f"the pinned checkpoint cannot be used: {exc}.")
    jobs = jobs or processors()
    with _uncollected():
        earlier = None if before is None else _earlier(before, jobs)
        if isinstance(earlier, Report):
            return earlier
        asked = _Asked(openings, receipts, replay, _replayer() if replay else None, jobs, earlier)
        return _verify(Path(path), trust, asked)[0]


def ending(before: Brought) -> tuple[Before | None, Report]:
    """Verify evidence of a ledger by itself, and say how that ledger ends in it. Total.

    None unless all of it is intact, which the report says.
    """
    with _uncollected():
        earlier = _earlier(before, processors())
    return (None, earlier) if isinstance(earlier, Report) else (earlier.ending(), earlier.report)


def _earlier(before: Brought, jobs: int) -> Earlier | Report:
    """Verify evidence of the ledger before; a report where trust or path are not usable."""
    path, trust_bytes = before
    try:
        trust = trust_file.load(trust_bytes)
    except Malformed as exc:
        why = f"the trust file of the ledger before cannot be used: {exc}."
        return Report("evidence", "", unusable=why)
    report, log = _verify(Path(path), trust, _Asked(None, (), False, None, jobs, None))
    if report.unusable:
        return Report("evidence", "", unusable=f"of the ledger before, {report.unusable}")
    return Earlier(trust, report, log)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a receiver asks for."""

    openings: Path | str | None
    receipts: Sequence[bytes]
    replay: bool
    replayer: Replayer | None
    """None where nobody asks for it, or the rules are not installed."""
    jobs: int
    earlier: Earlier | None
    """What was brought of the ledger before."""


def _replayer() -> Replayer | None:
    """Load level 2, which imports the domain: for those only who ask for it and have it."""
    try:
        from ledger.verify.replay import check_replayed
    except ModuleNotFoundError:
        return None
    return check_replayed


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let the collector of garbage rest.

    A verification makes millions of small objects and no circles of them: looking for circles again
    and again would find nothing, and in processes that were copied it would copy pages as well.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _verify(path: Path, trust: Trust, asked: _Asked) -> tuple[Report, Log | None]:
    """Verify; also gives the log, where its checkpoint is verified."""
    tally = Tally()
    _skip_unasked(trust, tally, asked)
    if asked.earlier is not None:
        check_alone(asked.earlier, tally)
    try:
        container = _open(path, tally)
    except (OSError, ValueError):
        return _unusable("the path is not one that can be read.")
    if container is _NOTHING:
        return _unusable("the path holds neither a pack nor a log.")
    try:
        brought = _join(container, asked.openings, tally)
    except (OSError, ValueError):
        return _unusable("the openings are not a directory that can be read.")
    tally.ran("V1")
    if container is None:
        tally.skip("the pack cannot be opened", "V2", "V3", "V5", "V6", "V7", *_OF_RECORDS)
        asked_for = ("V4", "V13", "V14", "V15", "V17")
        tally.skip("the pack cannot be opened", *asked_for, outcome=Outcome.COULD_NOT_RUN)
        return _report("", trust, tally, None, Shown()), None
    return _Run(container, brought, trust, asked, tally).report()


def _unusable(why: str) -> tuple[Report, None]:
    return Report("evidence", "", unusable=why), None


def _skip_unasked(trust: Trust, tally: Tally, asked: _Asked) -> None:
    """Say which checks nobody asks for."""
    if not trust.tsa:
        why = "the trust file names no authority"
        tally.skip(why, "V4", outcome=Outcome.NOT_ASKED)
    if asked.openings is None:
        tally.skip("no openings were brought", "V13", outcome=Outcome.NOT_ASKED)
    if not asked.receipts:
        tally.skip("no receipts were brought", "V14", outcome=Outcome.NOT_ASKED)
    if asked.earlier is None:
        tally.skip("no ledger before was brought", "V17", outcome=Outcome.NOT_ASKED)
    if not asked.replay:
        tally.skip("nobody asked for a replay", "V15", outcome=Outcome.NOT_ASKED)
    elif asked.replayer is None:
        tally.skip(_NO_RULES, "V15", outcome=Outcome.COULD_NOT_RUN)


def _open(root: Path, tally: Tally) -> Container | None:
    """Open a pack or a log; None when it says nothing usable, `_NOTHING` when it is neither.

    Raises: OSError; ValueError for a path that no system takes.
    """
    if is_zip(root):
        try:
            return open_pack(open_zip(lambda: root.open("rb")), tally, is_zip=True)
        except Malformed as exc:
            tally.add("V1.zip", f"The zip does not have its one form: {exc}.", ".")
            return None
    is_pack = _is_pack(root)
    if is_pack is None:
        return _NOTHING
    return open_pack(Folder(str(root)), tally) if is_pack else open_log(Folder(str(root)), tally)


def _join(
    container: Container | None, openings: Path | str | None, tally: Tally
) -> Container | None:
    """Open the openings that were brought, if the pack can have any.

    Raises: OSError; ValueError.
    """
    if openings is None or container is None:
        return None
    if container.scope != "ledger":
        why = "openings go with a pack of scope ledger only"
        tally.skip(why, "V13", outcome=Outcome.COULD_NOT_RUN)
        return None
    brought = open_openings(container, Folder(str(openings)), tally)
    if brought is None:
        tally.skip("the openings cannot be used", "V13", outcome=Outcome.COULD_NOT_RUN)
    return brought


def _is_pack(root: Path) -> bool | None:
    """Tell a pack from a published log by what it holds; None when it is neither.

    A pack whose manifest was taken away is still a pack, and not intact.
    """
    names = {entry.name for entry in root.iterdir()}
    if names & {MANIFEST, "records", "openings", "extents"}:
        return True
    return False if names & {CHECKPOINT, "tile"} else None


@dataclass(frozen=True, slots=True)
class _Run:
    """One verification, from V2 on."""

    container: Container
    brought: Container | None
    trust: Trust
    asked: _Asked
    tally: Tally

    def report(self) -> tuple[Report, Log | None]:
        """Run V2 to V17 in their order."""
        container, trust, tally = self.container, self.trust, self.tally
        manifest = None if container.listing is None else container.listing.manifest
        if manifest is not None and manifest.origin != trust.origin:
            tally.add("V1.origin", "The pack is of another ledger than the trust file.", MANIFEST)
        receipts = Receipts(self.asked.receipts, trust, tally)
        log = check_log(container, trust, tally)
        container.read_rest()
        shown = Shown(entries=0 if log is None else log.checkpoint.size)
        promised: dict[bytes, int] = {}
        if manifest is None:
            why = "a published log shows no records"
            tally.skip(why, *_OF_RECORDS)
            tally.skip(why, "V15", "V17", outcome=Outcome.COULD_NOT_RUN)
        else:
            shown, promised = self._read_leaves(manifest, log, receipts, shown)
        tally.skip(_UNTOLD, "V13", "V15", "V17", outcome=Outcome.COULD_NOT_RUN)
        if not tally.has("V14"):
            receipts.check(log, promised)
        return _report(container.scope or "log", trust, tally, log, shown), log

    def _read_leaves(
        self, manifest: Manifest, log: Log | None, receipts: Receipts, shown: Shown
    ) -> tuple[Shown, dict[bytes, int]]:
        """Run V7 to V13, and V15, as far as there is a log to prove the leaves in."""
        tally = self.tally
        usable = log
        if log is None:
            tally.skip("the checkpoint is not verified", *_OF_RECORDS)
        elif manifest.scope == "ledger" and log.entries is None:
            tally.skip("the entries of the log do not give its root", *_OF_RECORDS)
            usable = None
        # The leaf files are compared with the manifest in any case.
        both = (self.container,) if self.brought is None else (self.container, self.brought)
        parts = sum(len(one.listing.parts) for one in both if one.listing is not None)
        rows = Rows(shares_for(parts))
        reader = LeafReader(both, usable, self.trust, rows.shares, receipts.commitments)
        asked = usable is not None and self.brought is not None
        size = usable.checkpoint.size if usable is not None and asked else 0
        try:
            gathered = gather(reader, rows, size, self.asked.jobs)
            if usable is None:
                gathered.tell(tally, frozenset())
                return shown, {}
            tally.ran("V7", "V8")
            shown = check_records(self.container, manifest, self.trust, usable, gathered, tally)
            if asked:
                check_accounted(size, usable.schedule, gathered.stood, gathered.covers, tally)
            if self.asked.earlier is not None and not tally.has("V17"):
                check_before(shown.before, self.asked.earlier, tally)
            if self.asked.replayer is not None:
                replayed = self.asked.replayer(both, rows, gathered.joined, gathered.office, tally)
                shown = replace(shown, replayed=replayed)
            return shown, gathered.shown
        finally:
            rows.close()


def _report(scope: str, trust: Trust, tally: Tally, log: Log | None, shown: Shown) -> Report:
    time = None if log is None else log.time
    return Report(
        subject=f"{_SCOPES[scope]} of {trust.origin}",
        scope=scope,
        checks=tally.results(),
        findings=tally.sorted_findings(),
        shown=shown,
        signed="" if time is None else format_instant(time),
        checked_with=CHECKED_WITH,
    )
