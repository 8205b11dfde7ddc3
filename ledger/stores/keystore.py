"""The keystore: wraps under month keys, fences of erased streams, and people's public keys.

Everything here is opaque bytes. It is backed up apart from the stores and for a short time only,
because destroying a month key must kill every copy (DESIGN §5).

A fence stands before the wraps that it forbids are removed, and for ever: after a crash, and after
a restore, an erasure goes on from its fence (threats.md §2.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ledger.errors import AppendConflict, BadRequest, Unavailable
from ledger.stores.database import Cursor, IntegrityError, Version
from ledger.stores.opening import Where, open_database

KEYSTORE_DAYS = 35
"""How long a copy of it may be used; older copies are to be destroyed (threats.md §2.3)."""
PUT_WRAP = (
    "INSERT INTO wraps (stream, month, kind, wrap, personal) VALUES (?,?,?,?,?)"
    " ON CONFLICT (stream) DO UPDATE SET month = excluded.month, kind = excluded.kind,"
    " wrap = excluded.wrap, personal = excluded.personal"
)
_FORGETTING = ("month_keys", "wraps")


@dataclass(frozen=True, slots=True)
class Wrap:
    """The wrapped secrets of one stream, and the month key that they lie under.

    `personal` says whether the personal secret is among them.
    """

    stream: bytes
    month: str
    kind: str
    wrap: bytes
    personal: bool = True


@dataclass(frozen=True, slots=True)
class Fence:
    """What of a stream was erased (`personal` or `both`), and by which record: its digest E."""

    stream: bytes
    scope: str
    digest: bytes


class Keystore:
    """The keystore's database."""

    def __init__(self, where: Where, *, create: bool = False) -> None:
        """Open the database; make the tables when `create`.

        Raises:
            Unavailable: it is missing or unusable.
        """
        self.database = open_database(where, "keystore", create=create)

    # ---- month keys ----

    def month_key(self, month: str) -> bytes | None:
        """The wrapped key of this name: a month (`YYYY-MM`), or a later key of one."""
        with self._reading() as cursor:
            cursor.execute("SELECT wrapped FROM month_keys WHERE month = ?", (month,))
            row = cursor.fetchone()
            return None if row is None else bytes(row[0])

    def add_month_key(self, month: str, wrapped: bytes) -> bytes:
        """Keep the wrapped key of a month, unless one is there; gives the one that counts.

        Raises:
            Unavailable: the month's key was destroyed, or the file cannot be written.
        """
        if self.is_destroyed(month):
            raise Unavailable(f"The key of the month {month} was destroyed. Set the clock right.")
        with self._writing() as cursor:
            cursor.execute(
                "INSERT INTO month_keys VALUES (?, ?) ON CONFLICT DO NOTHING", (month, wrapped)
            )
        kept = self.month_key(month)
        if kept is None:
            raise Unavailable("The month key could not be kept.")
        return kept

    def month_names(self) -> tuple[str, ...]:
        """The names of all month keys, in no meaningful order."""
        with self._reading() as cursor:
            cursor.execute("SELECT month FROM month_keys")
            return tuple(str(row[0]) for row in cursor.fetchall())

    def months(self) -> tuple[tuple[str, int], ...]:
        """Every month that has a key, ascending, with the number of wraps that lie under it."""
        with self._reading() as cursor:
            cursor.execute(
                "SELECT month_keys.month, COUNT(wraps.stream) FROM month_keys"
                " LEFT JOIN wraps ON wraps.month = month_keys.month"
                " GROUP BY month_keys.month ORDER BY month_keys.month"
            )
            return tuple((str(row[0]), int(row[1])) for row in cursor.fetchall())

    def wraps_under(self, month: str) -> tuple[Wrap, ...]:
        """The wraps that lie under a month's key."""
        return self._wraps("WHERE month = ? ORDER BY stream", month)

    def is_destroyed(self, month: str) -> bool:
        """Whether the key of a month was destroyed."""
        with self._reading() as cursor:
            cursor.execute("SELECT 1 FROM destroyed_months WHERE month = ?", (month,))
            return cursor.fetchone() is not None

    def destroy_month(self, month: str) -> None:
        """Destroy a month's key, so that nothing of it stays in this file. Idempotent.

        Raises:
            BadRequest: streams still lie under it; how many is not said, the sealed ones count.
            Unavailable: the file cannot be written, or others read it now: do it again.
        """
        try:
            with self._writing() as cursor:
                cursor.execute(
                    "INSERT INTO destroyed_months VALUES (?) ON CONFLICT DO NOTHING", (month,)
                )
                cursor.execute("DELETE FROM month_keys WHERE month = ?", (month,))
        except IntegrityError as error:
            raise BadRequest(
                f"The keys of streams still lie under {month}. Move them first:"
                f" disclosure-ledger month rebucket {month}"
            ) from error
        self.database.drive_out(_FORGETTING, rewrite=True)

    # ---- wraps ----

    def wrap(self, stream: bytes) -> Wrap | None:
        """The wrap of a stream's secrets."""
        return next(iter(self._wraps("WHERE stream = ?", stream.hex())), None)

    def sealed_wraps(self) -> tuple[Wrap, ...]:
        """Every wrap of a sealed stream, in no meaningful order. One under a damaged name is among
        them: it opens for nobody, and whoever reads learns that.
        """
        return self._wraps("WHERE kind = 'sealed'")

    def put_wrap(self, wrap: Wrap) -> None:
        """Keep a wrap, in the place of an earlier one; refused where a fence forbids it.

        Raises:
            Unavailable: the stream was erased, or the file cannot be written.
        """
        with self._writing() as cursor:
            if not _allowed(wrap, _scopes(cursor, wrap.stream)):
                raise Unavailable("This stream was erased; it takes no keys any more.")
            cursor.execute(PUT_WRAP, wrap_values(wrap))

    def exchange(self, old: Wrap, new: Wrap) -> None:
        """Put a wrap in the place of the one that it was made from.

        A fence on the personal secret forbids to bring that back, and not to move a wrap that still
        holds it until somebody who opens the stream has made the narrower one.

        Raises:
            AppendConflict: another was kept meanwhile.
            Unavailable: a fence forbids it, or the file cannot be written.
        """
        with self._writing() as cursor:
            scopes = _scopes(cursor, new.stream)
            if "both" in scopes or not (_allowed(new, scopes) or old.personal):
                raise Unavailable("This stream was erased; it takes no keys any more.")
            cursor.execute(
                "UPDATE wraps SET month = ?, kind = ?, wrap = ?, personal = ?"
                " WHERE stream = ? AND wrap = ?",
                (new.month, new.kind, new.wrap, int(new.personal), old.stream.hex(), old.wrap),
            )
            if not cursor.rowcount:
                raise AppendConflict("the stream's keys")

    def _wraps(self, where: str, *parameters: str) -> tuple[Wrap, ...]:
        with self._reading() as cursor:
            cursor.execute(
                f"SELECT stream, month, kind, wrap, personal FROM wraps {where}",  # noqa: S608 - ours
                parameters,
            )
            return tuple(
                Wrap(_stream(row[0]), row[1], row[2], bytes(row[3]), bool(row[4]))
                for row in cursor.fetchall()
            )

    # ---- fences ----

    def add_fence(self, fence: Fence) -> None:
        """Forbid a stream its keys, for ever. Idempotent: the first record that said so counts."""
        with self._writing() as cursor:
            cursor.execute(
                "INSERT INTO fences VALUES (?,?,?) ON CONFLICT DO NOTHING",
                (fence.stream.hex(), fence.scope, fence.digest),
            )

    def fence(self, stream: bytes) -> str | None:
        """What of a stream is fenced: `both`, `personal`, or None."""
        with self._reading() as cursor:
            found = _scopes(cursor, stream)
        return next((scope for scope in ("both", "personal") if scope in found), None)

    def scopes(self) -> dict[bytes, str]:
        """What is fenced of each stream that has a fence: `both`, or `personal` alone."""
        # "both" is sorted before "personal", and so stays where a stream has two fences.
        return {one.stream: one.scope for one in reversed(self.fences())}

    def fences(self) -> tuple[Fence, ...]:
        """Every fence."""
        with self._reading() as cursor:
            cursor.execute("SELECT stream, scope, digest FROM fences ORDER BY stream, scope")
            return tuple(Fence(_stream(row[0]), row[1], bytes(row[2])) for row in cursor.fetchall())

    def takes(self, wrap: Wrap) -> bool:
        """Whether no fence forbids to keep this wrap."""
        with self._reading() as cursor:
            return _allowed(wrap, _scopes(cursor, wrap.stream))

    def remove_fenced(self, stream: bytes) -> None:
        """Remove what the fences of a stream forbid, and leave no residue of it. Idempotent.

        Where the personal secret alone is forbidden, its wrap stays until `exchange` has put the
        narrower one in its place.

        Raises:
            Unavailable: the file cannot be written, or others read it now: do it again.
        """
        with self._writing() as cursor:
            if "both" in _scopes(cursor, stream):
                cursor.execute("DELETE FROM wraps WHERE stream = ?", (stream.hex(),))
        self.database.drive_out(_FORGETTING, rewrite=True)

    # ---- people ----

    def public_keys(self, person: str) -> tuple[bytes, ...]:
        """All public keys that were kept for a person, as `PublicKeys.dump` wrote them.

        Which of them are the person's own is for the office stream to say.
        """
        with self._reading() as cursor:
            cursor.execute("SELECT public FROM people WHERE person = ?", (person,))
            return tuple(bytes(row[0]) for row in cursor.fetchall())

    def everybody(self) -> tuple[tuple[str, bytes], ...]:
        """All public keys that are kept, with the name of the person they were kept for."""
        with self._reading() as cursor:
            cursor.execute("SELECT person, public FROM people ORDER BY person, public")
            return tuple((str(row[0]), bytes(row[1])) for row in cursor.fetchall())

    def put_public_keys(self, person: str, public: bytes) -> None:
        """Keep public keys of a person, beside earlier ones."""
        with self._writing() as cursor:
            cursor.execute(
                "INSERT INTO people VALUES (?, ?) ON CONFLICT DO NOTHING", (person, public)
            )

    def version(self) -> Version:
        """See `Database.version`.

        Raises:
            Unavailable: it cannot be read, or another lies in its place.
        """
        version = self.database.version()
        self._check_in_place()
        return version

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    # ---- the database ----

    @contextmanager
    def _reading(self) -> Iterator[Cursor]:
        with self.database.reading() as cursor:
            yield cursor
        self._check_in_place()

    @contextmanager
    def _writing(self) -> Iterator[Cursor]:
        with self.database.writing() as cursor:
            yield cursor
        self._check_in_place()

    def _check_in_place(self) -> None:
        """See that no backup was put in the place of this database (`restore keystore`).

        Keys that are kept in the old one are lost with it, and what was erased would still open
        from there. It is asked after the work: what was read counts, and what was written may be
        relied on, only if it was still so.
        """
        self.database.check_in_place()


def _scopes(cursor: Cursor, stream: bytes) -> frozenset[str]:
    cursor.execute("SELECT scope FROM fences WHERE stream = ?", (stream.hex(),))
    return frozenset(str(row[0]) for row in cursor.fetchall())


def _allowed(wrap: Wrap, scopes: frozenset[str]) -> bool:
    return "both" not in scopes and not (wrap.personal and "personal" in scopes)


def wrap_values(wrap: Wrap) -> tuple[object, ...]:
    """The values of `PUT_WRAP`."""
    return wrap.stream.hex(), wrap.month, wrap.kind, wrap.wrap, int(wrap.personal)


def _stream(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()
