"""V1 for part packs as a zip: one form, and nothing that two readers could read in two ways."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.evidence.archive import ZipEntry, directory, local_header
from ledger.evidence.grammar import Malformed
from ledger.evidence.pack import record_path, write_zip
from ledger.verify import Report, verify, zipped
from ledger.verify.report import Tally
from ledger.verify.sources import Refused
from ledger.verify.zipped import open_zip
from tests.forge import Files, Forge, World
from tests.verify.test_bytes import small

Harm = Callable[[Files], bytes]


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


def codes(report: Report) -> set[str]:
    """Return the codes that a report holds."""
    return {one.code for one in report.findings}


def as_zip(files: Files) -> bytes:
    """Write files as a zip."""
    out = io.BytesIO()
    write_zip(out, files)
    return out.getvalue()


def laid(entries: list[tuple[str, bytes, ZipEntry]]) -> bytes:
    """Lay out a zip whose headers may be anything."""
    body = b"".join(local_header(entry) + data for _, data, entry in entries)
    return body + directory([entry for _, _, entry in entries], len(body))


def entries_of(files: Files, names: list[str]) -> list[tuple[str, bytes, ZipEntry]]:
    """Return files as entries in the order of these names."""
    from zlib import crc32

    found, at = [], 0
    for name in names:
        entry = ZipEntry(name, crc32(files[name]), len(files[name]), at)
        at += len(local_header(entry)) + len(files[name])
        found.append((name, files[name], entry))
    return found


def test_a_zipped_part_is_intact(world: World, tmp_path: Path) -> None:
    """Case and event packs are accepted as a zip, and other programs can read it."""
    for scope, shown in (("case", ("case", "intake")), ("event", ("request",))):
        files = world.pack(scope, shown)  # type: ignore[arg-type] # two scopes
        path = tmp_path / f"{scope}.zip"
        path.write_bytes(as_zip(files))
        report = verify(path, world.trust())
        assert (report.exit_code, report.findings) == (0, ())
        with zipfile.ZipFile(path) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == files
            assert archive.testzip() is None
            info = archive.infolist()[0]
            assert (info.date_time, info.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 0o100644)
            assert (info.create_system, info.create_version, info.extract_version) == (3, 20, 20)


def other_program(files: Files) -> bytes:
    """Pack with the standard library, as anybody would."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            archive.writestr(name, files[name])
    return out.getvalue()


def bent(offset: int, data: bytes, *, end: bool = False) -> Harm:
    """Overwrite bytes at a place, from the start or the end."""

    def harm(files: Files) -> bytes:
        whole = bytearray(as_zip(files))
        at = len(whole) + offset if end else offset
        whole[at : at + len(data)] = data
        return bytes(whole)

    return harm


