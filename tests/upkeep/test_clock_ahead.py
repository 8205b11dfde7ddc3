"""A clock that is wrong by a year: nothing is decided by it, and it can be put right."""

from __future__ import annotations

import pytest

from ledger.errors import NotFound
from tests.register.ledgers import Ledger, check_sound
from tests.upkeep.matters import closed_case, finish, propose


def test_t19_a_year_ahead_opens_no_seal_and_erases_nothing(ledger: Ledger) -> None:
    """T-19: a year after every date of its seal a matter is still its roster's alone, and an
    erasure to which nobody assented is not carried out; the clock put right, no tick is repeated,
    and everything holds.
    """
    sealed, waiting = closed_case(ledger, sealed=True), closed_case(ledger)
    propose(ledger, waiting, "both")
    built = ledger.tick(days=365)
    assert [one.tick for one in built] == list(range(1, len(built) + 1))
    assert len(built) >= 365
    assert finish(ledger) == ()
    assert finish(ledger, "mara") == ()
    with pytest.raises(NotFound):
        ledger.register.reader(ledger.people["kim"]).case(sealed)
    assert ledger.look("mara", sealed).sealed
    assert ledger.look("mara", waiting).case.closed
    assert ledger.tick(days=-365) == ()
    reference = ledger.visit("kim")
    assert ledger.look("mara", reference).case.records
    assert ledger.tick(days=364) == ()
    assert [one.tick for one in ledger.tick(days=2)] == [len(built) + 1]
    check_sound(ledger)
