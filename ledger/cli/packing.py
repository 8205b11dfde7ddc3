"""Writing the pack of the whole ledger, and beside it what only one person may see."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.cli.copies import entering
from ledger.cli.session import Session
from ledger.counted import counted
from ledger.errors import NotPermitted
from ledger.export import export_ledger, export_openings
from ledger.export.container import to_nobody
from ledger.register.handle import CLEARED_ROLES

if TYPE_CHECKING:
    from ledger.export.container import Reveal

Terms = tuple[str | None, date | None, tuple[str, ...]]


def write_pack(
    s: Session,
    folder: Path,
    openings: Path | None,
    *,
    reveal: Reveal,
    documents: bool = False,
    terms: Terms = (None, None, ()),
    stays: bool = True,
) -> tuple[dict[str, object], list[str]]:
    """Write the pack, and the openings where they are asked for. Each is entered as a copy with
    these terms, its holder, the day until which it may exist, and the fields that it lays open; but
    for a pack that does not stay.
    """
    s.reader()
    if openings is not None:
        roles = s.register.office().office.roles_of(s.keyring.person)
        if not CLEARED_ROLES & roles and not s.vault:
            raise NotPermitted("Your role opens no sealed matters. Export without --openings.")
        reader = s.vault_register.looking(s.keyring, "export", vault=True)
        # Whatever goes into the openings counts as shown.
        reader.sealed_references()
    apart = openings is not None
    leaving = entering(s, "ledger", *terms, with_openings=apart) if stays else to_nobody
    shown = export_ledger(s.home, folder, reveal=reveal, documents=documents, leaving=leaving)
    data: dict[str, object] = {"records": shown}
    lines = [f"The pack holds {counted(shown, 'record')}, and may be passed on."]
    if openings is not None:
        parts = (s.vault_home, reader, s.keyring, folder, openings)
        leaving = entering(s, "openings", *terms, with_openings=True)
        more = export_openings(*parts, reveal=reveal, documents=documents, leaving=leaving)
        data["openings"] = {
            "records": more.records,
            "covers": more.covers,
            "erased": more.erased,
            "closed": more.closed,
        }
        lines.append(
            f"For your eyes only, in the openings: {counted(more.records, 'record')},"
            f" {counted(more.covers, 'cover')}, {more.erased} erased. Closed to you:"
            f" {counted(more.closed, 'entry')} of the log."
        )
    return data, lines
