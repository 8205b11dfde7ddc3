"""Commands on the published log: what stands in it, its receipts, its keys, and the brake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from ledger.cli.app import session
from ledger.cli.session import Session
from ledger.errors import BadRequest, NotFound
from ledger.evidence.grammar import format_instant
from ledger.register.writing import Writer

if TYPE_CHECKING:
    from ledger.evidence.schedule import Epoch
    from ledger.sequencer.epochs import State

log = App(name="log", help="The published log: show it, its receipts, its keys; stop it.")
LARGEST_CHECKPOINT = 512 * 1024
STATES: Mapping[State, str] = {
    "agreed": "agreed, and published with the next tick",
    "due": "agreed, and published with the next tick",
    "lapsed": "came to nothing, too late. Announce them anew",
}


@log.command
def show() -> int:
    """Show the newest checkpoint, and when the next tick is due."""
    from ledger.sequencer.freeze import frozen

    s = session()
    following = s.home.logbook.last_tick() + 1
    keys, standing = s.home.log_key_set, frozen(s.home)
    data: dict[str, object] = {
        "origin": s.home.origin,
        "size": s.home.logbook.size(),
        "fingerprint": s.home.fingerprint,
        "next_tick": following,
        "next_due": format_instant(s.home.schedule.due(following)),
        "frozen": None if standing is None else standing.reason,
        "roll_over": keys.previous is not None,
    }
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in data.items()]
    if standing is not None:
        lines += ["", standing.sentence]
    if keys.previous is not None:
        lines += [
            "",
            "Old and new keys sign. When all have new trust files: log roll-over --finish",
        ]
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
    stores = s.vault_home.row_stores if s.register.sees_vault else (s.home.open, s.home.inbox)
    for store in stores:
        note = Writer(s.home).receipt(store, ref, opened.record.type, opened.e.hex()).note
        if note is not None:
            s.answer({"ref": ref, "receipt": note}, [note])
            return 0
    s.answer({"ref": ref, "receipt": None}, ["Its receipt follows; the record itself is durable."])
    return 0


@log.command(name="roll-over")
def roll_over(
    *,
    reason: Literal["rotation", "compromise"] = "rotation",
    finish: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Give the log new keys; a second person assents. Later, let the old ones go.

    Parameters
    ----------
    reason
        rotation, or compromise when somebody else may have the keys (freeze the log first).
    finish
        End a roll-over: the old keys are destroyed and sign nothing more.
    """
    from ledger.sequencer import announcing

    s = session()
    if finish:
        announcing.finish(s.home, s.register, s.keyring)
        s.answer({"finished": True}, ["The old keys are destroyed. Only the new ones sign."])
        return 0
    done = announcing.announce(s.home, s.register, s.keyring, reason)
    line = (
        "New keys are agreed. They sign once the second person's assent is published."
        if done.assented
        else "New keys are drawn and announced. A second person runs: disclosure-ledger --as … "
        "log assent"
    )
    s.answer({"announced": done.e, "assented": done.assented}, [line])
    return 0


@log.command
def assent() -> int:
    """Assent to the log's keys, or to its places, that another person announced.

    You say with it that you asked that person, and after a theft, that the checkpoint named is the
    one that somebody outside has kept.
    """
    from ledger.domain.log_events import EpochAnnounced, LogKeysAnnounced
    from ledger.register.acts import OFFICE, Act
    from ledger.sequencer.epochs import check_in_time, epoch_in

    s = session()
    me, done, lines = s.keyring.person, [], []
    for one in s.register.office().office.awaiting_assent:
        event = one.event
        if one.recorded_by == me or not isinstance(event, LogKeysAnnounced | EpochAnnounced):
            continue
        if isinstance(event, LogKeysAnnounced):
            line = (
                f"Assented to new keys of the log ({event.reason}), from the state of size"
                f" {event.trusted.size}. They sign once your assent is published."
            )
        else:
            check_in_time(s.home.schedule, event, s.now())
            line = f"Assented to these places of the log: {_said(s, epoch_in(event))}."
        s.register.handle(s.keyring, Act("assent", {"of": one.e}, OFFICE))
        done.append(one.e)
        lines.append(line)
    s.answer({"assented": done}, lines or ["Nothing waits for your assent."])
    return 0


