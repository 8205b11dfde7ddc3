"""Month keys: what is moved away lives on, what is left is destroyed with its month."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from ledger.errors import AppendConflict, BadRequest, EvidenceCorrupt, NotFound, Unavailable
from ledger.register.custody import Custody
from ledger.register.months import Months
from ledger.stores import sqlite as seam
from ledger.stores.keystore import Fence, Keystore
from tests.register.ledgers import Ledger, check_offline, check_sound
from tests.remains import remains
from tests.upkeep.matters import assent, closed_case, erase, finish, propose

JUNE, AUGUST = "2026-06", "2026-08"


def in_august(ledger: Ledger) -> Months:
    """Two cases of June, one open and one sealed; now it is August."""
    closed_case(ledger)
    closed_case(ledger, sealed=True)
    ledger.clock.turn(days=45)
    return Months(ledger.home)


def test_nobodys_key_is_needed_to_move_streams(ledger: Ledger, tmp_path: Path) -> None:
    """Open and sealed streams open to whom they opened before; the inner layer is the same."""
    months = in_august(ledger)
    (before,) = months.list()
    assert before[0] == JUNE
    assert months.rebucket(JUNE, ledger.clock()) == before[1] > 4
    assert months.list() == ((JUNE, 0), (AUGUST, before[1]))
    assert months.rebucket(JUNE, ledger.clock()) == 0
    ledger = check_sound(ledger)
    check_offline(ledger, tmp_path / "pack")
    ledger.home.close()


def test_a_destroyed_key_leaves_nothing_in_the_files(ledger: Ledger) -> None:
    """Neither the file nor the log beside it holds a byte of the key, or of a wrap under it."""
    months = in_august(ledger)
    path = ledger.path / "keystore.db"
    key = ledger.home.keystore.month_key(JUNE)
    wraps = ledger.home.keystore.wraps_under(JUNE)
    assert key is not None
    assert key in remains(path)
    months.rebucket(JUNE, ledger.clock())
    months.destroy(JUNE, ledger.clock())
    left = remains(path)
    assert all(key[start : start + 12] not in left for start in range(0, len(key) - 12, 6))
    assert not any(one.wrap[:24] in left or one.wrap[-24:] in left for one in wraps)
    months.destroy(JUNE, ledger.clock())
    assert months.list()[0][0] == AUGUST
    check_sound(ledger).home.close()


def test_a_key_with_streams_under_it_is_not_destroyed(ledger: Ledger) -> None:
    """The refusal says so, and not how many there are: the sealed ones would count."""
    months = in_august(ledger)
    with pytest.raises(BadRequest, match="The keys of streams still lie"):
        months.destroy(JUNE, ledger.clock())
    assert ledger.home.keystore.month_key(JUNE) is not None
    check_sound(ledger).home.close()


@pytest.mark.parametrize("month", ["2026-08", "2026-09", "2026-13", "June", "2026-6", ""])
def test_only_a_month_that_is_over_is_emptied(ledger: Ledger, month: str) -> None:
    """This month's key is in use, and what is no month has none."""
    months = in_august(ledger)
    for work in (months.rebucket, months.destroy):
        with pytest.raises(BadRequest, match="month"):
            work(month, ledger.clock())


def test_a_month_that_has_just_ended_may_still_be_in_use(ledger: Ledger) -> None:
    """An act that began before midnight brings its keys a little later."""
    months = Months(ledger.home)
    ledger.clock.turn(days=11, hours=5)
    assert (ledger.clock().month, ledger.clock().day) == (7, 1)
    with pytest.raises(BadRequest, match="not over yet"):
        months.destroy(JUNE, ledger.clock())
    with pytest.raises(BadRequest, match="no key of the month"):
        months.destroy("2026-05", ledger.clock())


