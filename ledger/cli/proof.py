"""Commands on evidence: the timer's tick, the log, and verification.

Verifier, exporter and sequencer are imported by the command that needs them, so that looking at the
log starts as quickly as anything else.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ledger.cli.app import session
from ledger.errors import BadRequest, NotFound
from ledger.evidence.grammar import format_instant
from ledger.register.writing import Writer

log = App(name="log", help="The published log.")


def tick() -> int:
    """Publish the ticks that are due. A timer calls this; nothing happens when none is due."""
    from ledger.logs import logger
    from ledger.sequencer.ticks import Sequencer

    s = session()
    done = Sequencer(s.home, s.register.office().office.attesters()).run(s.now())
    for one in done:
        logger().info("tick-published", tick=one.tick, size=one.size)
    following = s.home.logbook.last_tick() + 1
    due = format_instant(s.home.schedule.due(following))
    lines = [f"Published tick {one.tick}: {one.size} entries." for one in done]
    lines.append(f"Tick {following} is due at {due}.")
    s.answer({"published": [one.tick for one in done], "next": following, "due": due}, lines)
    return 0


def verify(
    *,
    keep: Path | None = None,
    trust: Path | None = None,
    reveal: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Export what you may see, and check it with the offline verifier.

    Parameters
    ----------
    keep
        Keep the evidence pack in this empty folder.
    trust
        A trust file from elsewhere; without it, the one in the ledger's own folder, which proves
        less.
    reveal
        Lay open personal values too, so that their digests are checked.
    """
    from ledger.export import export_ledger
    from ledger.verify import verify as check

    s = session()
    if trust is None:
        s.say(
            "Trusting the ledger's own folder. Hold a copy of trust.json elsewhere and use --trust."
        )
    try:
        trusted = (trust or s.home.path / "trust.json").read_bytes()
    except OSError as error:
        raise BadRequest("The trust file cannot be read.") from error
    with tempfile.TemporaryDirectory(prefix="ledger-pack-") as scratch:
        target = keep or Path(scratch) / "pack"
        export_ledger(s.home, s.reader(), target, reveal=reveal)
        report = check(target, trusted)
    print(report.json() if s.as_json else report.text(), end="")
    return report.exit_code


@log.command
def show() -> int:
    """Show the newest checkpoint, and when the next tick is due."""
    s = session()
    following = s.home.logbook.last_tick() + 1
    data = {
        "origin": s.home.origin,
        "size": s.home.logbook.size(),
        "fingerprint": s.home.fingerprint,
        "next_tick": following,
        "next_due": format_instant(s.home.schedule.due(following)),
    }
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in data.items()]
    newest = s.home.log_directory / "checkpoint"
    if newest.exists():
        lines += ["", newest.read_text()]
    s.answer(data, lines)
    return 0


@log.command
def receipt(ref: str) -> int:
    """Print the signed receipt of a record that is open to you.

    Parameters
    ----------
    ref
        The record's place, stream:seq.
    """
    s = session()
    stream_hex, _, seq = ref.partition(":")
    try:
        stream, number = bytes.fromhex(stream_hex), int(seq)
    except ValueError:
        raise BadRequest("A record is named as stream:seq, as histories show it.") from None
    if len(stream) != 16:
        raise BadRequest("A record is named as stream:seq, as histories show it.")
    found = s.reader().stream(stream)
    opened = next((one for one in found.unsealed if one.record.seq == number), None)
    if opened is None:
        raise NotFound
    for store in (s.home.open, s.home.inbox, s.home.vault):
        note = Writer(s.home).receipt(store, ref, opened.record.type, opened.e.hex()).note
        if note is not None:
            s.answer({"ref": ref, "receipt": note}, [note])
            return 0
    s.answer({"ref": ref, "receipt": None}, ["Its receipt follows; the record itself is durable."])
    return 0
