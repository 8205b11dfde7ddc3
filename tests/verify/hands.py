"""Keys that change hands: ways to sign a small ledger's notes with the old, the new or both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.evidence.checkpoint import (
    Checkpoint,
    cosignature_message,
    pack_timestamped,
    subtree_message,
)
from ledger.evidence.grammar import to_base64
from ledger.evidence.jcs import Json
from ledger.evidence.merkle import Tree
from ledger.evidence.note import (
    COSIGNATURE_ED25519,
    ED25519,
    MLDSA44,
    NoteSignature,
    SignedNote,
    VKey,
    signature_line,
)
from ledger.evidence.receipt import Receipt
from tests.drafts import act, assent, public, seed, signing_key
from tests.forge import ORIGIN, Files, Forge, World, relist
from tests.verify.cases import Bend


def mldsa44(name: str) -> MLDSA44PrivateKey:
    """Return the second key of a log or a witness."""
    return MLDSA44PrivateKey.from_seed_bytes(seed("key", f"{name}-mldsa44"))


def log_keys(name: str) -> tuple[VKey, VKey]:
    """Return the log's pair of keys under this name; the ledger's own is `log`."""
    second = mldsa44(name).public_key().public_bytes_raw()
    return VKey(ORIGIN, ED25519, public(name)), VKey(ORIGIN, MLDSA44, second)


def dumped(*names: str) -> list[Json]:
    """Return pairs of the log's keys as trust files list them."""
    return [vkey.dump() for name in names for vkey in log_keys(name)]


def retired(name: str, size: int) -> list[Json]:
    """Return a pair of keys as retired at a size."""
    return [{"size": size, "vkey": vkey.dump()} for vkey in log_keys(name)]


def time_of(world: World, size: int) -> int:
    """Return when the log of the forge signs a size."""
    due = world.schedule.due(world.schedule.tick_of(size - 1))
    return int((due + timedelta(seconds=5)).timestamp())


def checkpoint(
    world: World, names: Sequence[str], size: int | None = None, witnesses: Sequence[str] = ()
) -> bytes:
    """Sign a checkpoint with several pairs of the log's keys, and let witnesses sign below."""
    size = world.size if size is None else size
    head = Checkpoint(ORIGIN, size, world.tree.root(size))
    text, time = head.dump(), time_of(world, size)
    message = subtree_message(ORIGIN, time, size, head.root)
    plain = [
        signature_line(log_keys(name)[0], signing_key(name).sign(text.encode())) for name in names
    ]
    timed = [
        signature_line(log_keys(name)[1], pack_timestamped(time, mldsa44(name).sign(message)))
        for name in names
    ]
    below = [witness_line(name, text, time + 60) for name in witnesses]
    return SignedNote(text, (*plain, *timed, *below)).dump()


def witness(name: str) -> VKey:
    """Return a witness's key."""
    return VKey(f"witness.example/{name}", COSIGNATURE_ED25519, public(name))


def witness_line(name: str, text: str, time: int) -> NoteSignature:
    """Let a witness sign a checkpoint's text."""
    signature = signing_key(name).sign(cosignature_message(time, text))
    return signature_line(witness(name), pack_timestamped(time, signature))


def resigned(files: Files, world: World, names: Sequence[str]) -> Files:
    """Return a part pack whose checkpoint and schedule are signed by others of the log's keys."""
    newest = names[-1]
    note = world.note(world.schedule.dump(), log_keys(newest)[0], newest)
    changed = {"checkpoint": checkpoint(world, names), "schedule": note}
    return relist({**files, **changed})


def announced(
    size: int = 48, *, root: bytes | None = None, stream: str = "office", agreed: bool = True
) -> Bend:
    """Let two people announce the keys `next`, on a state that this log had."""

    def event(forge: Forge) -> Json:
        found = Tree(forge.tree.hash_at).root(size) if root is None else root
        return {
            "log": dumped("next"),
            "receipt": VKey(f"{ORIGIN}/receipt", ED25519, public("next-receipt")).dump(),
            "reason": "rotation",
            "trusted": {"size": size, "root": to_base64(found)},
        }

    def bend(forge: Forge) -> None:
        announcing = act("announce-keys", "log-keys-announced", 6, event)
        announcing.stream = stream
        forge.add(announcing)
        if agreed:
            forge.add(assent("assent-keys", "announce-keys", 6))

    return bend


def receipt(world: World, name: str, tick: int | None = None, **changes: object) -> bytes:
    """Return the ledger's promise for a record: by default the tick that it came into."""
    made = world.made(name)
    promised = world.schedule.tick_of(made.index) if tick is None else tick
    fields: dict[str, object] = {
        "origin": ORIGIN,
        "commitment": made.commitment,
        "tick": promised,
        "issued": made.record.recorded_at,
    }
    text = Receipt(**{**fields, **changes}).dump()  # type: ignore[arg-type] # any field may be bent
    return world.note(text, world.receipt_key, "receipt")
