"""The freeze: a brake on the log, for the hour in which somebody may have its keys.

A file of its own, written durably: while it is there nothing is signed, whatever process runs, and
a file that cannot be read brakes as well. It is released by two people, who announce new keys
(`succession`); nothing else removes it. The outside checkpoint that those keys start from is kept
in it, so that the announcement cannot name another.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from keys.destroy import remove
from keys.files import write_private
from ledger.errors import BadRequest, Unavailable
from ledger.evidence.grammar import format_instant
from ledger.home import OpenHome

_UNREADABLE = "The file that says so cannot be read."


@dataclass(frozen=True, slots=True)
class Freeze:
    """Why and since when nothing is signed; `accepted` is the outside checkpoint, once brought."""

    id: str
    since: str
    reason: str
    accepted: bytes | None = None

    @property
    def sentence(self) -> str:
        """What whoever asks for a tick is told."""
        return (
            f"The log is frozen since {self.since} and signs nothing: {self.reason}. Records are"
            " kept and published later. Two people release it with new keys: see the runbook"
            " stolen-log-key."
        )


def frozen(home: OpenHome) -> Freeze | None:
    """The freeze in force, if there is one. A damaged one is in force too."""
    path = _path(home)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        accepted = None if raw["accepted"] is None else str(raw["accepted"]).encode()
        return Freeze(str(raw["id"]), str(raw["since"]), str(raw["reason"]), accepted)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Freeze("", "an unknown time", _UNREADABLE)


def freeze(home: OpenHome, reason: str, at: datetime) -> Freeze:
    """Brake. Whoever freezes a frozen log changes nothing; gives the freeze in force.

    Raises:
        BadRequest: no reason, or a very long one.
        Unavailable: it cannot be written; then the machine must be stopped.
    """
    standing = frozen(home)
    if standing is not None:
        return standing
    words = " ".join(reason.split())
    if not 1 <= len(words) <= 300:
        raise BadRequest("Say in one sentence why, such as: the office computer was stolen.")
    made = Freeze(os.urandom(16).hex(), format_instant(at), words.rstrip("."))
    _keep(home, made)
    return made


def keep_accepted(home: OpenHome, standing: Freeze, note: bytes) -> None:
    """Keep the outside checkpoint from which new keys will start."""
    _keep(home, replace(standing, accepted=note))


def release(home: OpenHome) -> None:
    """Take the brake off: new keys are in force. Idempotent."""
    remove(_path(home))


def _keep(home: OpenHome, standing: Freeze) -> None:
    data = {
        "id": standing.id,
        "since": standing.since,
        "reason": standing.reason,
        "accepted": None if standing.accepted is None else standing.accepted.decode(),
    }
    try:
        write_private(_path(home), json.dumps(data).encode())
    except OSError as error:
        raise Unavailable(
            "The freeze cannot be written. Switch the machine off, so that nothing is signed."
        ) from error


def _path(home: OpenHome) -> Path:
    return home.path / "log.frozen"
