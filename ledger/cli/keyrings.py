"""Commands on keys: list, revoke, rotate, replace; wrap sealed matters for the keys of today.

A person's new keyring lies beside the old one as NAME~next.keyring until it has taken its place. No
person id holds a tilde, so that nobody's file can be mistaken for it.
"""

from __future__ import annotations

import os
from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from keys.files import write_private
from keys.keyring import Keyring, PublicKeys, create, read_public, unlock
from ledger.cli.app import session
from ledger.cli.session import Session, passphrase, unlock_at
from ledger.counted import counted
from ledger.domain.events import Event
from ledger.domain.office import Key, Recorded
from ledger.domain.office_events import KeyEnrolled
from ledger.errors import BadRequest, LedgerError
from ledger.evidence.grammar import to_base64
from ledger.register.acts import OFFICE, Act
from ledger.unlocking import remove_locks, unlocking

key = App(name="key", help="Keys: list, revoke, rotate, replace, change a passphrase.")
ENROLLING = frozenset({"director", "custodian"})


@key.command(name="list")
def list_keys() -> int:
    """List the enrolled keys."""
    s = session()
    rows = [
        {
            "person": k.person,
            "key_id": k.digest,
            "custody": k.custody,
            "principal": k.principal,
            "revoked": k.revoked,
            "compromised_since": k.since,
        }
        for k in s.register.office().office.keys
    ]
    lines = [
        f"{row['person']:<24} {row['key_id']}{'  revoked' if row['revoked'] else ''}"
        for row in rows
    ]
    s.answer({"keys": rows}, lines)
    return 0


@key.command
def revoke(name: str, *, compromised_since: int | None = None, key_id: str | None = None) -> int:
    """Revoke the key of a person: it signs nothing from here on.

    Parameters
    ----------
    name
        Whose key.
    compromised_since
        Others may have had the key since the log had this size, as a checkpoint that you trust
        says. Counsel then re-attests what it signed later: key reattest
    key_id
        Which key, as the list shows it; also one that is revoked already. Without it, the newest.
    """
    s = session()
    office = s.register.office().office
    found = office.key_of(name)
    if key_id is not None:
        found = next((k for k in office.keys if (k.person, k.digest) == (name, key_id)), None)
    if found is None:
        raise BadRequest(f"{name} has no key that still signs. Its list: key list")
    fields: dict[str, object] = {"key": found.digest}
    if compromised_since is not None:
        if not 0 <= compromised_since <= s.home.logbook.size():
            raise BadRequest("The log is not that long. Give the size in a checkpoint you trust.")
        fields["since"] = compromised_since
    s.register.handle(s.keyring, Act("revoke-key", fields, OFFICE))
    lines = [f"The key of {name} signs nothing from here on."]
    if compromised_since is not None:
        lines.append("Counsel runs: disclosure-ledger --as NAME key reattest")
    s.answer({"revoked": found.digest, "since": compromised_since}, lines)
    return 0


@key.command(name="passphrase")
def change_passphrase(*, new_passphrase_fd: int | None = None) -> int:
    """Change your passphrase.

    Parameters
    ----------
    new_passphrase_fd
        Read the new passphrase from this file descriptor instead of asking.
    """
    s = session()
    chosen = passphrase("New passphrase: ", new_passphrase_fd, confirm=True)
    data = s.keyring.dump(chosen)
    unlock(data, chosen)
    write_private(s.home.keyring_path(s.keyring.person), data)
    lines = ["Your passphrase is changed."]
    if left := len(unlocking(s.home, s.keyring.person)):
        lines.append(f"It is not all that opens your keyring: {counted(left, 'passkey')} too.")
        lines.append("Look whether each is yours: disclosure-ledger passkey list")
    s.answer({"person": s.keyring.person}, lines)
    return 0


# --- New keys for a person ---------------------------------------------------------------------


@key.command
def rotate(*, new_passphrase_fd: int | None = None) -> int:
    """Draw new keys for yourself, step by step; run it again after each step of another person.

    1. You draw them, and sign their enrolment with the old key. Who may not enrol keys asks a
    director to: key enrol NAME. 2. A second person assents: person assent. Whom a director enrolled
    assents with the old key, by running this again. 3. You run this again: sealed matters are
    wrapped for the new keys, the old key is revoked, and its file is replaced.

    Parameters
    ----------
    new_passphrase_fd
        Read the passphrase of the new keyring from this file descriptor instead of asking.
    """
    s = session()
    name, old = s.keyring.person, s.keyring
    following = _next_path(s, name)
    if not following.exists():
        return _begin(s, old, following, new_passphrase_fd)
    public = read_public(following.read_bytes())
    waiting = _waiting(s, public)
    if waiting is not None and waiting.recorded_by != name:
        s.register.handle(old, Act("assent", {"of": waiting.e}, OFFICE))
        waiting = None
    if _is_newest(s, public):
        return _finish(s, old, following, new_passphrase_fd)
    if waiting is None and _may_enrol(s, name):
        _enrol(s, public)
    s.answer({"person": name, "state": "waiting"}, [_asks(s, name)])
    return 0


