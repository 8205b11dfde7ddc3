"""A ledger that the first version wrote is read, verified, copied and gone on with by this one."""

from __future__ import annotations

import json
import lzma
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from keys.keyring import Keyring, unlock
from keys.master import MasterKey
from ledger.backup.manifest import KEYSTORE, read_part
from ledger.backup.restore import Brought, confirm, restore
from ledger.checking import check_log, check_stores, migrate_stores
from ledger.errors import NotFound
from ledger.evidence import jcs
from ledger.export import export_ledger, export_openings
from ledger.scenario.stage import THROW_AWAY
from ledger.verify import verify
from tests.register.ledgers import Clock, Ledger, check_sound

ARCHIVE = Path(__file__).with_name("ledger-0.1.0.tar.xz")
ARCHIVE_SHA256 = "0b4a28cbd5caed5dd8319dae06b102ea1c67332ada8c6ccfd76c3abbbdb4b4d0"
STORY_ENDED = datetime(2029, 12, 18, 14, 30, tzinfo=UTC)
SEALED_UNTIL_THEN = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2030-03-18"}
OF_THE_VERSION = {"manifest.json", "README.txt"}
"""What a pack says about itself, in the words of the version that made it."""


@dataclass(frozen=True)
class Kept:
    """What the first version left: a home, a pack and a backup, which are only to be copied."""

    home: Path
    pack: Path
    backup: Path
    people: Mapping[str, Keyring]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The archive, laid out."""
    assert sha256(ARCHIVE.read_bytes()).hexdigest() == ARCHIVE_SHA256
    place = tmp_path_factory.mktemp("first-version")
    with lzma.open(ARCHIVE) as file, tarfile.open(fileobj=file) as tar:
        tar.extractall(place, filter="tar")
    rings = (place / "home" / "people").glob("*.keyring")
    people = {one.stem: unlock(one.read_bytes(), THROW_AWAY) for one in rings}
    return Kept(place / "home", place / "pack", place / "backup", people)


@pytest.fixture(params=["as it is", "migrated"])
def first(kept: Kept, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """A copy of the ledger, as the upgrade finds it and once its tables were made anew."""
    home = shutil.copytree(kept.home, tmp_path / "home")
    ledger = Ledger.at(home, kept.people, Clock(STORY_ENDED))
    if request.param == "migrated":
        migrate_stores(ledger.home)
    yield ledger
    ledger.home.close()


def test_what_the_first_version_showed_is_shown_to_the_byte(
    kept: Kept, first: Ledger, tmp_path: Path
) -> None:
    """Log, records, openings and laws of a new pack are those of the pack that was handed out."""
    export_ledger(first.home, tmp_path / "pack", reveal=True)
    assert contents(tmp_path / "pack") == contents(kept.pack)


def contents(pack: Path) -> dict[str, bytes]:
    """Every file of a pack that is evidence."""
    found = {one.relative_to(pack).as_posix(): one for one in pack.rglob("*") if one.is_file()}
    return {name: one.read_bytes() for name, one in found.items() if name not in OF_THE_VERSION}


def test_evidence_of_the_first_version_verifies(kept: Kept) -> None:
    """Who was handed a pack by the first version finds nothing in it, and each decision stands."""
    report = verify(kept.pack, (kept.home / "trust.json").read_bytes(), replay=True)
    assert (report.exit_code, report.faults) == (0, ()), report.text()


def test_everybody_finds_the_cases_that_they_found(first: Ledger) -> None:
    """The open case stands for all, the task for its two people, the waiting visit for one."""
    (opened,) = (label for label, _ in first.home.open.labels())
    found = {name: states(first, name, opened) for name in first.people}
    assert found == {
        "helen": ["received", "task-ended", "under-decision"],
        "boris": ["task-ended", "under-decision"],
        "irwin": ["under-decision"],
        "noor": ["under-decision"],
        "sam": ["under-decision"],
    }


def states(ledger: Ledger, person: str, opened: str) -> list[str]:
    """Where each case stands that a person finds."""
    reader = ledger.register.reader(ledger.people[person], vault=True)
    return sorted(reader.case(one).case.state for one in (opened, *reader.sealed_references()))


def test_the_ledger_goes_on_and_the_old_checkpoint_still_pins_it(
    kept: Kept, first: Ledger, tmp_path: Path
) -> None:
    """Old cases and new ones are acted in; who kept the first version's checkpoint verifies all."""
    pinned = (kept.home / "log" / "checkpoint").read_text()
    (waiting,) = set(sealed(first, "helen")) - set(sealed(first, "boris"))
    first.clock.turn(hours=1)
    first.do("helen", "open", waiting)
    visit = first.visit("sam")
    with pytest.raises(NotFound):
        first.look("sam", visit)
    first.do("helen", "keep-sealed", visit, SEALED_UNTIL_THEN)
    first.tick(days=60)
    first = check_sound(first)
    pack, openings = tmp_path / "pack", tmp_path / "openings"
    helen = first.people["helen"]
    export_ledger(first.home, pack, reveal=True)
    more = export_openings(first.home, first.register.reader(helen), helen, pack, openings)
    trust = json.loads((first.path / "trust.json").read_bytes())
    report = verify(pack, jcs.dump({**trust, "pinned": pinned}), openings=openings, replay=True)
    assert (report.exit_code, report.faults, more.closed) == (0, (), 0), report.text()
    first.home.close()


def sealed(ledger: Ledger, person: str) -> tuple[str, ...]:
    """The sealed matters that a person finds."""
    return tuple(ledger.register.reader(ledger.people[person], vault=True).sealed_references())


def test_nothing_is_amiss_once_the_tables_were_made_anew(kept: Kept, tmp_path: Path) -> None:
    """What `store check` says of it before goes away with what it says to run."""
    home = shutil.copytree(kept.home, tmp_path / "home")
    ledger = Ledger.at(home, kept.people, Clock(STORY_ENDED))
    assert problems(ledger) == {(name, "tables-differ") for name in ("open", "inbox", "vault")}
    migrate_stores(ledger.home)
    assert problems(ledger) == set()
    assert check_log(ledger.home).problem is None
    ledger.home.close()


def problems(ledger: Ledger) -> set[tuple[str, str]]:
    """What the check says of which store."""
    return {(one.name, told.code) for one in check_stores(ledger.home) for told in one.problems}


def test_a_backup_of_the_first_version_is_restored(kept: Kept, tmp_path: Path) -> None:
    """It comes up at the same root, is confirmed, and goes on."""
    master = kept.home / "master.key"
    made_at = read_part(kept.backup / KEYSTORE, KEYSTORE, MasterKey.load(master)).made_at
    restore(kept.backup, tmp_path / "home", master, Brought(without_office=True), made_at)
    ledger = Ledger.at(tmp_path / "home", kept.people, Clock(STORY_ENDED))
    confirm(ledger.home, ledger.register, kept.people["helen"], None)
    ledger = check_sound(ledger)
    newest = (ledger.path / "log" / "checkpoint").read_bytes()
    assert newest == (kept.home / "log" / "checkpoint").read_bytes()
    ledger.visit("sam")
    ledger.tick(days=20)
    check_sound(ledger).home.close()
