"""Leaving and arriving: all of it in open formats, and another machine that goes on with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from keys.keyring import Keyring
from ledger.backup import leave as leaving
from ledger.backup.arrive import arrive
from ledger.backup.leave import leave
from ledger.backup.manifest import LEAVING, MANIFEST, digests, read_part
from ledger.backup.restore import confirm
from ledger.errors import BadRequest, EvidenceCorrupt, NotPermitted, Unavailable
from ledger.evidence import jcs
from ledger.export import export_ledger
from ledger.moving import copy_stores
from ledger.stores.keystore import KEYSTORE_DAYS
from ledger.verify import verify
from tests.postgresql.programs import Version
from tests.register.ledgers import Clock, Ledger, cast, check_sound, found_ledger
from tests.register.scans import PDF, attach, documents, scan
from tests.upkeep.matters import closed_case, erase

WORDS = "The man in the green coat"


class Story(NamedTuple):
    """A ledger that left, and what is in it."""

    ledger: Ledger
    folder: Path
    opened: str
    kept: str
    gone: str
    waiting: str


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, people: dict[str, Keyring]) -> Iterator[Story]:
    """An open case with a scan, a sealed one, an erased one, a visit that waits; then it left."""
    place = tmp_path_factory.mktemp("leaving")
    ledger = found_ledger(place / "home", people, Clock())
    opened, kept = closed_case(ledger, words=WORDS), closed_case(ledger, sealed=True, words=WORDS)
    gone = closed_case(ledger)
    attach(ledger, "mara", opened, scan(place))
    ledger.tick(days=1)
    erase(ledger, gone, "both")
    ledger.tick(days=3)
    waiting = ledger.visit("kim")
    leave(ledger.home, place / "left", ledger.clock())
    yield Story(ledger, place / "left", opened, kept, gone, waiting)
    ledger.home.close()


def arrived(story: Story, target: Path, folder: Path | None = None) -> Ledger:
    """The ledger on the other machine, which somebody has confirmed."""
    ledger = story.ledger
    arrive(folder or story.folder, target, ledger.people["mara"], ledger.clock())
    new = Ledger.at(target, ledger.people, Clock(ledger.clock()))
    confirm(new.home, new.register, new.people["mara"], None)
    return new


def test_it_goes_on_elsewhere_with_the_same_root(story: Story, tmp_path: Path) -> None:
    """Everything opens for whom it opened, the next tick extends the log, and an old pin holds."""
    old = story.ledger
    new = arrived(story, tmp_path / "home")
    assert new.home.published() == old.home.published()
    assert new.home.logbook.root_at(new.home.logbook.size()) == old.home.published().root
    for reference in (story.opened, story.kept, story.waiting):
        assert new.types("mara", reference) == old.types("mara", reference)
    assert documents(new, "mara", story.opened) == [PDF]
    pinned = (old.home.log_directory / "checkpoint").read_text()
    new.do("mara", "open", story.waiting)
    new.tick(days=5)
    new = check_sound(new)
    export_ledger(new.home, tmp_path / "pack", reveal=True)
    trust = json.loads((old.path / "trust.json").read_bytes())
    report = verify(tmp_path / "pack", jcs.dump({**trust, "pinned": pinned}), replay=True)
    assert (report.exit_code, report.faults) == (0, ()), report.text()
    new.home.close()


def test_what_is_inside_is_evidence_by_itself(story: Story) -> None:
    """The offline verifier reads the pack in the folder, with a trust file from elsewhere."""
    trust = (story.ledger.path / "trust.json").read_bytes()
    report = verify(story.folder / "evidence", trust)
    assert (report.exit_code, report.faults) == (0, ())


def test_who_has_only_the_folder_reads_nothing_personal(story: Story) -> None:
    """Neither a patron's words nor a sealed matter's reference stand in any file of it."""
    files = [one.read_bytes() for one in story.folder.rglob("*") if one.is_file()]
    assert len(files) > 60
    secret = (story.ledger.path / "master.key").read_bytes().strip()
    for word in (WORDS.encode(), story.kept.encode(), story.waiting.encode(), PDF[:40], secret):
        assert [one for one in files if word in one] == []
    assert any(story.opened.encode() in one for one in files)


def test_every_row_stands_in_a_line(story: Story) -> None:
    """As many rows as the count says are in each table's file, under the names of its columns."""
    counted = json.loads((story.folder / "stores" / "tables.json").read_bytes())
    rows = 0
    for store, told in counted.items():
        for table, count in told["tables"].items():
            data = (story.folder / "stores" / store / f"{table}.jsonl").read_bytes()
            lines = [json.loads(line) for line in data.splitlines()]
            assert len(lines) == count["rows"]
            assert len({tuple(line) for line in lines}) <= 1
            rows += len(lines)
    assert rows > 4 * 128


