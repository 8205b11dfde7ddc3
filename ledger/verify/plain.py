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
from ledger.evidence.record import Continued

__all__ = ["PlainRecord", "plain_envelope", "plain_opening", "plain_record"]

_PERSON: Final = "[a-z0-9][a-z0-9._-]{0,63}"
_NUMBER: Final = "[1-9][0-9]{0,14}"
_INSTANT: Final = "([0-9]{4}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])Z"
_RECORD: Final = re.compile(
    rf'\{{"actor":"({_PERSON})","attested":"(own-device|service)",'
    r'"basis":"(?:first-hand|reported|reconstructed)",'
    rf'"branch":(?:null|"{_PERSON}"),"command":"[0-9a-f]{{32}}",'
    r'"continues":\[((?:\{"head":"[0-9a-f]{64}","stream":"[0-9a-f]{32}"\},?)*)\],'
    r'"event":(\{[^{}]*\}|\{.*\}),"head":\{"root":"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)",'
    rf'"size":({_NUMBER})\}},"key":"([0-9a-f]{{64}})","law":"([0-9a-f]{{64}})",'
    rf'"occurred_at":"{_INSTANT}",'
    r'"occurred_precision":"(?:exact|approximate|unknown)",'
    rf'"office":\{{"head":"([0-9a-f]{{64}})","seq":({_NUMBER})\}},"origin":"([!#-\[\]-~]*)",'
    r'"personal":\{([^{}]*)\},"prev":"([0-9a-f]{64})",'
    rf'"recorded_at":"{_INSTANT}","recorded_by":"({_PERSON})",'
    rf'"role":"([a-z][a-z-]{{0,31}})","seq":({_NUMBER}),"stream":"([0-9a-f]{{32}})",'
    r'"type":"([a-z0-9]+(?:-[a-z0-9]+)*\.v[1-9][0-9]*)",'
    rf'"under":(?:null|"([0-9a-f]{{32}}:{_NUMBER})"),"v":1\}}'
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
    return (unhexlify(blind), raw, int(seq)) if any(raw) else None


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
        actor, attested, continues, event, root, size, key, law, occurred, office_head,
        office_seq, origin, personal, prev, recorded, recorded_by, role, seq, stream, kind, under,
    ) = found.groups()  # fmt: skip
    occurred_at, recorded_at = _seconds_of(occurred), _seconds_of(recorded)
    if (
        occurred_at is None
        or recorded_at is None
        or origin != ledger
        or (prev == _ZEROS_32) != (seq == "1")
        or office_head == _ZEROS_32
        or root == _EMPTY_ROOT
        or stream == _ZEROS_16
        or (under is not None and under.startswith(_ZEROS_16))
        or not _is_plain_content(event, personal)
    ):
        return None
    heads = _continued(continues, stream) if continues else ()
    if heads is None or (heads and seq != "1"):
        return None
    return PlainRecord(
        actor, attested, heads, event, root, int(size), key, law, occurred_at, office_head,
        int(office_seq), unhexlify(prev), recorded_at, recorded_by, role, int(seq),
        unhexlify(stream), kind, under,
    )  # fmt: skip


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
        if not _ascends(keys):
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
    return is_whole and _ascends(names) and set(names).isdisjoint(keys)


def _ascends(names: list[str]) -> bool:
    return len(names) < 2 or all(map(lt, names, islice(names, 1, None)))


@lru_cache(maxsize=4096)
def _seconds_of(instant: str) -> int | None:
    """Return the seconds since 1970 of an instant that looks like one; None where it is none."""
    try:
        return (datetime.fromisoformat(instant) - _EPOCH) // _SECOND
    except ValueError:
        return None
