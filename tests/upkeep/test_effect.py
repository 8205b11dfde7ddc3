"""When an erasure has taken effect: who dropped it, who recorded it, which copies outlast it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.backup.drill import APART, LOCK, opened_again
from ledger.backup.make import back_up
from ledger.erasing import Standing, carry_out, standings
from ledger.errors import BadRequest, NotFound, Unavailable
from ledger.register.acts import OFFICE, Act
from ledger.register.erasure import CARRIED_OUT, VAULT_OFFICE, erasures
from ledger.register.locks import exclusive
from ledger.register.months import Months
from ledger.stores.keystore import KEYSTORE_DAYS
from ledger.stores.webhooks import Webhook
from tests.register.ledgers import Ledger
from tests.upkeep.matters import assent, closed_case, finish, place_hold, propose
from tests.upkeep.test_erasure import verified


def seen(ledger: Ledger, person: str = "mara") -> list[Standing]:
    """How far each erasure is, as a person may know."""
    reader = ledger.register.reader(ledger.people[person], vault=True)
    office = erasures(ledger.register.office(), reader)
    return list(standings(ledger.home, office, reader, ledger.clock()))


def states(ledger: Ledger, person: str = "mara") -> set[str]:
    """The states of all of them."""
    return {one.state for one in seen(ledger, person)}


def decide(ledger: Ledger, *, sealed: bool = False, scope: str = "both") -> list[str]:
    """A closed case whose erasure two people decided; gives the digests of what they decided."""
    digests = propose(ledger, closed_case(ledger, sealed=sealed), scope)
    assent(ledger, digests, sealed=sealed)
    return digests


def carry(ledger: Ledger, person: str = "tom") -> None:
    """A person carries out what was decided, and records it."""
    carry_out(ledger.home, ledger.register, ledger.people[person], ledger.clock())


def test_a_hold_that_came_after_the_decision_is_no_work_left_undone(ledger: Ledger) -> None:
    """It is said that the hold keeps the case; once it is released, somebody is to carry it out."""
    reference = closed_case(ledger)
    assent(ledger, propose(ledger, reference, "both"))
    ledger.visit("kim", reference)
    ledger.do("mara", "open", reference)
    hold = place_hold(ledger, reference)
    carry(ledger)
    assert states(ledger) == {"held"}
    ledger.do("mara", "release-hold", reference, {"hold": hold, "reason": "request-withdrawn"})
    assert states(ledger) == {"decided"}
    carry(ledger)
    assert "held" not in states(ledger)
    assert "decided" not in states(ledger)


def test_an_erasure_goes_from_its_decision_to_its_effect(ledger: Ledger, tmp_path: Path) -> None:
    """Decided, destroyed, recorded, and after the last copy of the keystore in effect; the chain,
    the tree and what anybody may see verify all the while.
    """
    decide(ledger)
    decide(ledger, scope="personal")
    assert states(ledger) == {"decided"}
    finish(ledger)
    assert states(ledger) == {"destroyed"}
    ledger.clock.turn(days=3)
    recorded = ledger.clock()
    carry(ledger)
    assert states(ledger) == states(ledger, "kim") == {"expiring"}
    assert {one.effective_at for one in seen(ledger)} == {recorded + timedelta(days=KEYSTORE_DAYS)}
    ledger.clock.turn(days=KEYSTORE_DAYS)
    assert states(ledger) == {"in-effect"}
    carry(ledger)
    assert len(seen(ledger)) == len({one.erasure.e for one in seen(ledger)})
    assert verified(ledger, "mara", tmp_path) > 0
    ledger.home.close()


def test_what_a_sealed_erasure_came_to_stands_where_it_was_decided(ledger: Ledger) -> None:
    """The office learns nothing: neither its readers nor its records tell that there was one."""
    office = ledger.register.office().head
    digests = decide(ledger, sealed=True)
    carry(ledger, "mara")
    assert (states(ledger), states(ledger, "tom")) == ({"expiring"}, {"expiring"})
    assert states(ledger, "kim") == set()
    assert ledger.register.office().head == office
    for place, wrong in ((OFFICE, BadRequest), (VAULT_OFFICE, BadRequest)):
        with pytest.raises(wrong):
            ledger.do("mara", CARRIED_OUT, place, {"of": digests[0]}, vault=True)
    ledger.home.close()


def test_it_is_pending_until_everybody_who_was_told_dropped_it(ledger: Ledger) -> None:
    """A webhook whose receiver has not taken the feed to its end holds the erasure, by its name;
    whoever records it all the same is refused.
    """
    digests = decide(ledger)
    ledger.home.webhooks.add(Webhook("board", "cases", b"sealed", -1, 0))
    finish(ledger)
    assert [one.holding_on for one in seen(ledger)] == [("webhook board",)] * len(digests)
    carry(ledger)
    assert states(ledger) == {"pending"}
    with pytest.raises(BadRequest, match="webhook board"):
        ledger.do("tom", CARRIED_OUT, OFFICE, {"of": digests[0]})
    ledger.home.webhooks.remove("board")
    carry(ledger)
    assert states(ledger) == {"expiring"}
    ledger.home.close()


def test_only_what_is_destroyed_is_recorded_and_once(ledger: Ledger) -> None:
    """Not before it is done, not of what was never decided, not twice."""
    (first, *_) = decide(ledger)
    for of, sentence in ((first, "not destroyed"), ("0" * 64, "Nothing was decided")):
        with pytest.raises(BadRequest, match=sentence):
            ledger.do("tom", CARRIED_OUT, OFFICE, {"of": of})
    carry(ledger)
    with pytest.raises(BadRequest, match="before"):
        ledger.do("tom", CARRIED_OUT, OFFICE, {"of": first})
    ledger.home.close()


def test_what_opens_here_again_is_not_called_in_effect(ledger: Ledger, tmp_path: Path) -> None:
    """Somebody put an older keystore in its place by hand: whatever was recorded, it is not done,
    and whoever carries it out destroys it anew.
    """
    decide(ledger)
    with (
        closing(sqlite3.connect(ledger.path / "keystore.db")) as live,
        closing(sqlite3.connect(tmp_path / "older.db")) as older,
    ):
        live.backup(older)
        carry(ledger)
        assert states(ledger) == {"expiring"}
        older.backup(live)
    assert states(ledger) == {"decided"}
    carry(ledger)
    assert states(ledger) == {"expiring"}
    ledger.home.close()


@pytest.mark.parametrize("sealed", [False, True])
def test_what_outlasts_an_erasure_is_a_keystore_part_from_before(
    ledger: Ledger, tmp_path: Path, *, sealed: bool
) -> None:
    """A backup with its own keystore part opens what was erased since, as the drill finds out, and
    all the more where that part should have been destroyed long ago; with a later keystore part it
    opens nothing, nor without the key of the month. Of the drill nothing is left on the disk.
    """
    home, mara = ledger.home, ledger.people["mara"]
    reference = closed_case(ledger, sealed=sealed)
    back_up(home, tmp_path / "before", ledger.clock())
    digests = propose(ledger, reference, "both")
    assent(ledger, digests, sealed=sealed)
    carry(ledger, "mara")
    ledger.clock.turn(days=1)
    back_up(home, tmp_path / "after", ledger.clock())
    erased = [one.erasure for one in seen(ledger)]

    # Drills that were killed, while they restored and after it: the next one begins anew.
    for killed in (".ledger.partial", "ledger"):
        (ledger.path.parent / APART / killed).mkdir(parents=True)

    def again(keystore: str) -> tuple[str, ...]:
        found = opened_again(
            *(home, tmp_path / "before", mara, erased, ledger.clock()),
            keystore=tmp_path / keystore / "keystore",
        )
        return tuple(one.e for one in found)

    assert {*again("before")} == {*digests}
    assert again("after") == ()
    ledger.clock.turn(days=KEYSTORE_DAYS)
    assert {one.state for one in seen(ledger)} == {"in-effect"}
    assert {*again("before")} == {*digests}
    months = Months(home)
    months.rebucket("2026-06", ledger.clock())
    months.destroy("2026-06", ledger.clock())
    back_up(home, tmp_path / "emptied", ledger.clock())
    assert again("emptied") == ()
    assert not (ledger.path.parent / APART).exists()
    ledger.home.close()


def test_what_a_drill_restored_is_not_left_in_silence(ledger: Ledger, tmp_path: Path) -> None:
    """Where it cannot be removed no drill succeeds, and the sentence says what lies there; two
    drills at a time would remove each other's.
    """
    home, mara = ledger.home, ledger.people["mara"]
    back_up(home, tmp_path / "backup", ledger.clock())
    left = ledger.path.parent / APART
    left.write_bytes(b"in its place")
    with pytest.raises(Unavailable, match="Remove it by hand"):
        opened_again(home, tmp_path / "backup", mara, (), ledger.clock())
    left.unlink()
    with (
        exclusive(home.path / LOCK, "trying it"),
        pytest.raises(Unavailable, match="trying a backup"),
    ):
        opened_again(home, tmp_path / "backup", mara, (), ledger.clock())
    assert opened_again(home, tmp_path / "backup", mara, (), ledger.clock()) == ()
    assert not left.exists()
    ledger.home.close()


def test_a_drill_is_an_act_of_the_office(ledger: Ledger) -> None:
    """It says whether anything opened, and never how much lay in the backup."""
    act = Act("record-erasure-drill", {"result": "closed"}, OFFICE)
    assert ledger.register.handle(ledger.people["tom"], act).records
    with pytest.raises(BadRequest):
        ledger.do("tom", "record-erasure-drill", OFFICE, {"result": "closed", "streams": 3})
    with pytest.raises(NotFound):
        ledger.do("kim", CARRIED_OUT, VAULT_OFFICE, {"of": "0" * 64}, vault=True)
    ledger.home.close()
