"""Runs every vector against the verifier: accepted with equal bytes, refused as refused."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.independent.stranger.verifier import (
    attested,
    checkpoint,
    commitment,
    crypto,
    events,
    grammar,
    jcs,
    merkle,
    note,
    passkeys,
    record,
    schedule,
)


class Vectors:
    """The folder of vectors, how many comparisons were made, and which disagreed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.wrong: list[str] = []

    def load(self, name: str) -> dict[str, Any]:
        """Read a file of vectors."""
        value: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text("utf-8"))
        return value

    def check(self, name: str, what: str, good: bool) -> None:
        """Count one comparison."""
        self.count += 1
        if not good:
            self.wrong.append(f"{name}: {what}")


def refused(call: Callable[..., Any], *given: Any) -> bool:
    """Say whether a call refuses what it is given."""
    try:
        call(*given)
    except grammar.Bad:
        return True
    return False


def expand(secret: str, info: bytes) -> bytes:
    """Compute HKDF-Expand with SHA-256."""
    return HKDFExpand(SHA256(), 32, info).derive(bytes.fromhex(secret))


def run_jcs(t: Vectors) -> None:
    """JSON."""
    v = t.load("jcs")
    for case in v["accepted"]:
        raw = case["json"].encode()
        t.check(
            "jcs", case["name"], not refused(jcs.decode, raw) and jcs.encode(jcs.decode(raw)) == raw
        )
    for case in v["refused"]:
        raw = (
            bytes.fromhex(case["hex"])
            if "hex" in case
            else (bytes.fromhex(case["repeat"]) * case["times"])
        )
        t.check("jcs", case["name"], refused(jcs.decode, raw))


def run_grammar(t: Vectors) -> None:
    """Small grammars."""
    v = t.load("grammar")
    tests: dict[str, Callable[[Any], bool]] = {
        "origin": grammar.is_origin,
        "person": grammar.is_person,
        "type": grammar.is_type,
        "role": grammar.is_role,
        "instant": grammar.is_instant,
        "position": lambda x: not refused(grammar.position, x),
        "signing_key": lambda x: crypto.is_signing_key(bytes.fromhex(x)),
    }
    for name, cases in v.items():
        for value in cases["accepted"]:
            t.check("grammar", f"{name} {value!r}", tests[name](value))
        for value in cases["refused"]:
            t.check("grammar", f"{name} {value!r}", not tests[name](value))


def run_commitment(t: Vectors) -> None:
    """Commitments."""
    v = t.load("commitment")
    r = v["record"]
    place = bytes.fromhex(r["stream"]) + commitment.u64(r["seq"])
    t.check(
        "commitment",
        "blind",
        expand(r["core"], commitment.label("blind") + place).hex() == r["blind"],
    )
    t.check(
        "commitment",
        "record",
        commitment.commitment(r["blind"], r["stream"], r["seq"], r["e"]).hex() == r["commitment"],
    )
    for p in v["personal"]:
        place = bytes.fromhex(p["stream"]) + commitment.u64(p["seq"])
        salt = expand(p["secret"], commitment.label("personal") + place + p["field"].encode())
        t.check("commitment", "salt", salt.hex() == p["salt"])
        t.check(
            "commitment",
            "digest",
            commitment.personal_digest(p["salt"], jcs.decode(p["value"].encode())) == p["digest"],
        )
    for c in v["covers"]:
        info = commitment.label("cover") + commitment.u64(c["tick"]) + commitment.u64(c["k"])
        t.check("commitment", "cover blind", expand(c["seed"], info).hex() == c["blind"])
        t.check(
            "commitment",
            "cover",
            commitment.cover_commitment(c["blind"], c["k"]).hex() == c["commitment"],
        )


def run_envelope(t: Vectors) -> None:
    """Envelopes."""
    v = t.load("envelope")
    raw = v["envelope"].encode()
    envelope = record.parse_envelope(raw)
    t.check("envelope", "e", crypto.sha256(raw).hex() == v["e"])
    t.check("envelope", "payload", envelope.payload == v["payload"].encode())
    t.check(
        "envelope",
        "signing input",
        record.signing_input(envelope.payload) == v["signing_input"].encode(),
    )
    t.check("envelope", "verifies", envelope.verifies(bytes.fromhex(v["public"])))
    t.check(
        "envelope",
        "keyid",
        envelope.keyid == v["keyid"] == crypto.sha256(bytes.fromhex(v["public"])).hex(),
    )
    t.check("envelope", "signature", envelope.signature == base64.b64decode(v["signature"]))
    for case in v["refused"]:
        t.check("envelope", case["name"], refused(record.parse_envelope, case["envelope"].encode()))


def run_record(t: Vectors) -> None:
    """Records."""
    v = t.load("record")
    for case in v["accepted"]:
        raw = case["record"].encode()
        t.check(
            "record",
            case["name"],
            not refused(record.parse_record, raw)
            and jcs.encode(record.parse_record(raw)) == raw
            and crypto.sha256(raw).hex() == case["sha256"],
        )
    for case in v["refused"]:
        t.check("record", case["name"], refused(record.parse_record, case["record"].encode()))


