"""Capsules: the recovery seed on paper, for k of n holders. The only file that touches age.

For each group of k holders there is one capsule: the seed in an age file under one holder's code,
that file in another under the next one's, and so on. So k holders open the capsule of their group,
and fewer open nothing: what one code gives is another age file. Nothing is shared out by arithmetic
of ours (threats §3.2). The stock program `age -d` opens a capsule too, code after code, should this
one be gone.

A code is 130 random bits in Crockford base32 and two check characters. age's passphrase mode
stretches it by scrypt, at a cost that the age library sets by itself to about a second on the
machine that makes the capsule (and that its interface does not let us choose). The code does not
need it: 130 bits cannot be tried out. The check characters tell a slip of the pen before that
second is spent.

    capsule: ines otto
    -----BEGIN AGE ENCRYPTED FILE-----
    …
    -----END AGE ENCRYPTED FILE-----
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pyrage  # type: ignore[import-untyped] # It ships no types; they are stated here.

from keys.aead import Entropy, label
from keys.errors import RecoveryRefused
from keys.public import is_person
from keys.recovery import SEED_BYTES, RecoveryIdentity

CODE_BITS = 130
FEWEST_HOLDERS, MOST_HOLDERS = 3, 5
LEAST_NEEDED = 2
LIMIT_CHARACTERS = 200_000
"""A text of capsules is refused above this: ten capsules are 15,000."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("OIL", "011")
_DATA, _CHECK = 26, 2
_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_NONE = (
    "None of these capsules opens with the codes of these holders alone. Bring a capsule that "
    "names just them, or another holder."
)
_CAPSULE = re.compile(rf"^capsule: ([^\n]+)\n({_BEGIN}\n[A-Za-z0-9+/=\n]+{_END})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Capsule:
    """One age file and the holders whose codes open it, the outermost layer's first."""

    holders: tuple[str, ...]
    armor: str

    def text(self) -> str:
        """Return it as it is printed. Pure."""
        return f"capsule: {' '.join(self.holders)}\n{self.armor}"


def check_holders(holders: Sequence[str], needed: int) -> None:
    """Refuse a number of holders with which recovery could not work or would protect nothing.

    At least two must come together, and one may be missing: so three to five hold codes.

    Raises:
        RecoveryRefused: and why.
    """
    if len(set(holders)) != len(holders) or not all(is_person(one) for one in holders):
        raise RecoveryRefused(
            "Name each holder once, by a short name in lower case, such as mara or board-chair."
        )
    if not FEWEST_HOLDERS <= len(holders) <= MOST_HOLDERS:
        raise RecoveryRefused("Recovery codes are held by three to five people.")
    if not LEAST_NEEDED <= needed < len(holders):
        raise RecoveryRefused(
            "At least two holders must come together, and one of all must be allowed to be missing."
        )


def groups(holders: Sequence[str], needed: int) -> tuple[tuple[str, ...], ...]:
    """Return every group of holders that opens a capsule together, in a fixed order. Pure.

    Raises:
        RecoveryRefused: as `check_holders`.
    """
    check_holders(holders, needed)
    return tuple(combinations(holders, needed))


def new_code(*, entropy: Entropy = os.urandom) -> str:
    """Return a new code as it is printed: seven groups of four characters."""
    number = int.from_bytes(entropy((CODE_BITS + 7) // 8), "big") & ((1 << CODE_BITS) - 1)
    data = "".join(_ALPHABET[number >> shift & 31] for shift in range(CODE_BITS - 5, -1, -5))
    return _printed(data)


def read_code(text: str) -> str:
    """Return a code as it was printed, from what a person typed (any case, O for 0, spaces).

    Raises:
        RecoveryRefused: it was mistyped, or is no code.
    """
    typed = "".join(one for one in text.upper() if not one.isspace() and one != "-")
    data = typed.translate(_LOOK_ALIKES)
    if len(data) != _DATA + _CHECK or any(one not in _ALPHABET for one in data):
        raise RecoveryRefused("A recovery code has seven groups of four letters or digits.")
    printed = _printed(data[:_DATA])
    if printed.replace("-", "") != data:
        raise RecoveryRefused("This code was mistyped: its check characters do not fit.")
    return printed


def seal_capsule(
    identity: RecoveryIdentity, holders: Sequence[str], codes: Mapping[str, str]
) -> Capsule:
    """Return the capsule that these holders open together; about a second for each of them."""
    data = identity.seed
    for holder in reversed(holders):
        # The armour of the outermost layer only: it is what stands on paper.
        data = pyrage.passphrase.encrypt(data, codes[holder], armored=holder == holders[0])
    return Capsule(tuple(holders), data.decode("ascii").strip())


def seal_capsules(
    identity: RecoveryIdentity, codes: Mapping[str, str], needed: int
) -> tuple[Capsule, ...]:
    """Return the capsules of all groups of the holders, each under that holder's code.

    Raises:
        RecoveryRefused: as `check_holders`.
    """
    return tuple(seal_capsule(identity, group, codes) for group in groups(tuple(codes), needed))


def read_capsules(text: str) -> tuple[Capsule, ...]:
    """Return the capsules in a text that somebody typed or scanned, such as a whole sheet.

    Raises:
        RecoveryRefused: there is none.
    """
    if len(text) > LIMIT_CHARACTERS:
        raise RecoveryRefused("This is too long to be recovery sheets.")
    lines = "\n".join(line.strip() for line in text.splitlines())
    found = tuple(_found(lines))
    if not found:
        raise RecoveryRefused(
            "There is no capsule in this text. A capsule begins with a line “capsule:” and ends "
            f"with “{_END}”."
        )
    return found


def open_one(capsules: Sequence[Capsule], codes: Mapping[str, str]) -> RecoveryIdentity:
    """Return the identity in any capsule whose holders are all here; `codes` as printed.

    A capsule stands on the sheet of each of its holders: where one copy was damaged, another opens.
    That the identity is the ledger's own is for the caller to see, by its announced digest.

    Raises:
        RecoveryRefused: a holder or the group's capsule is missing, a code is another one, or every
            copy of the capsule was damaged.
    """
    refusal: RecoveryRefused | None = None
    for capsule in _ours(capsules, codes):
        try:
            return _open(capsule, codes)
        except RecoveryRefused as exc:
            refusal = exc
    raise refusal or RecoveryRefused(_NONE)


def open_each(
    capsules: Sequence[Capsule], codes: Mapping[str, str]
) -> tuple[RecoveryIdentity, ...]:
    """Return what every capsule holds whose holders are all here: for a drill.

    Raises:
        RecoveryRefused: as `open_one`, and where a single copy was damaged.
    """
    opened = tuple(_open(capsule, codes) for capsule in _ours(capsules, codes))
    if not opened:
        raise RecoveryRefused(_NONE)
    return opened


def _ours(capsules: Sequence[Capsule], codes: Mapping[str, str]) -> Iterator[Capsule]:
    return (one for one in capsules if set(one.holders) <= set(codes))


def _open(capsule: Capsule, codes: Mapping[str, str]) -> RecoveryIdentity:
    data = capsule.armor.encode("ascii")
    for holder in capsule.holders:
        data = _opened(data, holder, codes[holder])
    if len(data) != SEED_BYTES:
        raise RecoveryRefused("This capsule holds something else than a recovery seed.")
    return RecoveryIdentity(data)


def _opened(data: bytes, holder: str, code: str) -> bytes:
    try:
        return bytes(pyrage.passphrase.decrypt(data, code))
    except pyrage.DecryptError:
        refusal = RecoveryRefused(
            f"The code of {holder} does not open this capsule. Either it is another code, or the "
            "capsule was damaged: compare it with the printed sheet, or bring another sheet."
        )
    raise refusal


def _found(lines: str) -> Iterator[Capsule]:
    for match in _CAPSULE.finditer(lines):
        holders = tuple(match[1].split())
        is_sound = len(set(holders)) == len(holders) and all(is_person(one) for one in holders)
        if is_sound and len(holders) <= MOST_HOLDERS:
            yield Capsule(holders, match[2])


def _printed(data: str) -> str:
    digest = hashlib.sha256(label("recovery-code") + data.encode("ascii")).digest()
    check = int.from_bytes(digest[:2], "big") >> 6
    whole = data + _ALPHABET[check >> 5] + _ALPHABET[check & 31]
    return "-".join(whole[start : start + 4] for start in range(0, len(whole), 4))
