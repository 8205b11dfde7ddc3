"""What follows from the same bytes is worked out once in a run.

After every step the whole ledger is read from the disk again, and most of its bytes are those of
the step before. Opening a row or a slot depends on what it is given and on nothing
else: here they are done once for the same bytes, whoever asks, and anew for any others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest

from keys.errors import NotInAudience
from keys.keyring import Keyring
from ledger.register import records
from ledger.register.seal import unseal

MANY = 1 << 14
"""More than one story asks for; older answers make room."""


@contextmanager
def remembered() -> Iterator[None]:
    """Remember them for the length of a block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "unseal", lru_cache(MANY)(unseal))
        patch.setattr(Keyring, "open_slot", _opening(Keyring.open_slot))
        yield


def _opening(real: Callable[..., bytes]) -> Callable[..., bytes]:
    """Also that a slot is somebody else's, which is what most of them are."""

    @lru_cache(MANY)
    def found(keyring: Keyring, slot: bytes, context: bytes) -> bytes | None:
        try:
            return real(keyring, slot, context)
        except NotInAudience:
            return None

    def opened(keyring: Keyring, slot: bytes, context: bytes) -> Any:
        secret = found(keyring, slot, context)
        if secret is None:
            raise NotInAudience("This was not sealed to you.")
        return secret

    return opened
