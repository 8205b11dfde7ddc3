"""The tree is that of RFC 6962; true proofs verify and altered ones do not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import (
    EMPTY_ROOT,
    Frontier,
    GrowingTree,
    Tree,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.vectors.samples import fixed

SIZES = 130
ENTRIES = [fixed(f"entry {index}") for index in range(SIZES)]
ROOTS = [root_of(ENTRIES[:size]) for size in range(SIZES + 1)]

# The eight inputs, with their roots and proofs, that Certificate Transparency publishes.
CT_INPUTS = [
    bytes.fromhex(one)
    for one in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CT_CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


def slow_root(entries: Sequence[bytes]) -> bytes:
    """Compute MTH by the letter of RFC 6962 §2.1."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = slow_split(len(entries))
    left, right = slow_root(entries[:k]), slow_root(entries[k:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def slow_path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """Compute PATH by the letter of RFC 6962 §2.1.1."""
    if len(entries) == 1:
        return []
    k = slow_split(len(entries))
    if m < k:
        return [*slow_path(m, entries[:k]), slow_root(entries[k:])]
    return [*slow_path(m - k, entries[k:]), slow_root(entries[:k])]


def slow_proof(m: int, entries: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """Compute SUBPROOF by the letter of RFC 6962 §2.1.2."""
    n = len(entries)
    if m == n:
        return [] if whole else [slow_root(entries)]
    k = slow_split(n)
    if m <= k:
        return [*slow_proof(m, entries[:k], whole), slow_root(entries[k:])]
    return [*slow_proof(m - k, entries[k:], False), slow_root(entries[:k])]


def slow_split(n: int) -> int:
    """Return the largest power of two below n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def tree_of(entries: Sequence[bytes]) -> Tree:
    """Return a tree that can prove everything about these entries."""
    grown = GrowingTree()
    for entry in entries:
        grown.append(entry)
    return Tree(grown.hash_at)


def subtree(level: int, index: int) -> bytes:
    """Return the hash of a complete subtree, computed from its entries."""
    return root_of(ENTRIES[index << level : (index + 1) << level])


TREE = tree_of(ENTRIES)


def unhex(hashes: Sequence[str]) -> tuple[bytes, ...]:
    """Return published hashes as bytes."""
    return tuple(bytes.fromhex(one) for one in hashes)


def test_roots_are_those_published_with_certificate_transparency() -> None:
    """The eight published inputs give the published roots."""
    tree = tree_of(CT_INPUTS)
    for size, root in enumerate(CT_ROOTS):
        assert root_of(CT_INPUTS[:size]).hex() == root
        assert tree.root(size).hex() == root


@pytest.mark.parametrize(("index", "size"), CT_INCLUSION)
def test_inclusion_proofs_are_those_published(index: int, size: int) -> None:
    """The published inclusion proofs are given, and accepted."""
    path = unhex(CT_INCLUSION[index, size])
    assert tree_of(CT_INPUTS).inclusion_proof(index, size) == path
    assert verify_inclusion(CT_INPUTS[index], index, size, path, bytes.fromhex(CT_ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CT_CONSISTENCY)
def test_consistency_proofs_are_those_published(old: int, new: int) -> None:
    """The published consistency proofs are given, and accepted."""
    path = unhex(CT_CONSISTENCY[old, new])
    roots = unhex([CT_ROOTS[old], CT_ROOTS[new]])
    assert tree_of(CT_INPUTS).consistency_proof(old, new) == path
    assert verify_consistency(old, roots[0], new, roots[1], path)


def test_the_example_of_rfc_6962_comes_out() -> None:
    """The proofs that RFC 6962 §2.1.3 names by letters for seven entries are those given."""
    a, b, c, d, e, f, j = (leaf_hash(entry) for entry in ENTRIES[:7])
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, l_ = node_hash(g, h), node_hash(i, j)
    assert TREE.inclusion_proof(0, 7) == (b, h, l_)
    assert TREE.inclusion_proof(3, 7) == (c, g, l_)
    assert TREE.inclusion_proof(4, 7) == (f, j, k)
    assert TREE.inclusion_proof(6, 7) == (i, k)
    assert TREE.consistency_proof(3, 7) == (c, d, g, l_)
    assert TREE.consistency_proof(4, 7) == (l_,)
    assert TREE.consistency_proof(6, 7) == (i, j, k)
    assert TREE.root(7) == node_hash(k, l_)


def test_frontier_and_tree_equal_the_slow_reference() -> None:
    """At every size the frontier, the tree and the recursive definition give one root."""
    frontier = Frontier()
    for size in range(SIZES + 1):
        assert frontier.size == size
        assert frontier.root() == TREE.root(size) == slow_root(ENTRIES[:size])
        assert len(frontier.dump()) == size.bit_count()
        frontier = Frontier.load(frontier.size, frontier.dump())
        if size < SIZES:
            frontier.append(ENTRIES[size])


def test_every_inclusion_proof_is_the_defined_one_and_verifies() -> None:
    """For every entry in every tree up to 130 entries the proof is right and accepted."""
    for size in range(1, SIZES + 1):
        for index in range(size):
            path = TREE.inclusion_proof(index, size)
            assert verify_inclusion(ENTRIES[index], index, size, path, ROOTS[size])
            if size < 40:
                assert list(path) == slow_path(index, ENTRIES[:size])


def test_every_consistency_proof_is_the_defined_one_and_verifies() -> None:
    """For every two trees up to 130 entries the proof is right and accepted."""
    for new in range(SIZES + 1):
        for old in range(new + 1):
            path = TREE.consistency_proof(old, new)
            assert verify_consistency(old, ROOTS[old], new, ROOTS[new], path)
            if old and new < 40:
                assert list(path) == slow_proof(old, ENTRIES[:new])


@given(st.data())
def test_an_altered_inclusion_proof_is_refused(data: st.DataObject) -> None:
    """A changed, missing, added or swapped hash, another entry or index is refused."""
    size = data.draw(st.integers(1, SIZES))
    index = data.draw(st.integers(0, size - 1))
    path = TREE.inclusion_proof(index, size)
    for altered in altered_paths(path, data):
        assert not verify_inclusion(ENTRIES[index], index, size, altered, ROOTS[size])
    for other in {(index + 1) % size, (index + size // 2) % size, 0, size - 1} - {index}:
        assert not verify_inclusion(ENTRIES[index], other, size, path, ROOTS[size])
        assert not verify_inclusion(ENTRIES[other], index, size, path, ROOTS[size])
    assert not verify_inclusion(ENTRIES[index], index, size, path, ROOTS[size - 1])


@given(st.data())
def test_an_altered_consistency_proof_is_refused(data: st.DataObject) -> None:
    """A changed, missing or added hash, and another root on either side, are refused."""
    new = data.draw(st.integers(1, SIZES))
    old = data.draw(st.integers(0, new))
    path = TREE.consistency_proof(old, new)
    for altered in altered_paths(path, data):
        assert not verify_consistency(old, ROOTS[old], new, ROOTS[new], altered)
    assert not verify_consistency(old, fixed("root"), new, ROOTS[new], path)
    # Nothing about the new root is shown when the old tree is empty, and nothing is claimed.
    if old:
        assert not verify_consistency(old, ROOTS[old], new, fixed("root"), path)


def altered_paths(path: Sequence[bytes], data: st.DataObject) -> list[tuple[bytes, ...]]:
    """Return proofs that differ from the true one."""
    altered = [(*path, fixed("extra")), (fixed("extra"), *path), (*path, bytes(31))]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        flipped = bytearray(path[place])
        flipped[data.draw(st.integers(0, 31))] ^= data.draw(st.integers(1, 255))
        before, after = tuple(path[:place]), tuple(path[place + 1 :])
        altered += [
            (*before, bytes(flipped), *after),
            (*before, *after),
            (*before, path[place][:31], *after),
        ]
    if len(path) > 1:
        altered.append(tuple(reversed(path)))
    return altered


@pytest.mark.parametrize(
    ("index", "size"), [(-1, 2), (2, 2), (0, 0), (5, 2)], ids=["before", "at", "empty", "after"]
)
def test_an_entry_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    """The index of an entry is below the size of its tree."""
    with pytest.raises(Malformed):
        TREE.inclusion_proof(index, size)
    assert not verify_inclusion(ENTRIES[0], index, size, (), ROOTS[1])


def test_the_only_entry_has_index_0() -> None:
    """The entry of a tree of one is its root's, but stands at no other index."""
    assert verify_inclusion(ENTRIES[0], 0, 1, (), ROOTS[1])
    for index in (-1, 1):
        assert not verify_inclusion(ENTRIES[0], index, 1, (), ROOTS[1])


def test_roots_have_32_bytes() -> None:
    """Two equal texts that are no hashes show nothing."""
    assert not verify_consistency(1, b"root", 1, b"root", ())
    assert not verify_consistency(0, EMPTY_ROOT, 1, b"root", ())


@pytest.mark.parametrize(("old", "new"), [(-1, 2), (3, 2)])
def test_a_tree_is_no_prefix_of_a_smaller_one(old: int, new: int) -> None:
    """Consistency is asked of sizes in order."""
    with pytest.raises(Malformed):
        TREE.consistency_proof(old, new)
    assert not verify_consistency(old, ROOTS[old], new, ROOTS[new], ())


def test_the_empty_tree_has_one_root() -> None:
    """Only the hash of nothing is the root of a tree without entries."""
    assert verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())
    assert not verify_consistency(0, ROOTS[1], 0, ROOTS[1], ())
    assert not verify_consistency(0, ROOTS[1], 2, ROOTS[2], ())
    with pytest.raises(Malformed):
        TREE.root(-1)


def test_consistency_between_different_trees_needs_a_proof() -> None:
    """An empty proof shows nothing, also when the old tree is one complete subtree."""
    assert not verify_consistency(4, ROOTS[4], 8, ROOTS[8], ())
    assert not verify_consistency(4, ROOTS[4], 8, ROOTS[4], ())
    assert not verify_consistency(3, ROOTS[3], 4, ROOTS[4], ())


@pytest.mark.parametrize(("size", "hashes"), [(3, 1), (0, 1), (-1, 0)])
def test_a_frontier_fits_its_size(size: int, hashes: int) -> None:
    """A frontier has one hash for each bit that is set in its size."""
    with pytest.raises(Malformed, match="one hash for each bit"):
        Frontier.load(size, [bytes(32)] * hashes)
    with pytest.raises(Malformed, match="32 bytes"):
        Frontier.load(1, [bytes(31)])


@given(st.integers(0, SIZES), st.integers(0, SIZES))
def test_a_tree_grows_on_an_older_one(base: int, more: int) -> None:
    """Growing on stored subtrees gives the tree of all entries, wherever the growth began."""
    base, size = sorted((base, more))
    older = GrowingTree()
    for entry in ENTRIES[:base]:
        older.append(entry)
    grown = GrowingTree(base, older.hash_at)
    for entry in ENTRIES[base:size]:
        grown.append(entry)
    assert (grown.size, grown.root()) == (size, ROOTS[size])
    assert [grown.entry(index) for index in range(base, size)] == ENTRIES[base:size]
    for level in range(8):
        for index in range(size >> level):
            assert grown.hash_at(level, index) == subtree(level, index)


def test_a_growing_tree_has_only_what_it_was_given() -> None:
    """Entries and subtrees that are not there are refused, and so is a base without a reader."""
    grown = GrowingTree()
    grown.append(ENTRIES[0])
    asks: list[Callable[[], bytes]] = [
        lambda: grown.hash_at(1, 0),
        lambda: grown.hash_at(0, 1),
        lambda: grown.entry(1),
    ]
    for ask in asks:
        with pytest.raises(Malformed):
            ask()
    with pytest.raises(Malformed):
        GrowingTree(1)