def test_a_destroyed_months_name_is_not_used_again(ledger: Ledger) -> None:
    """A clock that was set back makes no second key of that month."""
    months = in_august(ledger)
    months.rebucket(JUNE, ledger.clock())
    months.destroy(JUNE, ledger.clock())
    ledger.clock.turn(days=-45)
    with pytest.raises(Unavailable, match="was destroyed"):
        ledger.visit("kim")
    raw = sqlite3.connect(ledger.path / "keystore.db")
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute("INSERT INTO month_keys VALUES ('2026-06', x'00')")
    raw.close()
    ledger.clock.turn(days=45)
    assert ledger.visit("kim")


def test_an_altered_wrap_stops_the_move(ledger: Ledger) -> None:
    """What does not open is not carried along as if it did; the rest can be looked into first."""
    months = in_august(ledger)
    ledger.home.close()
    raw = sqlite3.connect(ledger.path / "keystore.db")
    raw.execute("UPDATE wraps SET wrap = zeroblob(LENGTH(wrap)) WHERE kind = 'sealed'")
    raw.commit()
    raw.close()
    with pytest.raises(EvidenceCorrupt):
        months.rebucket(JUNE, ledger.clock())


def test_a_wrap_that_changed_meanwhile_is_not_overwritten(ledger: Ledger) -> None:
    """Somebody was added to an audience while streams were moved: the new wrap stays."""
    in_august(ledger)
    keystore, custody = ledger.home.keystore, Custody(ledger.home)
    stale = keystore.wraps_under(JUNE)[0]
    moved = custody.rebucketed(stale, ledger.clock())
    keystore.exchange(stale, moved)
    with pytest.raises(AppendConflict):
        keystore.exchange(stale, custody.rebucketed(stale, ledger.clock()))
    assert keystore.wrap(stale.stream) == moved


def test_an_erased_stream_is_not_moved(ledger: Ledger) -> None:
    """It has no keys to move, and gets none."""
    gone = closed_case(ledger)
    (visit, head) = (one.id for one in ledger.look("mara", gone).streams)
    old = ledger.home.keystore.wrap(head)
    assert old is not None
    erase(ledger, gone, "both")
    months = in_august(ledger)
    months.rebucket(JUNE, ledger.clock())
    assert ledger.home.keystore.wrap(visit) is None
    with pytest.raises(Unavailable, match="was erased"):
        ledger.home.keystore.exchange(old, old)


@pytest.mark.parametrize("scope", ["personal", "both"])
def test_an_erasure_that_waits_holds_up_no_month(ledger: Ledger, scope: str) -> None:
    """Its fence stands and its keys lie there still: the month is emptied and destroyed, by nobody
    in particular, and the erasure is finished afterwards.
    """
    reference = closed_case(ledger, sealed=True, words="Ines")
    keystore = ledger.home.keystore
    for stream in ledger.look("mara", reference).streams:
        keystore.add_fence(Fence(stream.id, scope, bytes(32)))
    assent(ledger, propose(ledger, closed_case(ledger, sealed=True), scope), sealed=True)
    months = in_august(ledger)
    months.rebucket(JUNE, ledger.clock())
    months.destroy(JUNE, ledger.clock())
    left = [one for one in keystore.fences() if keystore.wrap(one.stream)]
    assert len(left) == (2 if scope == "personal" else 0)
    with suppress(NotFound):
        assert "Ines" not in repr(ledger.look("mara", reference).case.records)
    assert {one.state for one in finish(ledger, "mara")} == {"done"}


def test_while_others_read_the_residue_is_not_called_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that holds an old state keeps old pages: the command says so, and is repeated."""
    monkeypatch.setattr(seam, "WAIT_SECONDS", 0.1)
    keystore = Keystore(tmp_path / "keystore.db", create=True)
    keystore.add_month_key(JUNE, b"a wrapped key")
    reader = sqlite3.connect(tmp_path / "keystore.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM month_keys").fetchall()
    with pytest.raises(Unavailable, match="may still lie there"):
        keystore.destroy_month(JUNE)
    reader.close()
    keystore.destroy_month(JUNE)
    assert b"a wrapped key" not in remains(tmp_path / "keystore.db")
    keystore.close()
