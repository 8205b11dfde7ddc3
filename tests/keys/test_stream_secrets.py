"""The secrets of a stream, and who may open their wraps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given
from hypothesis import strategies as st

from keys import aead
from keys.aead import Entropy
from keys.errors import KeyRefused, KeysError, NotInAudience, Undecipherable
from keys.keyring import Keyring, PublicKeys
from keys.master import MasterKey
from keys.public import SLOT_OVERHEAD_BYTES
from keys.rows import decrypt_row, encrypt_row
from keys.secrets import (
    StreamSecrets,
    new_kek,
    open_slots,
    rebucket,
    seal_slots,
    unwrap_open,
    unwrap_sealed,
    wrap_open,
    wrap_sealed,
)

People = tuple[Keyring, ...]
KEK = b"k" * 32
PLACE = b"ledger.lonecone.example\0stream"
SLOT_BYTES = SLOT_OVERHEAD_BYTES + 65


def _publics(people: People) -> tuple[PublicKeys, ...]:
    return tuple(person.public for person in people)


def _each_change(data: bytes) -> list[bytes]:
    changes = []
    for position, byte in enumerate(data):
        changes.append(data[:position] + bytes([byte ^ 1 << position % 8]) + data[position + 1 :])
    return changes


def test_the_wrap_of_an_open_stream_opens(master: MasterKey, secrets: StreamSecrets) -> None:
    """The open store's process, with master key and month key, gets the secrets back."""
    wrap = wrap_open(KEK, master, secrets, PLACE)
    assert unwrap_open(KEK, master, wrap, PLACE) == secrets


@pytest.mark.parametrize("size", range(1, 8))
def test_everybody_in_the_audience_gets_the_secrets(
    people: People, secrets: StreamSecrets, size: int
) -> None:
    """Each of one to seven people opens the wrap; the others do not."""
    wrap = wrap_sealed(KEK, _publics(people[:size]), secrets, PLACE)
    for reader in people[:size]:
        assert unwrap_sealed(KEK, wrap, reader, PLACE) == secrets
    for stranger in people[size:]:
        with pytest.raises(NotInAudience):
            unwrap_sealed(KEK, wrap, stranger, PLACE)


def test_a_wrap_does_not_show_how_many_may_open_it(people: People) -> None:
    """One to seven people, erased or not, give wraps of one size."""
    whole = StreamSecrets.generate()
    sizes = {
        len(wrap_sealed(KEK, _publics(people[:size]), secrets, PLACE))
        for size in range(1, 8)
        for secrets in (whole, StreamSecrets(whole.core, None))
    }
    assert sizes == {8 * SLOT_BYTES + 28}


def test_the_place_of_a_slot_shows_nothing(ada: Keyring) -> None:
    """A lone reader's slot stands in any of the eight places, so that order tells nothing."""
    places = set()
    for _ in range(60):
        blob = seal_slots(b"seed", [ada.public], PLACE)
        size = len(blob) // 8
        for place in range(8):
            try:
                ada.open_slot(blob[place * size : (place + 1) * size], PLACE)
            except NotInAudience:
                continue
            places.add(place)
    # Each place is missed by all of 60 trials with a chance of 3 in 10,000.
    assert len(places) >= 7


def test_no_two_slots_are_alike(ada: Keyring, secrets: StreamSecrets) -> None:
    """Dummies are as different from one another as real slots, also across wraps."""
    blobs = [seal_slots(secrets.core, [ada.public], PLACE) for _ in range(2)]
    size = len(blobs[0]) // 8
    assert len({blob[i * size : (i + 1) * size] for blob in blobs for i in range(8)}) == 16


def test_each_dummy_has_a_key_and_a_content_of_its_own(
    ada: Keyring, repeatable: Callable[[str], Entropy]
) -> None:
    """For each empty slot a key of 128 bytes of seeds and a content are drawn, never reused."""
    drawn: list[int] = []
    source = repeatable("slots")

    def noted(length: int) -> bytes:
        drawn.append(length)
        return source(length)

    seal_slots(b"s" * 33, [ada.public], PLACE, entropy=noted)
    assert [drawn.count(length) for length in (128, 33)] == [7, 7]


