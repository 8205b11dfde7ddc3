"""A form that brings a file: taken in piece by piece, each bound by number, size and time (T-47).

    head of the request ─► who, access ─► pieces ─► fields, and one document on its way in

Fields are few and small. The file goes where nothing of it can be read (`register.incoming`) and
is refused as soon as it is too large, whatever else would follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import anyio
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from ledger.errors import BadRequest
from ledger.register.incoming import MOST_BYTES, Incoming
from ledger.register.incoming import TooLarge as DocumentTooLarge
from ledger.web.failures import TooLarge, TooSlow

MOST_PARTS = 20
"""More than any form of ours that brings a file has fields."""
MOST_FIELD_BYTES = 4096
MOST_SENT = MOST_BYTES + 128 * 1024
"""A document, and its fields with all that stands around them."""
FORM_SECONDS = 120.0
"""So long a file may take to arrive: 20 MiB at 1.4 megabits a second."""
UNREADABLE = "What was sent cannot be read as a form with a file. Nothing was saved."


@dataclass
class Received:
    """What a form brought: its fields, and its file if there is one."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    document: Incoming | None = None

    def close(self) -> None:
        """Let the file go."""
        if self.document is not None:
            self.document.close()


async def receive(request: Request) -> Received:
    """Take in a form with a file.

    Raises:
        BadRequest: it is none, has too many parts, or the file is none that is taken.
        TooLarge: the file or a field is.
        TooSlow: it did not arrive in time.
        ClientDisconnect: whoever sent it went away.
    """
    taking = _Taking(request.headers.get("content-type", ""))
    sent = 0
    try:
        with anyio.fail_after(FORM_SECONDS):
            async for piece in request.stream():
                sent += len(piece)
                if sent > MOST_SENT:
                    raise TooLarge
                await run_in_threadpool(taking.write, piece)
            await run_in_threadpool(taking.finish)
    except BaseException as error:
        taking.received.close()
        if isinstance(error, TimeoutError):
            raise TooSlow from error
        if isinstance(error, DocumentTooLarge):
            raise TooLarge(str(error)) from error
        raise
    return taking.received


class _Taking:
    """Hears what the parser finds."""

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise BadRequest(UNREADABLE)
        self.received = Received()
        self._parts = 0
        self._ended = False
        self._header = [b"", b""]
        self._disposition = b""
        self._name = ""
        self._value: bytearray | None = None
        heard: dict[str, Callable[..., None]] = {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }
        try:
            self._parser = MultipartParser(options[b"boundary"], heard)  # type: ignore[arg-type]  # its callbacks are a typed dict of the same names
        except FormParserError as error:
            raise BadRequest(UNREADABLE) from error

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise BadRequest(UNREADABLE) from error

    def finish(self) -> None:
        """See that the form is whole, and what its file is."""
        if not self._ended:
            raise BadRequest(UNREADABLE)
        if self.received.document is not None:
            self.received.document.finish()

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise BadRequest(UNREADABLE)
        self._disposition = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = [b"", b""]

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        name = options.get(b"filename")
        if name is None:
            self._value = bytearray()
            return
        if self.received.document is not None:
            raise BadRequest("Attach one file at a time. Nothing was saved.")
        # A field of a file that nobody chose is sent without a name; that is said.
        self.received.document = Incoming(name.decode("utf-8", "replace"))
        self._value = None

    def _data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._value is None:
            if self.received.document is not None:
                self.received.document.write(piece)
            return
        self._value += piece
        if len(self._value) > MOST_FIELD_BYTES:
            raise TooLarge

    def _part_end(self) -> None:
        if self._value is not None:
            try:
                self.received.fields.append((self._name, self._value.decode("utf-8")))
            except UnicodeDecodeError as error:
                raise BadRequest(UNREADABLE) from error

    def _end(self) -> None:
        self._ended = True
