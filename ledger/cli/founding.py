"""Commands on people: found a ledger, enrol people, look after keys."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import Annotated

from cyclopts import App, Parameter

from keys.files import write_private
from keys.keyring import Keyring, create, unlock
from ledger.cli.app import session
from ledger.cli.session import passphrase
from ledger.domain.office_events import KeyEnrolled, RoleGranted
from ledger.errors import BadRequest
from ledger.evidence.grammar import to_base64
from ledger.founding import ONE_PC, SERVER, Founding, found
from ledger.register.acts import OFFICE, Act

person = App(name="person", help="People: enrol, assent, list.")
key = App(name="key", help="Keys: list, revoke, change a passphrase.")


def init(
    *,
    origin: str,
    director: str,
    second: str,
    pack: str = "us",
    zone: str = "America/Denver",
    second_role: str = "counsel",
    hourly: Annotated[bool, Parameter(negative="")] = False,
    second_passphrase_fd: int | None = None,
) -> int:
    """Found a ledger. Two people must be here: the director and a second person.

    Parameters
    ----------
    origin
        The ledger's name for ever, such as ledger.lonecone.example
    director
        Short name of the director, who becomes custodian.
    second
        Short name of the second person.
    pack
        The law pack, such as us-co/lcld.
    zone
        The library's time zone; a pack's own zone wins.
    second_role
        The second person's role.
    hourly
        Tick every hour instead of every day: for a server that is always on.
    second_passphrase_fd
        Read the second person's passphrase from this file descriptor instead of asking.
    """
    s = session()
    first_ring, first_file = _new_keyring(director, s.passphrase_fd)
    second_ring, second_file = _new_keyring(second, second_passphrase_fd)
    founding = Founding(
        origin=origin,
        zone=zone,
        pack=pack,
        founders=((first_ring, "director"), (second_ring, second_role)),
        terms=SERVER if hourly else ONE_PC,
    )
    files = {director: first_file, second: second_file}
    home = found(s.home_path, founding, s.now(), files)
    fingerprint = home.fingerprint
    home.close()
    lines = [
        f"Founded {origin} in {s.home_path}.",
        f"Fingerprint, for the board's minutes and every verifier:\n  {fingerprint}",
        "Give counsel a copy of trust.json. Next: disclosure-ledger person add",
    ]
    s.answer({"origin": origin, "fingerprint": fingerprint}, lines)
    return 0


@person.command
def add(
    name: str,
    *,
    role: str,
    desk: Annotated[bool, Parameter(negative="")] = False,
    new_passphrase_fd: int | None = None,
) -> int:
    """Make a keyring for a person (or a desk), enrol its key and grant a role.

    A second person must assent before either holds.

    Parameters
    ----------
    name
        Short name, such as kim.
    role
        director, counsel, staff, auditor, designee or desk.
    desk
        The keyring belongs to a desk, which can log visits only.
    new_passphrase_fd
        Read the new passphrase from this file descriptor instead of asking.
    """
    s = session()
    ring, data = _new_keyring(name, new_passphrase_fd)
    target = s.home.keyring_path(name)
    if target.exists() and s.register.office().office.key_of(name) is not None:
        raise BadRequest(f"There is a keyring of {name} already.")
    enrol = {
        "person": name,
        "key": to_base64(ring.public.signing),
        "principal": "desk" if desk else "person",
    }
    grant = ("appoint-designee", {"person": name}) if role == "designee" else None
    command, fields = grant or ("grant-role", {"person": name, "role": role})
    # The file first: an enrolled key that nobody has any more would be worse than a spare file.
    write_private(target, data)
    s.register.handle(s.keyring, Act("enrol-key", enrol, OFFICE))
    s.register.handle(s.keyring, Act(command, fields, OFFICE))
    s.home.keystore.put_public_keys(name, ring.public.dump())
    line = f"{name} is enrolled once a second person runs: disclosure-ledger --as … person assent"
    s.answer({"person": name, "role": role}, [line])
    return 0


@person.command
def assent() -> int:
    """Assent to the enrolments and grants that another person signed."""
    s = session()
    waiting = [
        recorded
        for recorded in s.register.office().office.awaiting_assent
        if recorded.recorded_by != s.keyring.person
    ]
    done = []
    for recorded in waiting:
        s.register.handle(s.keyring, Act("assent", {"of": recorded.e}, OFFICE))
        match recorded.event:
            case KeyEnrolled(person=name):
                done.append(f"the key of {name}")
            case RoleGranted(person=name, role=role):
                done.append(f"{name} as {role}")
            case _:
                done.append(recorded.type)
    lines = [f"Assented to {one}." for one in done] or ["Nothing waits for your assent."]
    s.answer({"assented": done}, lines)
    return 0


@person.command(name="list")
def list_() -> int:
    """List the people and desks with their roles."""
    s = session()
    office = s.register.office().office
    people = {k.person: sorted(office.roles_of(k.person)) for k in office.keys if not k.revoked}
    lines = [f"{name:<24} {', '.join(roles) or 'no role'}" for name, roles in people.items()]
    s.answer({"people": people}, lines)
    return 0


@key.command(name="list")
def list_keys() -> int:
    """List the enrolled keys."""
    s = session()
    rows = [
        {
            "person": k.person,
            "key_id": _key_id(k.key),
            "custody": k.custody,
            "principal": k.principal,
            "revoked": k.revoked,
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
def revoke(name: str) -> int:
    """Revoke the key of a person: it signs nothing from here on.

    Parameters
    ----------
    name
        Whose key.
    """
    s = session()
    office = s.register.office().office
    found_key = office.key_of(name)
    if found_key is None:
        raise BadRequest(f"{name} has no key that still signs.")
    fields = {"key": _key_id(found_key.key)}
    s.register.handle(s.keyring, Act("revoke-key", fields, OFFICE))
    s.answer({"revoked": fields["key"]}, [f"The key of {name} signs nothing from here on."])
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
    s.answer({"person": s.keyring.person}, ["Your passphrase is changed."])
    return 0


def _new_keyring(name: str, descriptor: int | None) -> tuple[Keyring, bytes]:
    chosen = passphrase(f"New passphrase for {name}: ", descriptor, confirm=True)
    ring = create(name, chosen)
    return ring, ring.dump(chosen)


def _key_id(signing_key: str) -> str:
    return sha256(b64decode(signing_key)).hexdigest()