def run_tree(t: Vectors) -> None:
    """Trees and proofs, also with one bit of a proof or an index changed."""
    v = t.load("tree")
    entries = [bytes.fromhex(e) for e in v["entries"]]
    roots = {r["size"]: bytes.fromhex(r["root"]) for r in v["roots"]}
    tree = merkle.Tree(entries)
    for size, root in roots.items():
        t.check("tree", f"root {size}", tree.root(size) == root)
        t.check("tree", f"root {size} alone", merkle.Tree(entries[:size]).root(size) == root)
    for case in v["inclusion"]:
        path = [bytes.fromhex(h) for h in case["path"]]
        leaf, size = merkle.leaf_hash(entries[case["index"]]), case["size"]
        t.check(
            "tree",
            "inclusion",
            merkle.inclusion_holds(leaf, case["index"], size, path, roots[size]),
        )
        for other in range(size):
            if other != case["index"]:
                t.check(
                    "tree",
                    "inclusion elsewhere",
                    not merkle.inclusion_holds(leaf, other, size, path, roots[size]),
                )
        t.check(
            "tree",
            "inclusion longer",
            not merkle.inclusion_holds(leaf, case["index"], size, [*path, leaf], roots[size]),
        )
    for case in v["consistency"]:
        path = [bytes.fromhex(h) for h in case["path"]]
        old, new = case["old"], case["new"]
        t.check(
            "tree", "consistency", merkle.consistency_holds(old, roots[old], new, roots[new], path)
        )
        t.check(
            "tree",
            "consistency longer",
            not merkle.consistency_holds(old, roots[old], new, roots[new], [*path, roots[new]]),
        )
        t.check(
            "tree",
            "consistency of another root",
            not merkle.consistency_holds(old, crypto.sha256(b"x"), new, roots[new], path),
        )


def run_tiles(t: Vectors) -> None:
    """Names and bytes of tiles."""
    v = t.load("tiles")
    for case in v["tiles"] + [{**c, "level": "entries"} for c in v["entries"]]:
        triple = (case["level"], case["index"], case["width"])
        t.check(
            "tiles",
            case["path"],
            merkle.tile_path(*triple) == case["path"]
            and merkle.parse_tile_path(case["path"]) == triple,
        )
    entries = [bytes.fromhex(e) for e in t.load("tree")["entries"]]
    for step in v["steps"]:
        new = step["new"]
        needed = {merkle.tile_path(*t): t for t in merkle.tiles_of(new)}
        for file in step["files"]:
            t.check("tiles", file["path"] + " is needed", file["path"] in needed)
            if new <= len(entries):
                tree = merkle.Tree(entries[:new])
                raw = merkle.tile_bytes(tree, entries, *needed[file["path"]]) or b""
                t.check(
                    "tiles",
                    file["path"] + " bytes",
                    len(raw) == file["bytes"] and crypto.sha256(raw).hex() == file["sha256"],
                )


def run_note(t: Vectors) -> None:
    """Notes and keys."""
    v = t.load("note")
    key = note.parse_vkey(v["vkey"])
    t.check("note", "key id", key.key_id.hex() == v["key_id"])
    t.check("note", "note", note.open_plain(v["note"].encode(), [key]) == v["text"].encode())
    for case in v["refused"]:
        t.check("note", case["name"], refused(note.open_plain, case["note"].encode(), [key]))
    for case in v["refused_vkeys"]:
        t.check("note", case["name"], refused(note.parse_vkey, case["vkey"]))


def run_checkpoint(t: Vectors) -> None:
    """Checkpoints."""
    v = t.load("checkpoint")
    log = [note.parse_vkey(k) for k in v["log"]]
    witness = [note.parse_vkey(k) for k in v["witness"]]
    origin = log[0].name
    cp = checkpoint.open_checkpoint(v["checkpoint"].encode(), origin, log)
    time = cp.time or 0
    t.check("checkpoint", "time", time == grammar.instant(v["time"]))
    t.check("checkpoint", "text", cp.note.text == v["text"].encode())
    t.check(
        "checkpoint",
        "message",
        note.subtree_message(origin, time.to_bytes(8, "big"), origin, cp.size, cp.root).hex()
        == v["subtree_message"],
    )
    t.check("checkpoint", "stamped", crypto.sha256(cp.signed_part).hex() == v["stamped_sha256"])
    t.check("checkpoint", "witness", checkpoint.cosigners(cp, witness) == ({witness[0].name}, True))
    for case in v["refused"]:
        raw = case["checkpoint"].encode()
        t.check("checkpoint", case["name"], refused(checkpoint.open_checkpoint, raw, origin, log))
    for case in v["refused_for_log_0x01"]:
        raw, one = case["checkpoint"].encode(), log[:1]
        t.check("checkpoint", case["name"], refused(checkpoint.open_checkpoint, raw, origin, one))
        t.check("checkpoint", case["name"] + " (signature)", not refused(note.open_plain, raw, one))


