"""Everything that somebody without clearance is given, or can look at, as one table of texts.

Two worlds are the same for them when their tables are equal to the byte, once every digest,
commitment, signature and ciphertext is replaced by its length and by the number of its first
occurrence: those are equal in no two worlds, and mean nothing to who has no key. The table of what
each tier sees stands in README.md.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path, PurePosixPath

from ledger.cli.app import run
from ledger.home import Home
from ledger.stores.tables import POSITION, TABLES
from tests.noninterference.doors import DOORS, Call
from tests.noninterference.worlds import World
from tests.register.scans import PDF

Shown = dict[str, str]
Spoil = Callable[[Path], object]

PATH = re.compile(r'"path":\[[^]]*\]')
OPAQUE = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{64}(?![0-9a-f])|[A-Za-z0-9+/]{43,}={0,2}")
"""Digests in hex; keys, commitments, signatures and ciphertexts in base64."""
DRAWN = re.compile(r"^[█▀▄ ]{25,}$", re.MULTILINE)
"""A line of a drawn code, which says what stands beside it in letters: a root, among others."""
MOMENT = re.compile(r'"timestamp": "[^"]*"')
"""When a log line was written, by the machine's own clock."""
SEALED = re.compile(r'"(next|nonce)": ?"(?:[\w-]{48}|[0-9a-f]{32})"')
"""A cursor, sealed and another one each time; and what hides an entry's body in its digest."""
LEAF = re.compile(r'("index": |at index )(\d+)')
"""Where an entry stands within its tick is chance: the tick counts, and is shown in its place."""
ATTESTED = re.compile(r'"leaves":\[([0-9,]*)\]')
"""The leaves of the records of an attested row, of which again the ticks count."""
NOT_SHOWN = re.compile(r"(?:inbox|vault|keystore|log|open)\.db(?:-wal|-shm)?|.*/tile/entries/.*")
"""Sizes of these are for administrators; the open store's and the log's rows are shown instead."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is put in the place of the names in calls; the same words in both worlds."""

    case: str
    waiting: str
    record: str
    hidden: str
    hidden_record: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Knock:
    """One call at a door."""

    door: str
    call: Call
    by: str | None
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How it is told apart from others."""
        return f"{self.by}: {' '.join((*self.options, *self.call))}"

    @property
    def is_open(self) -> bool:
        """Whether it is served by the open side, which has no vault."""
        return not DOORS[self.door].vaults and "--vault" not in (*self.options, *self.call)


def every_knock(*options: str) -> Iterator[Knock]:
    """Every call at every door."""
    for name, door in DOORS.items():
        for by in door.by:
            for call in door.calls:
                yield Knock(name, call, by, options)


def masked(shown: Mapping[str, str]) -> Shown:
    """Replace what is opaque by its length and the number of its first occurrence."""
    known: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        word = found[0]
        return known.setdefault(word, f"<{len(word)}:{len(known)}>")

    plain = {name: DRAWN.sub("<drawn>", shown[name]) for name in sorted(shown)}
    return {name: OPAQUE.sub(number, text) for name, text in plain.items()}


def differences(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """What differs, with the first lines that do."""
    one, other = masked(first), masked(second)
    found = []
    for name in sorted({*one, *other}):
        mine, theirs = one.get(name, "nothing"), other.get(name, "nothing")
        if mine != theirs:
            lines = zip([*mine.splitlines(), "END"], [*theirs.splitlines(), "END"], strict=False)
            found.append(f"{name}: {next(pair for pair in lines if pair[0] != pair[1])}")
    return found


# --- What lies there ---------------------------------------------------------------------------


def shown(world: World) -> Shown:
    """What lies in a closed home for everybody: names and modes, published files, open rows."""
    told = {f"answer {number}": one for number, one in enumerate(world.answers)}
    return {**told, **lying(world.path)}


def lying(home: Path) -> Shown:
    """The files of a home, and its open rows."""
    return {**_files(home), **_open_rows(home), **_log(home)}


def _files(home: Path) -> Shown:
    found = {}
    for path in sorted(home.rglob("*")):
        name, stat = path.relative_to(home).as_posix(), path.stat()
        plain = path.is_file() and not NOT_SHOWN.fullmatch(name)
        found[f"file {name}"] = f"{stat.st_mode:o} {stat.st_size if plain else ''}"
        if name in ("ledger.json", "trust.json", "log/checkpoint", "log/schedule", "log/keys"):
            found[f"text {name}"] = path.read_text()
    return found


def _open_rows(home: Path) -> Shown:
    with closing(sqlite3.connect(f"file:{home}/open.db?immutable=1", uri=True)) as database:
        found = {
            f"open {one.name}": _rows(
                database,
                f"SELECT {', '.join(one.columns)} FROM {one.name}".replace(POSITION, "rowid"),
            )
            for one in TABLES["open"]
        }
        found["open feeds"] = "\n".join(
            str(body and body.decode())
            for (body,) in database.execute("SELECT body FROM feed_entries ORDER BY feed, position")
        )
        found["open counters"] = _rows(database, "SELECT * FROM sqlite_sequence")
        return found


def _rows(database: sqlite3.Connection, query: str) -> str:
    found = database.execute(query).fetchall()
    rows = [[f"<{len(one)}>" if isinstance(one, bytes) else one for one in row] for row in found]
    return "\n".join(map(repr, rows))


def _log(home: Path) -> Shown:
    """The published log: how many entries each tick has, and that no order tells them apart."""
    with closing(sqlite3.connect(f"file:{home}/log.db?immutable=1", uri=True)) as database:
        ticks = _rows(database, "SELECT tick, first, seeds FROM ticks ORDER BY tick")
        firsts = [one[0] for one in database.execute("SELECT first FROM ticks ORDER BY tick")]
        found = database.execute("SELECT entry FROM entries ORDER BY leaf").fetchall()
    entries = [bytes(one[0]) for one in found]
    bounds = [*firsts, len(entries)]
    spans = [entries[a:b] for a, b in pairwise(bounds)]
    return {"log ticks": ticks, "log order": str([one == sorted(one) for one in spans])}


# --- What doors answer -------------------------------------------------------------------------


def answers(
    world: World, knock: Knock, known: Known, scratch: Path, spoil: Spoil | None = None
) -> Shown:
    """Make a call on a copy of a closed home; gives answer, messages, code and what was written.

    With `spoil`, something is done to the copy before.
    """
    home, out = scratch / "home", scratch / "out"
    shutil.copytree(world.path, home)
    if spoil is not None:
        spoil(home)
    out.mkdir()
    receipt = scratch / "receipt"
    receipt.write_text(known.receipt)
    (scratch / "scan.pdf").write_bytes(PDF)
    words = _words(knock, known, home, out, receipt)
    code, told, said = _called([*knock.options, *words], knock.by, home)
    answer = f"{code}\n{told}\n{said}"
    for path, name in ((home, "HOME"), (scratch, "THERE")):
        answer = answer.replace(str(path), name)
    leaves = ticks_of(home)
    answer = LEAF.sub(lambda m: f"{m[1]}of tick {leaves.get(int(m[2]))}", answer)
    answer = SEALED.sub(r'"\1": "<>"', answer)
    found = {knock.name: MOMENT.sub("", _without_stores(knock, answer))}
    found |= {f"{knock.name} wrote {n}": text for n, text in _written(out, leaves, knock).items()}
    if DOORS[knock.door].writes:
        found |= {f"{knock.name} left {name}": text for name, text in lying(home).items()}
    shutil.rmtree(home)
    shutil.rmtree(out)
    return found


def _words(knock: Knock, known: Known, home: Path, out: Path, receipt: Path) -> list[str]:
    contact = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}
    put = {
        "out": out,
        "log": home / "log",
        "trust": home / "trust.json",
        "checkpoint": home / "log" / "checkpoint",
        "receipt": receipt,
        "scan": receipt.with_name("scan.pdf"),
        "case": known.case,
        "waiting": known.waiting,
        "record": known.record,
        "hidden": known.hidden,
        "hidden_record": known.hidden_record,
        "contact": json.dumps(contact),
        "note": json.dumps({"of": known.hidden_record}),
        "link": json.dumps({"to": known.hidden, "relation": "same-facts"}),
        "why": json.dumps({"reason": "It cannot wait."}),
        "of": json.dumps({"of": "0" * 64}),
        "command": "5" * 32,
    }
    return [
        str(put[word[1:-1]])
        if word[1:-1] in put
        else word.replace("{out}", str(out)).replace("{hidden}", known.hidden)
        for word in knock.call
    ]


def _called(words: list[str], by: str | None, home: Path) -> tuple[object, str, str]:
    """Run the command line. A passphrase that is asked for comes from a pipe."""
    reading, writing = os.pipe()
    os.write(writing, b"a passphrase of many words\n")
    os.close(writing)
    given = [str(reading) if one == "{fd}" else one for one in words]
    options = ["--home", str(home), *(["--as", by] if by else [])]
    told, said = io.StringIO(), io.StringIO()
    code: object
    try:
        with redirect_stdout(told), redirect_stderr(said):
            code = run([*options, *given])
    except SystemExit as end:
        code = f"end {end.code}"
    finally:
        os.close(reading)
    return code, told.getvalue(), said.getvalue()


def ticks_of(home: Path) -> dict[int, int]:
    """The tick of every leaf."""
    with closing(sqlite3.connect(f"file:{home}/log.db?immutable=1", uri=True)) as database:
        query = "SELECT leaf, (SELECT MAX(tick) FROM ticks WHERE first <= leaf) FROM entries"
        return dict(database.execute(query).fetchall())


def _without_stores(knock: Knock, answer: str) -> str:
    """Leave out what an administrator is told of stores that are not open (tier T2)."""
    if knock.door != "store check":
        return answer
    kept = re.sub(r'\{"kind": "file", "name": "(?:inbox|vault|keystore)".*?\}\}\}', "", answer)
    return re.sub(r"(?m)^(?:inbox|vault|keystore) \(file\)\n(?:  .*\n)*", "", kept)


def _written(out: Path, leaves: Mapping[int, int], knock: Knock) -> Shown:
    """What a call wrote into a folder; files named by a leaf are named by its record and tick."""
    if knock.door in ("backup", "backup office", "leave"):
        return {}
    found: Shown = {}
    for path, data in sorted(_each(out)):
        name, kind, leaf = path.as_posix(), path.parent.name, path.name.partition(".")[0]
        if path.name == "manifest.json":
            found[name] = str(len(json.loads(data)["files"]))
        elif kind in ("openings", "records") and leaf.isdigit():
            place = f"{path.parent} of tick {leaves[int(leaf)]}"
            text = _record(data) if kind == "records" else data.decode()
            told = json.loads(text)
            # How long a path is, and what it shares, hangs on where chance put the leaves.
            text = PATH.sub('"path":[]', text)
            found[f"{place} {told.get('stream')}:{told.get('seq')}"] = text
        else:
            found[name] = ATTESTED.sub(partial(_ticks, leaves), _text(data))
    return found


def _each(out: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Every file in a folder, those of an archive one by one: how long it is hangs on how many
    digits the leaves in it have.
    """
    for path in (one for one in out.rglob("*") if one.is_file()):
        name = PurePosixPath(path.relative_to(out))
        if not zipfile.is_zipfile(path):
            yield name, path.read_bytes()
            continue
        with zipfile.ZipFile(path) as archive:
            yield from ((name / one, archive.read(one)) for one in archive.namelist())


def _ticks(leaves: Mapping[int, int], found: re.Match[str]) -> str:
    return f"ticks {[leaves[int(leaf)] for leaf in found[1].split(',') if leaf]}"


def _record(data: bytes) -> str:
    return base64.b64decode(json.loads(data)["payload"]).decode()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"<{len(data)}>"


def known_of(first: World, second: World, by: str = "kim") -> Known:
    """What is asked for in both worlds: open things, and the first world's sealed ones."""
    unknown = "0123456789abcdef" * 2 + ":1"
    with closing(Home(first.path)) as home:
        streams = home.open.streams()
    case = next(iter(first.cases), "7K3M-9Q2D-X")
    return Known(
        case=case,
        waiting=next(iter(first.waiting), "7K3M-9Q2D-X"),
        record=f"{streams[-1].hex()}:1",
        hidden=next(iter((*first.matters, *second.matters)), "7K3M-9Q2D-X"),
        hidden_record=next(iter((*first.secret, *second.secret)), unknown),
        receipt=next(iter(first.receipts), "none"),
    )
