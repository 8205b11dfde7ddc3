"""Codes and capsules: any k holders open the seed, and k - 1 open nothing.

Each layer that the age library seals or opens costs about a second. One capsule is such a real
one; those that only have to be opened, or not, are sealed at a low cost.
"""

from __future__ import annotations

from itertools import combinations, permutations

import pyrage  # type: ignore[import-untyped] # It ships no types.
import pytest

from keys.capsules import (
    Capsule,
    check_holders,
    groups,
    new_code,
    open_each,
    open_one,
    read_capsules,
    read_code,
    seal_capsule,
    seal_capsules,
)
from keys.errors import RecoveryRefused
from keys.recovery import RecoveryIdentity
from tests.keys.age import cheap_age, encrypt

HOLDERS = ("ines", "otto", "board-chair")
SEED = bytes(range(100, 132))


@pytest.fixture(scope="module")
def codes() -> dict[str, str]:
    """The codes of three holders."""
    return {one: new_code() for one in HOLDERS}


@pytest.fixture(scope="module")
def capsules(codes: dict[str, str]) -> tuple[Capsule, ...]:
    """The capsules of two of three."""
    with cheap_age():
        return seal_capsules(RecoveryIdentity(SEED), codes, 2)


def only(codes: dict[str, str], *holders: str) -> dict[str, str]:
    """The codes of some holders."""
    return {one: codes[one] for one in holders}


# --- Capsules -----------------------------------------------------------------------------------


def test_any_two_of_three_open_the_seed(
    capsules: tuple[Capsule, ...], codes: dict[str, str]
) -> None:
    """Whichever holder is missing, the other two are enough."""
    assert [one.holders for one in capsules] == list(combinations(HOLDERS, 2))
    for pair in combinations(HOLDERS, 2):
        opened = open_one(capsules, only(codes, *pair))
        assert opened.seed == SEED


@pytest.mark.parametrize("alone", HOLDERS)
def test_one_alone_opens_nothing(
    capsules: tuple[Capsule, ...], codes: dict[str, str], alone: str
) -> None:
    """One holder with every capsule is told whom to bring, and gets nothing."""
    with pytest.raises(RecoveryRefused, match="another holder"):
        open_one(capsules, only(codes, alone))
    with pytest.raises(RecoveryRefused, match="another holder"):
        open_each(capsules, only(codes, alone))


def test_a_capsule_holds_the_seed_and_nothing_else(codes: dict[str, str]) -> None:
    """What the outer code opens is an age file; under both codes lie 32 bytes, so no month key,
    master key or signing key can be in it. The library itself sealed both layers.
    """
    outer, inner = HOLDERS[:2]
    first = seal_capsule(RecoveryIdentity(SEED), (outer, inner), codes)
    locked = pyrage.passphrase.decrypt(first.armor.encode(), codes[outer])
    assert locked.startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert SEED not in locked
    assert pyrage.passphrase.decrypt(locked, codes[inner]) == SEED


def test_one_code_gives_nothing_of_the_seed(
    capsules: tuple[Capsule, ...], codes: dict[str, str]
) -> None:
    """What the outer code opens, the same code does not open."""
    first = capsules[0]
    outer = first.holders[0]
    locked = pyrage.passphrase.decrypt(first.armor.encode(), codes[outer])
    assert SEED not in locked
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(locked, codes[outer])


def test_three_of_five() -> None:
    """Every group of three of five has its capsule, and one of them opens with its three codes."""
    five = ("ada", "bela", "cora", "dina", "elif")
    made = groups(five, 3)
    assert len(made) == len(set(made)) == 10
    assert all(sum(one in group for group in made) == 6 for one in five)
    theirs = {one: new_code() for one in five}
    with cheap_age():
        capsule = seal_capsule(RecoveryIdentity(SEED), made[7], theirs)
    assert open_one([capsule], only(theirs, *made[7])).seed == SEED
    for pair in combinations(made[7], 2):
        with pytest.raises(RecoveryRefused):
            open_one([capsule], only(theirs, *pair))


def test_a_wrong_code_is_named(capsules: tuple[Capsule, ...], codes: dict[str, str]) -> None:
    """The holder whose code does not open is named, so that they look at their envelope again."""
    with pytest.raises(RecoveryRefused, match="code of otto"):
        open_one(capsules, {"ines": codes["ines"], "otto": new_code()})


def test_codes_of_the_right_people_the_wrong_way_round_open_nothing(
    capsules: tuple[Capsule, ...], codes: dict[str, str]
) -> None:
    """Two envelopes that were exchanged are not told from wrong ones, and open nothing."""
    with pytest.raises(RecoveryRefused, match="code of ines"):
        open_one(capsules, {"ines": codes["otto"], "otto": codes["ines"]})


