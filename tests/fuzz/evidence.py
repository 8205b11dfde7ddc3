"""What a verifier reads: all that somebody may bend in a pack, a log or a receiver's hand."""

from __future__ import annotations

import json
from base64 import b64decode, encodebytes
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from ledger.evidence import derived, envelope, jcs, opening, record
from ledger.evidence.acts import parse_event
from ledger.evidence.archive import check_name, write_zip
from ledger.evidence.assertion import check_public, is_for
from ledger.evidence.checkpoint import Checkpoint, stamped_bytes, verify_checkpoint
from ledger.evidence.grammar import Malformed, parse_base64
from ledger.evidence.note import SignedNote, VKey
from ledger.evidence.pack import (
    MANIFEST,
    dump_consistency,
    dump_manifest,
    load_consistency,
    load_manifest,
    read_path,
)
from ledger.evidence.projected import AttestedRow, AttestedState, RowProof, load_signed
from ledger.evidence.receipt import Extent, Receipt
from ledger.evidence.schedule import Schedule
from ledger.verify import trust, verify
from ledger.verify.container import is_log_name
from ledger.verify.crypto import check_assertion
from ledger.verify.listing import scan
from ledger.verify.report import Tally
from ledger.verify.stamps import check_stamp, load_authorities
from ledger.verify.zipped import open_zip
from tests.authenticator import Authenticator
from tests.forge import Files, Forge, World, relist, write
from tests.fuzz import ground
from tests.fuzz.target import Finding, Target
from tests.verify.test_bytes import UNPROTECTED, shown, small

VECTORS = Path(__file__).parents[1] / "vectors"
STAMP = Path(__file__).parent / "stamp.json"
E = bytes(range(32))
"""The record that the seeds of passkeys are about."""
_BEGIN, _END = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
TAKES_ALL = 1 << 26
"""More bytes than a file in a zip of these targets has."""


# ---- seeds ----


@cache
def vector(name: str) -> Mapping[str, list[Mapping[str, str]]]:
    """A file of the format's vectors."""
    found: Mapping[str, list[Mapping[str, str]]] = json.loads(
        (VECTORS / f"{name}.json").read_text()
    )
    return found


def told(names: Mapping[str, str]) -> Callable[[], Iterator[bytes]]:
    """Every text of this key, wherever it stands in the vectors: {file: key}."""

    def found() -> Iterator[bytes]:
        for name, key in names.items():
            yield from (one.encode() for one in _texts(vector(name), key))

    return found


def _texts(value: object, key: str) -> Iterator[str]:
    inner = value.items() if isinstance(value, dict) else ()
    for name, one in inner:
        if name == key and isinstance(one, str):
            yield one
        yield from _texts(one, key)
    for one in value if isinstance(value, list) else ():
        yield from _texts(one, key)


@cache
def world() -> World:
    """A small ledger of good evidence."""
    return small()


@cache
def packed() -> Files:
    """The files of its case's pack."""
    return shown(world(), "case")


def _every(start: str) -> Callable[[], Iterator[bytes]]:
    """The files of that pack, and of the whole ledger's, whose path begins so."""

    def found() -> Iterator[bytes]:
        for files in (packed(), shown(world(), "ledger")):
            yield from (data for path, data in sorted(files.items()) if path.startswith(start))

    return found


def joined(*parts: bytes) -> bytes:
    """Several inputs as one: two bytes of length before each."""
    return b"".join(len(one).to_bytes(2) + one for one in parts)


def parted(data: bytes, count: int) -> list[bytes]:
    """Take several inputs apart. Total: what is missing is empty."""
    parts = []
    for _ in range(count):
        length = int.from_bytes(data[:2])
        parts.append(data[2 : 2 + length])
        data = data[2 + length :]
    return parts