def cut(path: Path) -> None:
    """Take the second half of a file away."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """Change one byte."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def touch(path: Path) -> None:
    """Lay a file there that nobody asked for."""
    path.write_bytes(b"x")


ALTERED: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a row": ("stores/open/stored_events.jsonl", flip),
    "a count": ("stores/tables.json", flip),
    "a store that is half there": ("stores/log/entries.jsonl", cut),
    "a store that is missing": ("stores/vault/stored_events.jsonl", Path.unlink),
    "a keyring": ("home/people/extra.keyring", touch),
    "the trust file": ("home/trust.json", flip),
    "evidence": ("evidence/checkpoint", flip),
    "the office": ("office", flip),
    "the manifest": ("manifest.json", flip),
    "no manifest": ("manifest.json", Path.unlink),
    "a link": ("home/linked", lambda path: path.symlink_to("ledger.json")),
    "the master key": ("master-key", cut),
}


@pytest.mark.parametrize(("name", "alter"), ALTERED.values(), ids=ALTERED)
def test_an_altered_or_half_folder_makes_nothing(
    story: Story, tmp_path: Path, name: str, alter: Callable[[Path], None]
) -> None:
    """It is refused with a sentence, and there is nothing where the ledger was to be."""
    folder = shutil.copytree(story.folder, tmp_path / "left")
    (folder / "home" / "people").mkdir(exist_ok=True)
    alter(folder / name)
    with pytest.raises((BadRequest, EvidenceCorrupt, NotPermitted)) as refused:
        arrived(story, tmp_path / "home", folder)
    assert str(refused.value).endswith(".")
    assert [one.name for one in tmp_path.iterdir()] == ["left"]


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("tables.json", b"[]"),
        ("tables.json", b"[" * 100_000),
        ("open/stored_events.jsonl", b"null\n"),
        ("open/stored_events.jsonl", b'{"position":{"base64":5}}\n'),
    ],
    ids=["no object", "too deep", "no row", "no bytes"],
)
def test_rows_that_nobody_could_have_written_are_refused(
    story: Story, tmp_path: Path, name: str, held: bytes
) -> None:
    """A seal says no more than that its maker had the key: what lies under it may be anything."""
    folder = shutil.copytree(story.folder, tmp_path / "left")
    (folder / "stores" / name).write_bytes(held)
    seal_again(story, folder)
    with pytest.raises(EvidenceCorrupt, match="cannot be read"):
        arrived(story, tmp_path / "home", folder)
    assert [one.name for one in tmp_path.iterdir()] == ["left"]


def seal_again(story: Story, folder: Path) -> None:
    """Make the manifest fit what lies in a folder now."""
    master = story.ledger.home.master
    told = read_part(story.folder, LEAVING, master)
    (folder / MANIFEST).unlink()
    replace(told, files=digests(folder)).write(folder, master)


def test_only_who_could_read_it_all_lets_it_arrive(story: Story, tmp_path: Path) -> None:
    """Custodian and counsel open the master key, nobody else; and not into a folder in use."""
    people, now = story.ledger.people, story.ledger.clock()
    with pytest.raises(NotPermitted, match="not sealed to you"):
        arrive(story.folder, tmp_path / "home", people["kim"], now)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "note").touch()
    with pytest.raises(BadRequest, match="not an empty folder"):
        arrive(story.folder, tmp_path / "used", people["mara"], now)
    arrive(story.folder, tmp_path / "home", people["tom"], now)


