"""Commands on people: enrol them, assent to what another enrolled, let them go."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from keys.files import write_private
from ledger.answering import office_answer
from ledger.cli.app import session
from ledger.cli.keyrings import key_id, new_keyring, rewrap_all, waiting_for
from ledger.cli.session import Session
from ledger.domain.office import Recorded
from ledger.domain.office_events import KeyEnrolled, RoleGranted
from ledger.domain.passkey_events import Passkey, PasskeyEnrolled
from ledger.errors import BadRequest
from ledger.evidence.grammar import to_base64
from ledger.register.acts import OFFICE, Act

person = App(name="person", help="People: enrol, assent, list, let go.")
CANNOT_UNREAD = "What {name} read cannot be unread, and copies made before are not called back."
"""Said at every departure (threats §3.3)."""


@person.command
def add(
    name: str,
    *,
    role: str,
    desk: Annotated[bool, Parameter(negative="")] = False,
    new_passphrase_fd: int | None = None,
) -> int:
    """Make a keyring for a person (or a desk), enrol its key and grant a role.

    A second person, who checks who that is, must assent before either holds.

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
    made = new_keyring(name, new_passphrase_fd)
    target = s.home.keyring_path(name)
    if target.exists() and s.register.office().office.key_of(name) is not None:
        raise BadRequest(
            f"There is a keyring of {name} already. For a lost passphrase: key replace {name}"
        )
    enrol = {
        "person": name,
        "key": to_base64(made.ring.public.signing),
        "principal": "desk" if desk else "person",
    }
    grant = ("appoint-designee", {"person": name}) if role == "designee" else None
    command, fields = grant or ("grant-role", {"person": name, "role": role})
    # The file first: an enrolled key that nobody has any more would be worse than a spare file.
    # The public keys before the enrolment: they prove that somebody holds the key.
    write_private(target, made.file)
    s.home.keystore.put_public_keys(name, made.ring.public.dump())
    s.register.handle(s.keyring, Act("enrol-key", enrol, OFFICE))
    s.register.handle(s.keyring, Act(command, fields, OFFICE))
    line = f"{name} is enrolled once a second person runs: disclosure-ledger --as … person assent"
    s.answer({"person": name, "role": role}, [line])
    return 0


@person.command
def assent(name: str | None = None) -> int:
    """Assent to the enrolments and grants that another person signed; see first: person list

    You say with it that you checked who the person is. Recoveries have an assent of their own.

    Parameters
    ----------
    name
        Only to what concerns this person; without it, to all that waits.
    """
    s = session()
    done = []
    for recorded in waiting_for(s, KeyEnrolled, PasskeyEnrolled, RoleGranted):
        if name not in (None, _concerned(recorded)):
            continue
        s.register.handle(s.keyring, Act("assent", {"of": recorded.e}, OFFICE))
        match recorded.event:
            case KeyEnrolled(person=who, key=key):
                done.append(f"the key of {who} ({key_id(key)[:16]})")
            case PasskeyEnrolled(person=who) as enrolled:
                done.append(f"a passkey of {who} ({Passkey(enrolled).digest[:16]})")
            case RoleGranted(person=who, role=role):
                done.append(f"{who} as {role}")
    lines = [f"Assented to {one}." for one in done] or ["Nothing waits for your assent."]
    if any(one.endswith(" as counsel") for one in done):
        lines.append("Counsel reads all that is sealed once those who open it run: key rewrap")
    s.answer({"assented": done}, lines)
    return 0


@person.command(name="list")
def list_() -> int:
    """List the people and desks with their roles, and what waits for a second person's assent."""
    s = session()
    office = s.register.office().office
    told = office_answer(office)
    people, waiting = told["people"], told["waiting"]
    lines = [f"{name:<24} {', '.join(roles) or 'no role'}" for name, roles in people.items()]
    enrolling = [name for name, roles in people.items() if {"director", "custodian"} & set(roles)]
    if len(enrolling) < 2:
        lines.append(
            "Fewer than two people may enrol keys. Should that passphrase be lost, nobody can: "
            "make a second director."
        )
    lines += [f"waits: {one['type']} for {one['person']}, by {one['by']}" for one in waiting]
    s.answer(told, lines)
    return 0


@person.command
def depart(name: str, *, custodian: str | None = None) -> int:
    """Let a person go: end their roles, revoke their key, shut them out of sealed matters.

    It can be repeated: what was done already is not done again. Others on a roster that you are not
    on run: key rewrap

    Parameters
    ----------
    name
        Who leaves.
    custodian
        Who is custodian from now on, when the leaver was.
    """
    s = session()
    if name == s.keyring.person:
        raise BadRequest("Somebody who stays does this: another director or the custodian.")
    office = s.register.office().office
    if all(one.person != name for one in office.keys):
        raise BadRequest(f"Nobody called {name} is enrolled here.")
    if office.custodian == name and custodian is None:
        raise BadRequest(f"{name} is the custodian. Say who is from now on: --custodian NAME")
    if custodian is not None and not office.is_person(custodian):
        raise BadRequest(f"{custodian} is not enrolled here, or has no key that still signs.")
    ended = _end(s, name, custodian)
    whole = rewrap_all(s, s.keyring)
    s.answer(
        {"person": name, "ended": ended, "said": CANNOT_UNREAD.format(name=name)},
        [
            *(f"Done: {one}." for one in ended),
            *whole,
            "Others on a roster of their own run: disclosure-ledger --as NAME key rewrap",
            f"If {name} held a recovery code, make new sheets: recovery renew",
            CANNOT_UNREAD.format(name=name),
        ],
    )
    return 0


def _concerned(one: Recorded) -> str | None:
    concerning = KeyEnrolled | PasskeyEnrolled | RoleGranted
    return one.event.person if isinstance(one.event, concerning) else None


def _end(s: Session, name: str, custodian: str | None) -> list[str]:
    """End what a leaver holds, the key last; gives what was done."""
    office = s.register.office().office
    done = []
    if custodian is not None and office.custodian != custodian:
        s.register.handle(s.keyring, Act("designate-custodian", {"person": custodian}, OFFICE))
        done.append(f"{custodian} is custodian")
    for role in sorted(s.register.office().office.roles_of(name) - {"desk"}):
        fields = {"person": name, "role": role}
        s.register.handle(s.keyring, Act("end-role", fields, OFFICE))
        done.append(f"{name} is {role} no longer")
    for one in office.keys:
        if one.person == name and not one.revoked:
            s.register.handle(s.keyring, Act("revoke-key", {"key": one.digest}, OFFICE))
            done.append(f"the key of {name} signs nothing from here on")
    return done
