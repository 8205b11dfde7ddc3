"""The keys that a log had, has and is to have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keys import destroy
from keys.aead import label
from keys.canonical import dump
from keys.errors import Undecipherable
from keys.log import LogKeys, verifies
from keys.master import MasterKey
from keys.succession import Former, LogKeySet


def made() -> LogKeySet:
    """A set in the middle of a second roll-over, with keys already drawn for a third."""
    first = LogKeySet(LogKeys.create()).propose(LogKeys.create()).roll_over(128, 256).finish()
    second = first.propose(LogKeys.create()).roll_over(512, 640)
    return second.propose(LogKeys.create())


def test_a_set_opens_again_as_it_was(master: MasterKey) -> None:
    """After a restart the same keys sign, and the same ones vouch for the past."""
    whole = made()
    assert LogKeySet.load(master, whole.dump(master)) == whole
    steady = LogKeySet(LogKeys.create())
    assert LogKeySet.load(master, steady.dump(master)) == steady


def test_the_keys_of_a_new_log_open_as_a_set(master: MasterKey) -> None:
    """What founding wrote is read without having been rewritten."""
    keys = LogKeys.create()
    assert LogKeySet.load(master, keys.dump(master)) == LogKeySet(keys)


def test_nothing_else_opens_as_a_set(master: MasterKey) -> None:
    """Another master key, a changed byte, another purpose, or words that are no set."""
    data = made().dump(master)
    changed = data[:-1] + bytes([data[-1] ^ 1])
    for brought, key in ((data, MasterKey(bytes(32))), (changed, master)):
        with pytest.raises(Undecipherable):
            LogKeySet.load(key, brought)
    good: dict[str, object] = {
        "current": "00" * 96,
        "previous": None,
        "proposed": None,
        "former": [],
        "begins": 0,
        "answered": "",
    }
    context = label("log-key-set")
    assert LogKeySet.load(master, master.encrypt(dump(good), context)).former == ()
    broken: tuple[dict[str, object], ...] = (
        {"former": {}},
        {"current": None},
        {"current": "00" * 95},
        {"begins": -1},
        {"former": [{"ed25519": "00" * 32}]},
        {"more": 1},
    )
    for wrong in broken:
        with pytest.raises(Undecipherable, match="not the keys of a log"):
            LogKeySet.load(master, master.encrypt(dump({**good, **wrong}), context))


def test_a_roll_over_keeps_the_old_keys_until_its_end() -> None:
    """Both sign; then only the new ones do, and of the old ones the public halves stay."""
    old, new = LogKeys.create(), LogKeys.create()
    rolling = LogKeySet(old).propose(new).roll_over(128, 256)
    assert (rolling.current, rolling.previous, rolling.proposed) == (new, old, None)
    assert rolling.former == (Former(old.public, 128, 128),)
    assert rolling.ever == (old.public, new.public)
    assert rolling.begins == 256
    ended = rolling.finish()
    assert (ended.previous, ended.former, ended.current) == (None, rolling.former, new)
    assert old.seeds_hex() not in str(ended.dump(MasterKey(bytes(32))))


def test_keys_follow_only_what_was_proposed() -> None:
    """Nothing proposed, nothing followed; and no second roll-over begins within a first."""
    steady = LogKeySet(LogKeys.create())
    with pytest.raises(ValueError, match="nothing to roll over"):
        steady.roll_over(128, 256)
    with pytest.raises(ValueError, match="nothing to replace"):
        steady.replace_stolen(128, 256, 384, "f")
    with pytest.raises(ValueError, match="under way"):
        made().roll_over(768, 896)


def test_stolen_keys_vouch_for_less_than_they_signed() -> None:
    """All private halves in the file end at once; keys destroyed before keep their word."""
    whole = made()
    replaced = whole.replace_stolen(384, 896, 1024, "f" * 32)
    assert [(one.vouches, one.signed) for one in replaced.former] == [
        (128, 128),
        (384, 512),
        (384, 896),
    ]
    assert (replaced.previous, replaced.current) == (None, whole.proposed)
    assert (replaced.begins, replaced.answered) == (1024, "f" * 32)


def test_a_log_checks_its_own_signatures() -> None:
    """Its own key's signature holds; another message, key or a key of another length does not."""
    keys = LogKeys.create()
    public, signature = keys.public.checkpoint_ed25519, keys.checkpoint_ed25519.sign(b"note")
    assert verifies(public, b"note", signature)
    assert not verifies(public, b"other", signature)
    assert not verifies(keys.public.receipt_ed25519, b"note", signature)
    assert not verifies(b"short", b"note", signature)


# ---- destroying ----


def test_what_a_file_held_is_overwritten_before_it_goes(tmp_path: Path) -> None:
    """The old bytes are zeros where they lay, and the new ones stand whole in their place."""
    path = tmp_path / "log.keys"
    destroy.rewrite(path, b"old secret")
    with path.open("rb") as lay:
        destroy.rewrite(path, b"new")
        assert lay.read() == bytes(len(b"old secret"))
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["log.keys"]


def test_a_crash_between_the_names_destroys_nothing_that_counts(tmp_path: Path) -> None:
    """Both names for one file: it stays. Another file under the second name: that one goes."""
    path, rest = tmp_path / "log.keys", tmp_path / ".log.keys.old"
    path.write_bytes(b"current")
    os.link(path, rest)
    destroy.destroy_rest(path)
    assert (path.read_bytes(), rest.exists()) == (b"current", False)
    rest.write_bytes(b"former")
    destroy.destroy_rest(path)
    assert (path.read_bytes(), rest.exists()) == (b"current", False)
    path.rename(rest)
    destroy.destroy_rest(path)
    assert rest.read_bytes() == b"current"


def test_removing_twice_is_removing(tmp_path: Path) -> None:
    """What is gone stays gone."""
    path = tmp_path / "log.frozen"
    path.write_bytes(b"{}")
    destroy.remove(path)
    destroy.remove(path)
    assert not path.exists()
