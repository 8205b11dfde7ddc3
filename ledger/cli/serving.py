"""The command that serves pages and programs over HTTP."""

from __future__ import annotations

from pathlib import Path

from ledger.cli.app import session
from ledger.cli.session import THROW_AWAY, passphrase
from ledger.errors import BadRequest


def serve(
    *,
    desk: str = "127.0.0.1:8410",
    room: str = "127.0.0.1:8411",
    desk_person: str | None = None,
    name: str | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
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
    """
    from keys.keyring import is_throw_away
    from ledger.web.serving import Listening, Programs, Tls, end_on_signals, listen
    from ledger.web.site import Side

    s = session()
    given = (name, tls_cert, tls_key)
    tls = None if None in given else Tls(name or "", tls_cert or Path(), tls_key or Path())
    if tls is None and any(one is not None for one in given):
        raise BadRequest("--name, --tls-cert and --tls-key belong together: name all three.")
    keyring = None
    if desk_person is not None:
        path = s.home.keyring_path(desk_person)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadRequest(f"There is no keyring of {desk_person} on this machine.") from error
        word = THROW_AWAY
        if not is_throw_away(data):
            word = passphrase(f"Passphrase of {desk_person}: ", s.passphrase_fd)
        keyring = (path, word)
    at: dict[Side, Listening] = {"desk": listen(desk, tls), "room": listen(room, tls)}
    programs = Programs(s.home_path.resolve(), at, tls, keyring)
    end_on_signals(programs)
    with programs.run():
        origins = {side: one.origin for side, one in at.items()}
        lines = [
            f"The desk:  {origins['desk']}/desk",
            f"The room:  {origins['room']}/  (who decides or advises signs in here)",
            "End it with Ctrl-C.",
        ]
        s.answer({"serving": origins}, lines)
        s.close()
        programs.look_after()
    return 0
