"""Vectors of what a log signs and serves: trees, notes, checkpoints, schedules, tiles."""

from __future__ import annotations

from datetime import UTC, datetime

from ledger.evidence import commitment, envelope, grammar, merkle, note, tiles
from ledger.evidence.attestation import Periods, heads_digest
from ledger.evidence.checkpoint import cosignature_message, pack_timestamped
from ledger.evidence.receipt import Extent, Receipt
from ledger.evidence.schedule import Epoch, Schedule
from tests.vectors.samples import (
    CHECKPOINT_TIME,
    CORE,
    ENTRIES,
    LOG,
    LOG_VKEY,
    ORIGIN,
    RECEIPT_VKEY,
    RECEIPTS,
    STREAM,
    WITNESS,
    WITNESS_VKEY,
    Vector,
    fixed,
    hex_of,
    log_mldsa44_vkey,
    mldsa44_message,
    sample_checkpoint,
    sample_envelope,
    sample_schedule,
    sha256_of,
    signed_note,
    stored_mldsa44,
    text_of,
)


def tree_vectors() -> Vector:
    """Roots, frontiers and proofs over thirteen entries."""
    grown, frontier = merkle.GrowingTree(), merkle.Frontier()
    roots = [root_at(frontier)]
    for entry in ENTRIES[:13]:
        grown.append(entry)
        frontier.append(entry)
        roots.append(root_at(frontier))
    tree = merkle.Tree(grown.hash_at)
    pairs = [(old, new) for new in (0, 1, 2, 7, 8, 13) for old in range(new + 1)]
    return {
        "entries": [entry.hex() for entry in ENTRIES[:13]],
        "roots": roots,
        "inclusion": [
            {"index": index, "size": size, "path": hex_of(tree.inclusion_proof(index, size))}
            for size in (1, 2, 7, 8, 13)
            for index in range(size)
        ],
        "consistency": [
            {"old": old, "new": new, "path": hex_of(tree.consistency_proof(old, new))}
            for old, new in pairs
        ],
    }


def note_vectors() -> Vector:
    """A signed note, and notes that are refused before any signature is looked at."""
    text = f"{ORIGIN} sample\n\nAn empty line may stand in a text.\n"
    signed = signed_note(text, LOG, LOG_VKEY)
    good = text_of(signed.dump())
    line = signed.signatures[0].dump()
    refused = {
        "no signature": text + "\n",
        "no empty line": text.replace("\n\n", "\n") + line,
        "no newline at the end": good[:-1],
        "carriage return": good.replace("\n", "\r\n", 1),
        "tab": good.replace("sample", "sam\tple"),
        "hyphen for the dash": good.replace("\u2014", "-"),
        "two spaces": good.replace("\u2014 ", "\u2014  "),
        "base64 without padding": good.replace("=", ""),
        "base64 of the key id alone": f"{text}\n\u2014 {ORIGIN} AAAAAA==\n",
        "plus in the name": good.replace(f"\u2014 {ORIGIN}", f"\u2014 {ORIGIN}+"),
        "101 signatures": good + line * 100,
    }
    vkey = LOG_VKEY.dump()
    bad_vkeys = {
        "id of another": vkey.replace(LOG_VKEY.key_id.hex(), RECEIPT_VKEY.key_id.hex()),
        "id in upper case": vkey.replace(LOG_VKEY.key_id.hex(), LOG_VKEY.key_id.hex().upper()),
        "space in the name": "a b" + vkey[len(ORIGIN) :],
        "two parts": ORIGIN + "+" + LOG_VKEY.key_id.hex(),
        "empty key": f"{ORIGIN}+{LOG_VKEY.key_id.hex()}+",
    }
    return {
        "vkey": vkey,
        "key_id": LOG_VKEY.key_id.hex(),
        "text": text,
        "note": good,
        "refused": [{"name": name, "note": one} for name, one in refused.items()],
        "refused_vkeys": [{"name": name, "vkey": one} for name, one in bad_vkeys.items()],
    }


def sample_lines() -> tuple[note.NoteSignature, note.NoteSignature, note.NoteSignature]:
    """Return the three lines of the sample checkpoint: 0x01, 0x06 and a witness's 0x04."""
    text = sample_checkpoint().dump()
    mldsa44 = grammar.parse_base64(stored_mldsa44()["signature"], 2420)
    cosigned = WITNESS.sign(cosignature_message(CHECKPOINT_TIME + 60, text))
    return (
        note.signature_line(LOG_VKEY, LOG.sign(text.encode())),
        note.signature_line(log_mldsa44_vkey(), pack_timestamped(CHECKPOINT_TIME, mldsa44)),
        note.signature_line(WITNESS_VKEY, pack_timestamped(CHECKPOINT_TIME + 60, cosigned)),
    )


