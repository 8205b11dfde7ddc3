"""Where passphrases come from: a terminal or an open descriptor, never the command line.

Arguments and environment can be read by other processes of the machine and land in histories. What
is typed is normalised (Unicode NFC), so that two keyboards that spell one letter in two ways open
the same keyring. Cites: RFC 8265 §4 (OpaqueString), for the normal form and the refusal of
controls.
"""

from __future__ import annotations

import getpass
import os
import unicodedata
import warnings
from contextlib import suppress

from keys.errors import PassphraseRefused

LIMIT_BYTES = 1024
LEAST_CHARACTERS = 12


def from_prompt(question: str, *, confirm: bool = False) -> bytes:
    """Ask at the terminal, without echo; twice when `confirm` is true.

    Raises:
        PassphraseRefused: there is no terminal, the two answers differ, or the text cannot be used.
    """
    answer = _ask(question)
    if confirm and _ask("The same again, please: ") != answer:
        raise PassphraseRefused("The two passphrases differ. Nothing has been changed.")
    return answer


def from_descriptor(descriptor: int) -> bytes:
    """Read one line, or all up to the end, from a descriptor that the caller opened and closes.

    It reads byte by byte and stops behind the newline: what follows belongs to the next reader.

    Raises:
        PassphraseRefused: the descriptor cannot be read, or the text cannot be used.
    """
    line = bytearray()
    try:
        while (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += byte
            if len(line) > LIMIT_BYTES:
                raise PassphraseRefused("A passphrase may be at most 1,024 bytes long.")
    except OSError as exc:
        raise PassphraseRefused(
            "The passphrase could not be read from the descriptor that was named."
        ) from exc
    return _normalised(_text(bytes(line)))


def check_new(passphrase: bytes, *, throw_away: bool = False) -> None:
    """Refuse a new passphrase that is too short to keep a keyring that a thief holds.

    Raises:
        PassphraseRefused: fewer than 12 characters, unless `throw_away`; or not text.
    """
    if len(_text(passphrase)) < LEAST_CHARACTERS and not throw_away:
        raise PassphraseRefused(
            f"A passphrase must have at least {LEAST_CHARACTERS} characters. "
            "Four or five words that do not belong together are easy to keep in mind."
        )


def _ask(question: str) -> bytes:
    with warnings.catch_warnings(), suppress(getpass.GetPassWarning, EOFError, UnicodeDecodeError):
        # Without a terminal `getpass` would warn and read with echo; that is refused instead.
        warnings.simplefilter("error", getpass.GetPassWarning)
        return _normalised(getpass.getpass(question))
    raise PassphraseRefused(
        "The passphrase could not be read at a terminal. Name an open descriptor for it instead."
    )


def _text(passphrase: bytes) -> str:
    with suppress(UnicodeDecodeError):
        return passphrase.decode("utf-8")
    # Raised outside of a handler: the foreign exception carries the bytes, and would be kept as
    # this one's context.
    raise PassphraseRefused("A passphrase must be text in UTF-8.")


def _normalised(text: str) -> bytes:
    if not text:
        raise PassphraseRefused("The passphrase is empty.")
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in text):
        raise PassphraseRefused("A passphrase may not hold control characters.")
    spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    passphrase = unicodedata.normalize("NFC", spaced).encode("utf-8")
    if len(passphrase) > LIMIT_BYTES:
        raise PassphraseRefused("A passphrase may be at most 1,024 bytes long.")
    return passphrase
