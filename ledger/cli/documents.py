"""Documents of a case: scans of papers, kept as they were brought and never opened by the program.

Who attaches one to a reference that is not open to them is told what they would be told of one that
does not exist; at the desk a scan goes with a visit (`case new --document`).
"""

from __future__ import annotations

from pathlib import Path

from cyclopts import App
from msgspec.structs import replace

from keys.files import write_private
from ledger.answering import attached_answer, document_rows
from ledger.cli.app import session
from ledger.cli.cases import NOTHING_STATED, Stated
from ledger.errors import BadRequest, Unavailable
from ledger.register.documents import attached_as, brought

document = App(name="document", help="Copies of papers that lie with a case.")


@document.command
def attach(
    reference: str, file: Path, *, of: str | None = None, stated: Stated = NOTHING_STATED
) -> int:
    """Attach a document to a case: PDF, PNG, JPEG or plain text, of at most 20 MiB.

    Parameters
    ----------
    reference
        The case's reference.
    file
        The file. It stays where it is; destroy it there once it lies here.
    of
        The record (stream:seq) whose paper it is a copy of.
    """
    s = session()
    act = stated.act("attach-document", {} if of is None else {"of": of}, reference)
    with brought(file) as incoming:
        receipt = s.register.handle(s.keyring, replace(act, document=incoming), vault=s.vault)
        told = attached_answer(receipt, incoming.document)
    lines = [
        f"Attached as {one.ref}; its SHA-256 is {told['sha256']}. The copy on this machine is"
        " not the ledger's: destroy it."
        for one in receipt.records
    ]
    s.answer(told, lines)
    return 0


@document.command(name="list")
def list_(reference: str) -> int:
    """List the documents of a case.

    Parameters
    ----------
    reference
        The case's reference.
    """
    s = session()
    file = s.reader().case(reference)
    rows = document_rows(s.home.origin, file)
    lines = [
        f"{row['ref']}  {row['type']}  {row['size']}  {row['name']}"
        if row["type"]
        else f"{row['ref']}  erased"
        for row in rows
    ]
    s.answer({"documents": rows}, lines or ["No document is attached."])
    return 0


@document.command
def get(reference: str, record: str, out: Path) -> int:
    """Write a document of a case into a new file that only you may read.

    Parameters
    ----------
    reference
        The case's reference.
    record
        The record (stream:seq) by which it was attached; see: document list
    out
        A file that is not there yet.
    """
    s = session()
    file = s.reader().case(reference)
    found = attached_as(s.home.origin, file, record)
    try:
        # A file of that name is there once every byte was checked.
        write_private(out, found.content(), replace=False)
    except FileExistsError:
        raise BadRequest(f"{out} is there already; nothing is written over.") from None
    except OSError as error:
        raise Unavailable(f"{out} cannot be written: {error.strerror}.") from error
    s.answer({"sha256": found.document and found.document.sha256}, [f"Written to {out}."])
    return 0
