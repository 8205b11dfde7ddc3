"""The usual record, envelope and opening, read by one expression each.

A ledger holds millions of records that differ in a few values only. Each expression here takes
what is certainly in its one spelling and gives what the checks ask for; to everything else it
answers None, and the strict readers of `ledger.evidence` decide. So nothing is accepted here that
they would refuse, as tests show over many changes, and nothing is refused here at all.

Cites: FORMAT §1, §2, §5.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from operator import lt
from typing import Final, NamedTuple

from ledger.evidence import envelope, jcs
from ledger.evidence.envelope import PAYLOAD_TYPE
from ledger.evidence.fields import object_of
from ledger.evidence.grammar import Malformed, decode_base64, to_base64
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.record import ZERO_STREAM, Continued

__all__ = ["PlainRecord", "plain_envelope", "plain_opening", "plain_record"]

_PERSON: Final = "[a-z0-9][a-z0-9._-]{0,63}"
_NUMBER: Final = "[1-9][0-9]{0,14}"
_TO: Final = "[^:]{0,300}:"
"""Up to the next colon: none stands within what records have in common. What is longer is no usual
record; it would be kept, and could fill the memory.
"""
_RECORD: Final = re.compile(
    rf'({_TO * 5})"[0-9a-f]{{32}}","continues":\[([^\]]*)\],'
    rf'"event":(\{{[^{{}}]*\}}|\{{.*\}})(,"head":{_TO * 5})"([^"]{{20}})"({_TO * 6})'
    r'\{([^{}]*)\},"prev":"([0-9a-f]{64})","recorded_at":"([^"]{20})"'
    rf'({_TO * 3})({_NUMBER}),"stream":"([0-9a-f]{{32}})"(,"type":.{{0,300}})'
)
"""A record cut into what it has alone and what it has in common with others, which is read once for
all of them.
"""
_WHO: Final = re.compile(
    rf'\{{"actor":"({_PERSON})","attested":"(own-device|service)",'
    r'"basis":"(?:first-hand|reported|reconstructed)",'
    rf'"branch":(?:null|"{_PERSON}"),"command":'
)
_HEAD: Final = re.compile(
    r',"head":\{"root":"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)",'
    rf'"size":(0|{_NUMBER})\}},"key":"([0-9a-f]{{64}})","law":"([0-9a-f]{{64}})","occurred_at":'
)
_OFFICE: Final = re.compile(
    r',"occurred_precision":"(?:exact|approximate|unknown)",'
    rf'"office":\{{"head":"([0-9a-f]{{64}})","seq":({_NUMBER})\}},"origin":"([!#-\[\]-~]*)",'
    r'"personal":'
)
_SIGNER: Final = re.compile(rf',"recorded_by":"({_PERSON})","role":"([a-z][a-z-]{{0,31}})","seq":')
_KIND: Final = re.compile(
    r',"type":"([a-z0-9]+(?:-[a-z0-9]+)*\.v[1-9][0-9]*)",'
    rf'"under":(?:null|"([0-9a-f]{{32}}:{_NUMBER})"),"v":1\}}'
)
_SECONDS: Final = re.compile(
    "([0-9]{4}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])Z"
)
_BEFORE: Final = b'{"payload":"'
_BETWEEN: Final = re.compile(
    rb'","payloadType":"' + re.escape(PAYLOAD_TYPE.encode("ascii")) + rb'",'
    rb'"signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"'
)
"""What stands between a payload and its signature: nothing in it but the key ever differs."""
_AFTER: Final = b'"}]}'
_SIGNATURE: Final = 88 + len(_AFTER)
"""Bytes that a signature takes with what follows it."""
_REST_BYTES: Final = len(envelope.dump(envelope.Envelope(b"", bytes(32), bytes(64)))) - len(_BEFORE)
"""What follows a payload has always one length."""
_OPENING: Final = re.compile(
    rb'\{"blind":"([0-9a-f]{64})","personal":\{\},"seq":([1-9][0-9]{0,14}),'
    rb'"stream":"([0-9a-f]{32})"\}'
)
_SCALAR: Final = r'(?:"[^"\\\x00-\x1f]*"|0|-?[1-9][0-9]{0,14}|true|false|null)'
_FLAT: Final = re.compile(rf'\{{(?:"[A-Za-z0-9_]+":{_SCALAR}(?:,"[A-Za-z0-9_]+":{_SCALAR})*)?\}}')
_KEYS: Final = re.compile(rf'"([A-Za-z0-9_]+)":{_SCALAR}')
_NAMES: Final = re.compile(r'"([A-Za-z0-9_]+)":"[0-9a-f]{64}",')
_NAME_BYTES: Final = len('"":"",') + 64
"""What a personal digest takes, with a comma and without its name."""
_CONTINUED: Final = re.compile(r'\{"head":"([0-9a-f]{64})","stream":"([0-9a-f]{32})"\}(?:,|$)')
_CONTINUED_BYTES: Final = len('{"head":"","stream":""},') + 96
_EMPTY_ROOT: Final = to_base64(EMPTY_ROOT)
_SIGNATURE_BYTES: Final = 64
_ZEROS_16: Final = "0" * 32
_ZEROS_32: Final = "0" * 64
_EPOCH: Final = datetime(1970, 1, 1)
_SECOND: Final = timedelta(seconds=1)
_DEPTH_LEFT: Final = jcs.MAX_DEPTH - 1
_SHARED: Final = 1024
"""Readings of each kind that are kept."""


class PlainRecord(NamedTuple):
    """What is read of a usual record. Digests are lower-case hex, as they stand."""

    actor: str
    attested: str
    continues: tuple[Continued, ...]
    event: str
    root: str
    """Base64."""
    size: int
    key: str
    law: str
    occurred_at: int
    """Seconds since 1970."""
    office_head: str
    office_seq: int
    prev: bytes
    recorded_at: int
    """Seconds since 1970."""
    recorded_by: str
    role: str
    seq: int
    stream: bytes
    type: str
    under: str | None


def plain_opening(data: bytes) -> tuple[bytes, bytes, int] | None:
    """Read an opening without path and personal values: blind, stream and seq. Total."""
    found = _OPENING.fullmatch(data)
    if found is None:
        return None
    blind, seq, stream = found.groups()
    raw = unhexlify(stream)
    return None if raw == ZERO_STREAM else (unhexlify(blind), raw, int(seq))


def plain_envelope(data: bytes) -> tuple[bytes, str, bytes] | None:
    """Read an envelope: payload, key id in hex, and signature. Total."""
    cut = len(data) - _REST_BYTES
    keyid = _keyid_in(data[cut:-_SIGNATURE])
    if (
        keyid is None
        or cut < len(_BEFORE)
        or not data.startswith(_BEFORE)
        or not data.endswith(_AFTER)
    ):
        return None
    encoded, written = data[len(_BEFORE) : cut], data[-_SIGNATURE : -len(_AFTER)]
    try:
        payload, signature = decode_base64(encoded), decode_base64(written)
    except Malformed:
        return None
    return (payload, keyid, signature) if len(signature) == _SIGNATURE_BYTES else None


@lru_cache(maxsize=1024)
def _keyid_in(between: bytes) -> str | None:
    """Read what stands between payload and signature; a ledger has few keys."""
    found = _BETWEEN.fullmatch(between)
    return None if found is None else found[1].decode("ascii")


def plain_record(payload: bytes, ledger: str) -> PlainRecord | None:
    """Read a usual record of a ledger. Total.

    `ledger` is the origin that the receiver trusts, so that its grammar was checked.
    """
    try:
        found = _RECORD.fullmatch(payload.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    if found is None:
        return None
    (
        first, continues, event, second, occurred, third, personal, prev, recorded, fourth, seq,
        stream, last,
    ) = found.groups()  # fmt: skip
    who, head, office = _who(first), _head(second), _office(third, ledger)
    signer, kind = _signer(fourth), _kind(last)
    occurred_at, recorded_at = _seconds_of(occurred), _seconds_of(recorded)
    if (
        who is None
        or head is None
        or office is None
        or signer is None
        or kind is None
        or occurred_at is None
        or recorded_at is None
        or (prev == _ZEROS_32) != (seq == "1")
        or stream == _ZEROS_16
        or not _is_plain_content(event, personal)
    ):
        return None
    heads = _continued(continues, stream) if continues else ()
    if heads is None or (heads and seq != "1"):
        return None
    (actor, attested), (root, size, key, law), (office_head, office_seq) = who, head, office
    return PlainRecord(
        actor, attested, heads, event, root, size, key, law, occurred_at, office_head, office_seq,
        unhexlify(prev), recorded_at, *signer, int(seq), unhexlify(stream), *kind,
    )  # fmt: skip


@lru_cache(maxsize=_SHARED)
def _who(text: str) -> tuple[str, str] | None:
    """Read actor and attested."""
    found = _WHO.fullmatch(text)
    return None if found is None else (found[1], found[2])


@lru_cache(maxsize=_SHARED)
def _head(text: str) -> tuple[str, int, str, str] | None:
    """Read root and size of the log, key and law."""
    found = _HEAD.fullmatch(text)
    if found is None or (found[1] == _EMPTY_ROOT) != (found[2] == "0"):
        return None
    return found[1], int(found[2]), found[3], found[4]


@lru_cache(maxsize=_SHARED)
def _office(text: str, ledger: str) -> tuple[str, int] | None:
    """Read head and seq of the office, in a record of this ledger."""
    found = _OFFICE.fullmatch(text)
    if found is None or found[1] == _ZEROS_32 or found[3] != ledger:
        return None
    return found[1], int(found[2])


@lru_cache(maxsize=_SHARED)
def _signer(text: str) -> tuple[str, str] | None:
    """Read recorded_by and role."""
    found = _SIGNER.fullmatch(text)
    return None if found is None else (found[1], found[2])


@lru_cache(maxsize=_SHARED)
def _kind(text: str) -> tuple[str, str | None] | None:
    """Read type and under."""
    found = _KIND.fullmatch(text)
    if found is None or (found[2] is not None and found[2].startswith(_ZEROS_16)):
        return None
    return found[1], found[2]


def _continued(text: str, own: str) -> tuple[Continued, ...] | None:
    """Read what a stream continues; None when it is not plainly right."""
    pairs = _CONTINUED.findall(text)
    streams = {own, *(stream for _, stream in pairs)}
    if len(text) != len(pairs) * _CONTINUED_BYTES - 1 or len(streams) != len(pairs) + 1:
        return None
    if _ZEROS_16 in streams or any(head == _ZEROS_32 for head, _ in pairs):
        return None
    return tuple(Continued(unhexlify(stream), unhexlify(head)) for head, stream in pairs)


def _is_plain_content(event: str, personal: str) -> bool:
    """Tell whether event and personal digests are in their one spelling and share no field."""
    if _FLAT.fullmatch(event) is not None:
        keys = _KEYS.findall(event)
        if not _ascends(tuple(keys)):
            return False
    else:
        # The event stands one level below the record, so that one level less is left to it.
        if event.count("{") + event.count("[") >= _DEPTH_LEFT:
            return False
        try:
            keys = list(object_of(jcs.load(event.encode("utf-8")), "event"))
        except Malformed:
            return False
    if not personal:
        return True
    names = _NAMES.findall(f"{personal},")
    # Digests that do not follow each other without a gap would add up to less.
    is_whole = sum(map(len, names)) + _NAME_BYTES * len(names) == len(personal) + 1
    return is_whole and _ascends(tuple(names)) and set(names).isdisjoint(keys)


@lru_cache(maxsize=_SHARED)
def _ascends(names: tuple[str, ...]) -> bool:
    """Tell whether names ascend, each once; records of one type have the same."""
    return all(map(lt, names, islice(names, 1, None)))


@lru_cache(maxsize=_SHARED)
def _seconds_of(instant: str) -> int | None:
    """Return the seconds since 1970 of an instant; None where it is none."""
    found = _SECONDS.fullmatch(instant)
    if found is None:
        return None
    try:
        return (datetime.fromisoformat(found[1]) - _EPOCH) // _SECOND
    except ValueError:
        return None
