"""The two secrets of a stream, and the wraps under which a store may keep them.

`core` opens the accountability skeleton, `personal` the names and texts; destroying `personal`
erases the person and leaves every proof intact (DESIGN §6). A wrap always has two layers: the
outer one under a month KEK, so that destroying the KEK kills every copy in every backup; the inner
one under the master key (open store) or to people (vault and inbox; DESIGN §5).

A wrap hides who may open it: eight slots, dummies included, in random order, of constant size. One
place is the recovery identity's for ever, so an audience has at most seven people. A wrap is not
signed: that the secrets are the stream's own shows when the records' commitments verify.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys import aead
from keys.aead import Entropy, label
from keys.errors import KeyRefused, NotInAudience, Undecipherable
from keys.keyring import SEEDS_BYTES, Keyring, PublicKeys
from keys.master import MasterKey
from keys.public import SLOT_OVERHEAD_BYTES, seal_to
from keys.recovery import RecoveryKey

SECRET_BYTES = 32
SLOTS = 8
AUDIENCE = SLOTS - 1
"""The people that a wrap has room for: one place is the recovery identity's, used or not."""

_WITH_PERSONAL = b"\1"
_ERASED = b"\0"


class Opener(Protocol):
    """Whoever opens slots: a person's keyring, or the recovery identity in a ceremony."""

    @property
    def key_id(self) -> bytes:
        """A digest that names the opener, 32 bytes."""

    def open_slot(self, slot: bytes, context: bytes) -> bytes:
        """Return the secret of one slot; `NotInAudience` when it was sealed to somebody else."""


@dataclass(frozen=True, repr=False)
class StreamSecrets:
    """`core` and `personal`, 32 bytes each; `personal` is None once it was erased.

    What is derived from them is derived once, and lives as long as they do.
    """

    core: bytes
    personal: bytes | None

    def __post_init__(self) -> None:
        given = (self.core,) if self.personal is None else (self.core, self.personal)
        if any(len(secret) != SECRET_BYTES for secret in given):
            raise KeyRefused("The secrets of a stream must be exactly 32 bytes each.")

    @classmethod
    def generate(cls, entropy: Entropy = os.urandom) -> StreamSecrets:
        """Return the secrets of a new stream."""
        return cls(core=entropy(SECRET_BYTES), personal=entropy(SECRET_BYTES))

    @cached_property
    def row_key_core(self) -> bytes:
        """The key of the core part of the stream's rows."""
        return _row_key(self.core, "row-core")

    @cached_property
    def row_key_personal(self) -> bytes | None:
        """The key of the personal part of the stream's rows; None once erased."""
        return None if self.personal is None else _row_key(self.personal, "row-personal")

    @cached_property
    def document_cipher(self) -> aead.Cipher | None:
        """What the stream's documents are encrypted with; None once erased."""
        return None if self.personal is None else aead.Cipher(_row_key(self.personal, "document"))

    def __repr__(self) -> str:
        return "StreamSecrets(erased)" if self.personal is None else "StreamSecrets()"


def new_kek(*, entropy: Entropy = os.urandom) -> bytes:
    """Return a new month KEK, 32 bytes; the caller keeps it under the master key only."""
    return entropy(aead.KEY_BYTES)


def wrap_open(
    kek: bytes,
    master: MasterKey,
    secrets: StreamSecrets,
    context: bytes,
    *,
    entropy: Entropy = os.urandom,
) -> bytes:
    """Return the wrap of a stream in the open store; its size does not show an erasure."""
    place = label("wrap-open") + context
    inner = master.encrypt(_dump(secrets), place, entropy=entropy)
    return aead.encrypt(kek, inner, place, entropy=entropy)


def unwrap_open(kek: bytes, master: MasterKey, wrap: bytes, context: bytes) -> StreamSecrets:
    """Return the secrets of a stream in the open store.

    Raises:
        Undecipherable: another KEK or master key, another context, or the wrap was changed.
    """
    place = label("wrap-open") + context
    return _load(master.decrypt(aead.decrypt(kek, wrap, place), place))


def wrap_sealed(
    kek: bytes,
    audience: Sequence[PublicKeys],
    secrets: StreamSecrets,
    context: bytes,
    *,
    recovery: RecoveryKey | None = None,
    entropy: Entropy = os.urandom,
) -> bytes:
    """Return the wrap of a sealed stream for one to seven people; its size is constant.

    Raises:
        KeyRefused: nobody, more than seven, somebody twice, or a key that is not acceptable.
    """
    slots = seal_slots(_dump(secrets), audience, context, recovery=recovery, entropy=entropy)
    return aead.encrypt(kek, slots, label("wrap-sealed") + context, entropy=entropy)