def as_text(data: bytes) -> str:
    """The text of a note, as its reader gives it. Raises: Malformed."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("no UTF-8") from None


# ---- readers ----


def _text_of(
    kind: type[Checkpoint | Receipt | Extent | Schedule | AttestedState],
) -> Callable[[bytes], bytes]:
    return lambda data: kind.load(as_text(data)).dump().encode()


def _event(data: bytes) -> None:
    tag, _, fields = data.partition(b"\n")
    found = jcs.load(fields)
    if isinstance(found, dict):
        parse_event(as_text(tag), found)


def _events() -> Iterator[bytes]:
    for made in Forge().build().forge.made.values():
        yield made.record.type.encode() + b"\n" + jcs.dump(made.record.event)
    for one in (Authenticator("phone"), Authenticator("key", "EdDSA")):
        yield b"passkey-enrolled.v1\n" + jcs.dump(one.enrolled("ada"))
        yield b"passkey-approved.v1\n" + jcs.dump(one.approved(E))


def _manifest(data: bytes) -> bytes:
    """Both readers of a manifest take the same."""
    try:
        listing = scan(BytesIO(data))
    except Malformed:
        listing = None
    try:
        found = load_manifest(data)
    except Malformed:
        if listing is not None:
            raise Finding("only the reader in blocks takes this") from None
        raise
    if listing is None:
        raise Finding("the reader in blocks refuses this")
    return dump_manifest(found)


def _checkpoint(data: bytes) -> bytes:
    """As if every signature were good, so that what stands behind it is reached."""
    keys = [VKey.load(one) for one in _log_keys()]
    found = verify_checkpoint(data, keys, lambda *_: True, lambda *_: True)
    stamped_bytes(found.note, found.checkpoint.origin)
    return found.note.dump()


@cache
def _log_keys() -> tuple[str, ...]:
    return tuple(as_text(one) for one in _listed("checkpoint", "log"))


def _card(data: bytes) -> bytes:
    ending = b"\n" if data.endswith(b"\n") else b""
    return Checkpoint.from_card(data).card().encode() + ending


def _schedule(data: bytes) -> bytes:
    schedule = Schedule.load(as_text(data))
    for index in (0, 2**53 - 1):
        with suppress(Malformed):
            tick = schedule.tick_of(index)
            schedule.size_after(tick)
            schedule.due(tick)
    return schedule.dump().encode()


def _attestation(data: bytes) -> bytes:
    vkey = VKey.load(str(vector("projection")["vkey"]))
    return load_signed(data, vkey, lambda *_: True).dump().encode()


def _listed(name: str, key: str) -> Iterator[bytes]:
    """The lines that stand in a list of the vectors."""
    every: Iterable[object] = vector(name)[key]
    return (str(one).removesuffix("\n").encode() for one in every)


def _zip(data: bytes) -> bytes:
    found = open_zip(lambda: BytesIO(data))
    names = [name for some in found.names(Tally()) for name in some]
    again = BytesIO()
    write_zip(again, {name: found.read(name, TAKES_ALL) for name in names})
    return again.getvalue()


def _zips() -> Iterator[bytes]:
    for files in ({}, {"a": b""}, {"a": b"b", "c/d": b"e" * 99}, packed()):
        made = BytesIO()
        write_zip(made, files)
        yield made.getvalue()


def _path(data: bytes) -> None:
    name = as_text(data)
    is_log_name(name)
    read_path(name)


def _assertion(data: bytes) -> None:
    """What approves must be good for the key in its one spelling, or not; never an error."""
    public, authenticator, client, signature = parted(data, 4)
    key = Authenticator("phone")
    is_for(E, key.rp, (key.origin,), authenticator, client)
    for algorithm in ("ES256", "EdDSA"):
        check_assertion(algorithm, key.public, authenticator + client, signature)
    check_public("ES256" if public[:2] == b"\x30\x59" else "EdDSA", public)


def _assertions() -> Iterator[bytes]:
    for one in (Authenticator("phone"), Authenticator("key", "EdDSA")):
        fields = one.approved(E)
        parts = (
            parse_base64(str(fields[name]), None)
            for name in ("authenticator_data", "client_data", "signature")
        )
        yield joined(one.public, *parts)


@cache
def stamped() -> Mapping[str, str]:
    """A time stamp of an authority that was made for it: its root, the reply, what it covers."""
    found: Mapping[str, str] = json.loads(STAMP.read_text())
    return found


def _stamp(data: bytes) -> None:
    check_stamp(data, E, load_authorities([stamped()["root"]]))


def _authority(data: bytes) -> None:
    """A certificate's own bytes: in base64 few changes would come past its reader."""
    load_authorities([f"{_BEGIN}{encodebytes(data).decode()}{_END}"])


def _authorities() -> Iterator[bytes]:
    yield b64decode(stamped()["root"].removeprefix(_BEGIN).removesuffix(_END))