@pytest.mark.parametrize("count", [0, 8])
def test_an_audience_has_one_to_seven_people(
    people: People, secrets: StreamSecrets, count: int
) -> None:
    """Nobody, or an eighth person, is refused rather than left out."""
    with pytest.raises(KeyRefused):
        wrap_sealed(KEK, _publics(people[:count]), secrets, PLACE)


def test_nobody_is_in_an_audience_twice(ada: Keyring, secrets: StreamSecrets) -> None:
    """A person named twice is a mistake of the caller and is said."""
    with pytest.raises(KeyRefused):
        wrap_sealed(KEK, [ada.public, ada.public], secrets, PLACE)


def test_keys_without_endorsement_are_in_no_audience(
    ada: Keyring, bela: Keyring, secrets: StreamSecrets
) -> None:
    """Nothing is sealed to a key that its person did not endorse (T-12)."""
    planted = PublicKeys("ada", ada.public.signing, bela.public.sealing, ada.public.endorsement)
    with pytest.raises(KeyRefused):
        wrap_sealed(KEK, [planted], secrets, PLACE)


def test_every_changed_byte_of_an_open_wrap_is_found(
    master: MasterKey, secrets: StreamSecrets
) -> None:
    """No byte of an open stream's wrap can be changed, and no end cut off."""
    wrap = wrap_open(KEK, master, secrets, PLACE)
    for changed in (*_each_change(wrap), *(wrap[:length] for length in range(len(wrap)))):
        with pytest.raises(Undecipherable):
            unwrap_open(KEK, master, changed, PLACE)


def test_every_changed_byte_of_a_sealed_wrap_is_found(ada: Keyring, secrets: StreamSecrets) -> None:
    """No byte of a sealed wrap can be changed, also in the slots of others (T-04)."""
    wrap = wrap_sealed(KEK, [ada.public], secrets, PLACE)
    for changed in _each_change(wrap):
        with pytest.raises(Undecipherable):
            unwrap_sealed(KEK, changed, ada, PLACE)


def test_a_wrap_of_another_stream_is_refused(
    ada: Keyring, master: MasterKey, secrets: StreamSecrets
) -> None:
    """A wrap put in the place of another stream's does not open there."""
    with pytest.raises(Undecipherable):
        unwrap_open(KEK, master, wrap_open(KEK, master, secrets, PLACE), PLACE + b"2")
    with pytest.raises(Undecipherable):
        unwrap_sealed(KEK, wrap_sealed(KEK, [ada.public], secrets, PLACE), ada, PLACE + b"2")


def test_slots_under_a_new_outer_layer_keep_their_place(
    ada: Keyring, secrets: StreamSecrets
) -> None:
    """Whoever holds the month key cannot move an audience's slots to another stream."""
    label = b"disclosure-ledger/v1/wrap-sealed\0"
    wrap = wrap_sealed(KEK, [ada.public], secrets, PLACE)
    slots = AESGCMSIV(KEK).decrypt(wrap[:12], wrap[12:], label + PLACE)
    moved = aead.encrypt(KEK, slots, label + PLACE + b"2")
    with pytest.raises(NotInAudience):
        unwrap_sealed(KEK, moved, ada, PLACE + b"2")


def test_a_destroyed_month_key_takes_every_wrap_with_it(
    ada: Keyring, master: MasterKey, secrets: StreamSecrets
) -> None:
    """With the month key gone, neither the master key nor the audience opens a backup."""
    gone = new_kek()
    in_backup = wrap_open(gone, master, secrets, PLACE)
    sealed_in_backup = wrap_sealed(gone, [ada.public], secrets, PLACE)
    for kek in (new_kek(), bytes(32), secrets.core):
        with pytest.raises(Undecipherable):
            unwrap_open(kek, master, in_backup, PLACE)
        with pytest.raises(Undecipherable):
            unwrap_sealed(kek, sealed_in_backup, ada, PLACE)
    with pytest.raises(Undecipherable):
        master.decrypt(in_backup, PLACE)
    with pytest.raises(KeysError):
        open_slots(sealed_in_backup, ada, PLACE)


