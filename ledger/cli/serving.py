"""The command that serves pages and programs over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from keys.keyring import is_throw_away
from ledger.cli.app import session
from ledger.cli.session import THROW_AWAY, Session, passphrase
from ledger.errors import BadRequest


def serve(
    *,
    desk: str = "127.0.0.1:8410",
    room: str = "127.0.0.1:8411",
    desk_person: str | None = None,
    name: str | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    only: Literal["desk", "room"] | None = None,
) -> int:
    """Serve the desk's pages and the room's, in two programs, until this one is ended.

    Parameters
    ----------
    desk
        Where the desk's program listens: visits, staff, other programs. It cannot open the vault.
    room
        Where the room's program listens: who decides, who advises, who was told of a sealed matter.
    desk_person
        The desk whose keyring signs what is saved without signing in. Its passphrase is asked for.
    name
        The name under which browsers of other machines know this one, as its certificate has it.
    tls_cert
        The certificate, and those above it.
    tls_key
        The certificate's key.
    only
        Serve one of the two, where the other is served by a process of its own.
    """
    from ledger.web.serving import Programs, Tls, end_on_signals, listen, origin_at
    from ledger.web.site import Side

    s = session()
    given = (name, tls_cert, tls_key)
    tls = None if None in given else Tls(name or "", tls_cert or Path(), tls_key or Path())
    if tls is None and any(one is not None for one in given):
        raise BadRequest("--name, --tls-cert and --tls-key belong together: name all three.")
    if only == "room" and desk_person is not None:
        raise BadRequest("The room signs nothing for a desk. Leave out --desk-person.")
    keyring = None if desk_person is None else _keyring_of(s, desk_person)
    places: dict[Side, str] = {"desk": desk, "room": room}
    at = {side: listen(place, tls) for side, place in places.items() if only in (side, None)}
    elsewhere = {side: origin_at(place, tls) for side, place in places.items() if side not in at}
    origins = {side: one.origin for side, one in at.items()}
    programs = Programs(s.home_path.resolve(), at, tls, keyring, elsewhere=elsewhere)
    end_on_signals(programs)
    with programs.run():
        s.answer({"serving": origins}, [*map(_line, origins.items()), "End it with Ctrl-C."])
        s.close()
        programs.look_after()
    return 0


def _keyring_of(s: Session, desk: str) -> tuple[Path, bytes]:
    """Where a desk's keyring lies, and its passphrase, which is asked for.

    Raises:
        BadRequest: it does not lie here.
    """
    path = s.home.keyring_path(desk)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadRequest(f"There is no keyring of {desk} on this machine.") from error
    if is_throw_away(data):
        return path, THROW_AWAY
    return path, passphrase(f"Passphrase of {desk}: ", s.passphrase_fd)


def _line(served: tuple[str, str]) -> str:
    side, origin = served
    if side == "desk":
        return f"The desk:  {origin}/desk"
    return f"The room:  {origin}/  (who decides or advises signs in here)"
