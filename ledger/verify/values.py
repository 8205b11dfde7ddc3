"""V12: revealed personal values and attachments are the ones that were recorded.

A record holds only a salted digest of each personal field. Whoever reveals a value reveals its
salt, and both must give that digest. A document is revealed as its description; its bytes lie in
`attachments/` under their own digest. What is not revealed is not judged, and nothing is lost.

Cites: FORMAT §3.3, §5, §6 V12.
"""

from __future__ import annotations

from ledger.evidence import jcs
from ledger.evidence.commitment import personal_digest
from ledger.evidence.pack import Document, Revealed, attachment_path, document_of, opening_path
from ledger.verify.chain import Streams
from ledger.verify.container import Container
from ledger.verify.leaves import ProvenRecord
from ledger.verify.report import Tally

__all__ = ["check_values"]


def check_values(container: Container, streams: Streams, tally: Tally) -> int:
    """Run V12; return how many revealed documents are described but not attached."""
    tally.ran("V12")
    named: set[str] = set()
    for one in streams.all():
        for name, shown in sorted(one.opening.personal.items()):
            if not _is_recorded(one, name, shown, tally):
                continue
            document = document_of(shown.value)
            if document is not None:
                named.add(attachment_path(document.sha256))
                _check_document(container, document, tally)
    for path in sorted(container.attachments.keys() - named):
        tally.add("V12.attachment-unnamed", "No revealed value names this attachment.", path)
    return len(named - container.attachments.keys())


def _is_recorded(one: ProvenRecord, name: str, shown: Revealed, tally: Tally) -> bool:
    """Tell whether a revealed value is the recorded one, and say so if not."""
    recorded = one.record.personal.get(name)
    if recorded is None:
        sentence = "A personal value is revealed that the record does not have."
        tally.add("V12.not-recorded", sentence, opening_path(one.index))
        return False
    if personal_digest(shown.salt, jcs.dump(shown.value)) != recorded:
        sentence = "A revealed personal value is not the recorded one."
        tally.add("V12.value-differs", sentence, opening_path(one.index))
        return False
    return True


def _check_document(container: Container, document: Document, tally: Tally) -> None:
    """Compare a document with its bytes; bytes that are withheld are told, and no fault."""
    path = attachment_path(document.sha256)
    found = container.attachments.get(path)
    if found is not None and (found.sha256, found.size) != (document.sha256, document.size):
        sentence = "An attachment is not the document that was recorded."
        tally.add("V12.attachment-differs", sentence, path)
