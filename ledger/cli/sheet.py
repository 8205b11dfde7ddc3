"""The recovery sheet: one page of plain text for each holder of a recovery code.

It is printed and then exists on paper only. The code stands apart at the end, so that it can be cut
off and put into an envelope of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from keys.capsules import Capsule, check_holders, new_code, seal_capsules
from keys.files import write_private
from keys.recovery import RecoveryIdentity
from ledger.errors import BadRequest, Unavailable
from ledger.founding import Recovery

RULE = "-" * 72


@dataclass(frozen=True, slots=True, repr=False)
class Drawn:
    """A new recovery identity's public key, and what goes on paper. Never printed whole."""

    recovery: Recovery
    codes: Mapping[str, str]
    capsules: tuple[Capsule, ...]

    def sheets(self, origin: str, fingerprint: str, at: datetime) -> dict[str, str]:
        """Each holder's sheet by the holder's name. Pure."""
        return {one: self._sheet(one, origin, fingerprint, at) for one in self.codes}

    def _sheet(self, holder: str, origin: str, fingerprint: str, at: datetime) -> str:
        recovery = self.recovery
        others = ", ".join(one for one in self.codes if one != holder)
        capsules = "\n\n".join(one.text() for one in self.capsules if holder in one.holders)
        return _SHEET.format(
            rule=RULE,
            holder=holder,
            others=others,
            origin=origin,
            day=at.date().isoformat(),
            fingerprint=grouped(fingerprint),
            key=recovery.key.digest.hex()[:16],
            needed=recovery.needed,
            holders=recovery.holders,
            capsules=capsules,
            code=self.codes[holder],
        )


def draw(holders: Sequence[str], needed: int) -> Drawn:
    """Draw a new recovery identity and put it into capsules; the identity itself is forgotten.

    This takes about a second for each layer of each capsule: six for two of three holders.

    Raises:
        RecoveryRefused: these holders cannot hold a recovery.
    """
    check_holders(holders, needed)
    identity = RecoveryIdentity.draw()
    codes = {holder: new_code() for holder in holders}
    capsules = seal_capsules(identity, codes, needed)
    return Drawn(Recovery(identity.public, len(codes), needed), codes, capsules)


def hand_out(sheets: Mapping[str, str], directory: Path | None) -> tuple[Path, ...]:
    """Print the sheets, or write them into a directory for the person to print and delete.

    Raises:
        BadRequest: a sheet of that name is there already, or the directory cannot be written.
        Unavailable: what is printed goes nowhere.
    """
    if directory is not None:
        return _written(sheets, directory)
    try:
        if sys.stdout is None or sys.stdout.closed:
            raise OSError
        for text in sheets.values():
            print(text)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        raise Unavailable("The recovery sheets could not be printed. Nothing was kept.") from error
    return ()


def check_directory(directory: Path | None, home: Path) -> None:
    """See that sheets would not come to lie in the ledger's own folder, and backups.

    Raises:
        BadRequest: they would.
    """
    if directory is not None and directory.resolve().is_relative_to(home.resolve()):
        raise BadRequest("The recovery sheets must not lie in the ledger's folder. Name another.")


def grouped(digest: str) -> str:
    """A digest of 64 hex as people compare it: four lines of four groups. Pure."""
    groups = [digest[start : start + 4] for start in range(0, len(digest), 4)]
    lines = [" ".join(groups[start : start + 4]) for start in range(0, len(groups), 4)]
    return "\n".join(f"    {line}" for line in lines)


def _written(sheets: Mapping[str, str], directory: Path) -> tuple[Path, ...]:
    done: list[Path] = []
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for holder, text in sheets.items():
            path = directory / f"recovery-sheet-{holder}.txt"
            write_private(path, text.encode(), replace=False)
            done.append(path)
    except OSError as error:
        withdraw(done)
        raise BadRequest(
            f"The recovery sheets could not be written to {directory}, or lie there already."
        ) from error
    return tuple(done)


def withdraw(written: Sequence[Path]) -> None:
    """Take back sheets of a founding that was refused; what is gone already is no matter."""
    for path in written:
        with suppress(OSError):
            os.unlink(path)


_SHEET = """\
{rule}
RECOVERY SHEET OF {holder}

Ledger:       {origin}
Made on:      {day}
Held also by: {others}
Any {needed} of the {holders} holders together can recover what this library keeps sealed.
One alone can recover nothing. Nobody can sign in another's name with this.

Fingerprint of the ledger (compare it with the board's minutes):
{fingerprint}
Recovery key: {key}

WHAT TO DO NOW
  1. Print this page. Delete the file, and clear the screen it was shown on.
  2. Cut off the code at the end. Seal it in an envelope, sign across the flap,
     and keep it apart from this sheet: not in the library, and never on a computer.
  3. Once a year try it: disclosure-ledger --as NAME recovery drill

WHEN SOMEBODY LOST THEIR PASSPHRASE, or left and took it with them
  Read ops/runbooks/recovery.md. In short: one person runs recovery propose, another
  recovery assent; then {needed} holders come together with their sheets and codes, and the
  person who is to be let in runs: disclosure-ledger --as NAME recovery use
  With the ledger gone, the program “age” opens a capsule: age -d, code after code, in
  the order of the names. What comes out is 32 bytes.

YOUR CAPSULES
{capsules}

{rule} cut here
Code of {holder} for {origin}, made on {day}:

    {code}

Letters and digits only; 0 is zero, 1 is one. Tell it to nobody before the day.
{rule}
"""
