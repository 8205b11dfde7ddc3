"""The append: rows, their commitments and what goes with them, in one transaction (ADR 0003).

    see what the appends rest on ─► judge each ─► write all that hold, and commit

Appends that arrive while another one is written wait for it and then go together: one commit serves
them all, and each is judged as if those before it had been committed. What a transaction saw and
left is known to the next one; where anybody else wrote between the two, everything is asked anew
(ADR 0013). Rows, commitments, wraps and answers are opaque bytes here; this room holds no key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from ledger.errors import AppendConflict, CommandReused, OutcomeUnknown
from ledger.stores import lane
from ledger.stores.database import Asked, Batch, Cursor, Database, IntegrityError, Turn
from ledger.stores.documents import Part, write_parts
from ledger.stores.forward import bring_forward
from ledger.stores.keystore import PUT_WRAP, Wrap, wrap_values
from ledger.stores.lane import Admitted, Entry, Placed, Reference, Seen, Slots, Window
from ledger.stores.together import Together

TOPIC = "r"
"""The one value that the library's topic column ever has: a topic in clear would tell a type."""

INSERT_ROW = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)"
)
INSERT_COMMAND = "INSERT INTO commands VALUES (?,?,?)"
# Nothing is asked of a stream but what a condition needs, however long the stream is.
_ROWS_FROM = "SELECT originator_id, originator_version FROM stored_events WHERE "
_FROM = "(originator_id = ? AND originator_version >= ?)"
_REQUEST = "SELECT request FROM commands WHERE command = ?"
_TICKS = "SELECT stream, seq, tick FROM commitments WHERE "
_PLACE = "(stream = ? AND seq = ?)"
MOST_ASKED = 64
"""How many things one question asks at most: SQLite takes no expression deeper than 1,000."""
MOST_KNOWN = 10_000
"""How many streams and commitments are known from one transaction to the next at most."""
LAST_SEQ = "SELECT COALESCE(MAX(originator_version), 0) FROM stored_events WHERE originator_id = ?"


class Row(NamedTuple):
    """One stored record: its place and its ciphertext. The library's own tests name topics."""

    stream: bytes
    seq: int
    state: bytes
    topic: str = TOPIC


class Condition(NamedTuple):
    """The append holds only while this stream's last seq is still `seq`."""

    stream: bytes
    seq: int


class CommandRow(NamedTuple):
    """What makes a repeated command harmless; all three are opaque, and the author's alone."""

    command: str
    request: bytes
    answer: bytes


class Placing(NamedTuple):
    """Where the commitments of an append go: one entry a row, in the window of the running tick."""

    entries: Sequence[Entry]
    window: Window
    slots: Slots


class Terms(NamedTuple):
    """Everything besides the rows that goes into the one transaction of an append.

    `label` is a name under which a stream can be found again; only the open store uses it.
    `continued` are heads of closed streams that these rows continue. `wraps` are the wraps of
    streams that these rows begin, or whose audience they change. `parts` are those of documents
    that these rows describe; they are made one by one while they are written, more than once where
    the append is tried again.
    """

    placing: Placing | None = None
    conditions: Sequence[Condition] = ()
    command: CommandRow | None = None
    label: tuple[str, bytes] | None = None
    continued: Sequence[bytes] = ()
    wraps: Sequence[Wrap] = ()
    parts: Iterable[Part] = ()


@dataclass(slots=True)
class Append:
    """One append on its way: what is asked, and how it went."""

    rows: Sequence[Row]
    terms: Terms
    admitted: tuple[Admitted, ...] = ()
    failure: Exception | None = None

    def result(self) -> tuple[Placed, ...]:
        """What each entry was promised.

        Raises:
            AppendConflict, CommandReused, Unavailable, EvidenceCorrupt: as it went.
        """
        if self.failure is not None:
            raise self.failure
        return tuple(one.placed for one in self.admitted)