@key.command
def enrol(name: str) -> int:
    """Enrol the new keys that a person drew by `key rotate`. You checked who the person is.

    Parameters
    ----------
    name
        Whose new keys.
    """
    s = session()
    following = _next_path(s, name)
    if not following.exists():
        raise BadRequest(f"{name} has drawn no new keys. They run: key rotate")
    public = read_public(following.read_bytes())
    if _waiting(s, public) is not None or _is_newest(s, public):
        raise BadRequest("These keys are enrolled already.")
    _enrol(s, public)
    lines = [f"{name} now runs again: disclosure-ledger --as {name} key rotate"]
    s.answer({"person": name, "key_id": key_id(to_base64(public.signing))}, lines)
    return 0


@key.command
def replace(name: str, *, new_passphrase_fd: int | None = None) -> int:
    """Give a person who lost passphrase or keyring a new one. The old key is revoked at once.

    The person types the new passphrase here; you checked who they are. A second person assents.

    Parameters
    ----------
    name
        Who lost it.
    new_passphrase_fd
        Read the new passphrase from this file descriptor instead of asking.
    """
    s = session()
    if name == s.keyring.person:
        raise BadRequest("You can unlock your keyring. For new keys: key rotate")
    lost = s.register.office().office.key_of(name)
    if lost is None:
        raise BadRequest(f"{name} has no key that still signs. Enrol them: person add")
    made = new_keyring(name, new_passphrase_fd)
    target = s.home.keyring_path(name)
    fresh = target.with_name(f"{name}~new.keyring")
    # On disk before it is enrolled; in the old one's place only when the enrolment was permitted.
    write_private(fresh, made.file)
    s.home.keystore.put_public_keys(name, made.ring.public.dump())
    try:
        _enrol(s, made.ring.public, principal=lost.principal)
    except LedgerError:
        fresh.unlink(missing_ok=True)
        raise
    revoked = _may_enrol(s, s.keyring.person)
    if revoked:
        s.register.handle(s.keyring, Act("revoke-key", {"key": lost.digest}, OFFICE))
    if target.exists():
        # Kept: should the passphrase come back to mind, it still opens what was sealed to it.
        os.replace(target, target.with_name(f"{name}~{lost.digest[:16]}.keyring"))
    os.replace(fresh, target)
    remove_locks(s.home, name)
    # A rotation that the person had begun ends with the key that was to sign for it.
    _next_path(s, name).unlink(missing_ok=True)
    lines = [
        f"The old key of {name} is revoked."
        if revoked
        else f"Afterwards {name} revokes the old key: key revoke {name} --key-id {lost.digest}",
        "The new one signs once a second person runs: person assent",
        "Then a colleague on each roster runs: key rewrap. Where nobody is left: recovery use",
    ]
    s.answer({"person": name, "revoked": lost.digest if revoked else None}, lines)
    return 0


@key.command
def rewrap() -> int:
    """Wrap every sealed matter that you can open for its roster as it is now, with today's keys.

    Who has a new key opens it again; who left, or whose key was revoked, opens it no more.
    """
    s = session()
    lines = rewrap_all(s, s.keyring)
    s.answer({"whole": len(lines) == 1}, lines)
    return 0


