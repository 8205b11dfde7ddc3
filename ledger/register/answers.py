"""Answers: what makes a repeated command harmless, kept so that only its author can read it.

The row stands in the events' own transaction. Its key, the digest of what was asked and the answer
all rest on a secret that only the person's signing key gives, so the table tells a thief neither
who asked nor what, and cannot be used to try out guesses.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from weakref import WeakKeyDictionary

import msgspec

from keys.aead import Cipher
from keys.errors import KeysError
from keys.keyring import Keyring
from ledger.errors import CommandReused, EvidenceCorrupt
from ledger.register.acts import Act, RecordReceipt
from ledger.stores.store import CommandRow, Store

CONTEXT = b"disclosure-ledger/v1/answer\0"
_spell = json.JSONEncoder(default=str, sort_keys=True).encode
_secrets: WeakKeyDictionary[Keyring, _Secret] = WeakKeyDictionary()
"""Made once for each unlocked keyring, and gone with it."""


@dataclass(frozen=True, slots=True)
class _Secret:
    """What answers are encrypted with, and HMAC-SHA-256 under the same 32 bytes, begun."""

    cipher: Cipher
    mac: hmac.HMAC

    def digest(self, message: bytes) -> bytes:
        """The HMAC of a message."""
        mac = self.mac.copy()
        mac.update(message)
        return mac.digest()


def answer_row(
    keyring: Keyring, act: Act, case: str, receipts: Sequence[RecordReceipt]
) -> CommandRow:
    """The idempotency row of an act: which command, what was asked, what was answered."""
    secret = _secret(keyring)
    answer = msgspec.json.encode((case, [(one.ref, one.type, one.e) for one in receipts]))
    return CommandRow(
        command=_name(secret, act),
        request=_digest(secret, act),
        answer=secret.cipher.encrypt(answer, CONTEXT + act.command_id),
    )


def known_answer(
    keyring: Keyring, act: Act, stores: Sequence[Store]
) -> tuple[Store, str, list[list[str]]] | None:
    """The store, reference and records of the same command, if it was carried out before.

    Raises:
        CommandReused: the command id stands for another act.
        EvidenceCorrupt: the row was altered.
    """
    secret = _secret(keyring)
    name = _name(secret, act)
    for store in stores:
        row = store.answer(name)
        if row is None:
            continue
        if not hmac.compare_digest(row.request, _digest(secret, act)):
            raise CommandReused
        try:
            answer = secret.cipher.decrypt(row.answer, CONTEXT + act.command_id)
            case, records = json.loads(answer)
        except KeysError as error:
            raise EvidenceCorrupt("A stored answer was altered.") from error
        return store, case, records
    return None


def _secret(keyring: Keyring) -> _Secret:
    """What only this signing key gives: Ed25519 signs the same message the same way."""
    known = _secrets.get(keyring)
    if known is None:
        key = sha256(keyring.sign(CONTEXT)).digest()
        known = _secrets[keyring] = _Secret(Cipher(key), hmac.new(key, digestmod="sha256"))
    return known


def _name(secret: _Secret, act: Act) -> str:
    return secret.digest(b"name\0" + act.command_id).hex()


def _digest(secret: _Secret, act: Act) -> bytes:
    """A keyed digest of everything that was asked, to tell a repetition from a reuse."""
    asked = msgspec.structs.asdict(act)
    del asked["command_id"], asked["document"]
    if act.document is not None:
        asked["document"] = (act.document.name, act.document.document.sha256)
    return secret.digest(b"asked\0" + _spell(asked).encode())
