"""Looks among sealed matters: what recording one writes, who reads it, and who looks meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from keys.recovery import RecoveryIdentity
from keys.secrets import StreamSecrets
from ledger.domain.office import Recorded
from ledger.domain.vault_events import GlassBroken
from ledger.register import records
from ledger.register.custody import Custody
from ledger.register.erasure import VAULT_OFFICE
from ledger.register.locks import exclusive
from ledger.register.looked import ALWAYS, besides_looks, looks_of
from ledger.register.seal import Unsealed, unseal
from ledger.stores.store import Row
from tests.register.library import START, Library
from tests.register.test_recovery import (
    SEED,
    access,
    agree,
    opens_vault_office,
    recoverable,
    seal,
)
from tests.register.test_sealed_matters import SEALING


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with a recovery identity, which the tests of this file share."""
    library = recoverable(tmp_path_factory.mktemp("library") / "home", RecoveryIdentity(SEED))
    yield library
    library.home.close()


def look(library: Library, name: str) -> None:
    """Look at the list of sealed matters, a minute later."""
    library.now += timedelta(minutes=1)
    library.register.looking(library.people[name], "duty", vault=True).sealed_references()


def count_opened(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Every row that is opened from now on."""
    opened: list[Row] = []

    def counting(origin: str, row: Row, secrets: StreamSecrets) -> Unsealed:
        opened.append(row)
        return unseal(origin, row, secrets)

    monkeypatch.setattr(records, "unseal", counting)
    return opened


def looks_by(library: Library, name: str, *, seen_by: str) -> list[Recorded]:
    """Somebody's looks, as another person sees them."""
    ring = library.people[seen_by]
    found = looks_of(library.home, Custody(library.home), ring, START)
    return [one for one in found if one.recorded_by == name]


def test_a_look_writes_keys_only_where_the_office_changed(shared: Library) -> None:
    """The second look leaves the keystore as it is; the first after an appointment lets the new
    counsel read the looks, those before among them.
    """
    seal(shared)
    look(shared, "mara")
    before = shared.home.keystore.version()
    look(shared, "mara")
    assert shared.home.keystore.version() == before
    shared.enrol("otto", "counsel")
    assert looks_by(shared, "mara", seen_by="otto") == []
    look(shared, "mara")
    assert looks_by(shared, "mara", seen_by="otto") == looks_by(shared, "mara", seen_by="tom")
    assert len(looks_by(shared, "mara", seen_by="otto")) == 3


def test_the_looks_of_a_week_open_nothing_of_the_months_before(
    shared: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From whatever instant on, it is what reading all of them gives; and each is asked for that
    was recorded since.
    """
    custody, tom = Custody(shared.home), shared.people["tom"]
    for _ in range(20):
        look(shared, "mara")
    every = looks_of(shared.home, custody, tom, ALWAYS)
    for since in {one.recorded_at for one in every}:
        for at in (since, since + timedelta(seconds=1)):
            later = tuple(one for one in every if one.recorded_at >= at)
            assert looks_of(shared.home, custody, tom, at) == later
    opened = count_opened(monkeypatch)
    assert len(looks_of(shared.home, custody, tom, every[-2].recorded_at)) == 2
    assert len(opened) == 2


def test_what_stands_beside_looks_costs_no_more_after_many(
    shared: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks again for breaks of the glass opens only the looks that came since."""
    tom, custody = shared.people["tom"], Custody(shared.home)
    glass = shared.register.looks(shared.people["mara"], "duty")
    for _ in range(5):
        look(shared, "mara")
    before = besides_looks(shared.home, custody, tom)
    opened = count_opened(monkeypatch)
    assert (besides_looks(shared.home, custody, tom), len(opened)) == (before, 0)
    look(shared, "mara")
    glass.write(GlassBroken(way="designee", matters=()), apart=False)
    opened.clear()
    (broken,) = set(besides_looks(shared.home, custody, tom)) - set(before)
    assert (broken.recorded_by, len(opened)) == ("mara", 2)


def test_somebody_may_look_from_two_places_at_once(
    shared: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that another process records while ours is being placed is no record taken away."""
    look(shared, "mara")
    elsewhere = shared.reopened_beside()
    known, last_seq = looks_by(shared, "mara", seen_by="tom"), shared.home.vault.last_seq
    own = bytes.fromhex(known[0].ref.partition(":")[0])

    def meanwhile(stream: bytes) -> int:
        seq = last_seq(stream)
        if stream == own:
            monkeypatch.setattr(shared.home.vault, "last_seq", last_seq)
            look(elsewhere, "mara")
        return seq

    # Where our last look stood is known here, and not true any more.
    look(elsewhere, "mara")
    monkeypatch.setattr(shared.home.vault, "last_seq", meanwhile)
    look(shared, "mara")
    elsewhere.home.close()
    assert len(looks_by(shared, "mara", seen_by="tom")) == len(known) + 3


def test_a_visit_may_be_triaged_while_somebody_looks_for_it(
    shared: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken over by the vault between two questions, it is no stream that was taken away."""
    waiting, elsewhere, rows = shared.visit("kim"), shared.reopened_beside(), shared.home.vault.rows
    (visit,) = (one.id for one in shared.case("mara", waiting).intakes)

    def meanwhile(stream: bytes, *, after: int = 0, limit: int | None = None) -> tuple[Row, ...]:
        found = rows(stream, after=after, limit=limit)
        if stream == visit and not found:
            monkeypatch.setattr(shared.home.vault, "rows", rows)
            elsewhere.now = shared.now
            elsewhere.act("mara", "keep-sealed", waiting, **SEALING)
        return found

    monkeypatch.setattr(shared.home.vault, "rows", meanwhile)
    assert waiting in shared.reader("mara").sealed_references()
    elsewhere.home.close()
    assert len(shared.case("mara", waiting).streams) == 2


def test_whom_recovery_let_into_looks_and_the_vaults_office_still_reads_them(
    shared: Library,
) -> None:
    """The next look, and the next record of an erasure, do not shut a director out again."""
    closed = seal(shared)
    shared.act("mara", "close", closed, outcome="not-disclosed")
    stream = shared.case("mara", closed).streams[-1].id.hex()
    proposing = {"stream": stream, "secrets": "personal"}
    proposed = shared.act("mara", "erase-stream", VAULT_OFFICE, **proposing).records[0].e
    look(shared, "mara")
    agree(shared, "dora")
    access(shared).recover(shared.people["dora"], RecoveryIdentity(SEED))
    look(shared, "mara")
    assert looks_by(shared, "mara", seen_by="dora") == looks_by(shared, "mara", seen_by="tom")
    shared.act("tom", "assent", VAULT_OFFICE, of=proposed)
    assert opens_vault_office(shared, "dora")


def test_how_sealed_streams_begin_is_read_once(
    shared: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who read the list reads each matter of it without opening all others again; where each lies
    is asked anew, so that triage takes none away meanwhile.
    """
    waiting, reference, reader = shared.visit("kim"), seal(shared), shared.reader("mara")
    asked: list[bytes] = []
    rows = shared.home.vault.rows

    def counting(stream: bytes, *, after: int = 0, limit: int | None = None) -> tuple[Row, ...]:
        asked.append(stream)
        return rows(stream, after=after, limit=limit)

    monkeypatch.setattr(shared.home.vault, "rows", counting)
    assert {waiting, reference} <= set(reader.sealed_references())
    once = len(asked)
    assert once == len(set(asked)) > 2
    assert reader.case(reference).sealed
    assert len(reader.streams_shown()) > 2
    assert len(asked) == once
    shared.act("mara", "keep-sealed", waiting, **SEALING)
    assert len(reader.case(waiting).streams) == 2


def test_a_recovery_does_not_wait_for_who_keeps_keys(shared: Library) -> None:
    """Its record stands and its keys lie with it: they are found where they are."""
    reference = seal(shared)
    agree(shared, "vera")
    look(shared, "mara")
    with exclusive(shared.home.path / "keys.lock", "keeping keys"):
        access(shared).recover(shared.people["vera"], RecoveryIdentity(SEED), reference)
        assert shared.case("vera", reference, vault=True).sealed
    assert shared.home.vault.wraps() != ()
