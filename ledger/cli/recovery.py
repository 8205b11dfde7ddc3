"""Commands on recovery: try it, agree on it, use it, renew its sheets.

Codes are secrets: they are typed or come from a file descriptor. Capsules are not: nobody can read
them without the codes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cyclopts import App

from keys.capsules import Capsule, open_each, open_one, read_capsules, read_code
from keys.errors import NotInAudience
from keys.passphrase import from_descriptor, from_prompt
from keys.recovery import RecoveryIdentity, RecoveryKey
from keys.secrets import open_slots, seal_slots
from ledger.cli.app import session
from ledger.cli.cases import With
from ledger.cli.keyrings import waiting_for
from ledger.cli.session import Session, read_fields
from ledger.domain.codec import split
from ledger.domain.office import RECOVERY
from ledger.domain.office_events import (
    RecoveryAnnounced,
    RecoveryDrilled,
    RecoveryProposed,
    RecoveryUsed,
)
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence.grammar import format_instant
from ledger.founding import announcement
from ledger.register.access import Access
from ledger.register.acts import OFFICE, Act
from ledger.register.glass import reason_of

recovery = App(name="recovery", help="Recovery of sealed matters by several holders of codes.")
DRILL_CONTEXT = b"recovery-drill\0"


@recovery.command
def drill(
    *, capsules: tuple[Path, ...], holder: tuple[str, ...], codes_fd: int | None = None
) -> int:
    """Try whether the holders who are here can recover. Nothing is opened but a slot made for it.

    Parameters
    ----------
    capsules
        A text file with capsules, such as a whole sheet; - reads standard input. Repeat it.
    holder
        A holder who is here with their code. Repeat it.
    codes_fd
        Read the codes, a line for each holder in their order, from this file descriptor.
    """
    s = session()
    s.register.reader(s.keyring)
    announced = _announced(s)
    identity = _identity(s, capsules, holder, codes_fd, every=True)
    # Sealed with the key that the keystore gives out, so that the two are tried as a pair.
    ours = _stored(s, announced)
    secret, context = os.urandom(32), DRILL_CONTEXT + s.home.origin.encode()
    slots = seal_slots(secret, [s.keyring.public], context, recovery=ours)
    try:
        opened = open_slots(slots, identity, context) == secret
    except NotInAudience:
        opened = False
    if not opened:
        raise EvidenceCorrupt("The recovery identity does not open what is sealed to it.")
    fields = {"key": announced.key, "holders": len(holder), "result": "opened"}
    done = s.register.handle(s.keyring, Act("record-recovery-drill", fields, OFFICE))
    lines = [
        f"{len(holder)} holders opened the recovery identity of this ledger.",
        "The drill is recorded. Seal the codes in new envelopes.",
    ]
    s.answer({"result": "opened", "holders": len(holder), "record": done.records[0].ref}, lines)
    return 0


@recovery.command
def propose(name: str, *, with_: With = None) -> int:
    """Propose that sealed matters be recovered for a person. Which ones is said to nobody.

    Parameters
    ----------
    name
        An enrolled director, custodian, designee or counsel.
    with_
        Why, as JSON, @FILE or -: an object with the key reason. All staff read it, so it names no
        matter.
    """
    s = session()
    fields = {**read_fields(with_), "person": name}
    s.register.handle(s.keyring, Act("propose-recovery", fields, OFFICE))
    s.answer({"person": name}, ["Another person runs: disclosure-ledger --as … recovery assent"])
    return 0


@recovery.command
def assent() -> int:
    """Assent to the recoveries, and to new recovery identities, that another person signed."""
    s = session()
    done = []
    for recorded in waiting_for(s, RecoveryProposed, RecoveryAnnounced):
        s.register.handle(s.keyring, Act("assent", {"of": recorded.e}, OFFICE))
        match recorded.event:
            case RecoveryProposed(person=name):
                done.append(f"a recovery for {name}")
            case RecoveryAnnounced(key=digest):
                done.append(f"the recovery key {digest[:16]}")
    lines = [f"Assented to {one}." for one in done] or ["Nothing waits for your assent."]
    s.answer({"assented": done}, lines)
    return 0


@recovery.command
def use(
    *,
    capsules: tuple[Path, ...],
    holder: tuple[str, ...],
    codes_fd: int | None = None,
    case: str | None = None,
    with_: With = None,
) -> int:
    """Recover sealed matters for yourself, after two people agreed on it and the holders came.

    Each matter's own history shows it to everybody who may see the matter. Counsel sees your reason
    at once, and another person answers for it within 24 hours.

    Parameters
    ----------
    capsules
        A text file with capsules, such as a whole sheet; - reads standard input. Repeat it.
    holder
        A holder who is here with their code. Repeat it.
    codes_fd
        Read the codes, a line for each holder in their order, from this file descriptor.
    case
        Recover this matter only.
    with_
        Why you need it, as JSON, @FILE or -: an object with the key reason. It is sealed.
    """
    s = session()
    reason = reason_of(read_fields(with_))
    access = Access(s.vault_home, s.register, s.now)
    s.register.reader(s.keyring)
    access.agreed(s.keyring.person)
    identity = _identity(s, capsules, holder, codes_fd)
    left = access.recover(s.keyring, identity, case, reason=reason)
    lines = ["What was agreed on is done, and stands in the history of each matter.", *left]
    s.answer({"person": s.keyring.person, "left": list(left)}, lines)
    return 0


@recovery.command
def renew(
    *,
    recovery_holder: tuple[str, ...],
    recovery_needed: int = 2,
    recovery_sheet_dir: Path | None = None,
) -> int:
    """Make a new recovery identity and new sheets, when a holder left or a sheet or code was lost.

    A second person assents: recovery assent. Then everybody on a roster runs: key rewrap. The old
    sheets still open what was not wrapped anew since, so destroy them.

    Parameters
    ----------
    recovery_holder
        Who keeps a recovery code; name three to five.
    recovery_needed
        How many of them must come together.
    recovery_sheet_dir
        Write the recovery sheets into this folder instead of showing them; print and delete them.
    """
    from ledger.cli.sheet import check_directory, draw, hand_out

    s = session()
    s.register.reader(s.keyring)
    check_directory(recovery_sheet_dir, s.home_path)
    if s.as_json and recovery_sheet_dir is None:
        raise BadRequest("With --json the recovery sheets need a folder: --recovery-sheet-dir DIR")
    s.say("Drawing the recovery sheets. This takes some ten seconds.")
    drawn = draw(recovery_holder, recovery_needed)
    at = s.now().astimezone(s.home.zone)
    sheets = drawn.sheets(s.home.origin, s.home.fingerprint, at)
    written = hand_out(sheets, recovery_sheet_dir)
    # The sheets first: an identity that is announced and that nobody holds would lose everything.
    s.home.keystore.put_public_keys(RECOVERY, drawn.recovery.key.dump())
    told = announcement(drawn.recovery)
    fields = {"key": told.key, "holders": told.holders, "needed": told.needed}
    s.register.handle(s.keyring, Act("announce-recovery", fields, OFFICE))
    lines = [
        *(f"To be printed, handed out and DELETED: {one}" for one in written),
        "Another person runs: recovery assent. Then everybody on a roster runs: key rewrap",
    ]
    s.answer({"key": told.key, "sheets": [str(one) for one in written]}, lines)
    return 0


@recovery.command(name="list")
def list_() -> int:
    """List what was announced, drilled, proposed and used. It names no matter."""
    s = session()
    told = s.register.reader(None).office_stream().records
    ours = (RecoveryAnnounced, RecoveryDrilled, RecoveryProposed, RecoveryUsed)
    rows = [
        {
            "at": format_instant(one.recorded_at),
            "type": one.type,
            "by": one.recorded_by,
            "event": split(one.event)[0],
        }
        for one in told
        if isinstance(one.event, ours)
    ]
    lines = [f"{row['at']}  {row['type']:<24} by {row['by']}" for row in rows]
    s.answer({"events": rows}, lines or ["This ledger has no recovery identity."])
    return 0


# --- The parts ---------------------------------------------------------------------------------


def _announced(s: Session) -> RecoveryAnnounced:
    announced = s.register.office().office.recovery
    if announced is None:
        raise BadRequest("This ledger has no recovery identity. Make one: recovery renew")
    return announced


def _stored(s: Session, announced: RecoveryAnnounced) -> RecoveryKey:
    from ledger.register.custody import Custody

    return Custody(s.home).recovery_key(announced.key)


def _identity(
    s: Session,
    files: tuple[Path, ...],
    holders: tuple[str, ...],
    descriptor: int | None,
    *,
    every: bool = False,
) -> RecoveryIdentity:
    """Bring capsules and codes together; what comes out is this ledger's recovery identity.

    With `every`, each capsule that these holders can open must give it, and not just one of them.

    Raises:
        RecoveryRefused: something is missing, mistyped or damaged.
        NotPermitted: it is another ledger's, or one that was replaced.
        BadRequest: a holder is named twice, or there are too few.
    """
    needed = _announced(s).needed
    if len(set(holders)) != len(holders) or len(holders) < needed:
        raise BadRequest(f"This takes {needed} holders, each named once with --holder.")
    capsules = _capsules(files)
    codes = {one: _code(one, descriptor) for one in holders}
    opened = open_each(capsules, codes) if every else (open_one(capsules, codes),)
    access = Access(s.vault_home, s.register, s.now)
    for identity in opened:
        access.check_identity(identity)
    return opened[0]


def _capsules(files: tuple[Path, ...]) -> tuple[Capsule, ...]:
    found: dict[Capsule, None] = {}
    for path in files:
        try:
            text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadRequest("A file of capsules cannot be read.") from error
        found |= dict.fromkeys(read_capsules(text))
    return tuple(found)


def _code(holder: str, descriptor: int | None) -> str:
    if descriptor is not None:
        return read_code(from_descriptor(descriptor).decode())
    return read_code(from_prompt(f"Code of {holder}: ").decode())
