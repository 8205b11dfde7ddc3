"""Receipts and covers: what is promised, by which key, and what nobody can find afterwards."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from keys.keyring import Keyring
from keys.log import LogKeys
from keys.succession import LogKeySet
from ledger.domain.events import ContactAttempted
from ledger.errors import EvidenceCorrupt
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.note import SignedNote, VKey, signature_line
from ledger.export import export_ledger, export_openings
from ledger.founding import Terms
from ledger.logkeys import all_vkeys, checkpoint_vkeys, receipt_vkey, schedule_note
from ledger.register.acts import Act
from ledger.register.handle import place_after
from ledger.register.writing import Appending, Signing, Writer
from ledger.sequencer.covers import covers, open_seed
from ledger.sequencer.ticks import Sequencer
from ledger.stores.pending import Pending
from ledger.verify import verify
from tests.register.ledgers import Clock, Ledger, check_sound, found_ledger
from tests.register.test_triage import CONTACT, SEALING

K = 38


# ---- two keys that cannot stand for each other ----


def codes(ledger: Ledger, receipts: tuple[bytes, ...] = ()) -> set[str]:
    """What a stranger finds in the published log."""
    trust = (ledger.path / "trust.json").read_bytes()
    report = verify(ledger.home.log_directory, trust, receipts=receipts)
    return {one.code for one in report.findings}


def test_the_receipt_key_signs_no_checkpoint(ledger: Ledger) -> None:
    """Under its own name or under the log's, its signature makes no checkpoint for anybody."""
    ledger.tick(hours=1)
    assert codes(ledger) == set()
    home, keys = ledger.home, ledger.home.log_keys
    path = home.log_directory / "checkpoint"
    genuine = SignedNote.parse(path.read_bytes())
    said = Checkpoint.load(genuine.text)
    text = Checkpoint(home.origin, said.size * 2, said.root).dump()
    signature = keys.receipt_ed25519.sign(text.encode())
    log_key, _ = checkpoint_vkeys(home.origin, keys.public)
    posing = VKey(home.origin, 1, keys.receipt_ed25519.public)
    for vkey in (receipt_vkey(home.origin, keys.public), log_key, posing):
        lines = (signature_line(vkey, signature), *genuine.signatures[1:])
        path.write_bytes(SignedNote(text, lines).dump())
        assert "V2.checkpoint-refused" in codes(ledger)
        with pytest.raises(EvidenceCorrupt):
            ledger.reopened().home.newest_checkpoint()


def test_the_checkpoint_key_signs_no_receipt(ledger: Ledger) -> None:
    """A promise under the log's own key is no promise."""
    note = ledger.do("desk-main", "intake").records[0].note
    ledger.tick(hours=4)
    assert note is not None
    assert codes(ledger, (note.encode(),)) == set()
    home, keys = ledger.home, ledger.home.log_keys
    text = SignedNote.parse(note.encode()).text
    signature = keys.checkpoint_ed25519.sign(text.encode())
    log_key, _ = checkpoint_vkeys(home.origin, keys.public)
    posing = VKey(f"{home.origin}/receipt", 1, keys.checkpoint_ed25519.public)
    for vkey in (receipt_vkey(home.origin, keys.public), log_key, posing):
        forged = SignedNote(text, (signature_line(vkey, signature),)).dump()
        assert codes(ledger, (forged,)) == {"V14.receipt-refused"}


def test_a_substituted_log_key_is_refused(ledger: Ledger) -> None:
    """T-13: other keys in the place of the log's, sealed under the right master key even, sign
    nothing here; and whoever holds a trust file sees that they are not the ledger's.
    """
    ledger.tick(hours=1)
    signed = (ledger.path / "signer.json").read_bytes()
    home, schedule, strange = ledger.home, ledger.home.schedule, LogKeys.create()
    (ledger.path / "log.keys").write_bytes(strange.dump(home.master))
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt):
        ledger.tick(hours=1)
    with pytest.raises(EvidenceCorrupt):
        ledger.do("desk-main", "intake")
    assert (ledger.path / "signer.json").read_bytes() == signed
    note = schedule_note(ledger.home.origin, LogKeySet(strange), schedule.dump())
    (ledger.home.log_directory / "schedule").write_bytes(note)
    listed = all_vkeys(ledger.home.origin, (strange.public,))
    (ledger.home.log_directory / "keys").write_bytes(listed)
    assert {"V2.schedule-refused", "V2.keys-differ"} <= codes(ledger)


# ---- one delay for everybody ----


