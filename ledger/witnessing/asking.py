"""Asking every witness of a policy for its line, all of them at once, within bounded time.

What a witness remembers is asked for where it is not known: a 409 says it, and the next request
starts from there. Cites: C2SP tlog-witness "add-checkpoint".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ledger.evidence.checkpoint import Checkpoint
from ledger.projections.feeds.delivery import EACH_SECONDS, Message, Reply, exchange
from ledger.witnessing.policy import Witness
from ledger.witnessing.protocol import Answer, Verdict, judge, request

__all__ = ["Asked", "Post", "ask_all", "over_http"]

ROUNDS = 3
"""A witness that names another size each time is not asked for ever."""
MOST_BYTES = 64 * 1024
PATH = "/add-checkpoint"

Post = Callable[[Witness, bytes], Answer | None]
"""Brings a request's body to a witness and its answer back; None where there is none."""
Prove = Callable[[int], Sequence[bytes]]
"""The proof that our log grew from a size to the checkpoint's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one witness said in the end, and the last request and answer, for who looks into it."""

    witness: Witness
    verdict: Verdict
    request: bytes
    answer: Answer | None


def over_http(witness: Witness, body: bytes) -> Answer | None:
    """Bring a request to a witness over HTTP."""
    if witness.url is None:
        return None
    headers = {"Content-Type": "application/octet-stream"}
    message = Message(witness.url.rstrip("/") + PATH, headers, body)
    reply = exchange(message, EACH_SECONDS, MOST_BYTES)
    if not isinstance(reply, Reply):
        return None
    return Answer(reply.status, reply.content_type, reply.body)


def ask_all(
    witnesses: Sequence[Witness],
    checkpoint: Checkpoint,
    note: bytes,
    prove: Prove,
    known: Mapping[str, int],
    post: Post = over_http,
) -> tuple[Asked, ...]:
    """Ask each witness for a line over a checkpoint, in the order of the policy.

    `known` says from which size each is asked first, by the name of its policy.
    """

    def ask(one: Witness) -> Asked:
        return _ask(
            one, checkpoint, note, prove, min(known.get(one.name, 0), checkpoint.size), post
        )

    if not witnesses:
        return ()
    with ThreadPoolExecutor(max_workers=len(witnesses)) as threads:
        return tuple(threads.map(ask, witnesses))


def _ask(
    witness: Witness, checkpoint: Checkpoint, note: bytes, prove: Prove, old: int, post: Post
) -> Asked:
    for _ in range(ROUNDS):
        proof = prove(old) if 0 < old < checkpoint.size else ()
        body = request(old, proof, note)
        answer = post(witness, body)
        if answer is None:
            return Asked(witness, Verdict("silent"), body, None)
        verdict = judge(answer, old, checkpoint, note, witness.vkey)
        if verdict.word != "elsewhere" or verdict.size is None:
            break
        old = verdict.size
    return Asked(witness, verdict, body, answer)