def checkpoint_vectors() -> Vector:
    """A checkpoint with all kinds of signature, and checkpoints that are refused."""
    head, (plain, timed, witness) = sample_checkpoint(), sample_lines()
    text = head.dump()
    bodies = {
        "extension line": text + "more\n",
        "size with a leading zero": text.replace("\n4096\n", "\n04096\n"),
        "size beyond 2^53-1": text.replace("\n4096\n", "\n9007199254740992\n"),
        "size 0 with another root": text.replace("\n4096\n", "\n0\n"),
        "root of 31 bytes": f"{ORIGIN}\n4096\n{grammar.to_base64(head.root[1:])}\n",
        "another origin": text.replace(ORIGIN, "other.example"),
    }
    orders = {
        "0x06 line first": (timed, plain, witness),
        "witness line before the log's": (plain, witness, timed),
        "no 0x06 line": (plain, witness),
        "no 0x01 line": (timed, witness),
        "0x06 line twice": (plain, timed, timed),
    }
    signed = {name: text_of(signed_note(one, LOG, LOG_VKEY).dump()) for name, one in bodies.items()}
    ordered = {name: text_of(note.SignedNote(text, one).dump()) for name, one in orders.items()}
    return {
        "log": [LOG_VKEY.dump(), log_mldsa44_vkey().dump()],
        "witness": [WITNESS_VKEY.dump()],
        "text": text,
        "time": "2026-06-19T00:00:00Z",
        "subtree_message": mldsa44_message().hex(),
        "checkpoint": text_of(note.SignedNote(text, (plain, timed, witness)).dump()),
        "stamped_sha256": sha256_of(note.SignedNote(text, (plain, timed)).dump()),
        "refused": [{"name": name, "checkpoint": one} for name, one in ordered.items()],
        "refused_for_log_0x01": [{"name": name, "checkpoint": one} for name, one in signed.items()],
    }


def attestation_vectors() -> Vector:
    """Digests over heads, and when the periods of some ledgers end, at which size."""
    one = (STREAM, (3, envelope.digest(sample_envelope())))
    other = (bytes(15) + b"\x01", (1, ENTRIES[0]))
    salt = ENTRIES[1]
    ends = [
        ("2026-05-18T00:00:00Z", 12, 86_400),
        ("2026-08-31T06:30:00Z", 3, 86_400),
        ("2027-11-30T00:00:00Z", 1, 3_600),
        ("2028-02-29T12:00:00Z", 12, 86_400),
        ("2026-01-01T00:00:00Z", 1, 90 * 86_400),
    ]
    return {
        "heads": [
            {
                "salt": salt.hex(),
                "size": 4480,
                "streams": [
                    {"stream": stream.hex(), "seq": seq, "e": e.hex()}
                    for stream, (seq, e) in listed
                ],
                "heads": heads_digest(salt, 4480, dict(listed)).hex(),
            }
            for listed in ((), (one,), (one, other))
        ],
        "periods": [_periods(*end) for end in ends],
    }


def _periods(start: str, months: int, seconds: int) -> Vector:
    """The periods of a ledger of one epoch with two entries a tick."""
    epoch = Epoch(0, grammar.parse_instant(start), seconds, 1, 1, 2)
    schedule = Schedule(ORIGIN, (epoch,))
    periods = Periods(schedule, months)
    sizes = sorted({size for n in (1, 2, 5) for size in _around(periods.size(n))})
    return {
        "schedule": schedule.dump(),
        "months": months,
        "ends": [
            {"period": n, "end": grammar.format_instant(periods.end(n)), "size": periods.size(n)}
            for n in (1, 2, 3, 4, 5, 12, 13)
        ],
        "ended": [{"size": size, "periods": periods.ended(size)} for size in sizes],
    }


def _around(size: int) -> tuple[int, ...]:
    return tuple(one for one in (size - 2, size, size + 2) if one > 0)