def test_another_ledger_does_not_arrive_under_our_name(story: Story, tmp_path: Path) -> None:
    """Who brings a trust file of their own lets only that ledger arrive; ours passes."""
    ours = json.loads((story.ledger.path / "trust.json").read_bytes())
    given = (story.folder, tmp_path / "home", story.ledger.people["mara"], story.ledger.clock())
    for other in ({"founded": "0" * 64}, {"log": ours["receipt"]}):
        with pytest.raises((BadRequest, EvidenceCorrupt)):
            arrive(*given, trust=jcs.dump({**ours, **other}))
    with pytest.raises(BadRequest, match="Your trust file cannot be used here"):
        arrive(*given, trust=b"{}")
    assert [one.name for one in tmp_path.iterdir()] == []
    arrive(*given, trust=jcs.dump(ours))


def test_a_folder_with_keys_grows_too_old(story: Story, tmp_path: Path) -> None:
    """On its last day it is taken, a second later it is not: it may open what was erased since."""
    last = story.ledger.clock() + timedelta(days=KEYSTORE_DAYS)
    mara = story.ledger.people["mara"]
    with pytest.raises(BadRequest, match="older than 35 days"):
        arrive(story.folder, tmp_path / "home", mara, last + timedelta(seconds=1))
    assert arrive(story.folder, tmp_path / "home", mara, last).lost == ()


@pytest.mark.parametrize("close", [False, True])
def test_a_full_disk_leaves_nothing_and_closes_nothing(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, close: bool
) -> None:
    """The folder is whole or is not there, and the ledger goes on where it is."""
    ledger.tick(days=1)

    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(leaving, "table_digests", full)
    with pytest.raises(Unavailable, match="Nothing was kept"):
        leave(ledger.home, tmp_path / "left", ledger.clock(), close=close)
    assert not any("left" in one.name for one in tmp_path.iterdir())
    assert ledger.visit("kim")


def test_a_ledger_that_left_for_good_records_nothing_more(ledger: Ledger, tmp_path: Path) -> None:
    """What was acknowledged before is in the folder; from then on the old one refuses each row."""
    ledger.tick(days=1)
    last = ledger.visit("kim")
    leave(ledger.home, tmp_path / "left", ledger.clock(), close=True)
    with pytest.raises(Unavailable, match="moved"):
        ledger.visit("kim")
    assert ledger.types("mara", last) == ["intake-saved.v1"]
    new = arrived(Story(ledger, tmp_path / "left", *[""] * 4), tmp_path / "new")
    assert new.types("mara", last) == ["intake-saved.v1"]
    check_sound(new).home.close()


def test_it_leaves_a_server_and_arrives_on_one(
    ledger_servers: Callable[[Version], str], tmp_path: Path
) -> None:
    """From PostgreSQL into the folder, from there onto the older server of another place."""
    url, origin = ledger_servers("newest"), "ledger.leaving.example"
    old = found_ledger(tmp_path / "old", cast(), Clock(), store=url, origin=origin)
    opened = closed_case(old)
    old.tick(days=1)
    leave(old.home, tmp_path / "left", old.clock(), close=True)
    with pytest.raises(Unavailable):
        old.visit("kim")
    root = old.home.published().root
    old.home.close()
    new = arrived(Story(old, tmp_path / "left", *[""] * 4), tmp_path / "new")
    copy_stores(new.home, ledger_servers("oldest"), switch=True)
    new = new.reopened()
    assert new.home.published().root == root
    new.visit("kim")
    new.tick(days=1)
    assert new.types("mara", opened)[-1] == "case-closed.v1"
    check_sound(new).home.close()


def test_before_the_first_tick_nobody_leaves(ledger: Ledger, tmp_path: Path) -> None:
    """There is no log yet that could go on."""
    with pytest.raises(BadRequest, match="published"):
        leave(ledger.home, tmp_path / "left", ledger.clock())
    assert not (tmp_path / "left").exists()
