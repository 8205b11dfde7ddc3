"""The recovery identity: it reads what is sealed, signs nothing, and is nowhere but in its seed."""

from __future__ import annotations

import pickle

import pytest

from keys.errors import KeyRefused, KeysError, NotInAudience, Undecipherable
from keys.keyring import Keyring
from keys.public import SLOT_OVERHEAD_BYTES
from keys.recovery import RecoveryIdentity, RecoveryKey
from keys.secrets import (
    StreamSecrets,
    new_kek,
    open_slots,
    seal_slots,
    unwrap_sealed,
    wrap_sealed,
)

People = tuple[Keyring, ...]
KEK = b"k" * 32
PLACE = b"ledger.lonecone.example\0stream"
SEED = bytes(range(32))


def test_one_seed_gives_one_identity_for_ever() -> None:
    """What stands on paper today gives the same key in ten years; another seed gives another."""
    one, same, other = (RecoveryIdentity(seed) for seed in (SEED, SEED, SEED[::-1]))
    assert one.public == same.public
    assert one.public != other.public
    assert one.key_id.hex() == "639ce073605c6d3c475909ad156f333c254720142dbe9720065f9a856378f543"


def test_recovery_opens_every_wrap_beside_its_audience(
    people: People, secrets: StreamSecrets
) -> None:
    """The permanent slot opens, whether one person or seven are in the audience."""
    identity = RecoveryIdentity.draw()
    for size in (1, 7):
        audience = [one.public for one in people[:size]]
        wrap = wrap_sealed(KEK, audience, secrets, PLACE, recovery=identity.public)
        assert unwrap_sealed(KEK, wrap, identity, PLACE) == secrets
        assert unwrap_sealed(KEK, wrap, people[size - 1], PLACE) == secrets


def test_a_wrap_does_not_show_whether_there_is_a_recovery(
    ada: Keyring, secrets: StreamSecrets
) -> None:
    """With or without the slot a wrap has the same size."""
    identity = RecoveryIdentity.draw()
    bare = wrap_sealed(KEK, [ada.public], secrets, PLACE)
    assert len(wrap_sealed(KEK, [ada.public], secrets, PLACE, recovery=identity.public)) == len(
        bare
    )
    with pytest.raises(NotInAudience):
        unwrap_sealed(KEK, bare, identity, PLACE)


def test_recovery_takes_the_eighth_place_and_no_other(people: People) -> None:
    """An eighth person is refused, with recovery and without: their place is kept."""
    eight = [one.public for one in people[:8]]
    for recovery in (None, RecoveryIdentity.draw().public):
        with pytest.raises(KeyRefused, match="seven"):
            seal_slots(b"s" * 32, eight, PLACE, recovery=recovery)


def test_recovery_alone_is_no_audience() -> None:
    """Nothing is sealed to the recovery identity only."""
    with pytest.raises(KeyRefused):
        seal_slots(b"s" * 32, [], PLACE, recovery=RecoveryIdentity.draw().public)


def test_cover_seeds_are_recovered_too(ada: Keyring) -> None:
    """When every attester lost their keys, the covers can still be opened."""
    identity = RecoveryIdentity.draw()
    slots = seal_slots(b"s" * 32, [ada.public], PLACE, recovery=identity.public)
    assert open_slots(slots, identity, PLACE) == b"s" * 32


def test_another_ledgers_identity_opens_nothing(ada: Keyring, secrets: StreamSecrets) -> None:
    """Neither another identity nor another place opens a slot."""
    identity, stranger = RecoveryIdentity.draw(), RecoveryIdentity.draw()
    wrap = wrap_sealed(KEK, [ada.public], secrets, PLACE, recovery=identity.public)
    with pytest.raises(NotInAudience):
        unwrap_sealed(KEK, wrap, stranger, PLACE)
    slot = identity.public.seal(b"secret", PLACE)
    assert len(slot) == SLOT_OVERHEAD_BYTES + 6
    assert identity.open_slot(slot, PLACE) == b"secret"
    with pytest.raises(NotInAudience):
        identity.open_slot(slot, PLACE + b"2")


def test_a_destroyed_month_key_takes_recovery_with_it(ada: Keyring, secrets: StreamSecrets) -> None:
    """The slot lies under the month's key: what was erased with that stays erased, also for a board
    with every capsule and the oldest backup.
    """
    identity, gone = RecoveryIdentity.draw(), new_kek()
    in_backup = wrap_sealed(gone, [ada.public], secrets, PLACE, recovery=identity.public)
    for kek in (new_kek(), bytes(32), identity.seed):
        with pytest.raises(Undecipherable):
            unwrap_sealed(kek, in_backup, identity, PLACE)
    with pytest.raises(KeysError):
        open_slots(in_backup, identity, PLACE)


def test_the_public_key_comes_back_from_its_file() -> None:
    """What the keystore holds is read back, and is named by its digest."""
    key = RecoveryIdentity(SEED).public
    assert RecoveryKey.load(key.dump()) == key
    assert key.digest == RecoveryIdentity(SEED).key_id


def test_every_changed_byte_of_the_public_keys_file_is_found() -> None:
    """A changed file is refused or names another digest, which nobody announced."""
    key = RecoveryIdentity(SEED).public
    data = key.dump()
    for position in range(len(data)):
        changed = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        try:
            loaded = RecoveryKey.load(changed)
        except KeyRefused:
            continue
        assert loaded.digest != key.digest


@pytest.mark.parametrize("sealing", [b"", b"x" * 1215, b"\0" * 1184 + b"\xff" * 32])
def test_what_is_no_sealing_key_is_no_recovery_key(sealing: bytes) -> None:
    """A key of another length, or one that is not canonical, is refused."""
    with pytest.raises(KeyRefused):
        RecoveryKey.load(RecoveryKey(sealing).dump())


@pytest.mark.parametrize("length", [0, 31, 33, 128])
def test_a_seed_has_32_bytes(length: int) -> None:
    """A keyring's seeds, for one, make no recovery identity."""
    with pytest.raises(KeyRefused):
        RecoveryIdentity(bytes(length))


def test_an_identity_signs_nothing_and_is_never_copied() -> None:
    """It has no signing key, shows no secret, and cannot be pickled."""
    identity = RecoveryIdentity(SEED)
    assert not hasattr(identity, "sign")
    assert SEED.hex() not in repr(identity)
    assert repr(list(SEED))[1:-1] not in repr(identity)
    with pytest.raises(TypeError):
        pickle.dumps(identity)
