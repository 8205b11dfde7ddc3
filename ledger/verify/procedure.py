"""The verifying procedure: one path and one trust file in, one report out.

The order is that of FORMAT §6, and it matters: nothing is parsed before the check that makes it
worth parsing. Every check adds findings and none raises, so that one fault does not hide the next;
where a check has nothing to stand on, the report says that it did not run and why.

Reads files below the given path and nothing else: no network, no clock, no environment.
Cites: FORMAT §6.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

from ledger.evidence.acts import AUTHORITY_TYPES
from ledger.evidence.grammar import Malformed, format_instant
from ledger.evidence.pack import CHECKPOINT, MANIFEST, Manifest
from ledger.verify import trust as trust_file
from ledger.verify.authority import check_authority
from ledger.verify.chain import check_chain
from ledger.verify.container import Container, open_log, open_pack
from ledger.verify.leaves import Proven, open_leaves
from ledger.verify.log import Log, check_log
from ledger.verify.moments import check_moments
from ledger.verify.report import Outcome, Report, Shown, Tally
from ledger.verify.trust import Trust
from ledger.verify.values import check_values

__all__ = ["verify"]

_OF_RECORDS: Final = ("V8", "V9", "V10", "V11", "V12")
_LATER: Final = "this version of the verifier does not do it"
_SCOPES: Final = {
    "event": "event pack",
    "case": "case pack",
    "ledger": "ledger pack",
    "log": "published log",
    "": "evidence",
}


def verify(path: Path | str, trust_bytes: bytes) -> Report:
    """Verify an evidence pack or a published log under a trust file. Total."""
    try:
        trust = trust_file.load(trust_bytes)
    except Malformed as exc:
        return Report("evidence", "", unusable=f"the trust file cannot be used: {exc}.")
    root, tally = Path(path), Tally()
    _skip_later(trust, tally)
    try:
        is_pack = _is_pack(root)
        if is_pack is None:
            return Report("evidence", "", unusable="the path holds neither a pack nor a log.")
        container = open_pack(root, tally) if is_pack else open_log(root, tally)
    except (OSError, ValueError):
        return Report("evidence", "", unusable="the path is not a directory that can be read.")
    tally.ran("V1")
    if container is None:
        tally.skip("the manifest cannot be used", "V2", "V5", "V6", "V7", *_OF_RECORDS)
        return _report("", trust, tally, None, Shown())
    return _check(container, trust, tally)


def _skip_later(trust: Trust, tally: Tally) -> None:
    """Say which checks this version leaves out; one that trust asks for stays an open question."""
    asked = {"V3": trust.quorum > 0, "V4": bool(trust.tsa)}
    for name in ("V3", "V4", "V13", "V14", "V15"):
        outcome = Outcome.COULD_NOT_RUN if asked.get(name) else Outcome.DID_NOT_RUN
        tally.skip(_LATER, name, outcome=outcome)


def _is_pack(root: Path) -> bool | None:
    """Tell a pack from a published log by what it holds; None when it is neither.

    A pack whose manifest was taken away is still a pack, and not intact.
    """
    names = {entry.name for entry in root.iterdir()}
    if names & {MANIFEST, "records", "openings", "extents"}:
        return True
    return False if names & {CHECKPOINT, "tile"} else None


def _check(container: Container, trust: Trust, tally: Tally) -> Report:
    """Run V2 to V12 in their order."""
    manifest = container.manifest
    if manifest is not None and manifest.origin != trust.origin:
        tally.add("V1.origin", "The pack is of another ledger than the trust file.", MANIFEST)
    log = check_log(container, trust, tally)
    shown = Shown(entries=0 if log is None else log.checkpoint.size)
    if manifest is None:
        tally.skip("a published log shows no records", *_OF_RECORDS)
    elif log is None:
        tally.skip("the checkpoint is not verified", *_OF_RECORDS)
    elif manifest.scope == "ledger" and log.entries is None:
        tally.skip("the entries of the log do not give its root", *_OF_RECORDS)
    else:
        shown = _check_records(container, manifest, trust, log, tally)
    return _report(container.scope, trust, tally, log, shown)


def _check_records(
    container: Container, manifest: Manifest, trust: Trust, log: Log, tally: Tally
) -> Shown:
    """Run V7 on the openings and V8 to V12 on the records that they prove."""
    proven = open_leaves(container, log, tally)
    streams = check_chain(container, manifest, trust, log, proven, tally)
    claimed = check_authority(container, trust, log.schedule, streams, tally)
    check_moments(container, trust, log, streams, tally)
    absent = check_values(container, streams, tally)
    return _shown(proven, log, claimed, absent)


def _shown(proven: Proven, log: Log, claimed: int, absent: int) -> Shown:
    types = Counter(one.record.type for one in proven.records)
    return Shown(
        entries=log.checkpoint.size,
        records=len(proven.records),
        covers=len(proven.covers),
        tombstones=len(proven.tombstones),
        claimed_actors=claimed,
        absent_documents=absent,
        unknown_types={name: n for name, n in types.items() if name not in AUTHORITY_TYPES},
    )


def _report(scope: str, trust: Trust, tally: Tally, log: Log | None, shown: Shown) -> Report:
    time = None if log is None else log.time
    return Report(
        subject=f"{_SCOPES[scope]} of {trust.origin}",
        scope=scope,
        checks=tally.results(),
        findings=tally.sorted_findings(),
        shown=shown,
        signed="" if time is None else format_instant(time),
    )
