"""Public keys that others bring."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import KeyRefused
from keys.keyring import Keyring, PublicKeys

FIELD = 2**255 - 19
ORDER_EIGHT = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
SMALL_X25519 = (
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    FIELD - 1,
)


def _spelt(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def _small_ed25519() -> list[bytes]:
    """Return all spellings of the eight points of small order, the non-canonical ones too."""
    reduced = [0, 1, FIELD - 1, *(int.from_bytes(bytes.fromhex(y), "little") for y in ORDER_EIGHT)]
    spellings = [y for y in (*reduced, FIELD, FIELD + 1) if y < 2**255]
    return [_spelt(y, sign) for y in spellings for sign in (0, 1)]


def _with_sealing(owner: Keyring, sealing: bytes) -> PublicKeys:
    """Return `owner`'s keys with another sealing key, properly endorsed by `owner`."""
    message = b"disclosure-ledger/v1/sealing-key\0" + owner.person.encode() + b"\0" + sealing
    return PublicKeys(owner.person, owner.public.signing, sealing, owner.sign(message))


def test_public_keys_survive_the_post(ada: Keyring) -> None:
    """A file of public keys gives the same keys, and has one spelling."""
    data = ada.public.dump()
    assert PublicKeys.load(data) == ada.public
    assert PublicKeys.load(data).dump() == data


def test_keys_are_named_by_the_digest_of_the_signing_key(ada: Keyring) -> None:
    """The name of a key in records is the SHA-256 of its 32 public bytes."""
    assert ada.public.key_id == hashlib.sha256(ada.public.signing).digest() == ada.key_id


def test_the_endorsement_is_a_plain_signature(ada: Keyring) -> None:
    """Another implementation checks the endorsement from its description alone."""
    message = b"disclosure-ledger/v1/sealing-key\0ada\0" + ada.public.sealing
    Ed25519PublicKey.from_public_bytes(ada.public.signing).verify(ada.public.endorsement, message)


def test_every_one_byte_change_of_the_file_is_found(ada: Keyring) -> None:
    """No byte of a file of public keys can be changed, lost or doubled."""
    data = ada.public.dump()
    for position, byte in enumerate(data):
        before, after = data[:position], data[position + 1 :]
        for middle in (bytes([byte ^ 1]), bytes([byte ^ 0x20]), bytes([byte ^ 0x80]), b""):
            with pytest.raises(KeyRefused):
                PublicKeys.load(before + middle + after)
        with pytest.raises(KeyRefused):
            PublicKeys.load(data[: position + 1] + data[position:])


