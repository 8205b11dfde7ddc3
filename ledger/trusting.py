"""Trust files of this ledger: what they say, and new ones for who holds an old one.

A trust file is worth something because it comes from elsewhere. So a new one is made from the old
one that a person brings, never from our own: what the old keys signed is pinned, and under the new
keys the whole log and the office must hold, with the announcement of the new keys by two people.
Cites: FORMAT §5 "Trust"; ADR 0006.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence import jcs
from ledger.evidence.grammar import Malformed
from ledger.evidence.jcs import Json
from ledger.export import export_ledger
from ledger.home import OpenHome
from ledger.verify import verify
from ledger.verify.trust import Trust, load
from ledger.witnessing.policy import Policy

BELONGS = (
    "This file belongs into other hands: give copies to counsel, to the board and to whoever checks"
    " this ledger. A copy that lies beside the ledger proves nothing against who holds the ledger."
)
_LISTS = ("log", "receipt", "retired")


@dataclass(frozen=True, slots=True)
class Renewed:
    """A new trust file, the size up to which the old keys vouch for it, and whether it is news."""

    data: bytes
    vouched: int
    changed: bool


def home_trust(home: OpenHome) -> tuple[Trust, dict[str, Json]]:
    """What the home's own trust file says.

    Raises:
        Unavailable: it is missing or damaged.
    """
    try:
        data = (home.path / "trust.json").read_bytes()
        return load(data), _members(data)
    except (OSError, Malformed) as error:
        raise Unavailable("The home's trust file is missing or damaged.") from error


def check_reached(home: OpenHome, trust: bytes, kept: bytes) -> None:
    """See that this ledger is not shorter than a checkpoint or card that somebody kept.

    What cannot be read is let pass: the verifier has the words for it.

    Raises:
        EvidenceCorrupt: it is.
    """
    try:
        pinned = load(trust).pinning(kept).pinned[-1]
    except Malformed:
        return
    newest = home.newest_checkpoint()
    size = 0 if newest is None else newest.size
    if pinned.size > size:
        raise EvidenceCorrupt(
            f"The ledger was taken back: somebody kept its size {pinned.size}, and it has {size}"
            " now. Compare a card letter by letter first; then stop writing and call counsel."
        )


def extend(old: bytes, witnesses: bytes | None, authorities: Sequence[bytes]) -> bytes:
    """Make a trust file that also asks for witnesses, by a tlog-policy file, and for time stamps,
    by the certificates of authorities (PEM). What it says of the ledger stays as it was.

    A trust file counts names; of a policy whose groups say more than how many, the least number of
    witnesses that can be enough is asked for.

    Raises:
        BadRequest: one of the files cannot be used.
    """
    try:
        held, new = load(old), _members(old)
        if witnesses is not None:
            policy = Policy.parse(witnesses)
            if policy.logs and not set(policy.logs) & set(held.log):
                raise Malformed("the policy is for another log")
            new["witness"] = [one.vkey.dump() for one in policy.witnesses]
            new["quorum"] = policy.least()
        if authorities:
            new["tsa"] = [one.decode("ascii") for one in authorities]
        data = jcs.dump(new)
        load(data)
    except (Malformed, UnicodeDecodeError) as error:
        raise BadRequest(f"No trust file can be made of this: {error}.") from error
    return data


def renew(home: OpenHome, old: bytes) -> Renewed:
    """Make a new trust file out of an old one, after checking the log and the office with both.

    Raises:
        BadRequest: the old file cannot be used, or vouches for nothing that is here.
        EvidenceCorrupt: what is here is not what the old file trusts. Keep both.
    """
    try:
        held = load(old)
    except Malformed as error:
        raise BadRequest(f"The old trust file cannot be used: {error}.") from error
    ours, lists = home_trust(home)
    if (held.origin, held.founded) != (ours.origin, ours.founded):
        raise EvidenceCorrupt("The old trust file is of another ledger: its fingerprint differs.")
    note, vouched = _last_vouched(home, held)
    new = {**_members(old), **{name: lists[name] for name in _LISTS}}
    with tempfile.TemporaryDirectory(prefix="ledger-trust-") as scratch:
        pack = Path(scratch) / "pack"
        export_ledger(home, pack, office_only=True)
        pins = [note.decode(), *([str(new["pinned"])] if new["pinned"] is not None else [])]
        for pinned in pins:
            _check(pack, jcs.dump({**new, "pinned": pinned}))
    data = jcs.dump(new)
    return Renewed(data, vouched, data != old)


def _check(pack: Path, trust: bytes) -> None:
    report = verify(pack, trust)
    if report.unusable:
        # A pinned checkpoint beyond what is still trusted of a stolen key, for one.
        raise BadRequest(
            f"The old trust file does not go with the new keys: {report.unusable} Show it to"
            " counsel before anything else is done."
        )
    if report.exit_code != 0:
        raise EvidenceCorrupt(f"No new trust file was made. {report.headline}")


def _last_vouched(home: OpenHome, held: Trust) -> tuple[bytes, int]:
    """The newest published checkpoint that the old file's keys have signed, with its size."""
    folder = home.log_directory / "checkpoints"
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    for size in sorted((int(name) for name in names if name.isdecimal()), reverse=True):
        data = (folder / str(size)).read_bytes()
        try:
            return data, held.verify_checkpoint(data).checkpoint.size
        except Malformed:
            continue
    raise BadRequest(
        "None of the published checkpoints was signed by the keys in the old trust file. Fetch an"
        " older copy of the log, or compare the fingerprint with the board's minutes."
    )


def _members(data: bytes) -> dict[str, Json]:
    value = jcs.load(data)
    if not isinstance(value, dict):
        raise Malformed("trust is not an object")
    return dict(value)
