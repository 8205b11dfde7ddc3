"""Signing in: nobody learns who there is (T-55), and nobody tries for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from keys import keyring
from ledger.web import signing
from ledger.web.failures import TooMany
from ledger.web.limiting import MOST_PLACES, Limits
from ledger.web.site import Side
from tests.register.library import Library
from tests.web.asking import Asker, Told

Visitor = Callable[[Side, str | None], Asker]


@pytest.fixture
def fresh(at: dict[Side, Asker]) -> Iterator[dict[Side, Asker]]:
    """Both programs, at which nobody has tried anything yet."""
    before = {side: one.site.limits for side, one in at.items()}
    for one in at.values():
        one.site.limits = Limits()
    yield at
    for side, one in at.items():
        one.site.limits = before[side]


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, int]]:
    """What each derivation of a key costs, in the order in which they are made."""
    found: list[tuple[object, int]] = []
    real = keyring._derive

    def noted(passphrase: bytes, salt: bytes, cost: keyring._Cost) -> bytes:
        found.append((cost, len(salt)))
        return real(passphrase, salt, cost)

    monkeypatch.setattr(keyring, "_derive", noted)
    return found


NAMES = ("kim", "mara", "nobody", "zoe", "front", "Kim", "../kim", "kim\x00", "k" * 300, "")
"""Known and unknown, cleared and not, a desk, and what is no name at all."""


def told_of(asker: Asker, name: str, passphrase: str) -> tuple[int, object, bytes]:
    """Everything that comes back, but for what says nothing."""
    told = asker.other(peer=(f"192.0.2.{len(name)}", 1)).sign_in(name, passphrase)
    return told.status, told.headers, told.body


@pytest.mark.parametrize("side", ["desk", "room"])
def test_t55_a_name_that_is_known_is_not_told_from_one_that_is_not(
    side: Side, fresh: dict[Side, Asker], own_costs: list[tuple[object, int]]
) -> None:
    """T-55: known or not, cleared or not, a desk or no name: the answer is the same to the byte,
    and the work is: one key is derived, at the usual cost.
    """
    answers, work = set(), []
    for name in NAMES:
        own_costs.clear()
        answers.add(told_of(fresh[side], name, "a passphrase of nobody’s"))
        work.append(tuple(own_costs))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 401
    assert set(work) == {((keyring._USUAL, keyring.SALT_BYTES),)}


@pytest.fixture
def own_costs(
    closed: Library, fresh: dict[Side, Asker], costs: list[tuple[object, int]]
) -> Iterator[list[tuple[object, int]]]:
    """People's keyring files cost what keyrings usually cost, as outside of tests."""
    folder = fresh["desk"].site.home_path / "people"
    kept = {path: path.read_bytes() for path in folder.glob("[kmf]*.keyring")}
    for path in kept:
        word = b"a passphrase of many words"
        path.write_bytes(keyring.create(path.stem, word).dump(word))
    yield costs
    for path, data in kept.items():
        path.write_bytes(data)


def test_t55_who_is_cleared_is_no_more_known_at_the_desk_by_the_right_passphrase(
    fresh: dict[Side, Asker],
) -> None:
    """T-55: at the desk the right passphrase of the director does what a wrong one of nobody does;
    the room lets her in.
    """
    right = told_of(fresh["desk"], "mara", "throw-away")
    assert right == told_of(fresh["desk"], "nobody", "throw-away")
    assert fresh["room"].other().sign_in("mara", "throw-away").status == 303


def test_a_desk_signs_in_nowhere(fresh: dict[Side, Asker]) -> None:
    """The desk page's own principal is no person: its passphrase opens nothing for a browser."""
    for side in fresh:
        asker = fresh[side].other()
        assert asker.sign_in("front", "throw-away").status == 401
        assert asker.cookies == {}


def test_t55_who_is_locked_out_is_not_told_from_who_does_not_exist(
    fresh: dict[Side, Asker], costs: list[tuple[object, int]]
) -> None:
    """T-55: after ten tries the eleventh is sent away at the same place, with the same bytes, and
    before any key is derived, whether there is such a person or not.
    """
    told: dict[str, list[tuple[int, object, bytes]]] = {}
    for name in ("kim", "zoe"):
        for number in range(8):
            fresh["desk"].site.limits.check_sign_in(name, f"192.0.2.{number}")
        for number in range(8, 12):
            asker = fresh["desk"].other(peer=(f"192.0.2.{number}", 1))
            one = asker.sign_in(name, "wrong")
            told.setdefault(name, []).append((one.status, one.headers, one.body))
    assert told["kim"] == told["zoe"]
    assert [one[0] for one in told["kim"]] == [401] * 2 + [429] * 2
    assert len(costs) == 4
    # The right passphrase is of no use either, until the time is over.
    assert fresh["desk"].other(peer=("192.0.2.99", 1)).sign_in("kim", "throw-away").status == 429