@given(st.binary(max_size=300))
def test_no_bytes_make_loading_fail_otherwise(data: bytes) -> None:
    """Whatever is brought as public keys is refused with a reason."""
    with pytest.raises(KeyRefused):
        PublicKeys.load(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(name=st.sampled_from(["endorsement", "format", "person", "sealing", "signing", "x"]),
       value=json_values)  # fmt: skip
def test_no_value_of_a_field_makes_loading_fail_otherwise(
    ada: Keyring, name: str, value: object
) -> None:
    """A field of another kind is refused with a reason, whatever stands in it."""
    fields = json.loads(ada.public.dump())
    fields[name] = value
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    with pytest.raises(KeyRefused):
        PublicKeys.load(text.encode() + b"\n")


@pytest.mark.parametrize("data", [b"[" * 8000, b'{"a":' * 1600, b"1" * 8000, b"{}\n" * 9000])
def test_hostile_shapes_are_refused(data: bytes) -> None:
    """Deep nesting, huge numbers and long files are refused without harm."""
    with pytest.raises(KeyRefused):
        PublicKeys.load(data)


def test_what_reads_at_the_very_limit_of_nesting_is_refused_too() -> None:
    """Writing needs a few levels more than reading: none of them ends in another error."""
    for depth in range(800, 1100):
        with pytest.raises(KeyRefused):
            PublicKeys.load(b'{"a":' * depth + b"1" + b"}" * depth + b"\n")


@pytest.mark.parametrize("signing", _small_ed25519())
def test_a_signing_key_of_small_order_is_refused(ada: Keyring, signing: bytes) -> None:
    """A key under which one signature holds for many messages signs nothing here."""
    with pytest.raises(KeyRefused, match="not of small order"):
        dataclasses.replace(ada.public, signing=signing).check()


def test_a_signature_that_always_holds_endorses_nothing(ada: Keyring) -> None:
    """The neutral point accepts R = S = 0 for every message; it is refused as a key."""
    signing = _spelt(1, 0)
    forged = _spelt(1, 0) + bytes(32)
    forgery = PublicKeys("ada", signing, ada.public.sealing, forged)
    Ed25519PublicKey.from_public_bytes(signing).verify(forged, b"whatever one likes")
    with pytest.raises(KeyRefused, match="not of small order"):
        forgery.check()


@pytest.mark.parametrize("excess", range(19))
def test_a_signing_key_has_one_spelling(ada: Keyring, excess: int) -> None:
    """A coordinate not below the prime is a second spelling of a key and is refused."""
    for sign in (0, 1):
        with pytest.raises(KeyRefused, match="canonical"):
            dataclasses.replace(ada.public, signing=_spelt(FIELD + excess, sign)).check()


def test_a_signing_key_off_the_curve_is_refused(ada: Keyring) -> None:
    """Bytes that are no point cannot have endorsed anything."""
    with pytest.raises(KeyRefused, match="not endorsed"):
        dataclasses.replace(ada.public, signing=_spelt(2, 0)).check()


@pytest.mark.parametrize("u", SMALL_X25519)
def test_a_sealing_key_of_small_order_is_refused(ada: Keyring, u: int) -> None:
    """A sealing key that gives everybody the same secret is refused, though endorsed."""
    keys = _with_sealing(ada, ada.public.sealing[:1184] + u.to_bytes(32, "little"))
    with pytest.raises(KeyRefused, match="not of small order"):
        keys.check()


@pytest.mark.parametrize("u", [FIELD, FIELD + 1, FIELD + 9, 2**255 - 1, 2**255 + 9])
def test_a_sealing_key_has_one_spelling(ada: Keyring, u: int) -> None:
    """A sealing key that a library would silently reduce is refused, though endorsed."""
    keys = _with_sealing(ada, ada.public.sealing[:1184] + u.to_bytes(32, "little"))
    with pytest.raises(KeyRefused, match="canonical"):
        keys.check()


def test_an_unreduced_lattice_key_is_refused(ada: Keyring) -> None:
    """A coefficient not below q (FIPS 203, 7.2) is refused, though endorsed."""
    keys = _with_sealing(ada, b"\xff\x0f" + ada.public.sealing[2:])
    with pytest.raises(KeyRefused, match="well formed"):
        keys.check()


@pytest.mark.parametrize("change", [0, -1, 1])
def test_keys_of_another_length_are_refused(ada: Keyring, change: int) -> None:
    """A key or endorsement that is empty, a byte short or a byte long is refused."""

    def wrong(whole: bytes) -> bytes:
        return (whole + b"\0")[: len(whole) + change] if change else b""

    for keys in (
        dataclasses.replace(ada.public, signing=wrong(ada.public.signing)),
        _with_sealing(ada, wrong(ada.public.sealing)),
        dataclasses.replace(ada.public, endorsement=wrong(ada.public.endorsement)),
    ):
        with pytest.raises(KeyRefused):
            keys.check()


def test_nobody_is_given_another_persons_sealing_key(ada: Keyring, bela: Keyring) -> None:
    """Bela's sealing key under Ada's name, or Ada's keys under Bela's, are refused (T-12)."""
    for keys in (
        dataclasses.replace(ada.public, sealing=bela.public.sealing),
        dataclasses.replace(ada.public, person="bela"),
        dataclasses.replace(bela.public, signing=ada.public.signing),
    ):
        with pytest.raises(KeyRefused, match="not endorsed"):
            keys.check()
        with pytest.raises(KeyRefused, match="not endorsed"):
            keys.seal(b"secret", b"place")


@pytest.mark.parametrize("person", ["", "Ada", "-ada", "ada lovelace", "a" * 65, "adä", "ada\n"])
def test_a_person_has_a_valid_id(ada: Keyring, person: str) -> None:
    """Ids follow the grammar of the format."""
    with pytest.raises(KeyRefused, match="valid id"):
        dataclasses.replace(ada.public, person=person).check()
