"""What is kept in memory of sealed matters, for who opened them, never differs from the disk."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from ledger.errors import NotFound
from ledger.home import Home
from ledger.register.handle import Register
from ledger.register.kept import CaseFile
from ledger.register.reading import Reader
from ledger.register.sealedstreams import SealedKept
from tests.register.library import Library
from tests.register.test_kept import count_unsealed
from tests.register.test_sealed_matters import SEALING, sealed
from tests.register.test_tasks import assigned
from tests.register.test_triage import CONTACT

PEOPLE = ("mara", "tom", "ola", "kim")


@pytest.fixture
def beside(library: Library) -> Iterator[Register]:
    """The same ledger once more, as another program has it."""
    home = Home(library.home.path)
    yield Register(home, lambda: library.now)
    home.close()


def looks(library: Library, name: str) -> Reader:
    """How a person looks at the library's door; they may have looked there before."""
    return library.register.looking(library.people[name], "duty", vault=True)


def all_of(reader: Reader) -> dict[str, CaseFile]:
    """Every sealed matter that somebody sees."""
    return {reference: reader.case(reference) for reference in reader.sealed_references()}


def check_memory(library: Library) -> None:
    """See that each person who looks sees what somebody who knows nothing yet reads."""
    for name in PEOPLE:
        seen, read = all_of(looks(library, name)), all_of(library.reader(name, vault=True))
        assert seen.keys() == read.keys(), name
        for reference, file in seen.items():
            other = read[reference]
            assert (file.case, file.whole) == (other.case, other.whole), name
            assert [one.unsealed for one in file.parts] == [one.unsealed for one in other.parts]
            assert [one.store for one in file.parts] == [one.store for one in other.parts]


def kept_of(library: Library, name: str) -> SealedKept:
    """What a register keeps for a person."""
    side = library.register._sealed
    assert side is not None
    return side._kept[library.people[name]]


def test_memory_equals_the_disk_after_every_act(library: Library) -> None:
    """From the visit to the opening: sealed, advised on, given out as a task, joined by a visit
    that waits, taken from somebody, opened, sealed late; each person looks after each act.
    """
    reference, gag = sealed(library)
    check_memory(library)
    notice = {"ground": "needed-to-comply", "gag": gag, "duty_notice_at": library.now}
    library.act("mara", "add-audience-member", reference, person="ola", **notice)
    check_memory(library)
    asked = library.ref("mara", "request-counsel-review", reference, counsel="tom")
    library.act("tom", "give-advice", reference, request=asked, advice="Wait.")
    check_memory(library)
    assigned(library, reference, gag=gag)
    check_memory(library)
    library.act("kim", "intake", reference, mode="telephone")
    check_memory(library)
    library.act("mara", "keep-sealed", reference, **SEALING)
    check_memory(library)
    library.act(
        "mara", "remove-audience-member", reference, person="ola", reason="not-needed-any-more"
    )
    check_memory(library)
    other = library.visit()
    check_memory(library)
    library.act("mara", "open", other)
    check_memory(library)
    library.act("mara", "keep-sealed", other, **SEALING)
    check_memory(library)


def test_the_second_look_opens_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many matters there are; and what was folded is the same object."""
    sealed(library)
    library.visit()
    first = all_of(looks(library, "mara"))
    # Her looks are sealed too, and their stream began with this one.
    all_of(looks(library, "mara"))
    opened = count_unsealed(monkeypatch)
    second = all_of(looks(library, "mara"))
    assert opened == []
    assert len(second) == 2
    assert all(file.case is first[reference].case for reference, file in second.items())


def test_what_another_program_wrote_is_seen_at_the_next_look(
    library: Library, beside: Register
) -> None:
    """A record more in a matter, a visit, and its triage."""
    reference, _ = sealed(library)
    all_of(looks(library, "mara"))
    mine, library.register = library.register, beside
    library.act("mara", "attempt-contact", reference, **CONTACT)
    waiting = library.visit()
    library.register = mine
    check_memory(library)
    library.register = beside
    library.act("mara", "keep-sealed", waiting, **SEALING)
    library.register = mine
    check_memory(library)
    assert looks(library, "mara").case(waiting).head is not None


def test_whoever_left_a_matter_keeps_nothing_of_it(library: Library) -> None:
    """From the next look on it is not in their memory either, and is as one that never was."""
    reference, gag = sealed(library)
    notice = {"ground": "needed-to-comply", "gag": gag, "duty_notice_at": library.now}
    library.act("mara", "add-audience-member", reference, person="ola", **notice)
    streams = [one.id for one in looks(library, "ola").case(reference).parts]
    kept = kept_of(library, "ola")
    assert kept.file(reference) is not None
    library.act(
        "mara", "remove-audience-member", reference, person="ola", reason="not-needed-any-more"
    )
    with pytest.raises(NotFound):
        looks(library, "ola").case(reference)
    assert kept.file(reference) is None
    assert [kept.stream(one) for one in streams] == [None] * len(streams)
    assert not kept.begun.keys() & set(streams)


def test_what_is_kept_goes_with_the_keyring(library: Library) -> None:
    """Where a session ends, nothing of what it opened stays in memory."""
    library.enrol("otto", "counsel")
    sealed(library)
    all_of(looks(library, "otto"))
    assert kept_of(library, "otto").begun
    side = library.register._sealed
    assert side is not None
    del library.people["otto"]
    gc.collect()
    assert [ring.person for ring in side._kept] == []


def test_nobody_is_shown_what_was_kept_for_another(library: Library) -> None:
    """What the custodian opened a moment before is to the staff as one that never was."""
    reference, _ = sealed(library)
    assert looks(library, "mara").case(reference).sealed
    for name in ("ola", "kim"):
        assert looks(library, name).sealed_references() == ()
        with pytest.raises(NotFound):
            looks(library, name).case(reference)