@key.command
def reattest(*, confirm: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List what a compromised key signed since it was lost; as counsel, stand for it.

    Parameters
    ----------
    confirm
        You looked at each record of the list and it is genuine: re-attest them.
    """
    from ledger.register import reattestation

    s = session()
    found = reattestation.doubtful(s.home, s.register, s.keyring)
    rows = [
        {"ref": one.ref, "type": one.type, "e": one.e, "by": one.signer, "case": one.case}
        for one in found
    ]
    done = reattestation.reattest(s.register, s.keyring, found) if confirm else 0
    lines = [f"{row['ref']}  {row['type']}, by {row['by']}" for row in rows]
    lines += ["Nothing needs to be re-attested."] if not rows else []
    if confirm:
        lines.append(f"Re-attested: {done}.")
    if any(one.is_own for one in found):
        lines.append("What you signed yourself another counsel must re-attest.")
    if any(one.case is None for one in found):
        lines.append("Records of a visit can be re-attested once it was triaged.")
    s.answer({"doubtful": rows, "reattested": done}, lines)
    return 0


# --- What the commands on people use too -------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class NewKeyring:
    """A new keyring, its file, and the passphrase that opens that. Never printed."""

    ring: Keyring
    file: bytes
    passphrase: bytes


def new_keyring(name: str, descriptor: int | None) -> NewKeyring:
    """Make a keyring under a passphrase that its person chooses, and types twice."""
    chosen = passphrase(f"New passphrase for {name}: ", descriptor, confirm=True)
    ring = create(name, chosen)
    return NewKeyring(ring, ring.dump(chosen), chosen)


def rewrap_all(s: Session, keyring: Keyring, old: Keyring | None = None) -> list[str]:
    """Wrap anew what a keyring (or the old one of the same person) opens; gives what to say."""
    from ledger.register.access import Access

    left = Access(s.vault_home, s.register, s.now).rewrap(keyring, old)
    said = "What you can open of sealed matters is wrapped for their rosters as they are now."
    return [said, *left]


def waiting_for(s: Session, *kinds: type[Event]) -> list[Recorded]:
    """What waits for another person's assent, of these kinds and not signed by this one."""
    return [
        one
        for one in s.register.office().office.awaiting_assent
        if isinstance(one.event, kinds) and one.recorded_by != s.keyring.person
    ]


def key_id(signing_key: str) -> str:
    """The digest of a signing key, base64, by which records name it."""
    return sha256(b64decode(signing_key)).hexdigest()


# --- The steps of a rotation -------------------------------------------------------------------


def _begin(s: Session, old: Keyring, following: Path, descriptor: int | None) -> int:
    """Draw the new keys and, if the person may, sign their enrolment with the old one."""
    name = old.person
    # Before anything is drawn: a key that is no longer the person's own rotates nothing.
    s.register.reader(old)
    made = new_keyring(name, descriptor)
    write_private(following, made.file)
    s.home.keystore.put_public_keys(name, made.ring.public.dump())
    if _may_enrol(s, name):
        _enrol(s, made.ring.public)
    s.answer({"person": name, "state": "drawn"}, [_asks(s, name)])
    return 0


def _finish(s: Session, old: Keyring, following: Path, descriptor: int | None) -> int:
    """Wrap for the new key, revoke the old one, put the new file in its place: in this order, so
    that a crash leaves the old file as long as anything opens with it alone.
    """
    new = unlock_at(following, old.person, descriptor)
    lines = rewrap_all(s, new, old)
    earlier = [
        one
        for one in s.register.office().office.keys
        if one.person == old.person and not one.revoked and not _is_of(one, new.public)
    ]
    for one in earlier:
        s.register.handle(new, Act("revoke-key", {"key": one.digest}, OFFICE))
    os.replace(following, s.home.keyring_path(old.person))
    remove_locks(s.home, old.person)
    lines.append("Your new keys have taken the place of the old ones, which sign no more.")
    s.answer({"person": old.person, "state": "rotated"}, lines)
    return 0


def _enrol(s: Session, public: PublicKeys, principal: str = "person") -> None:
    signing = to_base64(public.signing)
    fields = {"person": public.person, "key": signing, "principal": principal}
    s.register.handle(s.keyring, Act("enrol-key", fields, OFFICE))


def _asks(s: Session, name: str) -> str:
    if _may_enrol(s, name):
        return "A second person runs: person assent. Then run this again: key rotate"
    return f"A director runs: key enrol {name}. Then run this again: key rotate"


def _may_enrol(s: Session, name: str) -> bool:
    return bool(ENROLLING & s.register.office().office.roles_of(name))


def _next_path(s: Session, name: str) -> Path:
    path = s.home.keyring_path(name)
    return path.with_name(f"{name}~next.keyring")


def _waiting(s: Session, public: PublicKeys) -> Recorded | None:
    signing = to_base64(public.signing)
    waiting = s.register.office().office.awaiting_assent
    for one in waiting:
        if isinstance(one.event, KeyEnrolled) and one.event.key == signing:
            return one
    return None


def _is_newest(s: Session, public: PublicKeys) -> bool:
    newest = s.register.office().office.key_of(public.person)
    return newest is not None and _is_of(newest, public)


def _is_of(one: Key, public: PublicKeys) -> bool:
    return one.key == to_base64(public.signing)
