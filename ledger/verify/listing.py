"""The manifest, read in blocks, so that a pack of millions of files needs no millions of strings.

A manifest has one spelling, so that its list of files can be read with one strict expression, entry
by entry; what stands around the list is small and goes through the strict reader of the format.
Records and openings, of which there are as many as leaves, are kept as marks by leaf index; their
digests stay in the file, and `parts` says where in it a share of the leaves is listed. All other
files are few, and are kept by name.

Cites: FORMAT §5 "manifest.json".
"""

from __future__ import annotations

import re
from binascii import unhexlify
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice
from operator import lt
from typing import BinaryIO, Final, Literal

from ledger.evidence.grammar import MAX_INTEGER, Malformed
from ledger.evidence.pack import Manifest, load_manifest, opening_path, read_path, record_path

__all__ = ["Leaves", "Listing", "Part", "entries_of", "leaf_name", "scan"]

LeafKind = Literal["record", "opening"]

_BLOCK: Final = 1024 * 1024
_SHARE: Final = 256
"""Openings that one part holds; few, so that those who read parts end at nearly the same time."""
_BEGINNING: Final = b'{"files":['
_LONGEST: Final = 1_200
"""Bytes; more than the path of any file of a pack and its digest need in the list."""
_FORM: Final = rb'\{"path":"([^"\n]{1,1100})","sha256":"%b"\},'
_ENTRY: Final = re.compile(_FORM % rb"([0-9a-f]{64})")
_PATH: Final = re.compile(_FORM % rb'[^"\n]{64}')
"""An entry, of which nothing but the path is taken; its digest is looked at with all others."""
_DIGITS: Final = bytes.maketrans(b"0123456789abcdef", b"0" * 16)
_DIGEST: Final = (b'","sha256":"%b"},' % (b"0" * 64)).translate(_DIGITS)
"""What follows a path, once every digit is a zero."""
_ENTRY_BYTES: Final = len(b'{"path":"","sha256":""},') + 64
_AFTER: Final = len(b'"},')
"""Bytes after the digest of an entry."""
_NUMBER: Final = "(?:0|[1-9][0-9]{0,15})"
_LEAF: Final = re.compile(rf"(?:(records)|openings)/({_NUMBER})(?(1)\.dsse)\.json")
_OPENINGS: Final = rf"openings/{_NUMBER}\.json"
_RECORDS: Final = rf"records/{_NUMBER}\.dsse\.json"
# Each path of a list ends with a byte that no path in it holds.
_ALL_OPENINGS: Final = re.compile(rf"(?:{_OPENINGS}\n)*".encode("ascii"))
_ALL_RECORDS: Final = re.compile(rf"(?:{_RECORDS}\n)*".encode("ascii"))
_ONLY_OPENINGS: Final = re.compile(rf"(?:{_OPENINGS}\0)*")
_ONLY_RECORDS: Final = re.compile(rf"(?:{_RECORDS}\0)*")
_NEAR: Final = 1 << 27
"""Leaves below this index have a byte of marks each; others, of which no log has any yet, more."""

LISTED: Final[dict[LeafKind, int]] = {"opening": 1, "record": 2}
SEEN: Final[dict[LeafKind, int]] = {"opening": 4, "record": 8}
_WHOLE: Final = sum((*LISTED.values(), *SEEN.values()))
_MISSING: Final = bytes(bool((mark & 3) & ~(mark >> 2)) for mark in range(256))


