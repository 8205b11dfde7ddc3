"""Commands on trust files: what a verifier must hold, and new ones that know or ask more."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from keys.files import write_private
from ledger.cli.app import session
from ledger.errors import BadRequest

trust = App(name="trust", help="Trust files: show this ledger's; renew or extend one.")
LARGEST = 4 * 1024 * 1024


@trust.command
def show() -> int:
    """Show what whoever checks this ledger must hold."""
    from ledger.trusting import BELONGS, home_trust

    s = session()
    known, members = home_trust(s.home)
    lines = [
        f"ledger: {known.origin}",
        f"fingerprint: {known.founded.hex()}",
        *(f"signs: {one.name}+{one.key_id.hex()}" for one in known.log),
        *(f"signed receipts: {one.name}+{one.key_id.hex()}" for one in known.receipt),
        *(
            f"retired at size {one.size}: {one.vkey.name}+{one.vkey.key_id.hex()}"
            for one in known.retired
        ),
        "",
        BELONGS,
    ]
    s.answer({"trust": members}, lines)
    return 0


@trust.command
def renew(new: Path, *, trust: Path) -> int:
    """Make a new trust file out of one that you hold, after checking the log and the office.

    Parameters
    ----------
    new
        Where to write the new file; nothing may be there yet.
    trust
        The trust file that you hold. It comes from elsewhere, not from the ledger's folder.
    """
    from ledger.trusting import BELONGS
    from ledger.trusting import renew as renewed

    s = session()
    made = renewed(s.home, _read(trust, "The old trust file cannot be read."))
    _write(new, made.data)
    lines = [
        f"Checked with the keys of your old file up to size {made.vouched}, and with the new ones"
        " to the end.",
        "The keys have changed." if made.changed else "The keys are the same as in your old file.",
        BELONGS,
    ]
    s.answer({"changed": made.changed, "vouched": made.vouched, "file": str(new)}, lines)
    return 0


@trust.command
def extend(
    new: Path, *, trust: Path, witnesses: Path | None = None, authority: tuple[Path, ...] = ()
) -> int:
    """Make a trust file that also asks for witnesses or time stamps. Whoever checks decides that.

    Parameters
    ----------
    new
        Where to write the new file; nothing may be there yet.
    trust
        The trust file that you hold.
    witnesses
        A tlog-policy file: its witnesses, and how many of them must have signed.
    authority
        The root certificate (PEM) of a time-stamp authority; may be repeated.
    """
    from ledger.trusting import extend as extended

    s = session()
    if witnesses is None and not authority:
        raise BadRequest("Say what it shall ask for: --witnesses POLICY or --authority PEM")
    policy = None if witnesses is None else _read(witnesses, "The policy cannot be read.")
    roots = [_read(one, "The certificate cannot be read.") for one in authority]
    made = extended(_read(trust, "The trust file cannot be read."), policy, roots)
    _write(new, made)
    s.answer({"file": str(new)}, [f"{new} asks for them from now on."])
    return 0


def _read(path: Path, sentence: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise BadRequest(sentence) from error


def _write(path: Path, data: bytes) -> None:
    try:
        write_private(path, data, replace=False)
    except OSError as error:
        raise BadRequest(f"{path} cannot be written, or is there already.") from error
