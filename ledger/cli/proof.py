"""Commands that make evidence: the timer's tick, and exports. Checking it is `verifying`.

Exporter and sequencer are imported by the command that needs them, so that looking at the log
starts as quickly as anything else.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from ledger.cli.app import session
from ledger.cli.session import Session
from ledger.counted import counted
from ledger.errors import (
    BadRequest,
    EvidenceCorrupt,
    LedgerError,
    NotFound,
    Unavailable,
)
from ledger.evidence.grammar import Malformed, format_instant, parse_position

if TYPE_CHECKING:
    from ledger.export.container import Reveal
    from ledger.export.part import Exported
    from ledger.register.reading import CaseFile, Stream

export = App(name="export", help="Evidence for people who check it offline.")
LARGEST_CHECKPOINT = 512 * 1024
LARGEST_TRUST = 4 * 1024 * 1024
ALL = "all"
"""Stands for every personal field."""
OFFICE = "office"
SEALED = "This matter is sealed: whoever sees what was written learns that it exists."


def tick() -> int:
    """Publish the ticks that are due, ask witnesses and authority, send webhooks. A timer calls
    this; nothing happens when nothing is due.
    """
    from ledger.cli.timestamps import ask_authority
    from ledger.cli.webhooking import send_at_tick
    from ledger.cli.witnesses import ask_witnesses
    from ledger.guarding import renew_tonight
    from ledger.logs import logger
    from ledger.register.eraser import finish
    from ledger.sequencer.ticks import Sequencer

    s = session()
    sequencer = Sequencer(s.vault_home, s.register.office().office.attesters())
    done = sequencer.run(s.now())
    is_whole = sequencer.is_whole
    try:
        # What two people decided to erase, and a crash or a busy file left undone, ends here.
        finish(s.vault_home, s.register.office(), None, s.now())
    except (EvidenceCorrupt, Unavailable):
        is_whole = False
    for one in done:
        logger().info("tick-published", tick=one.tick, size=one.size)
    if not is_whole:
        # Which store it is stands nowhere: `store check` tells the administrator.
        logger().error("store-unread")
    following = s.home.logbook.last_tick() + 1
    due = format_instant(s.home.schedule.due(following))
    lines = [f"Published tick {one.tick}: {counted(one.size, 'entry')}." for one in done]
    lines.append(f"Tick {following} is due at {due}.")
    s.answer({"published": [one.tick for one in done], "next": following, "due": due}, lines)
    try:
        renew_tonight(s.home, s.register.reader(None), s.now)
    except LedgerError as error:
        s.say(f"The guard's list was not renewed. {error}")
    for whom, ask in (("Witnesses were", ask_witnesses), ("The authority was", ask_authority)):
        try:
            _, told = ask(s)
            for line in told:
                s.say(line)
        except LedgerError as error:
            s.say(f"{whom} not asked to the end. {error}")
    # Last of all, so that no receiver holds up the log; what fails here goes again at a later tick.
    try:
        send_at_tick(s)
    except LedgerError as error:
        s.say(f"Webhooks were not sent. {error}")
    return 0


Fields = Annotated[tuple[str, ...], Parameter(name="--reveal", negative="")]
Yes = Annotated[bool, Parameter(negative="")]
Holder = Annotated[
    str | None,
    Parameter(help="Who gets this copy: it is entered in the register of copies. See: copy list"),
]
Until = Annotated[
    date | None,
    Parameter(help="The day by which the copy is destroyed; else the house's rule: a year."),
]


@export.command(name="ledger")
def export_all(
    folder: Path,
    *,
    openings: Path | None = None,
    reveal: Fields = (),
    documents: Yes = False,
    holder: Holder = None,
    until: Until = None,
) -> int:
    """Export the log, the office and the open cases; and apart from it what only you may see.

    Parameters
    ----------
    folder
        An empty folder for the pack. It shows nothing of sealed matters and may be passed on.
    openings
        Another empty folder, for records of sealed matters that you may see, and for covers. It is
        for your eyes only.
    reveal
        Lay open this personal field; may be repeated, or `all`. Everything else stays closed.
    documents
        With --reveal document: put in the files that are attached, so that copies can be compared.
    """
    from ledger.cli.packing import write_pack

    s = session()
    opened = _reveal(reveal, documents)
    terms = (holder, until, reveal)
    data, lines = write_pack(s, folder, openings, reveal=opened, documents=documents, terms=terms)
    s.answer(data, lines)
    return 0


@export.command(name="case")
def export_case(
    reference: str,
    pack: Path,
    *,
    reveal: Fields = (),
    documents: Yes = False,
    pinned: Path | None = None,
    holder: Holder = None,
    until: Until = None,
) -> int:
    """Export one case, whole, for somebody who checks it without us. What counsel advised is not in
    it.

    Parameters
    ----------
    reference
        The case's reference.
    pack
        An empty folder, or a file that is not there yet and ends in .zip.
    reveal
        Lay open this personal field; may be repeated, or `all`. Everything else stays closed.
    documents
        With --reveal document: put in the files that are attached, so that copies can be compared.
    pinned
        A checkpoint, or the line of a card, that the receiver holds: the proof from it goes in.
    """
    from ledger.cli.copies import entering
    from ledger.export import part

    s = session()
    opened, held = _reveal(reveal, documents), _held(s, pinned)
    reader = s.reader("export")
    file = reader.case(reference)
    parts = (s.home, reader.office_stream(), file.streams, pack)
    leaving = entering(s, "case", holder, until, reveal, file)
    done = part.export_case(
        *parts, reveal=opened, documents=documents, pinned=held, leaving=leaving
    )
    _answer_part(s, done, is_sealed=file.sealed)
    return 0


@export.command(name="event")
def export_event(
    reference: str,
    record: str,
    pack: Path,
    *,
    reveal: Fields = (),
    documents: Yes = False,
    pinned: Path | None = None,
    holder: Holder = None,
    until: Until = None,
) -> int:
    """Export one record of a case, with what its signer acted under.

    Parameters
    ----------
    reference
        The case's reference, or `office`.
    record
        The record (stream:seq); see: case show
    pack
        An empty folder, or a file that is not there yet and ends in .zip.
    reveal
        Lay open this personal field; may be repeated, or `all`. Everything else stays closed.
    documents
        With --reveal document: put in the file that is attached, so that copies can be compared.
    pinned
        A checkpoint, or the line of a card, that the receiver holds: the proof from it goes in.
    """
    from ledger.cli.copies import entering
    from ledger.export import part
    from ledger.export.container import to_nobody

    s = session()
    opened, held = _reveal(reveal, documents), _held(s, pinned)
    office, streams, place, file = _record(s, reference, record)
    parts = (s.home, office, streams, place, pack)
    # The office is nobody's matter: it is shown to everybody, and never erased.
    leaving = to_nobody if file is None else entering(s, "event", holder, until, reveal, file)
    done = part.export_event(
        *parts, reveal=opened, documents=documents, pinned=held, leaving=leaving
    )
    _answer_part(s, done, is_sealed=file is not None and file.sealed)
    return 0


@export.command(name="proof")
def export_proof(reference: str, record: str, file: Path) -> int:
    """Export the place of one record in the published log, as a C2SP tlog-proof. The record itself
    is not in it.

    Parameters
    ----------
    reference
        The case's reference, or `office`.
    record
        The record (stream:seq); see: case show
    file
        A file that is not there yet and ends in .tlog-proof.
    """
    from ledger.export import prove

    s = session()
    _, streams, place, case = _record(s, reference, record)
    (stream,) = (one for one in streams if one.id == place[0])
    entry = prove.export_proof(s.home, stream, place[1], file).hex()
    lines = [f"The log holds this record as the entry {entry}."]
    if case is not None and case.sealed:
        lines.append(SEALED)
    s.answer({"entry": entry}, lines)
    return 0


@export.command(name="certificate")
def export_certificate(pack: Path, folder: Path, *, trust: Path | None = None) -> int:
    """Draft the certificate that goes to a court with a pack, after checking the pack twice. Who
    signs, and what only the signer knows, is left blank.

    Parameters
    ----------
    pack
        An evidence pack: a folder or a .zip.
    folder
        A folder that is not there yet, for the page to print and the two transcripts.
    trust
        A trust file from elsewhere; without it, the one in the ledger's own folder, which proves
        less, and the page says so.
    """
    from ledger.export.certificate import PAGE, draw_up

    s = session()
    done = draw_up(pack, trusted(s, trust), folder, s.now(), brought=trust is not None)
    data = {"sha256": done.sha256.hex(), "size": done.checkpoint.size}
    lines = [f"A draft for counsel: {folder / PAGE}. Two verifiers accept the pack."]
    lines.append(f"SHA-256 of its manifest: {done.sha256.hex()}")
    s.answer(data, lines)
    return 0


def _record(
    s: Session, reference: str, record: str
) -> tuple[Stream, tuple[Stream, ...], tuple[bytes, int], CaseFile | None]:
    """Find a record by its case, or in the office: the office, the streams among which it is, its
    place, and the case.

    Raises:
        BadRequest: it is not named as records are.
        NotFound: nothing of that reference, or no stream of it, is open to this person.
    """
    try:
        place = parse_position(record)
    except Malformed as error:
        raise BadRequest("Name the record as stream:seq. See: case show") from error
    reader = s.reader("export")
    office = reader.office_stream()
    file = None if reference == OFFICE else reader.case(reference)
    streams = (office,) if file is None else file.streams
    if all(one.id != place[0] for one in streams):
        raise NotFound
    return office, streams, place, file


def _reveal(fields: tuple[str, ...], documents: bool) -> Reveal:
    """What is to be laid open. Raises: BadRequest."""
    from ledger.export.container import DOCUMENT
    from ledger.export.part import check_fields

    reveal: Reveal = True if ALL in fields else frozenset(fields)
    check_fields(reveal)
    if documents and reveal is not True and DOCUMENT not in fields:
        raise BadRequest("A document is a personal value: export it with --reveal document.")
    return reveal


def _held(s: Session, pinned: Path | None) -> int:
    """The size of the checkpoint that a receiver holds, 0 for none.

    Raises:
        BadRequest: it is none of this ledger.
        EvidenceCorrupt: this ledger is shorter.
    """
    from ledger.trusting import check_reached, home_trust

    if pinned is None:
        return 0
    try:
        with pinned.open("rb") as file:
            kept = file.read(LARGEST_CHECKPOINT)
        size = home_trust(s.home)[0].pinning(kept).pinned[-1].size
    except (OSError, Malformed) as error:
        raise BadRequest("The pinned checkpoint cannot be read, or is none of this log.") from error
    check_reached(s.home, (s.home.path / "trust.json").read_bytes(), kept)
    return size


def _answer_part(s: Session, done: Exported, *, is_sealed: bool) -> None:
    lines = [f"The pack holds {counted(done.records, 'record')}, those of the office among them."]
    if done.waiting:
        lines.append(f"Not published yet, and left out: {counted(done.waiting, 'record')}.")
    if is_sealed:
        lines.append(SEALED)
    lines.append(f"SHA-256 of its manifest, for your letter: {done.sha256.hex()}")
    data = {
        "scope": done.scope,
        "subject": list(done.subject),
        "records": done.records,
        "waiting": done.waiting,
        "sha256": done.sha256.hex(),
    }
    s.answer(data, lines)


def trusted(s: Session, trust: Path | None) -> bytes:
    """Give the trust file that was named, or the ledger's own. Raises: BadRequest."""
    if trust is None:
        s.say(
            "Trusting the ledger's own folder. Hold a copy of trust.json elsewhere and use --trust."
        )
    return read_file(
        trust or s.home.path / "trust.json", LARGEST_TRUST, "The trust file cannot be read."
    )


def read_file(path: Path, limit: int, sentence: str) -> bytes:
    """Give so many bytes of a file at most. Raises: BadRequest, with this sentence."""
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise BadRequest(sentence) from error