class Appender:
    """Appends to one database, those of concurrent threads together."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._together = Together(self._write)
        # Whose turn it is alone looks at these.
        self._left: _State | None = None
        self._is_alone = True

    def append(self, rows: Sequence[Row], terms: Terms) -> tuple[Placed, ...]:
        """Append rows under their terms, all or nothing; gives the place of each commitment.

        Raises:
            AppendConflict: a condition no longer holds, the version is taken, or another stream
                continues the same head.
            CommandReused: the command id stands for another act.
            Unavailable, OutcomeUnknown, EvidenceCorrupt: see `ledger.stores.database`.
        """
        mine = Append(rows, terms)
        self._together.write(mine)
        return mine.result()

    def _write(self, together: Sequence[Append]) -> None:
        try:
            self._commit(together)
        except IntegrityError:
            # One of them met a rule of the tables: alone each learns whether it was it.
            if len(together) > 1:
                for one in together:
                    self._write([one])
            else:
                self._refuse(together[0])
        except Exception as error:
            for one in together:
                one.failure = error
        except BaseException:
            # This thread is told to stop; what the others appended may have come through.
            for one in together:
                one.failure = OutcomeUnknown()
            raise

    def _refuse(self, one: Append) -> None:
        """Say why a rule of the tables refused an append."""
        one.failure, command = AppendConflict(), one.terms.command
        try:
            found = self.database.ask(_REQUEST, (command.command,)) if command else []
        except Exception as error:
            one.failure = error
            return
        # The same act by two callers at once asks for the first one's answer; another is refused.
        if command is not None and found and bytes(found[0][0]) != command.request:
            one.failure = CommandReused()

    def _commit(self, together: Sequence[Append]) -> None:
        with self.database.writing() as cursor:
            state = self._state(cursor, together)
            for one in together:
                state.judge(one)
            good = [one for one in together if one.failure is None]
            cursor.write(_writes(good))
            for one in good:
                write_parts(cursor, one.terms.parts)
        self._left = state if state.size <= MOST_KNOWN else None

    def _state(self, cursor: Cursor, together: Sequence[Append]) -> _State:
        """What appends rest on: what the last transaction left, if nobody wrote since, and what
        has to be asked besides.
        """
        # Should this transaction fail, the next one knows nothing.
        left, self._left = self._left, None
        state = left if left is not None and self._is_alone else _State()
        state.ask(cursor, together)
        turn = cursor.turn()
        self._is_alone = left is None or (left.turn[0], left.turn[1] + 1) == turn
        if state is left and not self._is_alone:
            state = _State()
            state.ask(cursor, together)
        placings = [one.terms.placing for one in together if one.terms.placing is not None]
        newest = max(placings, key=lambda one: one.window.first, default=None)
        if newest is not None and state.seen.running < newest.window.first:
            # Those that wait come first, and what was asked is no longer so.
            lane.move_on(cursor, newest.slots, newest.window.first)
            state = _State()
            state.ask(cursor, together)
        moved = [bring_forward(cursor, one.slots, one.window, _ahead(one)) for one in placings]
        if any(moved):
            state = _State()
            state.ask(cursor, together)
        state.turn = turn
        return state


@dataclass(slots=True)
class _State:
    """What the appends rest on, as the transaction sees it and as they go on changing it.

    Of a stream that is not there, nothing is known.
    """

    turn: Turn = (None, 0)
    last_seqs: dict[bytes, int] = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)

    @property
    def size(self) -> int:
        """Of how many streams and commitments something is known."""
        return len(self.last_seqs) + len(self.seen.ticks)

    def ask(self, cursor: Cursor, together: Sequence[Append]) -> None:
        """Ask for everything that is not known, in one round trip, in few questions however many
        the appends are.
        """
        heads = {
            (one.stream.hex(), one.seq)
            for append in together
            for one in append.terms.conditions
            if one.stream not in self.last_seqs
        }
        rests_on = {
            one for append in together for one in _rests_on(append) if one not in self.seen.ticks
        }
        windows = [one.terms.placing.window for one in together if one.terms.placing is not None]
        first = min((one.first for one in windows), default=self.seen.first)
        last = max((one.last for one in windows), default=self.seen.last)
        is_seen = self.seen.first <= first and last <= self.seen.last
        if is_seen and not heads and not rests_on:
            return
        questions = (
            _asked(_ROWS_FROM, _FROM, heads),
            _asked(_TICKS, _PLACE, [(stream.hex(), seq) for stream, seq in rests_on]),
            [] if is_seen else [lane.to_see(first, last)],
        )
        asked = [one for part in questions for one in part]
        found = iter(cursor.together(asked))
        rows, ticks, seen = ([next(found) for _ in part] for part in questions)
        self.last_seqs |= {bytes.fromhex(stream): 0 for stream, seq in heads if not seq}
        for stream, seq in chain(*rows):
            stream_id = bytes.fromhex(stream)
            self.last_seqs[stream_id] = max(seq, self.last_seqs.get(stream_id, 0))
        if not is_seen:
            self.seen = lane.see(chain(*seen), first, last, self.seen.ticks)
        self.seen.ticks |= {(bytes.fromhex(one), seq): tick for one, seq, tick in chain(*ticks)}

    def judge(self, one: Append) -> None:
        """See whether an append holds, and find its commitments their places."""
        one.failure, one.admitted = None, ()
        if any(self.last_seqs.get(at.stream, 0) != at.seq for at in one.terms.conditions):
            one.failure = AppendConflict()
            return
        one.admitted = self._admit(one)
        for row in one.rows:
            if row.stream in self.last_seqs:
                self.last_seqs[row.stream] = max(row.seq, self.last_seqs[row.stream])

    def _admit(self, one: Append) -> tuple[Admitted, ...]:
        placing = one.terms.placing
        if placing is None:
            return ()
        admitted: list[Admitted] = []
        tick: int | None = None
        for row, entry in zip(one.rows, placing.entries, strict=True):
            place = (row.stream, row.seq)
            admitted.append(
                lane.admit(self.seen, placing.slots, placing.window, place, entry, beside=tick)
            )
            tick = admitted[-1].placed.tick
        return tuple(admitted)


def _ahead(one: Placing) -> set[Reference]:
    """The records that rows rest on which are to go ahead of all others."""
    return {reference for entry in one.entries if entry.ahead for reference in entry.after}


def _rests_on(one: Append) -> set[Reference]:
    """The records that an append rests on, without its own: those are placed as they come."""
    entries = () if one.terms.placing is None else one.terms.placing.entries
    every = {reference for entry in entries for reference in entry.after}
    return every - {(row.stream, row.seq) for row in one.rows}


def _asked(statement: str, one: str, values: Collection[tuple[object, ...]]) -> list[Asked]:
    """Questions about several things, as few as `MOST_ASKED` allows.

    The number of things in each is filled up to a power of two, so that there are few statements
    for a database to know by heart.
    """
    every = sorted(values)
    asked: list[Asked] = []
    for at in range(0, len(every), MOST_ASKED):
        part = every[at : at + MOST_ASKED]
        part += part[-1:] * ((1 << (len(part) - 1).bit_length()) - len(part))
        asked.append((statement + " OR ".join([one] * len(part)), list(chain(*part))))
    return asked


def _writes(together: Sequence[Append]) -> list[Batch]:
    """What the appends write, table by table."""
    terms = [one.terms for one in together]
    admitted = [admitted for one in together for admitted in one.admitted]
    batches: list[Batch] = [
        (INSERT_ROW, [_values(row) for one in together for row in one.rows]),
        (lane.INSERT, [one.row() for one in admitted]),
        (lane.INSERT_WAIT, [values for one in admitted for values in one.waits()]),
        (INSERT_COMMAND, [one.command for one in terms if one.command is not None]),
        (
            "INSERT INTO labels (label, stream) VALUES (?,?)",
            [(one.label[0], one.label[1].hex()) for one in terms if one.label is not None],
        ),
        ("INSERT INTO continued VALUES (?)", [(head,) for one in terms for head in one.continued]),
        (PUT_WRAP, [wrap_values(wrap) for one in terms for wrap in one.wraps]),
    ]
    return [(statement, values) for statement, values in batches if values]


def _values(row: Row) -> tuple[object, ...]:
    return row.stream.hex(), row.seq, row.topic, row.state
