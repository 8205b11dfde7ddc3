"""A log that this product published, judged by three tools that know nothing of it.

Go's `sumdb/note` and `sumdb/tlog` (root, tiles, proofs, Ed25519), PyPI `tlog-scales` (all of that
from the tiles, and ML-DSA-44), and plain `openssl` (Ed25519). A missing tool is a failure, not a
skip.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint

from tests.independent.published import vkeys

HERE = Path(__file__).parent
ED25519_DER = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410 §4)."""


@pytest.fixture(scope="module")
def go_checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker in tests/independent/golog, compiled against Debian's golang.org/x/mod."""
    scratch = tmp_path_factory.mktemp("go")
    target = scratch / "golog"
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": f"{scratch / 'path'}:/usr/share/gocode",
        # Kept between runs: to compile Go's own library takes longer than all that is tried here.
        "GOCACHE": str(HERE.parents[1] / ".cache" / "go"),
    }
    subprocess.run(
        ["go", "build", "-o", str(target), "."],
        cwd=HERE / "golog",
        env=environment,
        check=True,
        timeout=300,
    )
    return target


def go(checker: Path, log: Path) -> subprocess.CompletedProcess[str]:
    """Run the Go checker over a log."""
    words = [str(checker), str(log), vkeys(log)[0]]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def test_go_accepts_root_tiles_inclusion_and_consistency(
    log: Path, size: int, go_checker: Path
) -> None:
    """Go recomputes the root from the entries and proves every leaf and every older checkpoint."""
    done = go(go_checker, log)
    assert done.returncode == 0, done.stderr
    said = dict(line.split() for line in done.stdout.splitlines())
    older = len(list((log / "checkpoints").iterdir()))
    assert (said["root"], said["inclusion"], said["consistency"]) == (
        str(size),
        str(size),
        str(older),
    )
    assert int(said["tiles"]) == -(-size // 256) + 1


@pytest.mark.parametrize("name", ["tile/entries/000", "tile/0/001", "tile/1/000.p"])
def test_go_finds_one_changed_byte(log: Path, go_checker: Path, tmp_path: Path, name: str) -> None:
    """The Go checker refuses a log of which one byte in a bundle or tile was changed."""
    copy = tmp_path / "log"
    shutil.copytree(log, copy)
    place = copy / name
    if place.is_dir():
        place = max(place.iterdir(), key=lambda partial: int(partial.name))
    data = bytearray(place.read_bytes())
    data[17] ^= 1
    place.write_bytes(bytes(data))
    assert go(go_checker, copy).returncode != 0


def test_tlog_scales_accepts_tiles_and_proofs(log: Path) -> None:
    """tlog-scales computes the root from the tiles, and its proofs from them hold."""
    reader = TilesReader(LocalBackend(log))
    newest = reader.get_checkpoint()
    assert reader.calculate_root_hash() == newest.root_hash
    for index in range(0, newest.size, 7):
        leaf = leaf_hash(reader.get_entry(index))
        reader.get_inclusion_proof(index, newest.size).check(leaf, newest.root_hash)
    for path in (log / "checkpoints").iterdir():
        older = Checkpoint.from_text(path.read_text())
        proof = reader.get_consistency_proof(older.size, newest.size)
        proof.check(older.root_hash, newest.root_hash)


def test_tlog_scales_accepts_both_signatures_of_every_checkpoint(log: Path) -> None:
    """Each checkpoint ever signed carries an Ed25519 and an ML-DSA-44 line that verify."""
    ed25519, mldsa44, _ = (Vkey.from_string(line) for line in vkeys(log))
    assert (ed25519.sig_type, mldsa44.sig_type) == (1, 6)
    for path in (log / "checkpoints").iterdir():
        checkpoint = Checkpoint.from_text(path.read_text())
        valid = VkeySet(ed25519, mldsa44).verify(checkpoint.signatures, checkpoint)
        assert {key.sig_type for key, _ in valid} == {1, 6}


def openssl_accepts(text: bytes, line: str, vkey: str, scratch: Path) -> bool:
    """Let openssl verify one Ed25519 line of a note over its text."""
    public = base64.b64decode(vkey.split("+", 2)[2])[1:]
    (scratch / "key.der").write_bytes(ED25519_DER + public)
    (scratch / "text").write_bytes(text)
    (scratch / "signature").write_bytes(base64.b64decode(line.split(" ")[2])[4:])
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der"]
    words += ["-rawin", "-in", "text", "-sigfile", "signature"]
    done = subprocess.run(words, cwd=scratch, capture_output=True, timeout=60, check=False)
    return done.returncode == 0


def test_openssl_accepts_the_checkpoint_and_only_the_checkpoint(
    log: Path, size: int, tmp_path: Path
) -> None:
    """Plain openssl verifies the Ed25519 line, and refuses it over another size."""
    text, _, lines = (log / "checkpoint").read_bytes().rpartition(b"\n\n")
    line, vkey = lines.decode().splitlines()[0], vkeys(log)[0]
    other = text.replace(str(size).encode(), str(size + 1).encode())
    assert openssl_accepts(text + b"\n", line, vkey, tmp_path)
    assert not openssl_accepts(other + b"\n", line, vkey, tmp_path)


def test_openssl_accepts_the_schedule(log: Path, tmp_path: Path) -> None:
    """The published schedule is signed by the log's Ed25519 key."""
    text, _, lines = (log / "schedule").read_bytes().rpartition(b"\n\n")
    assert openssl_accepts(text + b"\n", lines.decode().strip(), vkeys(log)[0], tmp_path)