def test_a_wrap_moves_to_another_month_without_any_reader(
    ada: Keyring, bela: Keyring, master: MasterKey, secrets: StreamSecrets
) -> None:
    """The outer layer changes, the inner one stays: whoever could open it still can, nobody else,
    and the old month's key opens it no more.
    """
    new = b"n" * 32
    sealed = wrap_sealed(KEK, [ada.public], secrets, PLACE)
    moved = rebucket(KEK, new, "sealed", sealed, PLACE)
    assert len(moved) == len(sealed)
    assert unwrap_sealed(new, moved, ada, PLACE) == secrets
    with pytest.raises(NotInAudience):
        unwrap_sealed(new, moved, bela, PLACE)
    with pytest.raises(Undecipherable):
        unwrap_sealed(KEK, moved, ada, PLACE)
    opened = rebucket(KEK, new, "open", wrap_open(KEK, master, secrets, PLACE), PLACE)
    assert unwrap_open(new, master, opened, PLACE) == secrets


@pytest.mark.parametrize(
    ("kek", "kind", "place"),
    [(b"x" * 32, "sealed", PLACE), (KEK, "open", PLACE), (KEK, "sealed", b"elsewhere")],
)
def test_what_is_not_that_wrap_is_not_moved(
    ada: Keyring, secrets: StreamSecrets, kek: bytes, kind: str, place: bytes
) -> None:
    """Another month's key, another kind and another stream are refused, and so is a change."""
    sealed = wrap_sealed(KEK, [ada.public], secrets, PLACE)
    with pytest.raises(Undecipherable):
        rebucket(kek, b"n" * 32, kind, sealed, place)
    with pytest.raises(Undecipherable):
        rebucket(KEK, b"n" * 32, "sealed", sealed[:-1] + bytes([sealed[-1] ^ 1]), PLACE)


def test_the_month_key_alone_opens_nothing(master: MasterKey, secrets: StreamSecrets) -> None:
    """A stolen month key without the master key opens no open stream."""
    wrap = wrap_open(KEK, master, secrets, PLACE)
    with pytest.raises(Undecipherable):
        unwrap_open(KEK, MasterKey(bytes(32)), wrap, PLACE)


def test_the_master_key_opens_nothing_sealed(
    ada: Keyring, master: MasterKey, secrets: StreamSecrets
) -> None:
    """A sealed wrap is not an open one, even for the holder of both keys."""
    wrap = wrap_sealed(KEK, [ada.public], secrets, PLACE)
    with pytest.raises(Undecipherable):
        unwrap_open(KEK, master, wrap, PLACE)


def test_an_erased_stream_keeps_its_core(ada: Keyring, master: MasterKey) -> None:
    """After the personal secret is erased the rest is wrapped and opened as before."""
    erased = StreamSecrets(core=b"c" * 32, personal=None)
    assert unwrap_open(KEK, master, wrap_open(KEK, master, erased, PLACE), PLACE) == erased
    sealed = wrap_sealed(KEK, [ada.public], erased, PLACE)
    assert unwrap_sealed(KEK, sealed, ada, PLACE) == erased
    assert erased.row_key_personal is None
    assert erased.row_key_core == StreamSecrets(b"c" * 32, b"p" * 32).row_key_core


@pytest.mark.parametrize(
    "inner", [b"", b"\1" + bytes(63), b"\1" + bytes(65), b"\2" + bytes(64), bytes(33) + b"\1" * 32]
)
def test_something_else_in_a_wrap_is_no_secret(master: MasterKey, inner: bytes) -> None:
    """What opens but is not the secrets of a stream is refused with a reason."""
    place = b"disclosure-ledger/v1/wrap-open\0" + PLACE
    wrap = aead.encrypt(KEK, master.encrypt(inner, place), place)
    with pytest.raises(Undecipherable, match="not the secrets"):
        unwrap_open(KEK, master, wrap, PLACE)


