"""A document as it is given out: what it is and nothing else, an attachment, in a sandbox, under a
name of ours (T-48, T-49). Nothing ever shows one in a page.
"""

from __future__ import annotations

from starlette.responses import Response, StreamingResponse

from ledger.errors import BadRequest
from ledger.register.documents import ERASED, Attached
from ledger.register.kinds import NAMES

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
TEXT = "text/plain; charset=utf-8"


def attachment(found: Attached) -> Response:
    """A document, to be saved.

    Raises:
        BadRequest: it was erased.
        EvidenceCorrupt: it was altered; then nothing of it is sent.
    """
    if found.document is None:
        raise BadRequest(ERASED)
    for _ in found.content():
        """Checked to its end first: what was begun could not be taken back."""
    kind, number = found.document.type, found.record.ref.partition(":")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="document-{number}{NAMES[kind][0]}"',
        "Content-Security-Policy": SANDBOX,
        "Content-Length": str(found.document.size),
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(found.content(), 200, headers, TEXT if kind == "text/plain" else kind)
