"""The place of one record as a C2SP tlog-proof: tools that know nothing of us read and check it."""

from __future__ import annotations

import base64
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import aics_tlog

from ledger.evidence.commitment import commit
from ledger.evidence.opening import RecordOpening, load_opening
from ledger.evidence.pack import record_path
from tests.cli.conftest import Line
from tests.cli.test_exports import publish


def test_two_strangers_agree_with_the_proof(line: Line, tmp_path: Path) -> None:
    """tlog-scales makes the same file from the published log, but for our extra line; aics-tlog
    proves the entry, which follows from the extra and the record's digest, under the signed root.
    """
    reference = line.good("case", "new", by="mara")["reference"]
    ref = line.do(reference, "open", "mara")
    stream, _, seq = ref.partition(":")
    publish(line)
    target = tmp_path / "one.tlog-proof"
    told = line.good("export", "proof", reference, ref, str(target), by="mara")
    head, _, note = target.read_bytes().partition(b"\n\n")
    first, extra, index, *path = head.decode().split("\n")
    number = index.removeprefix("index ")
    words = [str(Path(sys.executable).with_name("tlog-tiles")), "gen-proof", str(line.home / "log")]
    made = subprocess.run([*words, number], capture_output=True, check=True, timeout=60).stdout
    assert made == "\n".join([first, index, *path, "", ""]).encode() + note
    opening = load_opening(base64.b64decode(extra.removeprefix("extra ")))
    assert isinstance(opening, RecordOpening)
    assert (opening.stream.hex(), opening.seq, opening.personal) == (stream, int(seq), {})
    line.good("export", "event", reference, ref, str(tmp_path / "pack"), by="mara")
    e = sha256((tmp_path / "pack" / record_path(int(number))).read_bytes()).digest()
    entry = commit(opening.blind, opening.stream, opening.seq, e)
    assert entry.hex() == told["entry"]
    signed = aics_tlog.parse_note(note)
    key = aics_tlog.parse_vkey((line.home / "log" / "keys").read_text().splitlines()[0])
    assert aics_tlog.verify_checkpoint(signed, key).ok
    root = aics_tlog.parse_checkpoint(signed.text)
    proof = [base64.b64decode(one) for one in path]
    for what, holds in ((entry, True), (entry[::-1], False)):
        at = (int(number), root.size, proof, root.root)
        assert aics_tlog.verify_leaf_inclusion(what, *at) is holds


def test_a_proof_is_refused_with_a_sentence(line: Line, tmp_path: Path) -> None:
    """Under another name, over a file that is there, before the tick, of a record that is none."""
    reference = line.good("case", "new", by="mara")["reference"]
    ref = line.do(reference, "open", "mara")
    good = tmp_path / "one.tlog-proof"
    assert line("export", "proof", reference, ref, str(good), by="mara").code == 2
    publish(line)
    good.write_text("mine")
    stream = ref.partition(":")[0]
    for place, file, code in (
        (ref, tmp_path / "one.txt", 2),
        (ref, good, 2),
        (f"{stream}:99", tmp_path / "two.tlog-proof", 3),
    ):
        assert line("export", "proof", reference, place, str(file), by="mara").code == code
    assert good.read_text() == "mine"
    assert {one.name for one in tmp_path.iterdir()} == {"home", "one.tlog-proof"}
