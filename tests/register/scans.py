"""Scans of papers, made up; and how they are attached."""

from __future__ import annotations

import os
from pathlib import Path

from keys.documents import PART_BYTES
from ledger.register.acts import Act, Receipt
from ledger.register.documents import attached_to, brought
from tests.register.ledgers import Ledger

PDF = b"%PDF-1.7\n1 0 obj << /Title (In re library) >> endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(99) + b"\xff\xd9"
TEXT = "Señora Ruiz asked for the hold list.\n".encode()
LONG = 2 * PART_BYTES + 17
"""Three parts and nothing to fill up."""


def pdf(size_bytes: int) -> bytes:
    """A PDF of this size, by its looks, with bytes that no other has."""
    head, tail = PDF[:9], PDF[-7:]
    return head + os.urandom(size_bytes - len(head) - len(tail)) + tail


def scan(folder: Path, data: bytes = PDF, name: str = "subpoena.pdf") -> Path:
    """A file that somebody scanned."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def attach(
    ledger: Ledger,
    person: str,
    reference: str | None,
    path: Path,
    of: str | None = None,
    *,
    command_id: bytes | None = None,
    vault: bool | None = None,
) -> Receipt:
    """Attach a file to a case; to a new visit where there is no reference."""
    command = "attach-document" if reference else "intake"
    fields = {"of": of} if of else {}
    with brought(path) as incoming:
        act = Act(
            command,
            fields,
            reference,
            command_id=command_id or os.urandom(16),
            document=incoming,
        )
        return ledger.register.handle(ledger.people[person], act, vault=vault)


def documents(ledger: Ledger, person: str, reference: str) -> list[bytes]:
    """The bytes of every document of a case, as a person is given them."""
    file = ledger.look(person, reference)
    return [b"".join(one.content()) for one in attached_to(ledger.home.origin, file)]
