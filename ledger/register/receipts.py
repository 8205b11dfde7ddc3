"""Receipts: the signed promise that a record's commitment is in the log by a tick (FORMAT §4)."""

from __future__ import annotations

from keys.log import LogKeys, Signer
from ledger.evidence.note import VKey, signature_line
from ledger.evidence.receipt import Receipt as ReceiptText
from ledger.home import OpenHome
from ledger.logkeys import receipt_vkey
from ledger.register.acts import RecordReceipt
from ledger.stores.store import Placed


class ReceiptSigner:
    """Signs with the receipt key of one home."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        self._ready: tuple[LogKeys, Signer, VKey] | None = None

    def of(self, receipt: RecordReceipt, commitment: bytes, placed: Placed) -> RecordReceipt:
        """The receipt with its tick and its note, once a tick is promised; else as it is."""
        if placed.promised is None or placed.issued_at is None:
            return receipt
        text = ReceiptText(self._home.origin, commitment, placed.promised, placed.issued_at).dump()
        note = self.sign(text)
        return RecordReceipt(receipt.ref, receipt.type, receipt.e, placed.promised, note)

    def sign(self, text: str) -> str:
        """Sign a receipt's text."""
        keys = self._home.log_keys
        if self._ready is None or self._ready[0] is not keys:
            self._ready = keys, keys.receipt_ed25519, receipt_vkey(self._home.origin, keys.public)
        _, signer, vkey = self._ready
        # A note as `SignedNote.dump` writes it, which would check the text a second time.
        return f"{text}\n{signature_line(vkey, signer.sign(text.encode())).dump()}"
