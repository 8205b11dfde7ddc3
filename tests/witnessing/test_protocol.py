"""What witnesses answer: each status of the protocol, and what is none."""

from __future__ import annotations

import pytest

from ledger.evidence.checkpoint import Checkpoint, cosignature_message, pack_timestamped
from ledger.evidence.grammar import Malformed
from ledger.evidence.note import COSIGNATURE_ED25519, VKey, signature_line
from ledger.witnessing.asking import ROUNDS, ask_all
from ledger.witnessing.policy import Witness
from ledger.witnessing.protocol import MOST_HASHES, Answer, judge, request
from tests.drafts import public, signing_key
from tests.forge import Forge

WORLD = Forge().build()
NOTE = WORLD.checkpoint()
CHECKPOINT = Checkpoint.load(NOTE.decode().split("\n\n")[0] + "\n")
KEY = VKey("w.example", COSIGNATURE_ED25519, public("w"))
SIZE = "text/x.tlog.size"


def line(vkey: VKey = KEY, name: str = "w", text: str | None = None) -> bytes:
    """A witness's line over the checkpoint, or over another text."""
    signed = cosignature_message(1_800_000_000, text or CHECKPOINT.dump())
    blob = pack_timestamped(1_800_000_000, signing_key(name).sign(signed))
    return signature_line(vkey, blob).dump().encode()


STRANGER = line(VKey("x.example", COSIGNATURE_ED25519, public("x")), "x")


@pytest.mark.parametrize(
    ("status", "kind", "body", "word"),
    [
        (200, "", line(), "cosigned"),
        (200, "", STRANGER + line(), "cosigned"),
        (200, "", STRANGER, "unusable"),
        (200, "", line(text="other\n1\n"), "unusable"),
        (200, "", line() + line(), "unusable"),
        (200, "", line()[:-1], "unusable"),
        (200, "", b"", "unusable"),
        (409, SIZE, b"48\n", "elsewhere"),
        (409, f"{SIZE}; charset=utf-8", b"0\n", "elsewhere"),
        (409, SIZE, b"64\n", "contradicts"),
        (409, SIZE, b"97\n", "ahead"),
        (409, "text/plain", b"48\n", "unusable"),
        (409, SIZE, b"048\n", "unusable"),
        (409, SIZE, b"-1\n", "unusable"),
        (409, SIZE, b"\xff", "unusable"),
        (422, "", b"no", "contradicts"),
        (403, "", b"", "not-for-us"),
        (404, "", b"", "not-for-us"),
        (400, "", b"", "unusable"),
        (302, "", b"", "unusable"),
        (500, "", line(), "unusable"),
    ],
)
def test_an_answer_means_one_thing(status: int, kind: str, body: bytes, word: str) -> None:
    """Only a line under the witness's own key counts; a refusal is told from a misunderstanding."""
    assert judge(Answer(status, kind, body), 64, CHECKPOINT, NOTE, KEY).word == word


def test_a_witness_that_plays_games_is_asked_only_so_often() -> None:
    """One that names another size each time, and one that never answers, take bounded time."""
    sizes = iter(range(1, 90))
    bodies: list[bytes] = []

    def post(_witness: Witness, body: bytes) -> Answer | None:
        bodies.append(body)
        return Answer(409, SIZE, b"%d\n" % next(sizes))

    witness = Witness("w", KEY, None)
    proofs = WORLD.tree.consistency_proof
    (asked,) = ask_all([witness], CHECKPOINT, NOTE, lambda old: proofs(old, 96), {"w": 999}, post)
    assert (asked.verdict.word, len(bodies)) == ("elsewhere", ROUNDS)
    assert [one.partition(b"\n")[0] for one in bodies] == [b"old 96", b"old 1", b"old 2"]
    assert bodies[0] == b"old 96\n\n" + NOTE
    (silent,) = ask_all([witness], CHECKPOINT, NOTE, lambda _old: (), {}, lambda *_: None)
    assert (silent.verdict.word, silent.answer) == ("silent", None)
    with pytest.raises(Malformed):
        request(1, [bytes(32)] * (MOST_HASHES + 1), NOTE)
