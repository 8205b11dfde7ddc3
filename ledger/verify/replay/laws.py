"""The resolved laws that records pin, read from the pack by their digests.

A law file is a claim until its bytes hash to the digest that a signed record names; only such bytes
are parsed. Cites: FORMAT §5 (`law/`), §6 V9, V15.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from ledger.domain.law.pack import Law, PackRefused, load_resolved
from ledger.evidence.pack import law_path
from ledger.verify.container import LARGEST, Container
from ledger.verify.replay.reader import Unknown
from ledger.verify.sources import Refused

__all__ = ["Laws"]


class Laws:
    """Reads each law once."""

    def __init__(self, sides: Sequence[Container]) -> None:
        """Look in the pack, then in the openings that were brought."""
        self._sides = sides
        self._known: dict[str, Law | None] = {}

    def of(self, digest: str) -> Law:
        """Return the law with this digest, in hex.

        Raises: Unknown.
        """
        if digest not in self._known:
            self._known[digest] = self._read(digest)
        found = self._known[digest]
        if found is None:
            raise Unknown("the law that a record pins is not here, or not one that can be read")
        return found

    def _read(self, digest: str) -> Law | None:
        wanted = bytes.fromhex(digest)
        for side in self._sides:
            try:
                data = side.source.read(law_path(wanted), LARGEST["law"])
            except (Refused, OSError):
                continue
            if sha256(data).digest() == wanted:
                try:
                    return load_resolved(data)
                except PackRefused:
                    return None
        return None
