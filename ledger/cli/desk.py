"""Commands on the desk: telephone numbers, the PCs of branches, the words that staff say."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from msgspec.structs import replace

from ledger.cli.app import session
from ledger.counted import counted
from ledger.domain.calendar import local_date
from ledger.errors import BadRequest
from ledger.evidence.grammar import Malformed, check_branch, format_instant

desk = App(name="desk", help="The desk page: telephones, PCs of branches, words to say.")
Hyphens = Annotated[str | None, Parameter(allow_leading_hyphen=True)]


@desk.command
def link(*, branch: str) -> int:
    """Make a code that links one PC to a branch. Type it on that PC within ten minutes, at the
    desk's address followed by /desk/link.

    Parameters
    ----------
    branch
        The branch, such as naturita; it stands in each visit that is saved there.
    """
    from ledger.web.branches import CODE_MINUTES, new_code

    s = session()
    s.check_administers()
    code = new_code(s.home_path, _branch(branch), s.now())
    lines = [f"Code: {code}", f"It links one PC to {branch}, once, within {CODE_MINUTES} minutes."]
    s.answer({"code": code, "branch": branch, "minutes": CODE_MINUTES}, lines)
    return 0


@desk.command(name="list")
def list_() -> int:
    """List the PCs that are linked, and the telephone numbers."""
    from ledger.web.branches import settings_of

    s = session()
    s.check_administers()
    settings = settings_of(s.home_path)
    linked = [
        {"branch": one.branch, "pc": one.digest[:16], "since": format_instant(one.since)}
        for one in settings.linked
    ]
    lines = [f"{one['branch']:<24} {one['pc']}  since {one['since']}" for one in linked]
    lines += [f"{name:<24} {number}" for name, number in settings.telephones.items()]
    if settings.here is not None:
        lines.append(f"This machine itself stands at: {settings.here}")
    data = {"linked": linked, "telephones": settings.telephones, "here": settings.here}
    s.answer(data, lines or ["No PC is linked, and no telephone number is known."])
    return 0


@desk.command
def cut(name: str) -> int:
    """Cut PCs off: what they hold opens nothing any more.

    Parameters
    ----------
    name
        A branch, for all its PCs; or one PC, as `desk list` shows it.
    """
    from ledger.web.branches import cut as cut_off

    s = session()
    s.check_administers()
    found = cut_off(s.home_path, name)
    if not found:
        raise BadRequest(f"No PC of {name} is linked. See: disclosure-ledger desk list")
    s.answer({"cut": found}, [f"{counted(found, 'PC')} cut off."])
    return 0


@desk.command
def phone(person: str, number: Hyphens = None) -> int:
    """Set the telephone number that the call ladder shows for a person; without one, take it away.

    Parameters
    ----------
    person
        Somebody on the ladder: director, custodian, designee or counsel.
    number
        Such as "303 555 0117".
    """
    from ledger.web.branches import Settings, change

    s = session()
    s.check_administers()
    if s.register.office().office.key_of(person) is None:
        raise BadRequest(f"Nobody called {person} is enrolled. See: disclosure-ledger person list")

    def put(settings: Settings) -> tuple[Settings, None]:
        rest = {name: one for name, one in settings.telephones.items() if name != person}
        return replace(
            settings, telephones=rest if number is None else {**rest, person: number}
        ), None

    try:
        change(s.home_path, put)
    except msgspec.ValidationError:
        raise BadRequest("Write the number with digits, spaces and ( ) + . - only.") from None
    gone = f"No number is shown for {person}."
    s.answer({"person": person, "number": number}, [f"{person}: {number}" if number else gone])
    return 0


@desk.command
def here(branch: str | None = None) -> int:
    """Say at which branch this machine itself stands; without one, at none.

    Parameters
    ----------
    branch
        The branch, such as naturita.
    """
    from ledger.web.branches import change

    s = session()
    s.check_administers()
    name = None if branch is None else _branch(branch)
    change(s.home_path, lambda settings: (replace(settings, here=name), None))
    s.answer({"here": name}, [f"This machine stands at: {name or 'no branch'}"])
    return 0


@desk.command
def words() -> int:
    """Show the words that the desk page tells staff to say now, and the digest by which a visit
    names them.
    """
    from ledger.web.desk.script import script
    from ledger.web.words import LANGUAGES

    s = session()
    office = s.register.office().office
    on = local_date(s.now(), str(s.home.zone))
    law = s.home.law_of(office.law)
    shown = {one: script(law, on, one) for one in LANGUAGES}
    lines: list[str] = []
    for language, one in shown.items():
        lines += [f"{language}  {one.digest}", f"  {' '.join(one.say)}"]
        lines += [f"    {row.id}: {row.citation}" for row in one.sources]
    told = {str(name): {"digest": one.digest, "say": one.say} for name, one in shown.items()}
    s.answer(told, lines)
    return 0


def _branch(name: str) -> str:
    try:
        return check_branch(name)
    except Malformed:
        raise BadRequest(
            "A branch is written in small letters, digits, dots, hyphens and underscores."
        ) from None
