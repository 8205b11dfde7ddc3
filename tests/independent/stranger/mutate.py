"""Makes random mutants of good packs, and counts crashes and undetected ones.

A mutant is `plain` (the manifest is left alone) or `re-hashed` (the manifest is made to fit).
Some re-hashed mutants are good packs by the text; `harmless` says which and why.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import io
import json
import random
import re
import shutil
import struct
import sys
import tempfile
import traceback
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from tests.independent.stranger.verifier import jcs
from tests.independent.stranger.verifier.container import (
    Container,
    Memory,
    Unreadable,
    list_directory,
)
from tests.independent.stranger.verifier.grammar import Bad
from tests.independent.stranger.verifier.merkle import WIDTH, parse_tile_path
from tests.independent.stranger.verifier.report import Report, Unusable
from tests.independent.stranger.verifier.run import verify
from tests.independent.stranger.verifier.trust import Trust, parse_trust
from tests.independent.stranger.verifier.zipform import open_zip

Files = dict[str, bytes]
SAMPLES = [
    ("event-pack", "pack", 4),
    ("case-pack", "pack", 4),
    ("ledger-pack", "pack", 4),
    ("published-log", "log", 3),
]
LOG_NAME = re.compile(
    r"checkpoint|schedule|keys|checkpoints/[0-9]+(\.tsr)?"
    r"|tile/(entries|[0-9]+)/(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]+)?"
)
ON_DISK = 20
"""One mutant of so many is written to disk and read from there."""


class Mutant(NamedTuple):
    """A mutant, what was done to which files, and why it may be good."""

    files: Files
    what: str
    why: str
    brought: Files | None = None
    zipped: bytes | None = None


def read_tree(root: Path) -> Files:
    """Read a directory into memory."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def write_tree(files: Files, root: Path) -> None:
    """Write files below a directory that is made new."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def rehash(files: Files) -> Files:
    """Make the manifest fit the files."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = [
        {"path": p, "sha256": hashlib.sha256(files[p]).hexdigest()}
        for p in sorted(files)
        if p != "manifest.json"
    ]
    return {**files, "manifest.json": jcs.encode(manifest)}


def make_zip(files: Files) -> bytes:
    """Write a zip in the one form."""
    out, directory = bytearray(), bytearray()
    for name in sorted(files):
        data, at = files[name], len(out)
        crc, raw = zlib.crc32(data), name.encode()
        out += (
            struct.pack(
                "<IHHHHHIIIHH",
                0x04034B50,
                20,
                0,
                0,
                0,
                0x21,
                crc,
                len(data),
                len(data),
                len(raw),
                0,
            )
            + raw
            + data
        )
        directory += (
            struct.pack(
                "<IHHHHHHIIIHHHHHII",
                0x02014B50,
                0x0314,
                20,
                0,
                0,
                0,
                0x21,
                crc,
                len(data),
                len(data),
                len(raw),
                0,
                0,
                0,
                0,
                0x81A40000,
                at,
            )
            + raw
        )
    end = struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, len(files), len(files), len(directory), len(out), 0
    )
    return bytes(out + directory + end)


def flip(rng: random.Random, data: bytes) -> bytes:
    """Change one byte, or cut, or insert one."""
    if not data:
        return b"x"
    at = rng.randrange(len(data))
    how = rng.randrange(5)
    if how == 0:
        return data[:at]
    if how == 1:
        return data[:at] + bytes([rng.randrange(256)]) + data[at:]
    if how == 2:
        return data[:at] + data[at + 1 :]
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _spots(node: Any) -> list[tuple[Any, Any]]:
    """List every place of a JSON value that can be changed."""
    spots: list[tuple[Any, Any]] = []
    items: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = list(enumerate(node))
    for key, item in items:
        spots.append((node, key))
        spots += _spots(item)
    return spots


def nudge(rng: random.Random, data: bytes) -> bytes:
    """Change one value within a JSON file and write it in the one spelling again."""
    try:
        value = json.loads(data)
    except ValueError:
        return flip(rng, data)
    spots = _spots(value)
    if not spots:
        return flip(rng, data)
    node, key = rng.choice(spots)
    old = node[key]
    choices: list[Any] = [None, 0, 1, 2**53 - 1, -1, "", "x", [], {}, True, "0" * 64, "0" * 32]
    if isinstance(old, int):
        choices += [old + 1, old - 1] * 4
    if isinstance(old, str) and old:
        at = rng.randrange(len(old))
        choices += [old[:at] + rng.choice("0123456789abcdefA=+") + old[at + 1 :]] * 8
    if rng.random() < 0.2:
        del node[key]
    else:
        node[key] = rng.choice(choices)
    try:
        return jcs.encode(value)
    except Bad:
        return json.dumps(value).encode()


ADDED = [
    "extra",
    "records/5.dsse.json",
    "openings/5.json",
    "law/x.json",
    "attachments/" + "0" * 64,
    "derived/x",
    "../up",
    "a\u00e9",
    "consistency/5",
    "extents/" + "0" * 31 + "1",
    "tile/0/001",
    "checkpoints/16",
    "checkpoint.tsr",
    "log/keys",
    "keys",
]
WAYS = ["flip"] * 5 + ["nudge"] * 4 + ["delete", "add", "rename", "swap", "copy", "two", "pair"]


