"""What the key room refuses, by name.

Every refusal of `keys` is a `KeysError`; foreign exceptions are translated in the file that owns
the dependency. A message is one or two sentences for a person and never holds a secret, a
passphrase, a plaintext or a derived value. Any room may import this file.
"""

from __future__ import annotations


class KeysError(Exception):
    """Anything that the key room refuses."""


class WrongPassphrase(KeysError):
    """The passphrase does not open the keyring; the person tries again.

    A changed ciphertext, salt or nonce looks the same as a wrong passphrase, because nothing can be
    checked without the key that the right one gives. The sentence says so.
    """


class PasskeyRefused(KeysError):
    """The passkey does not unlock the keyring, or cannot; the person types the passphrase."""


class KeyringDamaged(KeysError):
    """The keyring file is not one that this program wrote; the person fetches a backup."""


class KeyRefused(KeysError):
    """A key, or a use of it, is not acceptable; whoever brought it brings another."""


class Undecipherable(KeysError):
    """A ciphertext does not open: another key, another context, or it was changed."""


class NotInAudience(KeysError):
    """No slot opens for this person; somebody in the audience must open it."""


class MasterKeyUnusable(KeysError):
    """The master key file is missing, readable by others, or not a key; the operator mends it."""


class TooLittleMemory(KeysError):
    """The machine lacks the memory that a keyring asks for; nothing is known of the passphrase."""


class PassphraseRefused(KeysError):
    """The passphrase cannot be used as typed; the person chooses or types another."""


class RecoveryRefused(KeysError):
    """Holders, codes or capsules do not give the recovery identity; they bring what is missing."""
