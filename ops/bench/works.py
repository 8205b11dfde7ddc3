"""What the curves show, and how the ceiling of each was measured: the words of the page."""

from __future__ import annotations

from typing import NamedTuple


class Work(NamedTuple):
    """One curve: its key in the figures, and what a reader is told of it."""

    key: str
    title: str
    what: str
    ceiling: str
    peers: str = ""
    across: str = "leaves of the log"


WORKS = (
    Work(
        "append",
        "One act",
        "A fact is recorded in an open case through the register: folded, judged, sealed, signed"
        " and stored durably on SQLite, in a ledger that holds so many records already. Until the"
        " disk has it, nothing is answered.",
        "One durable `INSERT` of a row of the same length into a file of its own (WAL,"
        " `synchronous=FULL`), and the cryptography that a record cannot do without: two Ed25519"
        " signatures, two keys derived, two parts encrypted.",
        "Both peers store an event as long as our row, beside so many of that length. They sign,"
        " encrypt and prove nothing. UmaDB is asked over its socket by one client, and holds its"
        " condition.",
    ),
    Work(
        "tick",
        "One tick",
        "The sequencer closes a tick, fills it with covers, keeps it in the logbook, writes tiles"
        " and signs and publishes the checkpoint.",
        "As many entries in one durable transaction, the hashes of their own tree, an Ed25519 and"
        " an ML-DSA-44 signature, and five files, each synced and renamed.",
    ),
    Work(
        "verify",
        "Verifying one record",
        "The offline verifier, a program of its own with `cryptography` alone, over a whole ledger"
        " as files: each record opened, its signature, chain, authority and place in the log"
        " checked. The time of all, for each record.",
        "The same number of Ed25519 verifications over different messages and keys, by as many"
        " processes as there are cores; above fifty thousand, what one takes is known.",
        across="records in the ledger",
    ),
    Work(
        "root",
        "The root, for each leaf",
        "The Merkle root of a whole log out of its entries. The processor's time, for each leaf.",
        "The calls of SHA-256 that such a root takes at least, on inputs of the same length.",
        "pymerkle keeps its tree in memory while it grows; ours keeps the right edge alone.",
    ),
    Work(
        "proof",
        "One proof of inclusion",
        "An entry and its proof out of the published files, by a reader that has read none before."
        " The processor's time.",
        "Opening, reading and closing the files that it comes from, and one SHA-256 a level.",
        "pymerkle proves out of memory, where its tree stands whole.",
    ),
    Work(
        "rebuild",
        "Making projections anew, for each record",
        "All definitions over all records of the open store. The processor's time of a program of"
        " its own, for each record.",
        "Reading, decrypting and decoding the same records, and nothing more.",
        "The library reads and decodes its own events, as long as our rows and in clear, and makes"
        " no projection of them.",
        across="records in the ledger",
    ),
    Work(
        "page-desk",
        "The page of a case, at the desk",
        "A usual case, opened by staff over a socket at the desk's program, in a ledger of so many"
        " records.",
        "A bare Starlette under the same server, which echoes a quarter of a kilobyte.",
        across="records in the ledger",
    ),
    Work(
        "page-room",
        "The page of a case, in the director's room",
        "The same case, opened by the director at the room's program.",
        "The same bare Starlette.",
        across="records in the ledger",
    ),
)

WRITERS = (
    "writers",
    "Where the time of sixteen writers goes",
    "Sixteen threads append to one store on PostgreSQL. Those that wait go together in one"
    " transaction, and one transaction writes at a time: its turn is what keeps positions without"
    " gaps and in the order of commits. So at each moment all wait for one thing, and the server"
    " was asked every two thousandths of a second which it is. *Our program* folds answers, judges"
    " the next appends and spells them out; the next flush cannot begin before that is done, nor"
    " that before the last flush ended.",
)
"""The key of the figures, the title, and what a reader is told."""