def change(rng: random.Random, files: Files) -> tuple[Files, str, tuple[str, ...]]:
    """Change one or two files, and say what was done to which."""
    new = dict(files)
    groups: dict[str, list[str]] = collections.defaultdict(list)
    for name in sorted(new):
        groups[name[:8] if name.startswith("log/") else name.split("/")[0]].append(name)
    one = rng.choice(groups[rng.choice(sorted(groups))])
    two = rng.choice(groups[rng.choice(sorted(groups))])
    how = rng.choice(WAYS)
    touched: tuple[str, ...] = (one, two)
    if how in ("flip", "nudge"):
        touched = (one,)
        new[one] = flip(rng, new[one]) if how == "flip" else nudge(rng, new[one])
    elif how == "delete":
        touched = (one,)
        del new[one]
    elif how == "add":
        touched = (rng.choice(ADDED),)
        new[touched[0]] = rng.choice([b"", b"{}", new[one]])
    elif how == "rename":
        touched = (one, two + "x" if rng.random() < 0.5 else two)
        new[touched[1]] = new.pop(one)
    elif how == "swap":
        new[one], new[two] = new[two], new[one]
    elif how == "copy":
        touched = (two,)
        new[two] = new[one]
    elif how == "two":
        new[one], new[two] = flip(rng, new[one]), flip(rng, new[two])
    else:
        touched = _swap_records(rng, new)
    return new, how, touched


def _swap_records(rng: random.Random, new: Files) -> tuple[str, ...]:
    """Swap two records, half of the time with their openings."""
    records = sorted(n for n in new if n.startswith("records/"))
    if len(records) < 2:
        return ()
    a, b = rng.sample(records, 2)
    new[a], new[b] = new[b], new[a]
    if rng.random() < 0.5:
        a2, b2 = (x.replace("records", "openings").replace(".dsse", "") for x in (a, b))
        if a2 in new and b2 in new:
            new[a2], new[b2] = new[b2], new[a2]
    return a, b


def harmless(old: Files, new: Files, hashed: bool, log: bool) -> str:
    """Say why a mutant may be a good pack, or nothing."""
    if hashed:
        old = {p: d for p, d in old.items() if p != "manifest.json"}
        new = {p: d for p, d in new.items() if p != "manifest.json"}
    changed = [p for p in set(old) | set(new) if old.get(p) != new.get(p)]
    if not changed:
        return "nothing changed"
    size = int(old["checkpoint"].split(b"\n")[1]) if log else None
    reasons = {_reason(path, old.get(path), new.get(path), hashed, size) for path in changed}
    return "" if "" in reasons else "; ".join(sorted(reasons))


def _alone(path: str, size: int) -> str:
    """Say why a new file in a published log of some size is left alone, or nothing."""
    if not LOG_NAME.fullmatch(path):
        return "a file of another name in a published log is left alone"
    if path.startswith("tile/"):
        try:
            level, index, width = parse_tile_path(path)
        except Bad:
            return "a file of another name in a published log is left alone"
        count = size if isinstance(level, str) else size >> 8 * level
        if index * WIDTH + width > count:
            return "a tile beyond the checkpoint of a published log is left alone"
    return ""


def _reason(path: str, old: bytes | None, new: bytes | None, hashed: bool, size: int | None) -> str:
    """Say why the change of one file may be good, or nothing. `size` is a published log's."""
    base = path.removeprefix("log/")
    if hashed and (path == "README.txt" or path.startswith("derived/")):
        return "README and derived files are claims that only V15 judges"
    if size is not None and old is None:
        return _alone(path, size)
    if base.startswith("checkpoints/") and new is None:
        return "older kept checkpoints may be absent"
    if base.startswith("tile/") and ".p/" in path and new is None:
        return "superseded partial tiles may be absent"
    if hashed and path.startswith("attachments/") and new is None:
        return "a document's bytes may be withheld"
    if hashed and path.startswith("openings/") and new is None and b"cover" in (old or b""):
        return "a ledger pack need not open a cover unless openings are brought"
    if hashed and path.startswith("openings/") and _revealed_less(old or b"", new or b""):
        return "a revealed personal value was taken away"
    if (
        base == "keys"
        and new is not None
        and old is not None
        and (set(old.split(b"\n")) == set(new.split(b"\n")))
    ):
        return "keys in another order"
    if (
        path.startswith("law/")
        and old is None
        and new is not None
        and (path == f"law/{hashlib.sha256(new).hexdigest()}.json")
    ):
        return "a law file that nobody names"
    if hashed and path == "checkpoint.tsr" and old is None:
        return "a time stamp, for which trust does not ask"
    return ""


def _revealed_less(old: bytes, new: bytes) -> bool:
    """Say whether only revealed values were taken from an opening."""
    try:
        one, two = jcs.decode(old), jcs.decode(new)
        personal, less = one.pop("personal"), two.pop("personal")
    except (Bad, KeyError, AttributeError):
        return False
    if not isinstance(less, dict) or not isinstance(personal, dict):
        return False
    return bool(one == two) and all(personal.get(k) == v for k, v in less.items())


