"""The master key and its file."""

from __future__ import annotations

import pickle
import stat
from pathlib import Path

import pytest

from keys.errors import KeysError, MasterKeyUnusable, Undecipherable
from keys.master import MasterKey


def test_a_new_master_key_opens_again_from_its_file(tmp_path: Path) -> None:
    """What was sealed before a restart opens after it."""
    path = tmp_path / "master"
    sealed = MasterKey.create(path).encrypt(b"month key", b"2026-06")
    assert MasterKey.load(path).decrypt(sealed, b"2026-06") == b"month key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_file_is_64_hex_digits_and_a_newline(tmp_path: Path) -> None:
    """The file can be printed, kept in a safe and typed in again."""
    MasterKey.create(tmp_path / "master", entropy=lambda length: b"\xab" * length)
    assert (tmp_path / "master").read_bytes() == b"ab" * 32 + b"\n"


def test_an_existing_master_key_is_never_overwritten(tmp_path: Path) -> None:
    """Creating a second master key in the same place is refused, and the first stays."""
    path = tmp_path / "master"
    MasterKey.create(path)
    before = path.read_bytes()
    with pytest.raises(MasterKeyUnusable, match="never overwritten"):
        MasterKey.create(path)
    assert path.read_bytes() == before


def test_a_directory_that_is_missing_is_said(tmp_path: Path) -> None:
    """A path that cannot be written or read is a sentence for the operator, not a traceback."""
    with pytest.raises(MasterKeyUnusable, match="cannot be written"):
        MasterKey.create(tmp_path / "missing" / "master")
    with pytest.raises(MasterKeyUnusable, match="cannot be read"):
        MasterKey.load(tmp_path / "missing" / "master")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604, 0o500])
def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A group or world that may read the master key stops the start."""
    path = tmp_path / "master"
    MasterKey.create(path)
    path.chmod(mode)
    with pytest.raises(MasterKeyUnusable, match="0600 or 0400"):
        MasterKey.load(path)


def test_a_credential_of_systemd_is_accepted(tmp_path: Path) -> None:
    """Mode 0400, as systemd gives credentials, is as good as 0600."""
    path = tmp_path / "master"
    MasterKey.create(path)
    path.chmod(0o400)
    MasterKey.load(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"ab" * 32, b"ab" * 31 + b"\n", b"ab" * 33 + b"\n", b"AB" * 32 + b"\n",
     b"ab" * 32 + b"\r\n", b"ab" * 32 + b"\n\n", bytes(32), b"zz" * 32 + b"\n"],
)  # fmt: skip
def test_a_file_that_is_spelt_otherwise_is_no_master_key(tmp_path: Path, content: bytes) -> None:
    """There is one spelling of a master key; everything else is refused."""
    path = tmp_path / "master"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(MasterKeyUnusable, match="does not hold a master key"):
        MasterKey.load(path)


def test_every_one_byte_change_of_the_file_opens_nothing(tmp_path: Path) -> None:
    """A changed byte is refused at once, or gives a key under which nothing opens."""
    path = tmp_path / "master"
    sealed = MasterKey.create(path).encrypt(b"month key", b"place")
    data = path.read_bytes()
    other_keys = 0
    for position in range(len(data)):
        for value in set(range(256)) - {data[position]}:
            path.write_bytes(data[:position] + bytes([value]) + data[position + 1 :])
            with pytest.raises(KeysError) as refusal:
                MasterKey.load(path).decrypt(sealed, b"place")
            other_keys += refusal.type is Undecipherable
    # Only the exchange of one lower-case digit for another is not seen when loading.
    assert other_keys == 64 * 15


def test_the_purpose_is_bound(master: MasterKey) -> None:
    """What the master key sealed for one place does not open in another."""
    with pytest.raises(Undecipherable):
        master.decrypt(master.encrypt(b"month key", b"2026-06"), b"2026-07")


def test_a_master_key_is_exactly_32_bytes() -> None:
    """A short key is not stretched."""
    with pytest.raises(MasterKeyUnusable):
        MasterKey(bytes(31))


def test_a_master_key_is_not_pickled(master: MasterKey) -> None:
    """A master key does not travel to another process by accident."""
    with pytest.raises(TypeError):
        pickle.dumps(master)