@dataclass(slots=True)
class Leaves:
    """Which leaves have a record or an opening in the list, and which in the directory."""

    _near: bytearray = field(default_factory=bytearray)
    _far: dict[int, int] = field(default_factory=dict)

    def list(self, kind: LeafKind, indices: Sequence[int]) -> None:
        """Mark leaves as listed."""
        if not indices:
            return
        near, bit, top = self._near, LISTED[kind], max(indices)
        if top < _NEAR:
            near.extend(bytes(max(0, top + 1 - len(near))))
            for index in indices:
                near[index] |= bit
        else:
            for index in indices:
                self._far[index] = self._far.get(index, 0) | bit

    def mark(self, index: int) -> int:
        """Return the marks of a leaf."""
        near = self._near[index] if index < len(self._near) else 0
        return near | self._far.get(index, 0)

    def see(self, kind: LeafKind, index: int) -> bool:
        """Mark a listed leaf as there; False when it is not listed."""
        if index < len(self._near) and self._near[index] & LISTED[kind]:
            self._near[index] |= SEEN[kind]
            return True
        if self._far.get(index, 0) & LISTED[kind]:
            self._far[index] |= SEEN[kind]
            return True
        return False

    def see_all(self, names: Sequence[str]) -> Sequence[str]:
        """Mark the listed leaves among these files as there; return the names of all others.

        Of one directory all files are leaves, or few are: then they are looked at one by one.
        """
        joined = "\0".join((*names, ""))
        if _ONLY_OPENINGS.fullmatch(joined) is not None:
            return self._see_each("opening", names, [int(name[9:-5]) for name in names])
        if _ONLY_RECORDS.fullmatch(joined) is not None:
            return self._see_each("record", names, [int(name[8:-10]) for name in names])
        leaves = ((name, leaf_name(name)) for name in names)
        return [name for name, leaf in leaves if leaf is None or not self.see(*leaf)]

    def _see_each(
        self, kind: LeafKind, names: Sequence[str], indices: Sequence[int]
    ) -> Sequence[str]:
        near, listed, seen, others = self._near, LISTED[kind], SEEN[kind], []
        for name, index in zip(names, indices, strict=True):
            if index < len(near) and near[index] & listed:
                near[index] |= seen
            elif not self.see(kind, index):
                others.append(name)
        return others

    def has(self, kind: LeafKind, index: int) -> bool:
        """Tell whether a leaf's file is listed and there."""
        wanted = LISTED[kind] | SEEN[kind]
        return self.mark(index) & wanted == wanted

    def is_whole(self, index: int) -> bool:
        """Tell whether both files of a leaf are listed and there."""
        near = self._near
        return (near[index] if index < len(near) else self.mark(index)) == _WHOLE

    def missing(self) -> Iterator[str]:
        """Give the paths of the files that are listed and not there."""
        absent = self._near.translate(_MISSING)
        at = absent.find(1)
        while at >= 0:
            yield from _absent(at, self._near[at])
            at = absent.find(1, at + 1)
        for index, mark in self._far.items():
            yield from _absent(index, mark)

    def both(self, other: Leaves) -> Iterator[str]:
        """Give the paths of the files that another container lists as well."""
        few = {*other._far, *self._far, *range(min(len(self._near), len(other._near)))}
        for index in sorted(few):
            shared = self.mark(index) & other.mark(index)
            if shared & LISTED["opening"]:
                yield opening_path(index)
            if shared & LISTED["record"]:
                yield record_path(index)