def test_no_stranger_locks_a_person_out_of_where_they_come_in(fresh: dict[Side, Asker]) -> None:
    """Whoever tries the director's name from many places uses up its tries there; from where she
    came in before she comes in again, and a wrong passphrase has ten tries there too.
    """
    room = fresh["room"]
    assert room.other().sign_in("mara", "throw-away").status == 303
    for number in range(12):
        room.other(peer=(f"192.0.2.{number}", 1)).sign_in("mara", "wrong")
    elsewhere = room.other(peer=("192.0.2.99", 1))
    assert elsewhere.sign_in("mara", "throw-away").status == 429
    assert room.other().sign_in("mara", "throw-away").status == 303
    told = [room.other().sign_in("mara", "wrong").status for _ in range(9)]
    assert told == [401] * 8 + [429]


def test_of_places_in_which_people_came_in_the_newest_are_remembered() -> None:
    """What is remembered is bounded, and the oldest place is forgotten first."""
    limits = Limits()
    for number in range(MOST_PLACES + 1):
        limits.came_in("mara", f"192.0.{number // 250}.{number % 250}")
    for number in range(10):
        limits.check_sign_in("mara", f"198.51.100.{number}")
    with pytest.raises(TooMany):
        limits.check_sign_in("mara", "192.0.0.0")
    limits.check_sign_in("mara", "192.0.0.1")


def test_an_address_has_ten_tries_whatever_names_it_gives(fresh: dict[Side, Asker]) -> None:
    """Ten in five minutes from one address, and it is told how long to wait; others go on."""
    for number in range(8):
        fresh["desk"].site.limits.check_sign_in(f"name-{number}", "127.0.0.1")
    told = [fresh["desk"].other().sign_in(name, "wrong") for name in ("a", "b", "c", "kim")]
    assert [one.status for one in told] == [401] * 2 + [429] * 2
    assert 0 < int(told[-1].header("retry-after") or "") <= 300
    assert fresh["desk"].other(peer=("192.0.2.8", 1)).sign_in("kim", "throw-away").status == 303


@pytest.mark.parametrize(
    ("addresses", "is_one"),
    [
        (("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), True),
        (("2001:db8:1:2::1", "2001:db8:1:3::1"), False),
        (("192.0.2.1", "::ffff:192.0.2.1"), True),
        (("::ffff:192.0.2.1", "::ffff:192.0.2.2"), False),
        (("fe80::1%eth0", "fe80::2%eth1"), True),
        (("192.0.2.1", "192.0.2.2"), False),
    ],
)
def test_a_house_counts_once(addresses: tuple[str, str], is_one: bool) -> None:
    """Who has a whole network of addresses has ten tries all the same."""
    limits = Limits()
    for number in range(10):
        limits.check_sign_in(f"name-{number}", addresses[0])
    if not is_one:
        limits.check_sign_in("kim", addresses[1])
        return
    with pytest.raises(TooMany):
        limits.check_sign_in("kim", addresses[1])


def test_nobody_fills_the_memory_with_names() -> None:
    """Names that are tried are kept as digests, and those of an address that has tried too often
    not at all.
    """
    limits = Limits()
    for number in range(30):
        try:
            limits.check_sign_in(f"{number}" * 100_000, "192.0.2.1")
        except TooMany:
            continue
    kept = vars(limits)["_counted"].storage.events
    assert len(kept) == 12
    assert max(len(key) for key in kept) < 400


def test_who_signs_in_never_takes_every_thread(fresh: dict[Side, Asker]) -> None:
    """When eight people's passphrases are tried or wait, the next is sent away at once: a visit
    that is to be saved always finds a thread.
    """
    held = [signing.IN_LINE.acquire(blocking=False) for _ in range(8)]
    try:
        told = fresh["desk"].other().sign_in("kim", "throw-away")
    finally:
        for _ in held:
            signing.IN_LINE.release()
    assert held == [True] * 8
    assert (told.status, told.header("retry-after")) == (429, "10")
    assert fresh["desk"].other().sign_in("kim", "throw-away").status == 303


def test_a_keyring_that_others_may_read_opens_nothing(fresh: dict[Side, Asker]) -> None:
    """A keyring file with open permissions is as none: it may be somebody else's."""
    path = fresh["desk"].site.home.keyring_path("kim")
    path.chmod(0o644)
    try:
        assert fresh["desk"].other().sign_in("kim", "throw-away").status == 401
    finally:
        path.chmod(0o600)


def test_what_is_typed_as_a_name_or_passphrase_is_in_no_answer_and_no_log(
    fresh: dict[Side, Asker], capfd: pytest.CaptureFixture[str]
) -> None:
    """A passphrase typed into the wrong field comes back nowhere."""
    told: list[Told] = [
        fresh["desk"].other().sign_in("correct horse", "battery staple"),
        fresh["desk"].other().ask("GET", "/sign-in?name=correct+horse&passphrase=battery+staple"),
    ]
    said = "".join((*(one.text for one in told), *capfd.readouterr()))
    assert "horse" not in said
    assert "staple" not in said