def test_every_receipt_promises_the_same_delay(ledger: Ledger) -> None:
    """Office, open case, desk and sealed matter: the running tick and D, whatever the load."""
    reference = ledger.visit()
    ledger.do("mara", "open", reference)
    sealed = ledger.visit()
    ledger.do("mara", "keep-sealed", sealed, SEALING)
    ledger.clock.turn(minutes=10)
    running = ledger.home.schedule.running_tick(ledger.clock())
    promised = {
        ledger.do("mara", "attempt-contact", reference, CONTACT).records[0].tick,
        ledger.do("mara", "attempt-contact", sealed, CONTACT).records[0].tick,
        ledger.do("desk-main", "intake").records[0].tick,
        ledger.do("mara", "end-role", "office", {"person": "pat", "role": "staff"}).records[0].tick,
    }
    assert promised == {running + 2}


class Worlds:
    """The same desk saves in a quiet library and in one whose vault and cases are flooded."""

    def __init__(self, people: dict[str, Keyring], path: Path) -> None:
        terms = Terms(period_seconds=3_600, open=120, sealed=32, delay=2)
        self.template = found_ledger(path / "template", people, Clock(), terms)
        self.path = path

    def saved(self, flood: int) -> list[tuple[int | None, int | None, object]]:
        """Where forty desk saves over four hours stand, and what was promised of them."""
        ledger = self.template.copied(self.path / f"{flood}")
        ledger.register._writer = Writer(ledger.home, choose=max)
        sealed = ledger.visit()
        ledger.do("mara", "keep-sealed", sealed, SEALING)
        seen: list[tuple[int | None, int | None, object]] = []
        for _ in range(4):
            self._flood(ledger, sealed, flood)
            for _ in range(10):
                seen.append(self._save(ledger))
            Sequencer(ledger.home, ledger.register.office().office.attesters(), choose=max).run(
                ledger.clock()
            )
            ledger.clock.turn(hours=1)
        ledger.tick(hours=60)
        check_sound(ledger).home.close()
        return seen

    def _save(self, ledger: Ledger) -> tuple[int | None, int | None, object]:
        (receipt,) = ledger.do("desk-main", "intake").records
        stream, _, seq = receipt.ref.partition(":")
        pending: Pending | None = ledger.home.inbox.pending(bytes.fromhex(stream), int(seq))
        assert pending is not None
        return pending.tick, pending.promised, pending.issued_at

    def _flood(self, ledger: Ledger, sealed: str, many: int) -> None:
        head = ledger.look("mara", sealed).head
        if not many or head is None:
            return
        view = ledger.register.office()
        signing = Signing(ledger.people["mara"], "custodian", None, view, ledger.clock())
        event = ContactAttempted(person="tom", channel="telephone", outcome="no-answer")
        Writer(ledger.home).append(
            Appending(place_after(head), [event] * many), Act("flood", {}), signing
        )


def test_how_long_a_desk_save_waits_tells_of_desk_saves_only(
    people: dict[str, Keyring], tmp_path: Path
) -> None:
    """However full the vault is, desk saves get the same ticks, promises and moments; and a burst
    of them at the desk makes them wait for themselves.
    """
    worlds = Worlds(people, tmp_path)
    quiet, busy = worlds.saved(0), worlds.saved(90)
    assert quiet == busy
    assert None in {tick for tick, _, _ in quiet}


def test_five_hundred_sealed_entries_at_once_all_get_kept_promises(
    people: dict[str, Keyring], tmp_path: Path
) -> None:
    """T-57: who overflows the lane waits for a receipt; each that is given is kept, and the log
    grows as ever.
    """
    terms = Terms(period_seconds=3_600, open=30, sealed=64, delay=2)
    ledger = found_ledger(tmp_path / "home", people, Clock(), terms)
    sealed = ledger.visit()
    ledger.do("mara", "keep-sealed", sealed, SEALING)
    head = ledger.look("mara", sealed).head
    assert head is not None
    view = ledger.register.office()
    signing = Signing(people["mara"], "custodian", None, view, ledger.clock())
    event = ContactAttempted(person="tom", channel="telephone", outcome="no-answer")
    writer = Writer(ledger.home)
    new = Appending(place_after(head), [event] * 500)
    written = writer.append(new, Act("flood", {}), signing).receipts
    assert 0 < sum(one.note is not None for one in written) < 200
    sizes = [one.size for one in ledger.tick(hours=18)]
    assert sizes == [94 * tick for tick in range(1, 19)]
    vault = ledger.home.vault
    receipts = [writer.receipt(vault, one.ref, one.type, one.e).note for one in written]
    notes = tuple(note.encode() for note in receipts if note is not None)
    assert len(notes) == 500
    assert codes(ledger, notes) == set()
    check_sound(ledger).home.close()


