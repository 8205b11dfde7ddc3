"""The log's keys in the office: announced by one, agreed by two, and only the newest that waits."""

from __future__ import annotations

from typing import Literal

from ledger.domain import log_events as g
from ledger.domain import office_events as o
from tests.domain.given import COUNSEL, CUSTODIAN, given
from tests.domain.given import LCLD as LAW
from tests.domain.given import records as told
from tests.domain.test_office import DIRECTOR, SECOND, assents, by, office

ROOT = "kZohTJOkgsGdg+iFFnnnNr0w9nCmNr+xIIhAu5jDcwk="


def announced(
    receipt: str, reason: Literal["rotation", "compromise"] = "rotation"
) -> g.LogKeysAnnounced:
    """New keys, told apart by their receipt key."""
    trusted = g.LogState(size=4096, root=ROOT)
    return g.LogKeysAnnounced(
        log=("ledger+00+AA",), receipt=receipt, reason=reason, trusted=trusted
    )


def test_announced_keys_count_from_a_second_persons_assent() -> None:
    """Until then they wait; the announcer's own assent counts for nothing."""
    first = announced("one")
    waiting = office(by(DIRECTOR, first))
    assert [one.event for one in waiting.awaiting_assent] == [first]
    assert waiting.log_keys == ()
    alone = office(by(DIRECTOR, first), assents(DIRECTOR, 2))
    assert alone.log_keys == ()
    agreed = office(by(DIRECTOR, first), assents(SECOND, 2))
    assert [one.event for one in agreed.log_keys] == [first]
    assert agreed.awaiting_assent == ()


def test_a_newer_announcement_supersedes_one_that_waits() -> None:
    """Keys that were given up cannot be assented to any more; agreed ones stay agreed."""
    first, second, third = announced("one"), announced("two", "compromise"), announced("three")
    both = office(by(DIRECTOR, first), by(DIRECTOR, second), assents(SECOND, 2))
    assert [one.event for one in both.awaiting_assent] == [second]
    assert both.log_keys == ()
    later = office(by(DIRECTOR, first), assents(SECOND, 2), by(DIRECTOR, third))
    assert [one.event for one in later.log_keys] == [first]
    assert [one.event for one in later.awaiting_assent] == [third]


def test_the_directorate_announces_keys() -> None:
    """Director and custodian do; counsel only assents."""
    given().when(announced("one"), by=CUSTODIAN, role="custodian").then(announced("one"))
    given().when(announced("one"), by=COUNSEL, role="counsel").then_refused("directorate_v1")
    (proposed,) = told([announced("one")], LAW, stream="0f" * 16)
    waiting = given().in_office(awaiting_assent=(proposed,))
    waiting.when(o.Assented(of=proposed.e), by=COUNSEL).then()
