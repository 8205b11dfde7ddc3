"""What a program keeps of open cases: a page shows what was recorded a moment ago, and nothing that
was sealed, erased or taken from somebody since. Another program did it each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ledger.register.acts import OFFICE
from ledger.register.kept import Kept
from ledger.web import app
from ledger.web.site import Side
from tests.postgresql.programs import Version
from tests.register.ledgers import Clock, by_two, cast, found_ledger
from tests.register.test_triage import CONTACT, SEALING
from tests.upkeep.matters import closed_case, erase
from tests.web.room.conftest import House, Person, house_of

WORDS = "Which terminal did Ines Quandt use?"
UNKNOWN = "7K3M-9QF2-7"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Both programs of a ledger on each kind of store; each test has a case of its own."""
    path, store = tmp_path_factory.mktemp("kept") / "home", None
    if request.param == "postgresql":
        servers: Callable[[Version], str] = request.getfixturevalue("ledger_servers")
        store = servers("newest")
    ledger = found_ledger(path, cast(), Clock(), store=store, origin="ledger.kept.example")
    with house_of(ledger) as made:
        yield made
    ledger.home.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer waits for its beat."""
    monkeypatch.setattr(app, "BEAT_SECONDS", 0.001)


@pytest.fixture
def readers(house: House) -> dict[Side, Person]:
    """Kim of the staff at the desk's program, and the director at the room's."""
    return {"desk": house.at("desk", "kim"), "room": house.at("room", "mara")}


def kept(house: House, side: Side) -> Kept:
    """What a program keeps in memory."""
    found = house.sites[side].register._service.streams.kept
    assert found is not None
    return found


def in_memory(house: House, side: Side) -> str:
    """All of it, spelt out."""
    return repr([one.records for one in kept(house, side)._streams.values()])


def opened(house: House) -> str:
    """The reference of a case that stands open."""
    reference = house.ledger.visit("kim", fields={"words": WORDS})
    house.ledger.do("mara", "open", reference)
    return reference


def test_a_page_shows_what_another_program_recorded_a_moment_ago(
    house: House, readers: dict[Side, Person]
) -> None:
    """In the case and in the list, at both programs, each time that something is recorded."""
    reference = opened(house)
    for many in range(3):
        for person in readers.values():
            page = person.get(person.go(reference)).text
            assert page.count("Contact attempted") == many
            by = "pat" if many else "mara"
            line = person.get("/cases").text.partition(reference)[2].partition("</tr>")[0]
            assert by in line
        house.ledger.do("pat", "attempt-contact", reference, CONTACT)


def test_what_stands_open_is_read_once_and_the_service_keeps_nothing_sealed(
    house: House, readers: dict[Side, Person]
) -> None:
    """A second page is made of what the first one read; a sealed case is kept for who opened it."""
    reference, sealed = opened(house), house.ledger.visit("kim", fields={"words": "The sealed."})
    house.ledger.do("mara", "keep-sealed", sealed, SEALING)
    for side, person in readers.items():
        person.get(person.go(reference))
        first = kept(house, side).file(reference)
        assert first is not None
        person.get(person.go(reference))
        assert kept(house, side).file(reference) is first
    mara = readers["room"]
    assert "The sealed." in mara.get(mara.go(sealed)).text
    assert "The sealed." not in in_memory(house, "room")
    assert kept(house, "room").file(sealed) is None


def test_t36_a_case_that_is_sealed_late_is_kept_for_nobody(
    house: House, readers: dict[Side, Person]
) -> None:
    """From that moment on it is unknown to the staff at both programs, and its roster reads on."""
    reference, kim, mara = opened(house), *readers.values()
    inside = house.at("room", "kim")
    pages = [(one, one.go(reference)) for one in (kim, mara, inside)]
    assert all(WORDS in one.get(path).text for one, path in pages)
    house.ledger.do("mara", "keep-sealed", reference, SEALING)
    for one, path in (pages[0], pages[2]):
        assert one.get(path).status_code == 404
        assert one.post("/cases/find", {"reference": reference}).status_code == 404
        assert reference not in one.get("/cases").text
    assert kim.get(f"/cases/{reference}").content == kim.get(f"/cases/{UNKNOWN}").content
    page = mara.get(pages[1][1]).text
    assert WORDS in page
    assert "Sealed." in page
    for side in house.sites:
        assert kept(house, side).file(reference) is None


def test_t44_what_was_erased_is_on_no_page_and_not_kept(
    house: House, readers: dict[Side, Person]
) -> None:
    """Words that a page showed are on none any more, nor in memory, after two people erased them;
    once the whole case is erased, there is no page.
    """
    words = "It was about Tomas Ibarra."
    reference = closed_case(house.ledger, words=words)
    assert all(words in one.get(one.go(reference)).text for one in readers.values())
    erase(house.ledger, reference, "personal")
    for side, person in readers.items():
        page = person.get(person.go(reference)).text
        assert "Intake saved" in page
        assert words not in page + in_memory(house, side)
    erase(house.ledger, reference, "both")
    for side, person in readers.items():
        found = person.post("/cases/find", {"reference": reference})
        assert found.status_code == 404
        assert kept(house, side).file(reference) is None


def test_t38_who_lost_their_role_is_shown_nothing_that_is_kept(house: House) -> None:
    """The next page asks them to sign in, though it was shown a moment before."""
    reference, pat = opened(house), house.at("desk", "pat")
    assert WORDS in pat.get(f"/cases/{reference}").text
    house.ledger.do("mara", "end-role", OFFICE, {"person": "pat", "role": "staff"})
    answer = pat.get(f"/cases/{reference}")
    assert answer.status_code != 200
    assert WORDS not in answer.text
    by_two(house.ledger, "grant-role", {"person": "pat", "role": "staff"})
    assert house.ledger.register.office().office.roles_of("pat") == {"staff"}
