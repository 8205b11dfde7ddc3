"""A person's public keys: what others need to verify that person and to seal to that person.

Two keys with one owner: Ed25519 signs; MLKEM768_X25519 (HPKE) receives. The signing key endorses
the sealing key, so that whoever learns the signing key from the office stream cannot be given
another person's sealing key with it. The only file that touches HPKE's sealing side.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from keys import canonical
from keys.aead import label
from keys.errors import KeyRefused

FORMAT = "disclosure-ledger/public-keys/v1"
LIMIT_BYTES = 8192
SIGNING_BYTES = 32
MLKEM_BYTES = 1184
SEALING_BYTES = MLKEM_BYTES + 32
ENDORSEMENT_BYTES = 64
SLOT_OVERHEAD_BYTES = 1088 + 32 + 16
"""What HPKE adds to a plaintext: ML-KEM ciphertext, X25519 public key, AES-GCM tag."""

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)

_PERSON = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FIELD = 2**255 - 19
_SIGN_BIT = 1 << 255
_ORDER_EIGHT = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# The eight points of small order have these five y coordinates (RFC 8032 curve; the two of order 8
# are each other's negative). A signature under such a key can hold for many messages.
_SMALL_ORDER = frozenset({0, 1, _FIELD - 1, _ORDER_EIGHT, _FIELD - _ORDER_EIGHT})


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public keys of one person, as that person published them."""

    person: str
    signing: bytes
    sealing: bytes
    endorsement: bytes

    @property
    def key_id(self) -> bytes:
        """The SHA-256 of the signing key, 32 bytes, by which records name it."""
        return hashlib.sha256(self.signing).digest()

    def check(self) -> None:
        """Refuse keys that are malformed, of small order, or not endorsed by their owner.

        Raises:
            KeyRefused: and why.
        """
        if not is_person(self.person):
            raise KeyRefused("These public keys do not name a person by a valid id.")
        _check_signing(self.signing)
        _sealing_key(self.sealing)
        try:
            key = Ed25519PublicKey.from_public_bytes(self.signing)
            key.verify(self.endorsement, endorsed(self.person, self.sealing))
        except (InvalidSignature, ValueError) as exc:
            raise KeyRefused(
                f"The sealing key of {self.person} is not endorsed by that person's signing key."
            ) from exc

    def seal(self, secret: bytes, context: bytes) -> bytes:
        """Return one HPKE slot (`SLOT_OVERHEAD_BYTES` longer than `secret`) for this person.

        HPKE draws its own randomness inside the library; it cannot be injected.

        Raises:
            KeyRefused: the keys do not pass `check`.
        """
        self.check()
        return seal_to(self.sealing, secret, context)

    def dump(self) -> bytes:
        """Return the file of these keys: one line of JSON. Pure."""
        return canonical.dump({"format": FORMAT, "person": self.person, **self.fields()})

    @classmethod
    def load(cls, data: bytes) -> PublicKeys:
        """Return the keys in a file that somebody brought; they are well formed and endorsed.

        They are the person's own only once the signing key is found enrolled in the office stream.

        Raises:
            KeyRefused: another format or spelling, or the keys do not pass `check`.
        """
        try:
            names = ("format", "person", "signing", "sealing", "endorsement")
            value = canonical.take_object(canonical.parse(data, LIMIT_BYTES), *names)
            if value.pop("format") != FORMAT:
                raise ValueError("The file is of another format.")
            person = canonical.take_text(value.pop("person"))
            public = cls.from_fields(person, value)
        except ValueError as exc:
            raise KeyRefused("This is not a file of public keys.") from exc
        public.check()
        return public

    def fields(self) -> dict[str, object]:
        """Return the three keys as they stand in a file. Pure."""
        return {
            "signing": canonical.to_text(self.signing),
            "sealing": canonical.to_text(self.sealing),
            "endorsement": canonical.to_text(self.endorsement),
        }

    @classmethod
    def from_fields(cls, person: str, value: object) -> PublicKeys:
        """Return keys from what `fields` gave; unchecked.

        Raises:
            ValueError: the fields are not those of three keys.
        """
        fields = canonical.take_object(value, "signing", "sealing", "endorsement")
        return cls(
            person=person,
            signing=canonical.take_bytes(fields["signing"], SIGNING_BYTES),
            sealing=canonical.take_bytes(fields["sealing"], SEALING_BYTES),
            endorsement=canonical.take_bytes(fields["endorsement"], ENDORSEMENT_BYTES),
        )


def is_person(text: str) -> bool:
    """Tell whether `text` is a person id.

    Cites: FORMAT "Conventions", grammar.
    """
    return _PERSON.fullmatch(text) is not None


def endorsed(person: str, sealing: bytes) -> bytes:
    """Return the message by which a signing key endorses a sealing key. Pure."""
    return label("sealing-key") + person.encode("ascii") + b"\0" + sealing


def slot_info(context: bytes) -> bytes:
    """Return HPKE's `info` for a slot, so that a slot opens in its own context only. Pure."""
    return label("audience") + context


def seal_to(sealing: bytes, secret: bytes, context: bytes) -> bytes:
    """Return one HPKE slot for a bare sealing key: the person's own or a throw-away one's.

    Raises:
        KeyRefused: the sealing key is malformed or of small order.
    """
    return SUITE.encrypt(secret, _sealing_key(sealing), slot_info(context))


def check_sealing(sealing: bytes) -> None:
    """Refuse a sealing key that is malformed, not canonical or of small order.

    Raises:
        KeyRefused: and why.
    """
    _sealing_key(sealing)


def _check_signing(signing: bytes) -> None:
    """Refuse an Ed25519 key that is not canonical or of small order.

    Whether the point lies on the curve is not asked here: the endorsement cannot verify otherwise.

    Cites: FORMAT §1 "key"; RFC 8032 §5.1.3.
    """
    if len(signing) != SIGNING_BYTES:
        raise KeyRefused("A signing key must be exactly 32 bytes.")
    y = int.from_bytes(signing, "little") & ~_SIGN_BIT
    # y = 1 and y = -1 are the only points whose x is 0, so refusing them also refuses the second
    # spelling of x (a set sign bit with x = 0).
    if y >= _FIELD or y in _SMALL_ORDER:
        raise KeyRefused("A signing key must be canonical and not of small order.")


def _sealing_key(sealing: bytes) -> hpke.MLKEM768X25519PublicKey:
    if len(sealing) != SEALING_BYTES:
        raise KeyRefused("A sealing key must be exactly 1216 bytes.")
    # One spelling: curve libraries ignore the top bit and reduce what is not below the prime.
    if int.from_bytes(sealing[MLKEM_BYTES:], "little") >= _FIELD:
        raise KeyRefused("A sealing key must be canonical.")
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(sealing[:MLKEM_BYTES])
        x25519 = X25519PublicKey.from_public_bytes(sealing[MLKEM_BYTES:])
        # Any private key serves as a probe: clamped, it is a multiple of 8, and a point of small
        # order then gives the all-zero secret, which the library refuses.
        X25519PrivateKey.from_private_bytes(b"\1" * 32).exchange(x25519)
    except ValueError as exc:
        raise KeyRefused("A sealing key must be well formed and not of small order.") from exc
    return hpke.MLKEM768X25519PublicKey(mlkem, x25519)