def _absent(index: int, mark: int) -> Iterator[str]:
    if mark & LISTED["opening"] and not mark & SEEN["opening"]:
        yield opening_path(index)
    if mark & LISTED["record"] and not mark & SEEN["record"]:
        yield record_path(index)


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the leaves: where in the manifest its openings and its records are listed."""

    openings: tuple[int, int]
    records: tuple[int, int]


@dataclass(slots=True)
class Listing:
    """What a container says that it holds."""

    manifest: Manifest
    """Its `files` are those that are neither records nor openings."""
    leaves: Leaves
    parts: list[Part]


def leaf_name(name: str) -> tuple[LeafKind, int] | None:
    """Read the name of a record or an opening; None for another file. Pure."""
    found = _LEAF.fullmatch(name)
    if found is None:
        return None
    return ("record" if found[1] else "opening"), int(found[2])


def entries_of(file: BinaryIO, span: tuple[int, int]) -> Iterator[list[tuple[bytes, bytes]]]:
    """Give the (path, hex digest) pairs of a span of the manifest, block by block."""
    at, end = span
    rest = b""
    while at < end:
        file.seek(at)
        block = rest + file.read(min(_BLOCK, end - at))
        at += len(block) - len(rest)
        cut = len(block) if at >= end else block.rfind(b'"},') + 3
        yield _ENTRY.findall(block[:cut].replace(b'"}]', b'"},') if at >= end else block[:cut])
        rest = block[cut:]


def scan(file: BinaryIO) -> Listing:
    """Read a manifest.

    Raises: Malformed, exactly where ``load_manifest`` would.
    """
    if file.read(len(_BEGINNING)) != _BEGINNING:
        raise Malformed("manifest does not begin with its list of files")
    scanner = _Scanner()
    at, rest = len(_BEGINNING), b""
    while True:
        block = rest + file.read(_BLOCK)
        if block.startswith(b"]"):
            tail = block
            break
        end = block.find(b'"}]')
        if end >= 0:
            scanner.take(block[: end + 2] + b",", at)
            tail = block[end + 2 :]
            break
        last = block.rfind(b'"},')
        cut = 0 if last < 0 else last + 3
        if len(block) == len(rest) or (not cut and len(block) > _LONGEST):
            raise Malformed("manifest.files does not hold what it should")
        if cut:
            scanner.take(block[:cut], at)
        at, rest = at + cut, block[cut:]
    head = load_manifest(_BEGINNING + tail + file.read())
    manifest = Manifest(head.origin, head.scope, head.subject, scanner.others)
    return Listing(manifest, scanner.leaves, scanner.parts())


class _Scanner:
    """Takes the entries of the list, in their order."""

    def __init__(self) -> None:
        self.others: dict[str, bytes] = {}
        self.leaves = Leaves()
        self._last = b""
        self._keys: list[bytes] = []
        """Where each part begins, as the name of its first opening without directory."""
        self._openings: list[int] = []
        self._records: list[int] = []
        self._ends = {"opening": 0, "record": 0}
        self._count = 0

    def take(self, run: bytes, at: int) -> None:
        """Take a run of whole entries, each with its comma, that begins at a place in the file."""
        paths: list[bytes] = _PATH.findall(run)
        # Entries that do not follow each other without a gap would add up to less.
        is_whole = sum(map(len, paths)) + _ENTRY_BYTES * len(paths) == len(run)
        if not is_whole or run.translate(_DIGITS).count(_DIGEST) != len(paths):
            raise Malformed("manifest.files holds what is no entry in its one spelling")
        if not self._last < paths[0] or not all(map(lt, paths, islice(paths, 1, None))):
            raise Malformed("manifest.files is not ascending by path, each once")
        self._last = paths[-1]
        bounds = [bisect_left(paths, one) for one in (b"openings/", b"openings0", b"records/",
                                                      b"records0")]  # fmt: skip
        places = list(accumulate((len(one) + _ENTRY_BYTES for one in paths), initial=at))
        first, last, first_record, last_record = bounds
        self._take_openings(paths[first:last], places[first : last + 1])
        self._take_records(paths[first_record:last_record], places[first_record : last_record + 1])
        for number in (*range(first), *range(last, first_record), *range(last_record, len(paths))):
            # Whatever is not ASCII is no path of a pack, and read as such.
            name = paths[number].decode("latin-1")
            if read_path(name).kind == "manifest":
                raise Malformed("manifest.files lists the manifest itself")
            end = places[number + 1] - at - _AFTER
            self.others[name] = unhexlify(run[end - 64 : end])

    def _take_openings(self, paths: list[bytes], places: list[int]) -> None:
        if not paths:
            return
        self.leaves.list("opening", _numbers(paths, _ALL_OPENINGS, 9, -5))
        for number in range(-self._count % _SHARE, len(paths), _SHARE):
            self._keys.append(paths[number][9:-4])
            self._openings.append(places[number])
        self._count += len(paths)
        self._ends["opening"] = places[-1]

    def _take_records(self, paths: list[bytes], places: list[int]) -> None:
        if not paths:
            return
        self.leaves.list("record", _numbers(paths, _ALL_RECORDS, 8, -10))
        if not self._records:
            self._records.append(places[0])
        while len(self._records) < len(self._keys):
            number = bisect_left(paths, b"records/" + self._keys[len(self._records)])
            if number == len(paths):
                break
            self._records.append(places[number])
        self._ends["record"] = places[-1]

    def parts(self) -> list[Part]:
        """Return the shares of the leaves, which together are all."""
        count = max(len(self._openings), 1 if self._records else 0)
        openings = [*self._openings, *[self._ends["opening"]] * (count + 1 - len(self._openings))]
        records = [*self._records, *[self._ends["record"]] * (count + 1 - len(self._records))]
        return [
            Part((openings[one], openings[one + 1]), (records[one], records[one + 1]))
            for one in range(count)
        ]


def _numbers(paths: list[bytes], form: re.Pattern[bytes], start: int, end: int) -> list[int]:
    """Return the leaf indices in these paths.

    Raises: Malformed.
    """
    if form.fullmatch(b"\n".join((*paths, b""))) is None:
        raise Malformed("a path in the pack names no kind of file that belongs there")
    numbers = [int(path[start:end]) for path in paths]
    if max(numbers) > MAX_INTEGER:
        raise Malformed("a number is not a plain decimal up to 2^53-1")
    return numbers
