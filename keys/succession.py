"""The keys that a log had, has and is to have: one sealed file, replaced whole.

    steady ─ propose ─► steady, with keys drawn ─ roll_over ─► two sign ─ finish ─► steady
                                               └─ replace_stolen ─► steady, the stolen retired

One file, so that there is no moment at which two files disagree about who signs. Private halves
stay only as long as they sign; of keys that signed before, the public halves stay for ever, with
the size up to which they count. Whoever rewrites the file destroys the old one (`keys.destroy`).

Cites: FORMAT §4 "Notes", §5 "Trust"; ADR 0006.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from keys import canonical
from keys.aead import Entropy, label
from keys.errors import Undecipherable
from keys.log import SEED_BYTES, LogKeys, PublicLogKeys
from keys.master import MasterKey

LARGEST_SIZE = 2**53 - 1

_CONTEXT = label("log-key-set")
_LIMIT_BYTES = 16 * 1024 * 1024
_NOT_KEYS = "What was sealed here is not the keys of a log."


@dataclass(frozen=True, slots=True)
class Former:
    """Keys that signed the log alone up to a size.

    `vouches` is the size up to which a verifier trusts them: `signed`, or less after a theft.
    """

    keys: PublicLogKeys
    vouches: int
    signed: int


@dataclass(frozen=True, slots=True)
class LogKeySet:
    """Who signs a log. `previous` signs beside `current` during a roll-over.

    `current` signs no checkpoint smaller than `begins`. `answered` is the freeze (32 hex) that the
    last replacement of stolen keys answered.
    """

    current: LogKeys
    previous: LogKeys | None = None
    proposed: LogKeys | None = None
    former: tuple[Former, ...] = ()
    begins: int = 0
    answered: str = ""

    @classmethod
    def load(cls, master: MasterKey, data: bytes) -> LogKeySet:
        """Return what `dump` sealed, or the keys of a new log as `LogKeys.dump` sealed them.

        Raises:
            Undecipherable: another master key, or the data were changed.
        """
        try:
            return cls(LogKeys.load(master, data))
        except Undecipherable:
            pass  # Keys that were changed once lie in the other form.
        plain = master.decrypt(data, _CONTEXT)
        try:
            return _parse(canonical.parse(plain, _LIMIT_BYTES))
        except ValueError as exc:
            raise Undecipherable(_NOT_KEYS) from exc

    def dump(self, master: MasterKey, *, entropy: Entropy = os.urandom) -> bytes:
        """Return everything sealed under the master key."""
        return master.encrypt(canonical.dump(_fields(self)), _CONTEXT, entropy=entropy)

    @property
    def ever(self) -> tuple[PublicLogKeys, ...]:
        """The public keys of all that ever signed, oldest first."""
        return (*(one.keys for one in self.former), self.current.public)

    def propose(self, fresh: LogKeys) -> LogKeySet:
        """Keep keys that are to follow; they sign nothing yet."""
        return replace(self, proposed=fresh)

    def roll_over(self, signed: int, begins: int) -> LogKeySet:
        """Let the proposed keys sign beside the current ones, which signed alone up to `signed`.

        Raises:
            ValueError: nothing was proposed, or a roll-over is under way.
        """
        if self.proposed is None or self.previous is not None:
            raise ValueError("There is nothing to roll over to, or a roll-over is under way.")
        former = Former(self.current.public, signed, signed)
        return replace(
            self,
            current=self.proposed,
            previous=self.current,
            proposed=None,
            former=(*self.former, former),
            begins=begins,
        )

    def replace_stolen(self, trusted: int, signed: int, begins: int, answered: str) -> LogKeySet:
        """Let the proposed keys sign alone; those that lay here vouch up to `trusted` at most.

        Raises:
            ValueError: nothing was proposed.
        """
        if self.proposed is None:
            raise ValueError("There is nothing to replace the stolen keys with.")
        former = list(self.former)
        if self.previous is not None:
            # They lay beside the current ones, so that they were stolen with them.
            last = former.pop()
            former.append(replace(last, vouches=min(last.vouches, trusted)))
        former.append(Former(self.current.public, trusted, signed))
        return LogKeySet(self.proposed, former=tuple(former), begins=begins, answered=answered)

    def finish(self) -> LogKeySet:
        """End a roll-over: the previous keys sign nothing more."""
        return replace(self, previous=None)


def _fields(keys: LogKeySet) -> dict[str, object]:
    return {
        "current": keys.current.seeds_hex(),
        "previous": None if keys.previous is None else keys.previous.seeds_hex(),
        "proposed": None if keys.proposed is None else keys.proposed.seeds_hex(),
        "former": [
            {
                "ed25519": one.keys.checkpoint_ed25519.hex(),
                "mldsa44": one.keys.checkpoint_mldsa44.hex(),
                "receipt": one.keys.receipt_ed25519.hex(),
                "signed": one.signed,
                "vouches": one.vouches,
            }
            for one in keys.former
        ],
        "begins": keys.begins,
        "answered": keys.answered,
    }


def _parse(value: dict[str, object]) -> LogKeySet:
    names = ("current", "previous", "proposed", "former", "begins", "answered")
    got = canonical.take_object(value, *names)
    listed = got["former"]
    if not isinstance(listed, list):
        raise ValueError(_NOT_KEYS)
    current = _seeds(got["current"])
    if current is None:
        raise ValueError(_NOT_KEYS)
    return LogKeySet(
        current=current,
        previous=_seeds(got["previous"]),
        proposed=_seeds(got["proposed"]),
        former=tuple(_former(one) for one in listed),
        begins=canonical.take_whole_number(got["begins"], 0, LARGEST_SIZE),
        answered=canonical.take_text(got["answered"]),
    )


def _seeds(value: object) -> LogKeys | None:
    return None if value is None else LogKeys(canonical.take_hex(value, 3 * SEED_BYTES))


def _former(value: object) -> Former:
    got = canonical.take_object(value, "ed25519", "mldsa44", "receipt", "signed", "vouches")
    return Former(
        PublicLogKeys(
            canonical.take_hex(got["ed25519"], 32),
            canonical.take_hex(got["mldsa44"], 1312),
            canonical.take_hex(got["receipt"], 32),
        ),
        canonical.take_whole_number(got["vouches"], 0, LARGEST_SIZE),
        canonical.take_whole_number(got["signed"], 0, LARGEST_SIZE),
    )