HARMS: dict[str, Harm] = {
    "another program's": other_program,
    "something before": lambda files: b"PK\x07\x08" + as_zip(files),
    "something behind": lambda files: as_zip(files) + b"\0",
    "nothing but the end": lambda files: b"PK",
    "cut in a header": lambda files: as_zip(files)[:20],
    "cut in a name": lambda files: as_zip(files)[:32],
    "cut in a file": lambda files: as_zip(files)[:60],
    "cut in the directory": lambda files: as_zip(files)[:-1],
    "encrypted": bent(6, b"\x01"),
    "deflated": bent(8, b"\x08"),
    "of today": bent(12, b"\x22\x5b"),
    "a wrong checksum": bent(14, b"\0\0\0\0"),
    "two sizes": bent(22, b"\0\0\0\0"),
    "an extra field": bent(28, b"\1\0"),
    "a comment": bent(-2, b"\1\0", end=True),
    "another count": bent(-14, b"\1\0", end=True),
    "a name that is not ASCII": lambda files: as_zip(files).replace(b"README", b"R\xc3\x89DME"),
    "absolute": lambda files: laid([("/x", b"", ZipEntry("/x", 0, 0, 0))]),
    "a parent": lambda files: laid([("../x", b"", ZipEntry("../x", 0, 0, 0))]),
    "a directory": lambda files: laid([("law/", b"", ZipEntry("law/", 0, 0, 0))]),
    "a backslash": lambda files: laid([("a\\b", b"", ZipEntry("a\\b", 0, 0, 0))]),
    "unsorted": lambda files: laid(entries_of(files, sorted(files, reverse=True))),
    "doubled": lambda files: laid(entries_of(files, [sorted(files)[0]] * 2)),
    "a gap": lambda files: as_zip(files).replace(b"PK\x01\x02", b"\0PK\x01\x02", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMS)
def test_a_zip_has_one_form(name: str, world: World, tmp_path: Path) -> None:
    """Whatever says a thing twice in two ways, or more than it must, is refused unread."""
    path = tmp_path / "pack.zip"
    path.write_bytes(HARMS[name](world.pack("case", ("case",))))
    report = verify(path, world.trust())
    assert (codes(report), report.exit_code) == ({"V1.zip"}, 1)


def test_the_content_of_a_zip_is_judged_as_that_of_a_directory(
    world: World, tmp_path: Path
) -> None:
    """A zip changes how files travel, and nothing of what they must be."""
    files = world.pack("case", ("case",))
    path = tmp_path / "pack.zip"
    harms: list[tuple[Files, str]] = [
        ({**files, "README.txt": b"Trust me."}, "V1.differs"),
        ({**files, record_path(1000): b""}, "V1.unlisted"),
        ({name: data for name, data in files.items() if name != "README.txt"}, "V1.missing"),
        ({name: data for name, data in files.items() if name != "manifest.json"},
         "V1.manifest-missing"),
        ({**files, "README.txt": bytes(2**20 + 1)}, "V1.too-large"),
        (world.pack("ledger"), "V1.zip"),
    ]  # fmt: skip
    for harmed, code in harms:
        path.write_bytes(as_zip(harmed))
        assert codes(verify(path, world.trust())) == {code}


def test_every_changed_byte_of_a_zip_is_found(tmp_path: Path) -> None:
    """No byte of a zip is without meaning: neither in its headers nor in its files."""
    world = small()
    data = as_zip(world.pack("event", ("note",)))
    path = tmp_path / "pack.zip"
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :])
        assert verify(path, world.trust()).exit_code in (1, 2), place


def test_a_zip_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the writer nor the reader goes beyond what the form can say."""
    out = io.BytesIO()
    with pytest.raises(Malformed, match="65535 files"):
        write_zip(out, dict.fromkeys((f"a/{number}" for number in range(65_536)), b""))
    with pytest.raises(Malformed, match="relative path"):
        write_zip(out, {"a b": b""})
    path = tmp_path / "pack.zip"
    path.write_bytes(as_zip({"a": b"", "b": b""}))
    monkeypatch.setattr(zipped, "MOST_FILES", 1)
    with pytest.raises(Malformed, match="more than 1"):
        open_zip(lambda: path.open("rb"))
    monkeypatch.setattr("ledger.evidence.archive._LARGEST", 60)
    with pytest.raises(Malformed, match="4 GiB"):
        write_zip(out, {"a": bytes(100)})


def test_a_zip_that_changes_while_it_is_read_is_no_traceback(tmp_path: Path) -> None:
    """What was walked a moment ago may be cut off now."""
    path = tmp_path / "pack.zip"
    path.write_bytes(as_zip({"a": b"12345"}))
    found = open_zip(lambda: path.open("rb"))
    assert list(found.names(Tally())) == [["a"]]
    assert found.hash("a", 5).size == 5
    with pytest.raises(Refused):
        found.read("a", 4)
    assert found.read_each(".", ["a"], 5) == [None]
    with pytest.raises(FileNotFoundError):
        found.read("b", 4)
    path.write_bytes(b"")
    with pytest.raises(OSError, match="shorter"):
        found.read("a", 5)


def test_a_header_has_the_form_that_programs_know() -> None:
    """The fixed parts are those of the specification of zips."""
    fields = struct.unpack("<4sHHHHHIIIHH", local_header(ZipEntry("a", 1, 2, 0))[:30])
    assert fields == (b"PK\x03\x04", 20, 0, 0, 0, 0x21, 1, 2, 2, 1, 0)