def test_a_cover_seed_is_not_taken_for_secrets(ada: Keyring) -> None:
    """Slots that hold a seed of 32 bytes are no stream's secrets."""
    slots = seal_slots(bytes(32), [ada.public], PLACE)
    wrap = aead.encrypt(KEK, slots, b"disclosure-ledger/v1/wrap-sealed\0" + PLACE)
    with pytest.raises(Undecipherable, match="not the secrets"):
        unwrap_sealed(KEK, wrap, ada, PLACE)


def test_a_changed_slot_is_lost_for_its_reader_only(ada: Keyring, bela: Keyring) -> None:
    """Of bare slots a change spoils one; the other attesters still open the seed."""
    blob = seal_slots(b"s" * 32, [ada.public, bela.public], PLACE)
    size = len(blob) // 8
    losses = []
    for slot in range(8):
        changed = bytearray(blob)
        changed[slot * size + 1100] ^= 1
        for reader in (ada, bela):
            try:
                assert open_slots(bytes(changed), reader, PLACE) == b"s" * 32
            except NotInAudience:
                losses.append(reader.person)
    assert sorted(losses) == ["ada", "bela"]


@given(data=st.binary(max_size=200), repeats=st.integers(0, 60))
def test_no_bytes_make_opening_slots_fail_otherwise(
    ada: Keyring, data: bytes, repeats: int
) -> None:
    """Whatever stands in the place of slots is refused with a reason."""
    with pytest.raises((Undecipherable, NotInAudience)):
        open_slots(data * repeats, ada, PLACE)


@pytest.mark.parametrize(
    ("core", "personal"), [(b"", None), (b"c" * 31, b"p" * 32), (b"c" * 32, b""), (b"c" * 32, b"p")]
)
def test_secrets_are_32_bytes_each(core: bytes, personal: bytes | None) -> None:
    """A short secret, or an empty one in the place of an erased one, is refused."""
    with pytest.raises(KeyRefused):
        StreamSecrets(core, personal)


def test_the_row_keys_differ_from_the_secrets_and_from_each_other() -> None:
    """Equal secrets still give two row keys, and neither is the secret itself."""
    secrets = StreamSecrets(b"x" * 32, b"x" * 32)
    assert len({secrets.core, secrets.row_key_core, secrets.row_key_personal}) == 3


def test_streams_and_month_keys_are_never_alike() -> None:
    """Two new streams share no secret, and two months no key."""
    one, two = StreamSecrets.generate(), StreamSecrets.generate()
    assert len({one.core, one.personal, two.core, two.personal, new_kek(), new_kek()}) == 6


def test_the_same_entropy_gives_the_same_stored_bytes(
    master: MasterKey, repeatable: Callable[[str], Entropy]
) -> None:
    """Two worlds that draw the same bytes store the same wraps and rows (noninterference)."""

    def world() -> tuple[bytes, bytes, bytes]:
        secrets = StreamSecrets.generate(entropy=repeatable("secrets"))
        kek = new_kek(entropy=repeatable("kek"))
        wrap = wrap_open(kek, master, secrets, PLACE, entropy=repeatable("wrap"))
        row = encrypt_row(secrets, PLACE, b"envelope", b"note", entropy=repeatable("row"))
        return kek, wrap, row

    assert world() == world()


def test_a_row_opens_with_the_secrets_from_its_wrap(
    ada: Keyring, bela: Keyring, secrets: StreamSecrets
) -> None:
    """From desk to triager: a row is written, its secrets sealed, opened and used to read it."""
    row = encrypt_row(secrets, PLACE + b"1", b"envelope", b"note")
    wrap = wrap_sealed(KEK, [ada.public, bela.public], secrets, PLACE)
    opened = unwrap_sealed(KEK, wrap, bela, PLACE)
    assert decrypt_row(opened, PLACE + b"1", row) == (b"envelope", b"note")
