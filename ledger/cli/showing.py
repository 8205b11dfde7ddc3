"""The demonstration's ledger served to browsers, by its own clock, until somebody ends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ledger.cli.session import now
from ledger.errors import Unavailable
from ledger.scenario.file import DESK, Person
from ledger.scenario.stage import THROW_AWAY, Stage

if TYPE_CHECKING:
    from ledger.web.serving import Listening

FRONT = Person(name="front", roles=(DESK,))
"""The desk's principal, which signs what is saved without signing in."""
DESK_PORT, ROOM_PORT = 8410, 8411


def show(stage: Stage, say: Callable[[str], None]) -> None:
    """Serve the ledger of a stage, whose keyrings were kept, until a signal ends this program."""
    from ledger.web.serving import Programs, end_on_signals

    desk, room = _listening(DESK_PORT), _listening(ROOM_PORT)
    keyring = (stage.home.keyring_path(FRONT.name), THROW_AWAY)
    programs = Programs(
        stage.home.path.resolve(),
        {"desk": desk, "room": room},
        desk=keyring,
        ahead=stage.clock() - now(),
    )
    end_on_signals(programs)
    with programs.run():
        for line in _told(stage, desk.origin, room.origin):
            say(line)
        programs.look_after()


def _listening(port: int) -> Listening:
    """Listen at a port of this machine; where it is taken, at any that is free."""
    from ledger.web.serving import listen

    try:
        return listen(f"127.0.0.1:{port}", None)
    except Unavailable:
        return listen("127.0.0.1:0", None)


def _told(stage: Stage, desk: str, room: str) -> list[str]:
    """What somebody needs to look around: addresses, names and the passphrase."""
    at = stage.clock().astimezone(stage.home.zone)
    passphrase = THROW_AWAY.decode()
    return [
        "",
        f"Now look at it in a browser. Everybody’s passphrase is: {passphrase}",
        f"  The desk:  {desk}/desk    log a visit there; nobody signs in for that",
        f"             {desk}/sign-in    {_people(stage, cleared=False)}",
        f"  The room:  {room}/sign-in    {_people(stage, cleared=True)}",
        f"Its clock goes on from the end of its stories, {at:%Y-%m-%d %H:%M}.",
        "End it with Ctrl-C.",
    ]


def _people(stage: Stage, *, cleared: bool) -> str:
    """Who signs in on one of the two sides, each with their roles."""
    from ledger.register.handle import CLEARED_ROLES

    office = stage.office
    names = [name for name in sorted(stage.keyrings) if name != FRONT.name]
    told = [
        f"{name} ({', '.join(sorted(office.roles_of(name)))})"
        for name in names
        if office.roles_of(name) and bool(CLEARED_ROLES & office.roles_of(name)) is cleared
    ]
    return ", ".join(told)