def test_a_damaged_capsule_is_refused_and_another_copy_opens(
    capsules: tuple[Capsule, ...], codes: dict[str, str]
) -> None:
    """A character that was misread is found; the copy on the other holder's sheet serves."""
    (whole, *_) = capsules
    pair = only(codes, *whole.holders)
    middle = len(whole.armor) // 2
    for at in (40, middle, len(whole.armor) - 60):
        swapped = "B" if whole.armor[at] != "B" else "C"
        damaged = Capsule(whole.holders, whole.armor[:at] + swapped + whole.armor[at + 1 :])
        with pytest.raises(RecoveryRefused, match="damaged"):
            open_one([damaged], pair)
    with pytest.raises(RecoveryRefused, match="damaged"):
        open_each([whole, damaged], pair)
    assert open_one([damaged, whole], pair).seed == SEED


def test_something_else_in_a_capsule_is_no_seed(codes: dict[str, str]) -> None:
    """Text of another length under the right code is refused."""
    armor = encrypt(b"not a seed", codes["ines"], armored=True).decode().strip()
    with pytest.raises(RecoveryRefused, match="something else"):
        open_one([Capsule(("ines",), armor)], codes)


# --- What is printed ----------------------------------------------------------------------------


def test_a_printed_sheet_is_read_back(capsules: tuple[Capsule, ...]) -> None:
    """Capsules are found in a page of other text, indented or with the line ends of elsewhere."""
    page = "RECOVERY SHEET\n\n" + "\n\nand\n".join(one.text() for one in capsules) + "\nend\n"
    assert read_capsules(page) == capsules
    indented = "\r\n".join(f"   {line} " for line in page.splitlines())
    assert read_capsules(indented) == capsules


@pytest.mark.parametrize(
    "text",
    [
        "",
        "capsule: ines otto\n",
        "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n",
        "capsule: ines ines\n-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n"
        "-----END AGE ENCRYPTED FILE-----\n",
        "capsule: Ines Otto\n-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n"
        "-----END AGE ENCRYPTED FILE-----\n",
        "x" * 200_001,
    ],
)
def test_a_text_without_capsules_is_refused(text: str) -> None:
    """What has no whole capsule with its holders is refused with a sentence."""
    with pytest.raises(RecoveryRefused):
        read_capsules(text)


# --- Codes --------------------------------------------------------------------------------------


def test_a_code_comes_back_as_it_was_printed() -> None:
    """In lower case, without hyphens, with O for 0 and I or L for 1, it is the same code."""
    for _ in range(50):
        code = new_code()
        assert read_code(code) == code
        sloppy = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert read_code(f"  {sloppy} ") == code
        assert len(code) == 34


def test_codes_are_drawn_from_130_bits() -> None:
    """The first character too takes all its values; no two codes are alike."""
    drawn = [new_code() for _ in range(400)]
    assert len(set(drawn)) == 400
    assert len({code[0] for code in drawn}) > 24
    ones = new_code(entropy=lambda length: b"\xff" * length)
    assert ones.startswith("ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZ")


def test_a_mistyped_code_is_told_at_once() -> None:
    """Of all single wrong characters, and neighbours exchanged, nearly all are told."""
    code = new_code(entropy=lambda length: bytes(range(7, 7 + length)))
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    wrong = [
        code[:at] + other + code[at + 1 :]
        for at, one in enumerate(code)
        if one != "-"
        for other in alphabet
        if other != one
    ]
    passed = 0
    for one in wrong:
        try:
            read_code(one)
        except RecoveryRefused:
            continue
        passed += 1
    # Two check characters: one slip in 1,024 is not told, and then opens nothing.
    assert passed <= len(wrong) // 200


@pytest.mark.parametrize("text", ["", "hello", "0" * 27, "0" * 29, "U" * 28, "*" * 28])
def test_what_is_no_code_is_refused(text: str) -> None:
    """Too short, too long, or of letters that no code has."""
    with pytest.raises(RecoveryRefused):
        read_code(text)


# --- How many holders ---------------------------------------------------------------------------


def test_only_sensible_numbers_of_holders_are_taken() -> None:
    """Two to four of three to five, and one may always be missing."""
    names = ("a", "b", "c", "d", "e", "f")
    taken = []
    for holders in range(7):
        for needed in range(7):
            try:
                check_holders(names[:holders], needed)
            except RecoveryRefused:
                continue
            taken.append((needed, holders))
    assert taken == [(2, 3), (2, 4), (3, 4), (2, 5), (3, 5), (4, 5)]


@pytest.mark.parametrize("holders", [("a", "b", "a"), ("a", "b", "C"), ("a", "b", "c d")])
def test_holders_are_named_once_and_shortly(holders: tuple[str, ...]) -> None:
    """A holder named twice would hold two codes, and other names break the printed line."""
    with pytest.raises(RecoveryRefused, match="short name"):
        groups(holders, 2)


def test_any_group_is_enough_and_no_smaller_one() -> None:
    """For every permitted number, each group of k has a capsule, and no group of k - 1 has."""
    names = ("a", "b", "c", "d", "e")
    for needed, holders in [(2, 3), (2, 4), (3, 4), (2, 5), (3, 5), (4, 5)]:
        made = {frozenset(group) for group in groups(names[:holders], needed)}
        for present in permutations(names[:holders], needed):
            assert frozenset(present) in made
        for present in combinations(names[:holders], needed - 1):
            assert not any(group <= set(present) for group in made)