def unwrap_sealed(kek: bytes, wrap: bytes, keyring: Opener, context: bytes) -> StreamSecrets:
    """Return the secrets of a sealed stream to a person of its audience, or to recovery.

    Raises:
        Undecipherable: another KEK, another context, or the wrap was changed.
        NotInAudience: no slot is this person's.
    """
    slots = aead.decrypt(kek, wrap, label("wrap-sealed") + context)
    return _load(open_slots(slots, keyring, context))


def rebucket(
    old: bytes,
    new: bytes,
    kind: str,
    wrap: bytes,
    context: bytes,
    *,
    entropy: Entropy = os.urandom,
) -> bytes:
    """Return the wrap under another month KEK; `kind` is `open` or `sealed`.

    Only the outer layer is opened, so that nobody's key is needed and nothing is learnt.

    Raises:
        Undecipherable: another KEK, another kind, another context, or the wrap was changed.
    """
    place = label(f"wrap-{kind}") + context
    return aead.encrypt(new, aead.decrypt(old, wrap, place), place, entropy=entropy)


def seal_slots(
    secret: bytes,
    audience: Sequence[PublicKeys],
    context: bytes,
    *,
    recovery: RecoveryKey | None = None,
    entropy: Entropy = os.urandom,
) -> bytes:
    """Return eight HPKE slots: the audience's, recovery's and dummies, shuffled, of one size.

    Also used alone, for cover seeds to the attesters. Without the AEAD of a wrap around them, a
    changed slot is lost for its reader only; the others still open theirs.

    Raises:
        KeyRefused: nobody, more than seven, somebody twice, or a key that is not acceptable.
    """
    readers: list[PublicKeys | RecoveryKey] = [*audience, *([recovery] if recovery else [])]
    distinct = {reader.sealing for reader in readers}
    if not 1 <= len(audience) <= AUDIENCE or len(distinct) != len(readers):
        raise KeyRefused("An audience has one to seven people, no key twice.")
    slots = [reader.seal(secret, context) for reader in readers]
    # A dummy holds random bytes for a key that nobody keeps, so that not even a broken KEM would
    # give the secret from it.
    slots += [
        seal_to(_throw_away_key(entropy), entropy(len(secret)), context)
        for _ in range(SLOTS - len(readers))
    ]
    return b"".join(sorted(slots, key=lambda _: entropy(16)))


def open_slots(blob: bytes, keyring: Opener, context: bytes) -> bytes:
    """Return the secret from the slot that is this reader's.

    Raises:
        Undecipherable: these are not eight slots.
        NotInAudience: no slot is this person's, or theirs was changed.
    """
    size, rest = divmod(len(blob), SLOTS)
    if rest or size < SLOT_OVERHEAD_BYTES:
        raise Undecipherable("This does not consist of eight slots.")
    for start in range(0, len(blob), size):
        try:
            return keyring.open_slot(blob[start : start + size], context)
        except NotInAudience:
            continue
    raise NotInAudience("This was not sealed to you.")


def _throw_away_key(entropy: Entropy) -> bytes:
    """Return a sealing key whose private half is forgotten with this call."""
    return Keyring("dummy", entropy(SEEDS_BYTES), throw_away=True).public.sealing


def _row_key(secret: bytes, name: str) -> bytes:
    hkdf = HKDF(algorithm=hashes.SHA256(), length=aead.KEY_BYTES, salt=None, info=label(name))
    return hkdf.derive(secret)


def _dump(secrets: StreamSecrets) -> bytes:
    """Return 65 bytes, erased or not: one that says which, core, personal or zeros."""
    if secrets.personal is None:
        return _ERASED + secrets.core + bytes(SECRET_BYTES)
    return _WITH_PERSONAL + secrets.core + secrets.personal


def _load(data: bytes) -> StreamSecrets:
    kind, core, personal = data[:1], data[1 : 1 + SECRET_BYTES], data[1 + SECRET_BYTES :]
    if len(personal) == SECRET_BYTES and kind == _WITH_PERSONAL:
        return StreamSecrets(core, personal)
    if kind == _ERASED and personal == bytes(SECRET_BYTES):
        return StreamSecrets(core, None)
    raise Undecipherable("What was sealed here is not the secrets of a stream.")