def run_receipt(t: Vectors) -> None:
    """Receipts and extents."""
    v = t.load("receipt")
    key = note.parse_vkey(v["vkey"])
    for name, parse in (("receipt", schedule.parse_receipt), ("extent", schedule.parse_extent)):
        text = note.open_plain(v[name]["note"].encode(), [key])
        t.check("receipt", name, text == v[name]["text"].encode() and not refused(parse, text))
        for case in v[name]["refused"]:
            t.check("receipt", case["name"], refused(parse, case["text"].encode()))


def run_schedule(t: Vectors) -> None:
    """The schedule."""
    v = t.load("schedule")
    key = note.parse_vkey(t.load("note")["vkey"])
    t.check("schedule", "note", note.open_plain(v["note"].encode(), [key]) == v["text"].encode())
    s = schedule.parse_schedule(v["text"].encode())
    for c in v["ticks"]:
        t.check(
            "schedule",
            f"tick {c['tick']}",
            s.due(c["tick"]) == grammar.instant(c["due"])
            and s.size_after(c["tick"]) == c["size_after"]
            and s.delay(c["tick"]) == c["delay"],
        )
    for c in v["running"]:
        t.check("schedule", f"running {c['at']}", s.running(grammar.instant(c["at"])) == c["tick"])
    for c in v["leaves"]:
        t.check("schedule", f"leaf {c['index']}", s.tick_of_leaf(c["index"]) == c["tick"])
    for c in v["sizes"]:
        t.check("schedule", f"size {c['size']}", s.tick_of_size(c["size"]) == c["tick"])
    for size in v["refused_sizes"]:
        t.check("schedule", f"size {size}", refused(s.tick_of_size, size))
    for c in v["refused"]:
        t.check("schedule", c["name"], refused(schedule.parse_schedule, c["text"].encode()))


def run_attestation(t: Vectors) -> None:
    """Digests over heads, and the dates of attestations."""
    v = t.load("attestation")
    for c in v["heads"]:
        heads = {s["stream"]: (s["seq"], s["e"]) for s in c["streams"]}
        digest = attested.heads_digest(c["salt"], c["size"], heads)
        t.check("attestation", f"{len(heads)} heads", digest == c["heads"])
    for c in v["periods"]:
        s = schedule.parse_schedule(c["schedule"].encode())
        for end in c["ends"]:
            n, months = end["period"], c["months"]
            same = attested.end_of(s, months, n) == grammar.instant(end["end"])
            same = same and attested.size_of(s, months, n) == end["size"]
            t.check("attestation", f"{c['schedule']} period {n}", same)
        for ended in c["ended"]:
            found = attested.periods_by(s, c["months"], ended["size"])
            t.check("attestation", f"size {ended['size']}", found == ended["periods"])


def run_passkeys(t: Vectors) -> None:
    """Challenges, enrolments and assertions of passkeys."""
    v = t.load("passkey")
    same = passkeys.challenge(v["challenge"]["e"]).hex() == v["challenge"]["challenge"]
    t.check("passkey", "challenge", same)
    kind = "passkey-enrolled.v1"
    for number, event in enumerate(v["enrolments"]["accepted"]):
        t.check("passkey", f"enrolment {number}", events.event_is_good(kind, event, ""))
    for c in v["enrolments"]["refused"]:
        t.check("passkey", c["name"], not events.event_is_good(kind, c["event"], ""))
    for c in v["assertions"]:
        good = events.event_is_good("passkey-approved.v1", c["event"], "")
        same = passkeys.approves(c["enrolled"], c["event"]) == c["approves"]
        t.check("passkey", c["name"], good and same)


def run_mldsa(t: Vectors) -> None:
    """ML-DSA-44 alone."""
    v = t.load("mldsa44")
    t.check("mldsa44", "members " + str(sorted(v)), {"public", "seed", "signature"} <= set(v))
    public = base64.b64decode(v["public"])
    private = MLDSA44PrivateKey.from_seed_bytes(bytes.fromhex(v["seed"]))
    t.check("mldsa44", "seed gives key", private.public_key().public_bytes_raw() == public)
    message = bytes.fromhex(t.load("checkpoint")["subtree_message"])
    t.check(
        "mldsa44",
        "signature over checkpoint.json's subtree_message",
        crypto.mldsa44_verifies(public, base64.b64decode(v["signature"]), message),
    )


PARTS = (
    run_jcs,
    run_grammar,
    run_commitment,
    run_envelope,
    run_record,
    run_tree,
    run_tiles,
    run_note,
    run_checkpoint,
    run_receipt,
    run_schedule,
    run_attestation,
    run_passkeys,
    run_mldsa,
)


def run(vectors: Path) -> tuple[int, list[str]]:
    """Run all vectors. Return how many comparisons were made, and which disagreed."""
    table = Vectors(vectors)
    for part in PARTS:
        part(table)
    return table.count, table.wrong


def main() -> int:
    """Run all and print the disagreements."""
    if len(sys.argv) != 2:
        print("Say where the vectors are: python run_vectors.py FOLDER", file=sys.stderr)
        return 2
    count, wrong = run(Path(sys.argv[1]))
    for line in wrong:
        print("DISAGREE", line)
    print(f"{count} comparisons, {len(wrong)} disagreements")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
