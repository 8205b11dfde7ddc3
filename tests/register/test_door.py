"""The door: what an act says about itself is checked before anything is signed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from keys.keyring import create
from ledger.errors import (
    BadRequest,
    CommandReused,
    LedgerError,
    NotFound,
    NotPermitted,
    RequestRefused,
    Unavailable,
)
from ledger.register.acts import OFFICE, Act
from ledger.register.custody import Custody
from ledger.register.sealedreading import SealedReader
from tests.register.library import START, Library

CALL: dict[str, object] = {"person": "mara", "channel": "mobile", "outcome": "no-answer"}


def opened(library: Library) -> str:
    """An open case."""
    reference = library.visit()
    library.act("mara", "open", reference)
    return reference


@pytest.mark.parametrize(
    "said",
    [
        {"precision": "about"},
        {"basis": "hearsay"},
        {"actor": "BAD ID"},
        {"actor": "nobody"},
        {"branch": "X Y"},
        {"under": "x:y"},
        {"under": f"{'0' * 31}1:1"},
        {"occurred_at": datetime(2026, 9, 14, 14, 5)},
        {"occurred_at": START + timedelta(microseconds=5)},
        {"occurred_at": START + timedelta(days=9_000)},
        {"occurred_at": datetime(1, 1, 1, tzinfo=UTC)},
        {"command_id": b"x"},
    ],
)
def test_what_cannot_be_true_is_refused_and_nothing_is_kept(
    library: Library, said: dict[str, object]
) -> None:
    """Wrong words, unknown people, times that lie ahead: a sentence, and no record."""
    reference = opened(library)
    before = len(library.case("kim", reference).case.records)
    act = replace(Act("attempt-contact", CALL, reference), **said)
    with pytest.raises(BadRequest):
        library.register.handle(library.people["kim"], act)
    assert len(library.case("kim", reference).case.records) == before


def test_a_decision_cannot_choose_the_moment_at_which_it_is_judged(library: Library) -> None:
    """Neither a date ahead nor one in an absence that is over lets a decision through."""
    away = {"from": library.now, "until": library.now + timedelta(hours=3)}
    library.act("mara", "record-absence", OFFICE, person="mara", **away)
    reference = library.visit()
    during = library.now
    library.now += timedelta(days=12)
    act = Act("open", {}, reference, occurred_at=during, role="designee")
    with pytest.raises(RequestRefused):
        library.register.handle(library.people["ines"], act)
    asked = opened(library)
    fields = {"level": "state", "categories": ["circulation"]}
    request = library.ref("kim", "receive-preservation-request", asked, **fields)
    places = {"categories": ["circulation"], "places": ["backups"]}
    hold = library.ref("mara", "place-hold", asked, request=request, **places)
    release = {"hold": hold, "reason": "period-ended"}
    late = Act("release-hold", release, asked, occurred_at=library.now + timedelta(days=200))
    with pytest.raises(BadRequest):
        library.register.handle(library.people["mara"], late)


def test_a_desk_and_a_designee_sign_only_what_a_verifier_accepts(
    library: Library, tmp_path: Path
) -> None:
    """No office or case act by a desk, no fact as designee without an absence."""
    reference = opened(library)
    away = {"person": "mara", "from": library.now, "until": library.now + timedelta(hours=3)}
    with pytest.raises(NotPermitted):
        library.act("front", "record-absence", OFFICE, **away)
    with pytest.raises(NotPermitted):
        library.act("front", "attempt-contact", reference, **CALL)
    act = Act("attempt-contact", CALL, reference, role="designee")
    with pytest.raises(NotPermitted):
        library.register.handle(library.people["ines"], act)
    assert library.verified(tmp_path).faults == ()


def test_a_key_that_a_verifier_refuses_is_never_signed(library: Library) -> None:
    """A small-order key fits many messages; it is refused before it is enrolled."""
    weak = base64.b64encode(b"\1" + bytes(31)).decode()
    with pytest.raises(LedgerError):
        library.act("mara", "enrol-key", OFFICE, person="mallory", key=weak)


def test_the_same_number_with_another_date_is_another_act(library: Library) -> None:
    """Everything that was asked counts, not only command and fields."""
    reference = opened(library)
    act = Act("attempt-contact", CALL, reference, command_id=b"n" * 16)
    library.register.handle(library.people["kim"], act)
    other = replace(act, branch="norwood")
    with pytest.raises(CommandReused):
        library.register.handle(library.people["kim"], other)


def test_sealing_keys_that_were_exchanged_receive_nothing(library: Library) -> None:
    """Whoever writes a keyring of their own into the keystore is not asked, and reads nothing."""
    evil = create("mara", b"", throw_away=True)
    library.home.keystore.put_public_keys("mara", evil.public.dump())
    reference = library.visit()
    library.tick(hours=1)
    with pytest.raises(NotFound):
        SealedReader(library.home, Custody(library.home), evil).case(reference)
    assert library.case("mara", reference).intakes


def test_a_revoked_key_reads_nothing_more(library: Library) -> None:
    """Reading asks for the enrolled key as acting does."""
    reference = opened(library)
    library.act("mara", "revoke-key", OFFICE, key=library.people["kim"].key_id.hex())
    with pytest.raises(NotPermitted):
        library.case("kim", reference)


def test_advice_is_kept_from_a_director_whom_the_visit_is_kept_from(library: Library) -> None:
    """Counsel's text on a visit marked "not to the director" does not reach the director."""
    away = {"person": "mara", "from": library.now, "until": library.now + timedelta(hours=3)}
    library.act("mara", "record-absence", OFFICE, **away)
    reference = library.visit(not_to_director=True)
    sealing = {"ground": "investigation", "citation": "Policy 3", "review_on": "2026-12-14"}
    library.act("ines", "keep-sealed", reference, **sealing)
    notice = {"ground": "attorney", "duty_notice_at": library.now}
    library.act("ines", "add-audience-member", reference, person="tom", **notice)
    asked = library.ref("ines", "request-counsel-review", reference, counsel="tom")
    library.act("tom", "give-advice", reference, request=asked, advice="She is suspected herself.")
    shown = [r.type for s in library.reader("mara").streams_shown() for r in s.records]
    assert "advice-given.v1" not in shown
    with pytest.raises(NotFound):
        library.case("mara", reference)


def test_a_visit_kept_from_the_director_goes_to_counsel_where_nobody_else_is(
    library: Library,
) -> None:
    """Without a designee such a visit reaches counsel, never the director."""
    library.act("mara", "end-role", OFFICE, person="ines", role="designee")
    reference = library.visit(not_to_director=True)
    assert library.case("tom", reference).intakes
    with pytest.raises(NotFound):
        library.case("mara", reference)
    library.act("mara", "end-role", OFFICE, person="tom", role="counsel")
    with pytest.raises(Unavailable):
        library.visit(not_to_director=True)
