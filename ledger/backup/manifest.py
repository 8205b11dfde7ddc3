"""The manifest of a backup part: what is in it, and that it is as it was made.

A backup has two parts that are kept apart, each a folder with a manifest of its own: `ledger`,
which opens nothing, and `keystore`, which is kept for a short time only. The manifest's seal is
made under the master key, so that nobody else can change a part, or its date, unnoticed.

    {"backup":"<32 hex>","files":[{"path":"open.db","sha256":"<64 hex>"},…],
     "format":"disclosure-ledger/backup/v1","incarnation":null,"made_at":"2026-06-19T20:00:00Z",
     "origin":"ledger.lonecone.example","part":"ledger","seal":"<base64>","size":4096}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from keys.aead import label
from keys.errors import KeysError
from keys.files import write_new
from keys.master import MasterKey
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence import jcs
from ledger.evidence.fields import exact_object, integer, items, read, text
from ledger.evidence.grammar import (
    Malformed,
    format_instant,
    parse_base64,
    parse_instant,
    to_base64,
)
from ledger.evidence.jcs import Json

FORMAT = "disclosure-ledger/backup/v1"
MANIFEST = "manifest.json"
LEDGER, KEYSTORE, LEAVING = "ledger", "keystore", "leaving"
_NAMES = {
    LEDGER: "the ledger part of a backup",
    KEYSTORE: "the keystore part of a backup",
    LEAVING: "a folder with which a ledger left",
}
_CONTEXT = label("backup-manifest")
_KEYS = {"backup", "files", "format", "incarnation", "made_at", "origin", "part", "seal", "size"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """One part of a backup. `size` is that of the newest checkpoint, `files` path to SHA-256."""

    part: str
    backup: str
    origin: str
    incarnation: str | None
    made_at: datetime
    size: int
    files: dict[str, str]

    def write(self, folder: Path, master: MasterKey) -> None:
        """Write the manifest into its part, durably."""
        value = self._value()
        seal = master.encrypt(sha256(jcs.dump(value)).digest(), _CONTEXT)
        write_new(folder / MANIFEST, jcs.dump({**value, "seal": to_base64(seal)}))

    def _value(self) -> dict[str, Json]:
        return {
            "format": FORMAT,
            "part": self.part,
            "backup": self.backup,
            "origin": self.origin,
            "incarnation": self.incarnation,
            "made_at": format_instant(self.made_at),
            "size": self.size,
            "files": [{"path": path, "sha256": self.files[path]} for path in sorted(self.files)],
        }


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below a folder, the manifest aside, by its path there.

    Raises:
        EvidenceCorrupt: something there is neither file nor folder, such as a link.
    """
    return {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in _files(folder)
        if path != folder / MANIFEST
    }


def read_part(folder: Path, part: str, master: MasterKey) -> Manifest:
    """Read a part's manifest, and check its seal and every file.

    Raises:
        BadRequest: there is no such part, or it was made under another master key.
        EvidenceCorrupt: a file differs from the manifest, is missing, or is there unasked.
    """
    try:
        value = jcs.load((folder / MANIFEST).read_bytes())
    except (OSError, Malformed) as error:
        raise BadRequest(f"{folder} is not {_NAMES[part]}.") from error
    manifest = _parsed(value, part, folder, master)
    if digests(folder) != manifest.files:
        raise EvidenceCorrupt(
            f"What lies here is not {_NAMES[part]} as it was made: a file was altered, is missing"
            " or came later. Use another copy."
        )
    return manifest


def _parsed(value: Json, part: str, folder: Path, master: MasterKey) -> Manifest:
    if not isinstance(value, dict) or set(value) != _KEYS or value["format"] != FORMAT:
        raise BadRequest(f"{folder} is not {_NAMES[part]}.")
    body = {name: one for name, one in value.items() if name != "seal"}
    try:
        sealed = master.decrypt(parse_base64(str(value["seal"]), None), _CONTEXT)
    except (KeysError, Malformed) as error:
        raise BadRequest(
            "This was made under another master key, or its manifest was changed. Use another copy."
        ) from error
    if sealed != sha256(jcs.dump(body)).digest():
        raise EvidenceCorrupt("Its manifest was changed. Use another copy.")
    if value["part"] != part:
        raise BadRequest(f"{folder} is not {_NAMES[part]}.")
    try:
        return _read(value)
    except Malformed as error:
        raise BadRequest(f"{folder} is not {_NAMES[part]} as this version makes them.") from error


def _read(value: Mapping[str, Json]) -> Manifest:
    # The seal says that whoever wrote it had the master key; of a folder with which a ledger left
    # that may be anybody, who drew the key as well.
    files = [
        exact_object(one, {"path", "sha256"}, "file") for one in items(value["files"], "files")
    ]
    incarnation = value["incarnation"]
    return Manifest(
        part=text(value["part"], "part"),
        backup=text(value["backup"], "backup"),
        origin=text(value["origin"], "origin"),
        incarnation=None if incarnation is None else text(incarnation, "incarnation"),
        made_at=read(value["made_at"], "made_at", parse_instant),
        size=integer(value["size"], "size"),
        files={text(one["path"], "path"): text(one["sha256"], "sha256") for one in files},
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise EvidenceCorrupt("There is something that is no file. Use another copy.")
        if path.is_file():
            yield path


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
