"""Evidence in memory: a source of files that tests bend a hundred thousand times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

import pytest

from ledger.evidence import envelope, record
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed
from ledger.evidence.note import SignedNote, VKey
from ledger.verify import Report, crypto, leaves, log, procedure, trust
from ledger.verify.container import Container, open_log, open_openings, open_pack
from ledger.verify.report import Tally
from ledger.verify.sources import Attachment, Refused
from ledger.verify.zipped import open_zip
from tests.forge import Files


class Memory:
    """Files by name, as a directory would give them."""

    def __init__(self, files: Files) -> None:
        """Hold files."""
        self.files = files

    def names(self, _tally: Tally) -> Iterator[list[str]]:
        """Give the names."""
        yield list(self.files)

    def read(self, name: str, largest: int) -> bytes:
        """Return a file."""
        if name not in self.files:
            raise FileNotFoundError
        if len(self.files[name]) > largest:
            raise Refused("V1.too-large", "A file is larger than its kind may be.")
        return self.files[name]

    def read_each(self, folder: str, names: Sequence[str], largest: int) -> list[bytes | None]:
        """Return those files that are small."""
        held = (self.files.get(f"{folder}/{name}") for name in names)
        return [None if one is None or len(one) >= largest else one for one in held]

    def hash(self, name: str, largest: int) -> Attachment:
        """Return what a file hashes to."""
        data = self.read(name, largest)
        return Attachment(sha256(data).digest(), len(data))

    def open(self, name: str, largest: int) -> BinaryIO:
        """Open a file."""
        return BytesIO(self.read(name, largest))


class InMemory:
    """The verifier, its directories replaced by what a test holds.

    The answer for a signature is remembered by its key, message and bytes, and what was read of a
    file by its bytes: thousands of bent packs share all signatures and all files but one. What was
    read is frozen, and a refusal is never remembered.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the procedure open what is held here."""
        remembered = lru_cache(maxsize=4_096)
        for module in (log, trust, leaves):
            for name in ("check_ed25519", "check_mldsa44"):
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, remembered(getattr(crypto, name)))
        for owner, name in (
            *((trust, "load"), (envelope, "load"), (record, "load"), (leaves, "load_opening")),
            *((SignedNote, "parse"), (Checkpoint, "load"), (VKey, "load")),
        ):
            monkeypatch.setattr(owner, name, remembered(getattr(owner, name)))
        self._held: Files | bytes = {}
        self._brought: Files | None = None
        monkeypatch.setattr(procedure, "_open", self._open)
        monkeypatch.setattr(procedure, "_join", self._join)

    def _open(self, _path: object, tally: Tally) -> Container | None:
        held = self._held
        if isinstance(held, bytes):
            try:
                return open_pack(open_zip(lambda: BytesIO(held)), tally, is_zip=True)
            except Malformed as exc:
                tally.add("V1.zip", f"{exc}", ".")
                return None
        if set(held) & {"manifest.json", "records", "openings", "extents"}:
            return open_pack(Memory(held), tally)
        return open_log(Memory(held), tally)

    def _join(self, pack: Container | None, _openings: object, tally: Tally) -> Container | None:
        if self._brought is None or pack is None or pack.scope != "ledger":
            return None
        return open_openings(pack, Memory(self._brought), tally)

    def verify(
        self,
        held: Files | bytes,
        believed: bytes,
        brought: Files | None = None,
        receipts: Sequence[bytes] = (),
    ) -> Report:
        """Verify what is held."""
        self._held, self._brought = held, brought
        openings = None if brought is None else "brought"
        return procedure.verify("held", believed, openings=openings, receipts=receipts, jobs=1)