def schedule_vectors() -> Vector:
    """A schedule of two epochs, its answers, and schedules that are refused."""
    schedule = sample_schedule()
    text = schedule.dump()
    ticks = [1, 2, 39, 40, 41, 42, 1000]
    instants = [
        "2026-05-17T00:00:00Z",
        "2026-05-18T23:59:59Z",
        "2026-05-19T00:00:00Z",
        "2026-06-19T03:34:13Z",
        "2026-06-26T23:59:59Z",
        "2026-06-27T00:00:00Z",
        "2026-06-28T12:59:59Z",
        "2026-06-28T13:00:00Z",
    ]
    first, second = text.split("\n")[1:3]
    refused = {
        "no epoch": f"{ORIGIN} schedule v1\n",
        "another version": text.replace("schedule v1", "schedule v2"),
        "no newline at the end": text[:-1],
        "does not start at size 0": text.replace("epoch 0 ", "epoch 128 "),
        "part of a tick": text.replace("epoch 5120 ", "epoch 5121 "),
        "no tick in an epoch": text.replace("epoch 5120 ", "epoch 0 "),
        "starts before the last tick": text.replace("2026-06-28T12", "2026-06-26T12"),
        "no entries": text.replace(" 64 64 ", " 0 0 "),
        "no period": text.replace(" 86400 ", " 0 "),
        "order of epochs": f"{ORIGIN} schedule v1\n{second}\n{first}\n",
        "a word too many": text.replace(" 2\n", " 2 2\n"),
    }
    return {
        "text": text,
        "note": text_of(signed_note(text, LOG, LOG_VKEY).dump()),
        "ticks": [
            {
                "tick": tick,
                "due": grammar.format_instant(schedule.due(tick)),
                "size_after": schedule.size_after(tick),
                "delay": schedule.epoch_of(tick).delay,
            }
            for tick in ticks
        ],
        "running": [
            {"at": at, "tick": schedule.running_tick(grammar.parse_instant(at))} for at in instants
        ],
        "leaves": [
            {"index": index, "tick": schedule.tick_of(index)}
            for index in (0, 127, 128, 5119, 5120, 5143, 5144)
        ],
        "sizes": [
            {"size": size, "tick": schedule.last_tick(size)} for size in (0, 128, 5120, 5144)
        ],
        "refused_sizes": [1, 127, 5121, 5130],
        "refused": [{"name": name, "text": one} for name, one in refused.items()],
    }


def receipt_vectors() -> Vector:
    """A receipt and an extent, and texts that are refused."""
    e = envelope.digest(sample_envelope())
    entry = commitment.commit(commitment.blind(CORE, STREAM, 3), STREAM, 3, e)
    receipt = Receipt(ORIGIN, entry, 35, datetime(2026, 6, 19, 3, 34, 13, tzinfo=UTC)).dump()
    extent = Extent(ORIGIN, STREAM, 3, e, 4480).dump()
    refused_receipts = {
        "tick 0": receipt.replace("tick 35", "tick 0"),
        "lines swapped": "\n".join([*receipt.split("\n")[:1], *receipt.split("\n")[3:0:-1], ""]),
        "line missing": receipt.replace("tick 35\n", ""),
        "fraction of a second": receipt.replace("13Z", "13.5Z"),
        "extent's heading": receipt.replace("receipt v1", "extent v1"),
    }
    refused_extents = {
        "seq 0": extent.replace("seq 3", "seq 0"),
        "size below seq": extent.replace("size 4480", "size 2"),
        "stream all zero": extent.replace(STREAM.hex(), "0" * 32),
        "no newline at the end": extent[:-1],
    }
    return {
        "vkey": RECEIPT_VKEY.dump(),
        "receipt": {
            "text": receipt,
            "note": text_of(signed_note(receipt, RECEIPTS, RECEIPT_VKEY).dump()),
            "refused": [{"name": name, "text": one} for name, one in refused_receipts.items()],
        },
        "extent": {
            "text": extent,
            "note": text_of(signed_note(extent, RECEIPTS, RECEIPT_VKEY).dump()),
            "refused": [{"name": name, "text": one} for name, one in refused_extents.items()],
        },
    }


def tiles_vectors() -> Vector:
    """Names of tiles, and the files that a step of a small log adds."""
    places = [(0, 0, 1), (0, 273, 112), (1, 0, 256), (1, 999, 17), (2, 1000, 256), (0, 1234067, 5)]
    grown = merkle.GrowingTree()
    for index in range(520):
        grown.append(fixed(f"entry {index}"))
    steps = [(0, 3), (250, 520), (512, 520)]
    return {
        "tiles": [
            {"level": one[0], "index": one[1], "width": one[2], "path": tiles.tile_path(*one)}
            for one in places
        ],
        "entries": [
            {"index": index, "width": width, "path": tiles.entries_path(index, width)}
            for _, index, width in places
        ],
        "steps": [
            {
                "old": old,
                "new": new,
                "files": [
                    {"path": path, "bytes": len(data), "sha256": sha256_of(data)}
                    for path, data in tiles.files_for(old, new, grown.hash_at, grown.entry)
                ],
            }
            for old, new in steps
        ],
    }


def root_at(frontier: merkle.Frontier) -> Vector:
    return {
        "size": frontier.size,
        "root": frontier.root().hex(),
        "frontier": hex_of(frontier.dump()),
    }