def _pack(data: bytes) -> None:
    """Another file in a pack, and in its manifest: the verifier says so and never breaks off."""
    path, _, held = data.partition(b"\n")
    name = as_text(path)
    check_name(name)
    files = {**packed(), name: held}
    if name != MANIFEST:
        try:
            files = relist(files)
        except Malformed:
            files = {name: held, **packed()}
    with NamedTemporaryFile(suffix=".zip") as file:
        write_zip(file, dict(sorted(files.items())))  # type: ignore[arg-type]  # a file all the same
        file.flush()
        report = verify(file.name, world().trust(), replay=True, jobs=1)
    is_same = packed().get(name) == held
    if report.exit_code == 0 and not is_same and name not in UNPROTECTED:
        raise Finding(f"another {name} is intact")


def _log(data: bytes) -> None:
    """Another file in a published log, its tiles among them, which nothing but the root holds."""
    path, _, held = data.partition(b"\n")
    name = as_text(path)
    if name not in world().log():
        raise Malformed("no file of the log")
    folder = ground.folder() / "log"
    if not folder.exists():
        write(world().log(), folder)
    (folder / name).write_bytes(held)
    report = verify(folder, world().trust(), jobs=1)
    (folder / name).write_bytes(world().log()[name])
    if report.exit_code == 0 and world().log()[name] != held:
        raise Finding(f"another {name} is intact")


def _named(files: Files) -> Iterator[bytes]:
    return (path.encode() + b"\n" + data for path, data in files.items())


def _spelt(load: Callable[[bytes], object], dump: Callable[..., bytes]) -> Callable[[bytes], bytes]:
    return lambda data: dump(load(data))


_target = partial(Target, refuses=(Malformed,))
EVIDENCE: Mapping[str, Target] = {
    "json": _target(_spelt(jcs.load, jcs.dump), seeds=told({"jcs": "json"})),
    "record": _target(_spelt(record.load, record.dump), seeds=told({"record": "record"})),
    "envelope": _target(_spelt(envelope.load, envelope.dump), seeds=told({"envelope": "envelope"})),
    "event": _target(_event, seeds=_events),
    "manifest": _target(_manifest, seeds=_every(MANIFEST)),
    "note": _target(
        lambda data: SignedNote.parse(data).dump(), seeds=told({"note": "note", "receipt": "note"})
    ),
    "vkey": _target(
        lambda data: VKey.load(as_text(data)).dump().encode(),
        seeds=told({"note": "vkey", "receipt": "vkey"}),
    ),
    "checkpoint": _target(_checkpoint, seeds=told({"checkpoint": "checkpoint"})),
    "checkpoint-text": _target(_text_of(Checkpoint), seeds=told({"checkpoint": "text"})),
    "card": _target(_card, seeds=lambda: [Checkpoint("a.example", 9, E).card().encode() + b"\n"]),
    "schedule": _target(_schedule, seeds=told({"schedule": "text"})),
    "receipt": _target(_text_of(Receipt), seeds=told({"receipt": "text"})),
    "extent": _target(_text_of(Extent), seeds=told({"receipt": "text"})),
    "projection": _target(_text_of(AttestedState), seeds=told({"projection": "text"})),
    "attestation": _target(
        lambda data: (_attestation(data), None)[1], seeds=told({"projection": "note"})
    ),
    "row": _target(
        lambda data: AttestedRow.load(data).dump()[:-1], seeds=lambda: _listed("projection", "rows")
    ),
    "row-proof": _target(
        lambda data: RowProof.load(data).dump(),
        seeds=lambda: _listed("projection", "proofs"),
    ),
    "opening": _target(
        _spelt(opening.load_opening, opening.dump_opening), seeds=_every("openings/")
    ),
    "claims": _target(
        _spelt(derived.load, derived.dump),
        seeds=lambda: [
            b'{"deadlines":[],"definition":1,"flags":[],"format":"disclosure-ledger/derived/v1",'
            b'"state":"open","zone":"America/Denver"}'
        ],
    ),
    "consistency": _target(
        _spelt(load_consistency, dump_consistency), seeds=_every("consistency/")
    ),
    "trust": _target(lambda data: (trust.load(data), None)[1], seeds=lambda: [world().trust()]),
    "zip": _target(_zip, seeds=_zips),
    "path": _target(_path, seeds=lambda: (path.encode() for path in (*packed(), *world().log()))),
    "assertion": _target(_assertion, seeds=_assertions),
    "stamp": _target(_stamp, seeds=lambda: [bytes.fromhex(stamped()["reply"])]),
    "authority": _target(_authority, seeds=_authorities),
    "pack": _target(_pack, seeds=lambda: _named(packed())),
    "log": _target(_log, seeds=lambda: _named(world().log())),
}
"""The verifier's readers."""