@log.command
def places() -> int:
    """Show how many places each tick of the log has, since when, and what was announced."""
    from ledger.sequencer.epochs import Epochs, epoch_in, last_call, waiting

    s = session()
    office, now = s.register.office().office, s.now()
    schedule, epochs = s.home.schedule, Epochs(s.home, s.register.reader(None))
    rows = [_row(one, "published") for one in schedule.epochs]
    lines = [_said(s, one) for one in schedule.epochs]
    for one in office.epochs:
        epoch, state = epoch_in(one.event), epochs.state(one, now)
        if state != "published":
            rows.append(_row(epoch, state))
            lines.append(f"{_said(s, epoch)}: {STATES[state]}")
    for one in waiting(office):
        epoch = epoch_in(one.event)
        until = last_call(schedule, epoch)
        is_late = now >= until
        row = _row(epoch, "lapsed" if is_late else "waits")
        rows.append({**row, "by": one.recorded_by, "until": format_instant(until)})
        what = STATES["lapsed"] if is_late else f"to be assented to before {_day(s, until)}"
        lines.append(f"{_said(s, epoch)}: {what}")
    s.answer({"places": rows}, lines)
    return 0


@log.command(name="change-places")
def change_places(
    *,
    open_: Annotated[int | None, Parameter(name="--open")] = None,
    sealed: int | None = None,
    every: Literal["day", "hour"] | None = None,
    from_: Annotated[datetime | None, Parameter(name="--from")] = None,
) -> int:
    """Give the log more places, or fewer, from a later day on; a second person assents.

    Everybody sees the change and its day, for ever. Whatever is left out stays as it is.

    Parameters
    ----------
    open_
        Places of the open lane in each tick, from 4 to 4096.
    sealed
        Places of the sealed lane in each tick: for the desk, sealed matters and looks at them.
    every
        How often the log ticks.
    from_
        Not before this instant: 2026-09-01T00:00:00-06:00. Left out: in some forty days.
    """
    from ledger.founding import ONE_PC, SERVER
    from ledger.sequencer.epochs import Asked, announce

    s = session()
    if from_ is not None and from_.tzinfo is None:
        raise BadRequest("Give the time with its offset, such as 2026-09-01T00:00:00-06:00.")
    terms = {"day": ONE_PC, "hour": SERVER}.get(every or "")
    period, delay = (terms.period_seconds, terms.delay) if terms else (None, None)
    asked = Asked(open_, sealed, period, delay, from_)
    done = announce(s.home, s.register, s.keyring, asked, s.now())
    lines = [
        f"Announced: {_said(s, done.epoch)}.",
        f"A second person runs, before {_day(s, done.until)}: disclosure-ledger --as … log assent",
    ]
    until = format_instant(done.until)
    s.answer({"announced": done.e, **_row(done.epoch, "waits"), "until": until}, lines)
    return 0


def _row(epoch: Epoch, state: State) -> dict[str, object]:
    return {**asdict(epoch), "start": format_instant(epoch.start), "state": state}


def _said(s: Session, epoch: Epoch) -> str:
    from ledger.sequencer.epochs import places_of

    return f"{places_of(epoch)}, from {_day(s, epoch.start)}"


def _day(s: Session, instant: datetime) -> str:
    return f"{instant.astimezone(s.home.zone):%Y-%m-%d %H:%M}"


@log.command
def freeze(*, reason: str) -> int:
    """Stop signing at once, because somebody else may have the log's keys.

    Needs no passphrase. Records are kept meanwhile and published later.

    Parameters
    ----------
    reason
        One sentence, without any name of a patron.
    """
    from ledger.sequencer.freeze import freeze as brake

    s = session()
    standing = brake(s.home, reason, s.now())
    s.answer({"frozen": standing.reason, "since": standing.since}, [standing.sentence])
    return 0


@log.command
def accept(file: Path) -> int:
    """Take up a checkpoint of this log that somebody outside has kept.

    Parameters
    ----------
    file
        The file `checkpoint` of their copy of the published log.
    """
    from ledger.sequencer.acceptance import accept as take_up

    s = session()
    try:
        with file.open("rb") as opened:
            note = opened.read(LARGEST_CHECKPOINT)
    except OSError as error:
        raise BadRequest("The checkpoint cannot be read.") from error
    done = take_up(s.home, note, s.now())
    size = done.brought.size
    lines = [
        f"The checkpoint of size {size} is of this log; signing goes on from {done.goes_on_from}."
    ]
    if done.for_new_keys:
        lines.append("New keys will start from it: log roll-over --reason compromise")
    s.answer({"size": size, "goes_on_from": done.goes_on_from, "frozen": done.for_new_keys}, lines)
    return 0
