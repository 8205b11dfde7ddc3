"""Keyrings that cost the least that one may, each passphrase worked out once in a run.

A program unlocks a keyring once and does not notice. Tests unlock the same few thousands of times
in one process. What comes out depends on the passphrase, the salt and the cost and on nothing else.
`tests/keys` tries the usual costs, and works each out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from keys import keyring

_worked_out = cache(keyring._derive)


@contextmanager
def cheap_passphrases() -> Iterator[None]:
    """Let keyrings be locked and unlocked at a low cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyring, "_USUAL", keyring._FLOOR)
        patch.setattr(keyring, "_derive", _worked_out)
        yield
