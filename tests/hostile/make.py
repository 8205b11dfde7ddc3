"""Make the hostile packs anew: `python -m tests.hostile.make`, from the test environment.

Most are cases that `tests/verify` tries in memory, written out. Part packs are written as zips but
for those whose fault is the container itself. What the receiver brings is in `brought.py`, and
what only a replay finds in `replayed.py`, and the ledger before in `followed.py`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from ledger.evidence.archive import write_zip
from tests.forge import Files, relist, write
from tests.hostile.attested import attested
from tests.hostile.brought import brought
from tests.hostile.evidence import Evidence
from tests.hostile.followed import followed
from tests.hostile.replayed import replayed
from tests.hostile.run import PACKS
from tests.verify import (
    test_authority,
    test_container,
    test_handover,
    test_log,
    test_passkeys,
    test_records,
    test_rightful,
)
from tests.verify.cases import Case

CONTAINERS = [
    "changed", "unlisted", "taken-away", "no-manifest", "loose-manifest", "other-origin",
    "log-in-a-part",
]  # fmt: skip
"""Written as directories: what is wrong is the container."""

PARTS = [
    "no-first-line", "no-second-line", "reordered-lines", "schedule-by-a-stranger", "ahead",
    "not-ahead", "part-root", "unproven-record", "promised-record", "malformed-opening",
    "other-seq", "wrong-path", "loose-record", "two-keys", "missing-middle", "missing-last",
    "broken-chain", "other-place", "other-ledger", "after-closing", "two-futures", "no-extent",
    "extent-by-the-log", "short-extent", "too-much", "wrong-order", "other-head", "back-dated",
    "ante-dated", "late", "other-value", "other-salt", "invented-field", "other-paper",
    "withheld-bytes", "forged-signature", "unknown-key", "borrowed-name",
    "enrolment-without-assent", "desk-decides", "revoked-key", "revoked-key-under-old-head",
    "former-custodian", "designee-alone", "absence-over", "invented-head", "office-falls",
    "other-law", "law-rewritten", "boasted-custody", "not-countersigned", "enrolled-twice",
    "staff-grants", "malformed-act", "epoch-unannounced", "closed-apart", "rolling-over",
    "unannounced", "announced-by-one", "announced-on-an-invented-state", "retired-too-early",
    "quorum", "quorum-missed", "cosignature-wrong",
    "approved-by-passkey", "approved-by-ed25519", "approval-of-another-record",
    "approval-unverified", "approval-from-elsewhere", "approval-for-another-rp", "passkey-forged",
    "passkey-unknown", "passkey-without-assent", "passkey-of-another", "passkey-revoked",
    "passkey-enrolled-twice", "passkey-by-another", "passkey-in-a-matter",
]  # fmt: skip
"""Written as zips."""

WHOLES = [
    "copies-differ", "root-of-another", "moved", "record-as-cover", "cover-of-another-tick",
    "doubled", "erased", "hidden-as-erased", "erased-and-there", "not-reattested",
    "reattested", "looks-that-waited", "look-in-a-case",
]  # fmt: skip
"""Of scope ledger."""

WITH_COVERS = {"moved", "record-as-cover", "cover-of-another-tick"}
"""Whole packs in which the openings of covers matter; the others are shown without."""

CONSEQUENCES = {
    "announced-on-an-invented-state": {"V9.log-key-unannounced"},
    "erased-and-there": {"V9.tombstone-unfounded"},
    "former-custodian": {"V9.under-unfit"},
    "other-ledger": {"V10.gap"},
    "part-root": {"V10.subject-missing", "V12.attachment-unnamed"},
}
"""What follows from a fault, and may be told or not."""


def cases() -> Iterator[Case]:
    """Every case that `tests/verify` tries."""
    modules = (
        *(test_authority, test_container, test_handover, test_log),
        *(test_passkeys, test_records, test_rightful),
    )
    for module in modules:
        for found in vars(module).values():
            if isinstance(found, list):
                yield from (one for one in found if isinstance(one, Case))


def every() -> Iterator[Evidence]:
    """Every hostile pack, in no order."""
    by_name = {one.name: one for one in cases()}
    for name in (*CONTAINERS, *PARTS, *WHOLES):
        one = by_name[name]
        files, trust = one.evidence()
        if name in WHOLES and name not in WITH_COVERS:
            files = without_covers(files)
        parts: Mapping[str, Files | bytes] = {"pack": files}
        if name in PARTS:
            parts = {"pack.zip": zipped(files)}
        may = frozenset(CONSEQUENCES.get(name, ()))
        yield Evidence(name, one.why, one.codes, parts, trust, may)
    yield from brought()
    yield from followed()
    yield from replayed()
    for name, why, codes, parts, trust in attested():
        zips = {"pack.zip": zipped(parts["pack"])} if len(parts) == 1 else parts
        yield Evidence(name, why, codes, zips, trust)


def without_covers(files: Files) -> Files:
    """Show only what is not a cover: one file less for each."""
    return relist(
        {
            path: data
            for path, data in files.items()
            if not (path.startswith("openings/") and b'"cover":' in data)
        }
    )


def zipped(files: Files) -> bytes:
    """Spell a part pack as a zip."""
    target = BytesIO()
    write_zip(target, files)
    return target.getvalue()


def write_out(one: Evidence, folder: Path) -> None:
    """Write one folder."""
    for name, content in one.parts.items():
        if isinstance(content, bytes):
            write({name: content}, folder)
        else:
            write(content, folder / name)
    told: dict[str, object] = {
        "exit": one.exit,
        "must": sorted(one.codes - one.may),
        "may": sorted(one.may),
        **({"replay": True} if one.replay else {}),
    }
    about = {
        "README.md": f"# {one.name}\n\n{one.why}\n".encode(),
        "expected.json": f"{json.dumps(told, indent=1)}\n".encode(),
        "trust.json": one.trust,
    }
    write(about, folder)


def main(target: Path = PACKS) -> None:
    """Write all folders anew."""
    shutil.rmtree(target, ignore_errors=True)
    for one in every():
        write_out(one, target / one.name)


if __name__ == "__main__":
    main()