# ---- seeds ----


def spellings(seed: bytes) -> tuple[bytes, ...]:
    """How a seed could stand in a file."""
    encoded = base64.b64encode(seed).rstrip(b"=")
    return seed, seed.hex().encode(), encoded[:-1], seed[:16], seed[16:]


def test_no_file_ever_holds_a_cover_seed(ledger: Ledger, tmp_path: Path) -> None:
    """After ticks, crashes of none, and both exports, no file holds a seed in any spelling: not the
    logbook, its write-ahead log, its shared memory, nor what is given away.
    """
    drawn: list[bytes] = []

    def entropy(size: int) -> bytes:
        drawn.append(os.urandom(size))
        return drawn[-1]

    attesters = ledger.register.office().office.attesters()
    ledger.visit()
    seeds = []
    for _ in range(3):
        ledger.clock.turn(hours=1)
        drawn.clear()
        Sequencer(ledger.home, attesters, entropy=entropy).run(ledger.clock())
        seeds.append(drawn[0])
        assert len(drawn[0]) == 32
        _search(ledger.path, seeds)
    mara = ledger.people["mara"]
    reader = ledger.register.reader(mara, vault=True)
    export_ledger(ledger.home, tmp_path / "pack")
    opened = export_openings(ledger.home, reader, mara, tmp_path / "pack", tmp_path / "openings")
    assert opened.closed == 0
    assert opened.covers > 2 * K
    for folder in (ledger.path, tmp_path / "pack", tmp_path / "openings"):
        assert _search(folder, seeds) > 5


def _search(folder: Path, seeds: list[bytes]) -> int:
    """Look for seeds in every file; gives the number of files, and finds what is surely there."""
    searched = 0
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            searched += 1
            for seed in seeds:
                assert not [one for one in spellings(seed) if one in data], path.name
    return searched


def test_the_search_for_seeds_finds_one(tmp_path: Path) -> None:
    """The search above is no blind one: a seed in any spelling is seen."""
    seed = os.urandom(32)
    for spelling in (seed, seed.hex().encode(), base64.b64encode(seed), b"x" + seed[:20]):
        (tmp_path / "file").write_bytes(b"before" + spelling + b"after")
        with pytest.raises(AssertionError):
            _search(tmp_path, [seed])


def test_a_seed_is_opened_lost_or_altered(ledger: Ledger) -> None:
    """Its attesters open it, others do not, one lost in a restore is nobody's; rubbish is told."""
    ledger.tick(hours=1)
    sealed = ledger.home.logbook.seeds(1)
    assert sealed is not None
    seed = open_seed(sealed, 1, ledger.people["tom"])
    assert seed is not None
    assert set(covers(seed, 1, 3)) < set(ledger.home.logbook.entries(0, K))
    assert open_seed(sealed, 2, ledger.people["tom"]) is None
    assert open_seed(sealed, 1, ledger.people["kim"]) is None
    assert open_seed(b"", 1, ledger.people["tom"]) is None
    with pytest.raises(EvidenceCorrupt, match="altered"):
        open_seed(sealed[:-1], 1, ledger.people["tom"])


# ---- T-58 ----


def test_three_days_without_a_sequencer(ledger: Ledger) -> None:
    """T-58: the log catches up to its schedule, tick by tick; the gap shows in what was signed
    when, and nowhere else; receipts given meanwhile are kept.
    """
    ledger.tick(hours=1)
    notes = []
    for _ in range(6):
        ledger.clock.turn(hours=12)
        receipt = ledger.do("desk-main", "intake").records[0].note
        assert receipt is not None
        notes.append(receipt.encode())
    done = ledger.tick(hours=3)
    assert [one.tick for one in done] == list(range(2, 77))
    assert [one.size for one in done] == [K * one.tick for one in done]
    assert codes(ledger, tuple(notes)) == set()
    times = {}
    for path in (ledger.home.log_directory / "checkpoints").iterdir():
        line = SignedNote.parse(path.read_bytes()).signatures[-1]
        times[int(path.name) // K] = int.from_bytes(line.signature[:8], "big")
    due = {tick: int(ledger.home.schedule.due(tick).timestamp()) for tick in (1, 2)}
    assert times[1] == due[1]
    caught_up = int(ledger.clock().timestamp())
    assert times.keys() == {1, 76}
    assert times[76] == caught_up
    assert caught_up - due[2] >= 3 * 86_400
    check_sound(ledger)
