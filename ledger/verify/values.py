"""V12: revealed personal values and attachments are the ones that were recorded.

A record holds only a salted digest of each personal field. Whoever reveals a value reveals its
salt, and both must give that digest. A document is revealed as its description; its bytes lie in
`attachments/` under their own digest. What is not revealed is not judged, and nothing is lost.

Cites: FORMAT §3.3, §5, §6 V12.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledger.evidence import jcs
from ledger.evidence.commitment import personal_digest
from ledger.evidence.pack import (
    Document,
    RecordOpening,
    attachment_path,
    document_of,
    opening_path,
    read_path,
)
from ledger.verify.report import Tally
from ledger.verify.sources import Attachment

__all__ = ["check_named", "check_values"]


def check_values(
    index: int, opening: RecordOpening, recorded: Mapping[str, bytes]
) -> Iterator[tuple[str, str, str] | Document]:
    """Give code, sentence and place of what differs, and each document that is described."""
    for name, shown in sorted(opening.personal.items()):
        digest = recorded.get(name)
        if digest is None:
            sentence = "A personal value is revealed that the record does not have."
            yield "V12.not-recorded", sentence, opening_path(index)
        elif personal_digest(shown.salt, jcs.dump(shown.value)) != digest:
            sentence = "A revealed personal value is not the recorded one."
            yield "V12.value-differs", sentence, opening_path(index)
        else:
            document = document_of(shown.value)
            if document is not None:
                yield document


def check_named(
    hashed: Mapping[str, Attachment], documents: set[tuple[bytes, int]], tally: Tally
) -> int:
    """Compare attachments with the documents described; return how many are not attached."""
    named = {attachment_path(digest) for digest, _ in documents}
    for digest, size in sorted(documents):
        path = attachment_path(digest)
        found = hashed.get(path)
        if found is not None and (found.sha256, found.size) != (digest, size):
            sentence = "An attachment is not the document that was recorded."
            tally.add("V12.attachment-differs", sentence, path)
    for path in sorted(hashed.keys() - named):
        if read_path(path).kind == "attachment":
            tally.add("V12.attachment-unnamed", "No revealed value names this attachment.", path)
    return len(named - hashed.keys())
