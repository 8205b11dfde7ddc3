"""A store of streams: what the register and the sequencer may ask of `open`, `inbox` or `vault`.

Streams are 16 bytes, rows are opaque bytes, ticks are numbers of the schedule. Positions are this
store's own, dense from 1 in the order of commits, and never leave the house.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from ledger.errors import EvidenceCorrupt
from ledger.stores import lane
from ledger.stores.append import (
    LAST_SEQ,
    TOPIC,
    Appender,
    CommandRow,
    Condition,
    Placing,
    Row,
    Terms,
)
from ledger.stores.documents import Documents
from ledger.stores.erased import Erased
from ledger.stores.feeds import DROP
from ledger.stores.keystore import Wrap
from ledger.stores.labels import NOWHERE
from ledger.stores.lane import Entry, Placed, Slots, Window
from ledger.stores.opening import Where, name_of, open_database
from ledger.stores.pending import PENDING, Pending, read_pending
from ledger.stores.projected import CLEAR, without

# First a row 0 with the last seq that was committed to; then the rows after a seq.
_COMMITTED_AND_ROWS = (
    "SELECT 0 AS seq, COALESCE(MAX(seq), 0), NULL, NULL FROM commitments WHERE stream = ?"
    " UNION ALL SELECT originator_version, NULL, topic, state FROM stored_events"
    " WHERE originator_id = ? AND originator_version > ? ORDER BY seq"
)
_NEAREST = (
    "SELECT label, stream FROM labels WHERE label <= ? ORDER BY label DESC, position DESC LIMIT 1"
)
_ROWS = (
    "SELECT originator_version, topic, state FROM stored_events"
    " WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version"
)


class Store:
    """One of the three stores of rows, in one database."""

    def __init__(self, where: Where, *, create: bool = False) -> None:
        """Open the database; make the tables when `create`.

        Raises:
            Unavailable: it is missing or unusable.
        """
        self.name = name_of(where)
        self.database = open_database(where, self.name, create=create)
        self._appender = Appender(self.database)
        self.erased = Erased(self.database)
        self.documents = Documents(self.database)

    # ---- writing ----

    def append(self, rows: Sequence[Row], terms: Terms) -> tuple[Placed, ...]:
        """Append rows of one or more streams in one transaction; gives what each of the entries
        in `terms` was promised.

        Raises:
            AppendConflict, CommandReused, Unavailable: as `Appender.append`.
        """
        return self._appender.append(rows, terms)

    def copy_in(self, rows: Sequence[Row], documents: Documents) -> None:
        """Take over a stream's rows from another store, with those of its `documents` that they
        describe, without commitments. Idempotent.

        Raises:
            AppendConflict: another process takes them over at the same time.
            Unavailable: the store cannot be written.
        """
        missing = [row for row in rows if row.seq > self.last_seq(row.stream)]
        if missing:
            first, last = missing[0], missing[-1]
            self.append(
                missing,
                Terms(
                    conditions=(Condition(first.stream, first.seq - 1),),
                    parts=documents.parts(first.stream, first.seq, last.seq),
                ),
            )

    def close_ticks(self, ticks: range, slots: Slots) -> tuple[tuple[bytes, ...], ...]:
        """Close ticks for this lane, in order, and give each one's commitments; then let the
        waiting reserve.

        From now on nothing is placed at or before them. Idempotent: closing again gives the same.

        Raises:
            Unavailable: the store cannot be written; they stay open.
        """
        with self.database.writing() as cursor:
            return lane.close(cursor, slots, ticks)

    def is_waited_in(self) -> bool:
        """Whether a commitment waits for a slot."""
        return bool(self.database.ask("SELECT 1 FROM commitments WHERE tick IS NULL LIMIT 1"))

    def running(self) -> int:
        """The latest tick that ran when something was placed in this lane, by whatever clock."""
        ((running,),) = self.database.ask("SELECT running FROM lane")
        return int(running)

    def begins_in(self, ticks: range, besides: bytes) -> bool:
        """Whether a stream's first record has its slot in one of these ticks, which follow one
        another, that of `besides` aside.
        """
        statement = (
            "SELECT 1 FROM commitments WHERE tick BETWEEN ? AND ? AND seq = 1 AND stream <> ?"
            " LIMIT 1"
        )
        return bool(self.database.ask(statement, (ticks[0], ticks[-1], besides.hex())))

    def confirm(self) -> None:
        """See `Database.confirm`."""
        self.database.confirm()

    def withdraw(self, streams: Collection[bytes]) -> None:
        """Let the label of a case that these streams belong to lead nowhere, and take the case out
        of the stored views and the feeds, in one transaction; then leave no residue there.
        Idempotent. Only for the open store.

        Raises:
            Unavailable: the store cannot be written, or others read it now: do it again.
        """
        known = {label for label in map(self.label_of, streams) if label is not None}
        if not known:
            return
        labels = [one for one in sorted(known) if self.labelled(one) in streams]
        if labels:
            with self.database.writing() as cursor:
                rows = [(label, NOWHERE.hex()) for label in labels]
                cursor.write([("INSERT INTO labels (label, stream) VALUES (?,?)", rows)])
                cursor.write(without(labels))
                cursor.write([(DROP, [(label,) for label in labels])])
        # Also where nothing was left to withdraw: who withdrew it may not have come as far as this.
        self.database.drive_out((*CLEAR, "feed_entries"))

    def settled(self, wrap: Wrap) -> None:
        """Drop a wrap that has arrived in the keystore, unless a newer one came meanwhile."""
        with self.database.writing() as cursor:
            cursor.execute(
                "DELETE FROM wraps WHERE stream = ? AND wrap = ?", (wrap.stream.hex(), wrap.wrap)
            )

    # ---- reading ----

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let this thread read the store as it is now, for the length of a block.

        What the thread appends meanwhile is not seen there.

        Raises:
            Unavailable, EvidenceCorrupt: the file cannot be read, or is damaged.
        """
        with self.database.reading():
            yield

    def rows(self, stream: bytes, *, after: int = 0, limit: int | None = None) -> tuple[Row, ...]:
        """The rows of a stream with seq > after, in order; empty when there is no such stream.

        Raises:
            EvidenceCorrupt: a row is none that this program wrote.
        """
        if limit is None:
            found = self.database.ask(_ROWS, (stream.hex(), after))
        else:
            found = self.database.ask(f"{_ROWS} LIMIT ?", (stream.hex(), after, limit))
        return tuple(_row(stream, seq, topic, state) for seq, topic, state in found)

    def committed_and_rows(self, stream: bytes, *, after: int = 0) -> tuple[int, tuple[Row, ...]]:
        """The last seq that was committed to (see `committed_seq`), and the rows with seq > after,
        both as they are at one moment.

        Raises:
            EvidenceCorrupt: a row is none that this program wrote.
        """
        (_, committed, _, _), *found = self.database.ask(
            _COMMITTED_AND_ROWS, (stream.hex(), stream.hex(), after)
        )
        return int(committed), tuple(_row(stream, seq, topic, at) for seq, _, topic, at in found)

    def last_seq(self, stream: bytes) -> int:
        """The last seq of a stream, 0 when it has none."""
        return int(self.database.ask(LAST_SEQ, (stream.hex(),))[0][0])

    def last_seqs(self, streams: Iterable[bytes]) -> dict[bytes, int]:
        """The last seqs of those streams that have a row here; asked for together."""
        every = tuple(streams)
        with self.database.reading() as cursor:
            found = cursor.together([(LAST_SEQ, (one.hex(),)) for one in every])
        lasts = ((one, int(rows[0][0])) for one, rows in zip(every, found, strict=True))
        return {one: last for one, last in lasts if last}

    def committed_seq(self, stream: bytes) -> int:
        """The last seq of a stream that was committed to in this store, 0 when none was.

        A row that this names and that is not there was taken away.
        """
        statement = "SELECT COALESCE(MAX(seq), 0) FROM commitments WHERE stream = ?"
        return int(self.database.ask(statement, (stream.hex(),))[0][0])

    def page(self, after: int, limit: int) -> tuple[tuple[int, Row], ...]:
        """Rows with their positions, positions > after, ascending.

        Raises:
            EvidenceCorrupt: a row is none that this program wrote.
        """
        found = self.database.ask(
            f"SELECT {self.database.position}, originator_id, originator_version, topic, state"  # noqa: S608 - ours
            f" FROM stored_events WHERE {self.database.position} > ?"
            f" ORDER BY {self.database.position} LIMIT ?",
            (after, limit),
        )
        return tuple((one[0], _row(_stream(one[1]), *one[2:])) for one in found)

    def last_position(self) -> int:
        """The position of the last row, 0 when there is none."""
        last = f"SELECT COALESCE(MAX({self.database.position}), 0) FROM stored_events"  # noqa: S608 - ours
        return int(self.database.ask(last)[0][0])

    def first_position(self, stream: bytes) -> int:
        """The position of the first row of a stream, 0 when it has none."""
        statement = (
            f"SELECT COALESCE(MIN(+{self.database.position}), 0) FROM stored_events"  # noqa: S608 - ours
            " WHERE originator_id = ?"
        )
        return int(self.database.ask(statement, (stream.hex(),))[0][0])

    def seq_at(self, stream: bytes, position: int) -> int:
        """The last seq that a stream had at a position, 0 when it had none yet."""
        statement = (
            "SELECT COALESCE(MAX(originator_version), 0) FROM stored_events"  # noqa: S608 - ours
            # The sign keeps SQLite from walking over all rows up to the position.
            f" WHERE originator_id = ? AND +{self.database.position} <= ?"
        )
        return int(self.database.ask(statement, (stream.hex(), position))[0][0])

    def streams(self) -> tuple[bytes, ...]:
        """Every stream that has a row here, in the order of arrival."""
        found = self.database.ask(
            "SELECT originator_id FROM stored_events WHERE originator_version = 1"  # noqa: S608 - ours
            f" ORDER BY {self.database.position}"
        )
        return tuple(_stream(row[0]) for row in found)

    def is_continued(self, head: bytes) -> bool:
        """Whether a stream of this store continues the closed stream with this head."""
        return bool(self.database.ask("SELECT 1 FROM continued WHERE head = ?", (head,)))

    def labelled(self, label: str) -> bytes | None:
        """The newest stream that was appended under this label; None once it was withdrawn."""
        # The nearest label is read, whether it is this one or not, so that a label that was
        # withdrawn costs what one costs that never was.
        found = self.database.ask(_NEAREST, (label,))
        stream = _stream(found[0][1]) if found else NOWHERE
        return None if stream == NOWHERE or found[0][0] != label else stream

    def once_labelled(self, label: str) -> bytes | None:
        """The newest stream that was appended under this label, withdrawn or not."""
        return self.once_labelled_each((label,))[label]

    def once_labelled_each(self, labels: Iterable[str]) -> dict[str, bytes | None]:
        """The same of several labels, asked for together."""
        every, statement = (
            tuple(labels),
            "SELECT stream FROM labels WHERE label = ? ORDER BY position",
        )
        with self.database.reading() as cursor:
            found = cursor.together([(statement, (one,)) for one in every])
        streams = ([_stream(row[0]) for row in reversed(rows)] for rows in found)
        newest = (next((one for one in each if one != NOWHERE), None) for each in streams)
        return dict(zip(every, newest, strict=True))

    def label_of(self, stream: bytes) -> str | None:
        """The label under which a stream was appended, if it has one."""
        statement = "SELECT label FROM labels WHERE stream = ? LIMIT 1"
        found = self.database.ask(statement, (stream.hex(),))
        return str(found[0][0]) if found else None

    def labels(self) -> tuple[tuple[str, bytes], ...]:
        """Every label that leads somewhere with its newest stream, in alphabetical order."""
        found = self.database.ask(
            "SELECT label, stream FROM labels WHERE position IN"
            " (SELECT MAX(position) FROM labels GROUP BY label) ORDER BY label"
        )
        streams = ((row[0], _stream(row[1])) for row in found)
        return tuple(one for one in streams if one[1] != NOWHERE)

    def labels_after(self, label: str, limit: int) -> tuple[str, ...]:
        """So many labels that were ever given, those that follow one in alphabetical order."""
        statement = "SELECT DISTINCT label FROM labels WHERE label > ? ORDER BY label LIMIT ?"
        return tuple(str(row[0]) for row in self.database.ask(statement, (label, limit)))

    def withdrawn(self) -> tuple[bytes, ...]:
        """Every stream that was appended under a label which leads nowhere now."""
        found = self.database.ask("SELECT label, stream FROM labels ORDER BY position")
        newest = {label: _stream(stream) for label, stream in found}
        gone = [_stream(stream) for label, stream in found if newest[label] == NOWHERE]
        return tuple(dict.fromkeys(one for one in gone if one != NOWHERE))

    def answer(self, command: str) -> CommandRow | None:
        """The row of a command already carried out."""
        statement = "SELECT request, answer FROM commands WHERE command = ?"
        found = self.database.ask(statement, (command,))
        return CommandRow(command, bytes(found[0][0]), bytes(found[0][1])) if found else None

    def pending(self, stream: bytes, seq: int) -> Pending | None:
        """The commitment of one record, if it was made in this store."""
        found = self.database.ask(f"{PENDING} AND seq = ?", (stream.hex(), seq))
        return read_pending(found[0]) if found else None

    def pendings(self, stream: bytes) -> tuple[Pending, ...]:
        """The commitments of a stream's records that were made in this store, in their order."""
        found = self.database.ask(f"{PENDING} ORDER BY seq", (stream.hex(),))
        return tuple(map(read_pending, found))

    def waiting(self, stream: bytes) -> tuple[int, int] | None:
        """How many records of a stream have no slot yet, and the seq of the first of them; None
        where each has one.
        """
        statement = "SELECT COUNT(*), MIN(seq) FROM commitments WHERE stream = ? AND tick IS NULL"
        ((count, first),) = self.database.ask(statement, (stream.hex(),))
        return (int(count), int(first)) if count else None

    def wraps(self, stream: bytes | None = None) -> tuple[Wrap, ...]:
        """The wraps that did not arrive in the keystore yet: one stream's, or all of them."""
        statement = "SELECT stream, month, kind, wrap, personal FROM wraps"
        if stream is None:
            found = self.database.ask(statement)
        else:
            found = self.database.ask(f"{statement} WHERE stream = ?", (stream.hex(),))
        return tuple(
            Wrap(_stream(row[0]), row[1], row[2], bytes(row[3]), bool(row[4])) for row in found
        )

    def close(self) -> None:
        """Close the database."""
        self.database.close()


_ALTERED = "A stored row was altered. Stop writing and call counsel."


def _row(stream: bytes, seq: object, topic: object, state: object) -> Row:
    # SQLite keeps any type in any column, so that what somebody else wrote must be looked at.
    if not (isinstance(seq, int) and isinstance(state, bytes) and topic == TOPIC):
        raise EvidenceCorrupt(_ALTERED)
    return Row(stream, seq, state)


def _stream(text: str) -> bytes:
    try:
        return UUID(text).bytes
    except ValueError as error:
        raise EvidenceCorrupt(_ALTERED) from error


__all__ = [
    "CommandRow",
    "Condition",
    "Entry",
    "Pending",
    "Placed",
    "Placing",
    "Row",
    "Slots",
    "Store",
    "Terms",
    "Window",
    "Wrap",
]
