"""What lies in a home, a backup or somebody's hand as a file that this program once wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random

from keys import keyring, passkeys
from keys.aead import label
from keys.errors import (
    KeyRefused,
    KeyringDamaged,
    MasterKeyUnusable,
    NotInAudience,
    Undecipherable,
)
from keys.keyring import Keyring
from keys.master import MasterKey
from keys.public import PublicKeys
from keys.secrets import open_slots, seal_slots
from ledger.backup.manifest import FORMAT, LEDGER, MANIFEST, read_part
from ledger.backup.office import copy_office, load_office
from ledger.cli.session import THROW_AWAY
from ledger.config import Config, dump_config, load_config
from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence import jcs
from ledger.evidence.fields import object_of
from ledger.evidence.grammar import Malformed, to_base64
from ledger.web.branches import FILE as SETTINGS
from ledger.web.branches import settings_of
from tests.fuzz import ground
from tests.fuzz.target import Finding, Target


@cache
def _ring() -> Keyring:
    return Keyring("mara", Random("ring").randbytes(128), throw_away=True)


def _written(name: str, data: bytes) -> Path:
    """A file that only its owner reads, in a folder of its own; gives the folder."""
    folder = ground.folder() / name.replace(".", "-")
    folder.mkdir(exist_ok=True)
    (folder / name).touch(mode=0o600)
    (folder / name).write_bytes(data)
    return folder


def _config(data: bytes) -> None:
    """What is taken can be written and is read again as it is."""
    found = load_config(_written("ledger.json", data))
    again = load_config(_written("ledger.json", dump_config(found)))
    if again != found:
        raise Finding("it reads back as another configuration")


def _configs() -> Iterator[bytes]:
    yield dump_config(Config("a.example", "America/Denver", "us-co/lcld", b"a" * 16, b"b" * 16))
    yield dump_config(
        Config("a.example", "UTC", "us", b"a" * 16, b"b" * 16, "x", "postgresql://h/d", True)
    )


def _keyring(data: bytes) -> None:
    public = keyring.read_public(data)
    keyring.is_throw_away(data)
    if PublicKeys.load(public.dump()) != public:
        raise Finding("its public keys read back as others")


def _master(data: bytes) -> None:
    MasterKey.load(_written("master.key", data) / "master.key")


def _slots(data: bytes) -> None:
    open_slots(data, _ring(), b"fuzz")


def _settings(data: bytes) -> None:
    settings_of(_written(SETTINGS, data))


_MASTER = MasterKey(bytes(32))


def _manifest(data: bytes) -> None:
    """A backup's manifest as it lies there; and one that somebody with the master key sealed."""
    folder = _written(MANIFEST, data)
    read_part(folder, LEDGER, _MASTER)


def _sealed_manifest(data: bytes) -> None:
    try:
        body = object_of(jcs.load(data), "body")
    except Malformed as error:
        raise BadRequest("nothing that could be sealed") from error
    seal = _MASTER.encrypt(sha256(jcs.dump(body)).digest(), label("backup-manifest"))
    _manifest(jcs.dump({**body, "seal": to_base64(seal)}))


def _manifests() -> Iterator[bytes]:
    body: dict[str, jcs.Json] = {
        "format": FORMAT, "part": LEDGER, "backup": "x", "origin": "a.example",
        "incarnation": None, "made_at": "2026-09-14T10:00:00Z", "size": 9, "files": [],
    }  # fmt: skip
    yield jcs.dump(body)
    yield jcs.dump({**body, "files": [{"path": "a", "sha256": "0" * 64}]})


def _office(data: bytes) -> None:
    """An office copy that opens, whatever stands in it."""
    home = ground.library().home
    load_office(home, home.master.encrypt(data, label("office-copy")))


def _offices() -> Iterator[bytes]:
    home = ground.library().home
    whole = home.master.decrypt(copy_office(home, ground.library().now), label("office-copy"))
    told = json.loads(whole)
    # One of each is enough to bend, and a whole one is slow.
    told["rows"] = {name: rows[:1] for name, rows in told["rows"].items()}
    told |= {"laws": {f"l{'0' * 64}": "AAAA"}, "people": told["people"][:1]}
    stone = [1, "0" * 64, "0" * 64]
    told["erasures"] = [
        {"store": "open", "stream": "1" * 32, "scope": "both", "record": "x", "e": "0" * 64,
         "tombstones": [stone]}
    ]  # fmt: skip
    yield jcs.dump(told)


FILES: Mapping[str, Target] = {
    "config": Target(_config, (BadRequest,), _configs),
    "keyring": Target(_keyring, (KeyringDamaged,), lambda: [_ring().dump(THROW_AWAY)]),
    "public-keys": Target(
        lambda data: PublicKeys.load(data).dump(), (KeyRefused,), lambda: [_ring().public.dump()]
    ),
    "locks": Target(
        lambda data: passkeys.load(data).dump(),
        (KeyringDamaged,),
        lambda: [
            passkeys.Locks("mara").dump(),
            passkeys.Locks("mara")
            .add(_ring(), b"c" * 16, "a.example", b"s" * 32, b"o" * 32)
            .dump(),
        ],
    ),
    "master-key": Target(_master, (MasterKeyUnusable,), lambda: [b"0a" * 32 + b"\n"]),
    "slots": Target(
        _slots,
        (Undecipherable, NotInAudience),
        lambda: [seal_slots(b"s" * 32, [_ring().public], b"fuzz")],
    ),
    "settings": Target(
        _settings,
        (Unavailable,),
        lambda: [
            b'{"telephones": {"mara": "303 555 0117"}, "here": "naturita", "linked": [],'
            b' "codes": [{"branch": "a", "digest": "' + b"0" * 64 + b'",'
            b' "until": "2026-09-14T10:00:00Z"}]}'
        ],
    ),
    "backup": Target(_sealed_manifest, (BadRequest, EvidenceCorrupt), _manifests),
    "office-copy": Target(_office, (BadRequest,), _offices),
}
"""The readers of files that ought to be ours."""
