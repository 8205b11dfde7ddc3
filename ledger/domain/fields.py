"""The kinds of value that an event may hold, and which of them are personal.

A field typed `PersonalText`, `PersonalLine`, `PersonalFields`, `PersonalDocument` or
`PersonalTokens` may identify a patron or holds free text. It never stands in the signed record: the
record carries a salted digest, and the value lies beside it, erasable on its own (FORMAT §3.3,
DESIGN §6). Because it can be erased, such a field is always optional.
"""

import re
from datetime import date, datetime
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

# A description says in words what a person is to write; `ledger.domain.wanted` shows it to whoever
# wrote something else. A pattern's `$` also matches before a last line end; `(?!\n)` forbids that.
_BASE64_OF_32 = r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$(?!\n)"
Instant = Annotated[
    datetime,
    Meta(tz=True, description="an instant with its offset, such as 2026-06-19T21:30:00-06:00"),
]
ZoneName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$(?!\n)",
        max_length=64,
        description="the name of a time zone, such as America/Denver",
    ),
]
LocalDate = Annotated[date, Meta(description="a day, such as 2026-06-19")]
PersonId = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$(?!\n)",
        description="a short name of small letters, digits, dots, hyphens and underscores, at most"
        " 64 of them, such as jane.doe",
    ),
]
RoleName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z-]{0,31}$(?!\n)",
        description="a role in small letters and hyphens, such as counsel",
    ),
]
ReportPeriod = Annotated[
    str,
    Meta(
        pattern=r"^20[0-9]{2}(-Q[1-4])?$(?!\n)",
        description="a year or a quarter, such as 2026 or 2026-Q3",
    ),
]
FieldName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,31}$(?!\n)",
        description="the name of a field, such as issued_on",
    ),
]
Digest = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-f]{64}$(?!\n)",
        description="a digest: 32 bytes as 64 hexadecimal digits, the letters small",
    ),
]
StreamId = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-f]{32}$(?!\n)",
        description="the name of a stream: 16 bytes as 32 hexadecimal digits, the letters small",
    ),
]
RecordRef = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-f]{32}:[1-9][0-9]{0,14}$(?!\n)",
        description="the reference of a record, stream:seq: 32 hexadecimal digits, a colon, and"
        " its number in the stream",
    ),
]
CaseReference = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z*~$=U]$(?!\n)",
        description="the reference of a case, XXXX-XXXX-X, the last of them a check character",
    ),
]
Line = Annotated[str, Meta(min_length=1, max_length=200, description="1 to 200 characters")]
Citation = Annotated[
    str, Meta(min_length=1, max_length=300, description="a citation of 1 to 300 characters")
]
Count = Annotated[int, Meta(ge=0, le=1_000_000, description="a whole number from 0 to a million")]
Serial = Annotated[
    int,
    Meta(ge=1, le=999_999, description="the number of a sheet of the paper pad, 1 to 999999"),
]
BranchId = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$(?!\n)",
        description="a branch: small letters, digits, dots, hyphens and underscores, at most 64 of"
        " them, such as naturita",
    ),
]
SigningKey = Annotated[
    str,
    Meta(
        pattern=_BASE64_OF_32,
        description="a 32-byte Ed25519 public key in base64",
    ),
]
CredentialId = Annotated[
    str,
    Meta(
        pattern=r"^(?:[A-Za-z0-9+/]{4}){5,340}"
        r"(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$(?!\n)",
        description="the id of a passkey: 16 to 1023 bytes in base64",
    ),
]
PasskeyBytes = Annotated[
    str,
    Meta(
        pattern=r"^(?:[A-Za-z0-9+/]{4}){0,682}"
        r"(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$(?!\n)",
        description="what a passkey or its browser gave, in base64",
    ),
]
Domain = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$(?!\n)",
        max_length=253,
        description="a domain, such as ledger.library.example",
    ),
]
WebOrigin = Annotated[
    str,
    Meta(
        pattern=r"^(https://[a-z0-9.-]+|http://localhost)(:[1-9][0-9]{0,4})?$(?!\n)",
        max_length=300,
        description="the address of a site without a path, such as https://ledger.example:8443",
    ),
]
Origin = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9.-]+(/[A-Za-z0-9._-]+)*$(?!\n)",
        max_length=255,
        description="a ledger's name, such as ledger.lonecone.example",
    ),
]
Root = Annotated[
    str,
    Meta(
        pattern=_BASE64_OF_32,
        description="the root of a tree: 32 bytes in base64",
    ),
]
Value = str | int | bool | list[str] | None
"""What a correction may put into a field; None empties it."""
Values = Annotated[
    dict[FieldName, Value],
    Meta(description="fields with their right values, and null where a field is to be empty"),
]


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scan or file, by digest; its bytes lie in `attachments/<sha256>` of a pack."""

    sha256: Digest
    size: Annotated[int, Meta(ge=0, le=2**30, description="a size in bytes, of 2^30 at most")]
    """At most what a pack takes as an attachment (FORMAT §5)."""
    type: Annotated[
        str,
        Meta(pattern=r"^[a-z]+/[a-z0-9.+-]+$", description="a media type, such as application/pdf"),
    ]


PersonalLine = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=300,
        description="a line of 1 to 300 characters",
        extra={"personal": True},
    ),
]
PersonalText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=8_000,
        description="a text of 1 to 8000 characters",
        extra={"personal": True},
    ),
]
PersonalDocument = Annotated[
    Document, Meta(description="a file: its sha256, size and type", extra={"personal": True})
]
PersonalFields = Annotated[Values, Meta(extra={"personal": True})]
Token = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-f]{64}$(?!\n)",
        description="a token of the library system's agent: 64 hexadecimal digits, the letters"
        " small",
    ),
]
"""HMAC-SHA256 of a record's identifier, under a key that the agent holds and the ledger never sees
(`ledger.guard`)."""
PersonalTokens = Annotated[
    tuple[Token, ...], Meta(min_length=1, max_length=256, extra={"personal": True})
]
_PERSONAL = (PersonalLine, PersonalText, PersonalDocument, PersonalFields, PersonalTokens)

Category = Literal[
    "registration",
    "circulation",
    "reference-questions",
    "computer-use",
    "database-searches",
    "program-attendance",
    "interlibrary-loan",
    "security-video",
    "contact-details",
    "staff-assistance",
    "other",
]
"""Classes of library record (domain R-22…R-46); never a title, a name or a number."""
Categories = Annotated[tuple[Category, ...], Meta(min_length=1)]
"""What a decision covers: one class at least, since a decision on none would bind nothing."""

AgencyLevel = Literal["city", "county", "state", "federal", "not-law-enforcement", "unknown"]
InstrumentKind = Literal[
    "written-consent",
    "written-request",
    "subpoena",
    "court-order",
    "search-warrant",
    "administrative-warrant",
    "administrative-subpoena",
    "national-security-letter",
    "fisa-order",
    "preservation-request",
    "emergency-request",
    "other-investigatory-document",
]
Circumstance = Literal[
    "crime-at-the-library", "library-asked-for-help", "denied-physical-placement"
]
"""What an answer can turn on besides the paper; packs name the same words."""
Answer = Literal["yes", "no", "cannot-tell"]
Mode = Literal["in-person", "telephone", "mail", "e-mail", "served"]
ContactOutcome = Literal["reached", "no-answer", "left-message", "unavailable"]


def personal_fields(event_type: type[Struct]) -> frozenset[str]:
    """Name the fields of an event type that stand in its record only as digests."""
    return frozenset(
        name for name, kind in event_type.__annotations__.items() if _is_personal(kind)
    )


def _is_personal(kind: object) -> bool:
    return kind in _PERSONAL or any(part in _PERSONAL for part in get_args(kind))


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK = _ALPHABET + "*~$=U"
_REFERENCE = re.compile(r"([0-9A-Z]{4})-?([0-9A-Z]{4})-?([0-9A-Z*~$=])")
_LOOK_ALIKES = str.maketrans("OIL", "011")


def format_reference(number: int) -> str:
    """Write 40 random bits as a case reference, with Crockford's modulo-37 check character."""
    digits = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(35, -1, -5))
    return f"{digits[:4]}-{digits[4:]}-{_CHECK[number % 37]}"


def parse_reference(text: str) -> str | None:
    """Read a reference as a person types it (any case, with or without hyphens, O for 0).

    Returns None when it cannot be one, the check character included.
    """
    upper = text.strip().upper()
    found = _REFERENCE.fullmatch(upper)
    if found is None:
        return None
    digits = (found[1] + found[2]).translate(_LOOK_ALIKES)
    if any(digit not in _ALPHABET for digit in digits):
        return None
    number = 0
    for digit in digits:
        number = number * 32 + _ALPHABET.index(digit)
    reference = format_reference(number)
    return reference if reference[-1] == found[3] else None