def judge(mutant: Mutant, trust: Trust, scratch: Path | None = None) -> int:
    """Verify a mutant, from memory or from disk, and return the exit."""
    report = Report()
    second = Memory(mutant.brought) if mutant.brought is not None else None
    box: Container
    try:
        if mutant.zipped is not None:
            box = open_zip(io.BytesIO(mutant.zipped), len(mutant.zipped))
        elif scratch is not None:
            write_tree(mutant.files, scratch / "mutant")
            box = list_directory(str(scratch / "mutant"), report)
        else:
            box = Memory(mutant.files)
    except Unusable:
        return 2
    except (Bad, Unreadable):
        return 1
    answer = verify(box, trust, second, [], report)
    json.dumps(answer)
    return int(answer["exit"])


def _rehash_or_leave(files: Files, touched: tuple[str, ...]) -> tuple[Files, bool]:
    """Make the manifest fit, where it is there and was not what changed."""
    if "manifest.json" not in files or "manifest.json" in touched:
        return files, False
    try:
        return rehash(files), True
    except (ValueError, UnicodeError):
        return files, False


def split(files: Files) -> tuple[Files, Files]:
    """Split a ledger pack into one that shows the office, and openings that bring the rest."""
    office = next(p for p in files if p.startswith("extents/")).split("/")[1].encode()
    later = {p for p, d in files.items() if p.startswith("openings/") and office not in d}
    later |= {p.replace("openings", "records").replace(".json", ".dsse.json") for p in later}
    base = {p: d for p, d in files.items() if p not in later}
    opened = {p: d for p, d in files.items() if p in later}
    manifest = json.loads(files["manifest.json"])
    manifest.update(scope="openings", subject=[], files=[])
    opened["manifest.json"] = jcs.encode(manifest)
    return rehash(base), rehash(opened)


def make(rng: random.Random, name: str, files: Files) -> Mutant:
    """Make one mutant of a sample."""
    hashed = name != "published-log" and rng.random() < 0.7
    if name in ("event-pack", "case-pack") and rng.random() < 0.2:
        good = make_zip(files)
        zipped = flip(rng, good)
        return Mutant(
            files, f"{name} zip", "nothing changed" if zipped == good else "", zipped=zipped
        )
    brought = name == "ledger-pack" and rng.random() < 0.25
    base, old = split(files) if brought else ({}, files)
    new, how, touched = change(rng, old)
    if hashed:
        new, hashed = _rehash_or_leave(new, touched)
    why = harmless(old, new, hashed, name == "published-log")
    what = f"{name} {how} {touched} {'re-hashed' if hashed else 'plain'}"
    if not brought:
        return Mutant(new, what, why)
    return Mutant(base, f"openings of {what}", "" if "cover" in why else why, brought=new)


def read_samples(samples: Path) -> list[tuple[str, Files, Trust]]:
    """Read the samples, each as often as its weight, and see that they are good."""
    result = []
    for name, part, weight in SAMPLES:
        trust = parse_trust((samples / name / "trust.json").read_bytes())
        files = read_tree(samples / name / part)
        if judge(Mutant(files, "", ""), trust) != 0:
            raise ValueError(f"{name} is no good sample")
        result += [(name, files, trust)] * weight
    return result


def tally(samples: Path, scratch: Path, count: int, seed: int) -> collections.Counter[str]:
    """Judge mutants, and count what became of them. Crashes and undetected ones are printed."""
    rng = random.Random(seed)
    chosen = read_samples(samples)
    counts: collections.Counter[str] = collections.Counter()
    for number in range(count):
        name, files, trust = rng.choice(chosen)
        mutant = make(rng, name, files)
        on_disk = number % ON_DISK == 0 and all(p.isascii() and ".." not in p for p in mutant.files)
        try:
            code = judge(mutant, trust, scratch if on_disk else None)
        except Exception:  # a crash is what is looked for
            counts["CRASH"] += 1
            print("CRASH", number, mutant.what)
            traceback.print_exc()
            continue
        if code:
            counts[f"detected, exit {code}"] += 1
        elif mutant.why:
            counts[f"harmless: {mutant.why}"] += 1
        else:
            counts["UNDETECTED"] += 1
            print("UNDETECTED", number, mutant.what)
    return counts


def run(samples: Path, scratch: Path, count: int, seed: int) -> tuple[int, int]:
    """Judge mutants. Return how many crashed, and how many passed without a reason to."""
    counts = tally(samples, scratch, count, seed)
    return counts["CRASH"], counts["UNDETECTED"]


def main() -> int:
    """Run and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path)
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        counts = tally(arguments.samples, Path(scratch), arguments.n, arguments.seed)
    print(f"{arguments.n} mutants, seed {arguments.seed}")
    for key, value in sorted(counts.items()):
        print(f"{value:7d}  {key}")
    return 1 if counts["CRASH"] or counts["UNDETECTED"] else 0


if __name__ == "__main__":
    sys.exit(main())
