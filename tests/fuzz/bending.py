"""Bending bytes: changes of a kind that readers stumble over, the same for the same seed.

Bytes are flipped, cut, doubled and moved; lines and words are; and what is JSON is bent as a tree
and spelt again, because what is not JSON any more never comes past the first reader.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias, TypeVar, cast

Tree: TypeAlias = "bool | int | float | str | list[Tree] | dict[str, Tree] | None"

T = TypeVar("T")

LONGEST = 1 << 16
"""Bytes; what grows beyond is cut."""
PIECES = (
    *(b"", b"\0", b"\n", b"\r\n", b"\n\n", b" ", b"\t", b"+", b"=", b"-", b"/", b".", b"..", b"%"),
    *(b'"', b"'", b"'''", b"\\", b"\\u0000", b"\\ud800", b"\xff", b"\xc3\x28", b"\xed\xa0\x80"),
    *(b"\xe2\x80\xa8", b"\xe2\x80\x94 ", b"\xef\xbb\xbf", b"null", b"true", b"NaN", b"Infinity"),
    *(b"0", b"-0", b"-1", b"1e400", b"1.0", b"00", b"9007199254740991", b"9007199254740992"),
    *(b"18446744073709551616", b"9" * 5000, b"0005" + b"0" * 5000, b"0001-01", b"9999-12"),
    *(b"9999-12-31T23:59", b"0001-01-01T00:00:00Z", b"2026-06-31", b"24:00", b"\xd9\xa3"),
    *(b"[" * 100, b"{" * 100, b"[" * 3000, b'{"a":' * 2000, b"[[value]]\n", b"a." * 200),
    *(b"PK\x03\x04", b"PK\x05\x06", b"\x80", b"\x30\x80", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"),
)
"""What is put in, or in the place of something else."""
VALUES: Sequence[Tree] = (
    *(None, True, False, 0, -1, 1, 1.5, 2**53 - 1, 2**53, 2**64, 10**400, "", "0", "\0", " "),
    *("\u2028", "\ud800", "a\nb", "ä", "٣", "x" * 5000, "0" * 64, "9999-12-31T23:59:59Z"),
    *("0001-01-01", "a" * 32 + ":1"),
    *cast("Sequence[Tree]", ([], {}, [[]], {"": {}}, {"type": "x"}, [None] * 300)),
)


def bend(chance: Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Bend once or a few times; `others` are what may be mixed in."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        bender = chance.choice((_as_tree, _as_tree, _as_lines, _as_bytes))
        data = bender(chance, data, others)[:LONGEST]
    return data


def _as_bytes(chance: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    one, two = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    if chance.randrange(2):
        two = min(two, one + chance.choice((1, 1, 2, 4, 16)))
    span = data[one:two]
    match chance.randrange(6):
        case 0 if span:
            made = bytes([span[0] ^ 1 << chance.randrange(8)]) + span[1:]
        case 1:
            made = b""
        case 2:
            made = span * chance.choice((2, 3, 50))
        case 3 if others:
            other = chance.choice(others)
            begin = chance.randrange(len(other) + 1)
            made = other[begin : begin + chance.choice((len(span), 8, 64, len(other)))]
        case 4:
            made = span + chance.choice(PIECES)
        case _:
            made = chance.choice(PIECES)
    return data[:one] + made + data[two:]


def _as_lines(chance: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    apart = chance.choice((b"\n", b"\n", b" ", b"&", b","))
    lines = data.split(apart)
    if len(lines) < 2:
        return _as_bytes(chance, data, others)
    _bend_list(chance, lines, lambda line: _as_bytes(chance, line, others))
    return apart.join(lines)


def _as_tree(chance: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    # Some targets have a line of words before what is JSON.
    head, brace, rest = data.partition(b"{")
    try:
        tree: Tree = json.loads(brace + rest)
    except (ValueError, RecursionError):
        return _as_lines(chance, data, others)
    bent = _bent(chance, tree)
    text = json.dumps(bent, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    ended = b"\n" if data.endswith(b"\n") else b""
    return head + text.encode("utf-8", "surrogatepass") + ended


def _bent(chance: Random, tree: Tree) -> Tree:
    # Mostly somewhere within; the rest of the time this value itself.
    if isinstance(tree, dict) and tree and chance.randrange(8):
        return _bent_object(chance, tree)
    if isinstance(tree, list) and tree and chance.randrange(8):
        items = list(tree)
        _bend_list(chance, items, lambda one: _bent(chance, one))
        return items
    if isinstance(tree, str) and chance.randrange(3):
        text = _as_bytes(chance, tree.encode("utf-8", "surrogatepass"), ())
        return text.decode("utf-8", "replace")
    if isinstance(tree, int) and chance.randrange(3):
        return tree + chance.choice((-1, 1, 255, -tree, 2**53))
    return chance.choice(VALUES)


def _bent_object(chance: Random, tree: dict[str, Tree]) -> Tree:
    names = list(tree)
    name = chance.choice(names)
    match chance.randrange(8):
        case 0:
            return {one: value for one, value in tree.items() if one != name}
        case 1:
            return {**tree, chance.choice(("", "v", "type", "é", name + "s")): tree[name]}
        case 2:
            return {**tree, name: tree[chance.choice(names)]}
        case _:
            return {**tree, name: _bent(chance, tree[name])}


def _bend_list(chance: Random, items: list[T], bent: Callable[[T], T]) -> None:
    place = chance.randrange(len(items))
    match chance.randrange(6):
        case 0:
            del items[place]
        case 1:
            items.insert(chance.randrange(len(items) + 1), items[place])
        case 2:
            other = chance.randrange(len(items))
            items[place], items[other] = items[other], items[place]
        case _:
            items[place] = bent(items[place])
