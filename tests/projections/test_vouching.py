"""Attestations of projections: signed, replayed, and any difference named."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from keys.keyring import create
from ledger.errors import BadRequest, EvidenceCorrupt, NotPermitted, Unavailable
from ledger.evidence import jcs
from ledger.evidence.projected import AttestedRow, AttestedState, RowProof
from ledger.projections.checking import Difference
from ledger.projections.definitions import CASES, DEADLINES, DEFINITIONS, HISTORY, Definition
from ledger.sequencer.ticks import Sequencer
from ledger.verify.crypto import check_ed25519
from ledger.vouching import NOTE, ROWS, Vouching
from tests.projections.library import Library, new_library


def tick(library: Library) -> None:
    """Let two days pass, and the log be published."""
    library.minutes += 2 * 24 * 60 + 1
    Sequencer(library.home, library.register.office().office.attesters()).run(library.now)


def vouching(library: Library) -> Vouching:
    """As a program has it that has read nothing yet."""
    return Vouching(library.home, library.register.reader(None))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A ledger with rows of every definition, all of it published; no test acts in it."""
    library = new_library(tmp_path_factory.mktemp("published") / "home")
    library.eventful()
    for _ in range(3):
        tick(library)
    yield library
    library.home.close()


@pytest.fixture(scope="module")
def attested(published: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An attestation of the deadlines."""
    folder = tmp_path_factory.mktemp("attested") / "deadlines"
    vouching(published).attest(DEADLINES, published.ruth, folder)
    return folder


def lines(folder: Path) -> list[bytes]:
    """The rows of an attestation."""
    return (folder / ROWS).read_bytes().splitlines(keepends=True)


def instead(line: bytes, rows: list[bytes]) -> list[bytes]:
    """Other words in the place of the first row."""
    return [line, *rows[1:]]


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.name)
def test_what_a_person_attests_to_is_what_others_find(
    published: Library, tmp_path: Path, definition: Definition
) -> None:
    """The rows are the stored ones, each with the leaves of its records, and replaying agrees."""
    done = vouching(published).attest(definition, published.abel, tmp_path / "out")
    rows = [AttestedRow.load(line[:-1]) for line in lines(tmp_path / "out")]
    runner = published.runner([definition])
    runner.catch_up()
    assert [one.row for one in rows] == [*runner.rows(definition)]
    assert done.rows == len(rows) > 0
    assert all(len(one.leaves) == len(one.row["records"]) for one in rows)  # type: ignore[arg-type]  # a list of texts
    assert all(0 <= leaf < done.size for one in rows for leaf in one.leaves)
    found = vouching(published).verify(tmp_path / "out")
    assert (found.attested, found.person, found.difference) == (done, "abel", None)


def test_what_was_recorded_since_does_not_count(tmp_path: Path) -> None:
    """An attestation stays right when the ledger goes on, also after a closure moved its dates."""
    library = new_library(tmp_path / "home")
    reference = library.opened()
    library.act("receive-complaint", reference, complainant="patron", allegation="conduct")
    with pytest.raises(BadRequest, match="next tick"):
        vouching(library).attest(DEADLINES, library.ruth, tmp_path / "early")
    for _ in range(3):
        tick(library)
    library.act("attempt-contact", reference, person="abel", channel="mobile", outcome="reached")
    done = vouching(library).attest(HISTORY, library.ruth, tmp_path / "history")
    assert b"contact-attempted" not in (tmp_path / "history" / ROWS).read_bytes()
    vouching(library).attest(DEADLINES, library.ruth, tmp_path / "deadlines")
    library.act("close-library", "office", from_on="2026-01-15", reason="weather")
    library.opened()
    for _ in range(3):
        tick(library)
    for name in ("history", "deadlines"):
        assert vouching(library).verify(tmp_path / name).difference is None
    again = vouching(library).attest(HISTORY, library.ruth, tmp_path / "again")
    assert again.size > done.size
    assert b"contact-attempted" in (tmp_path / "again" / ROWS).read_bytes()
    library.home.close()


def damaged(*_: object) -> AttestedState:
    """As where the log on this disk was altered, which shows when the rows are written."""
    raise EvidenceCorrupt("The logbook differs from the published log.")


def test_an_attestation_is_its_makers_alone_and_whole_or_not_there(
    published: Library, attested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks off leaves its name free, and the next run makes it; a name that is taken, and a
    place where nothing can be written, are told apart.
    """
    modes = {one.name: one.stat().st_mode & 0o777 for one in (attested, *attested.iterdir())}
    assert modes == {attested.name: 0o700, NOTE: 0o600, ROWS: 0o600}
    folder = tmp_path / "new"
    signing = vouching(published)
    monkeypatch.setattr(signing, "_state", damaged)
    with pytest.raises(EvidenceCorrupt):
        signing.attest(HISTORY, published.ruth, folder)
    assert [*tmp_path.iterdir()] == []
    vouching(published).attest(HISTORY, published.ruth, folder)
    with pytest.raises(BadRequest, match="there already"):
        vouching(published).attest(HISTORY, published.ruth, folder)
    with pytest.raises(Unavailable, match="cannot be written"):
        vouching(published).attest(HISTORY, published.ruth, folder / ROWS / "below")


# ---- what is altered ----


def altered(folder: Path, into: Path, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    """A copy of an attestation with other rows."""
    shutil.copytree(folder, into)
    (into / ROWS).write_bytes(b"".join(change(lines(folder))))
    return into


def test_the_first_row_that_differs_is_named_with_its_field(
    published: Library, attested: Path, tmp_path: Path
) -> None:
    """Every field of a row, its leaves, its key, its absence and its place."""
    first, *_ = (json.loads(line) for line in lines(attested))
    key, tag = first["key"], DEADLINES.tag
    checking = vouching(published)
    for number, field in enumerate(first["row"]):
        other = {**first, "row": {**first["row"], field: ["other"]}}
        line = jcs.dump(other) + b"\n"
        folder = altered(attested, tmp_path / f"{number}", partial(instead, line))
        assert checking.verify(folder).difference == Difference(tag, key, "altered", field)
    leaves = jcs.dump({**first, "leaves": [0]}) + b"\n"
    folder = altered(attested, tmp_path / "leaves", partial(instead, leaves))
    assert checking.verify(folder).difference == Difference(tag, key, "altered", "leaves")
    folder = altered(attested, tmp_path / "less", lambda rows: rows[1:])
    assert checking.verify(folder).difference == Difference(tag, key, "missing")
    folder = altered(attested, tmp_path / "more", lambda rows: [*rows, rows[-1]])
    found = checking.verify(folder).difference
    assert found is not None
    assert found.what == "extra"


def test_what_was_signed_of_other_rows_is_told(
    published: Library, attested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that follow are not enough: they must be those that were signed."""
    signing = vouching(published)
    honest = signing._state
    monkeypatch.setattr(
        signing,
        "_state",
        lambda *given: replace(honest(*given), state=bytes(31) + b"1"),
    )
    signing.attest(DEADLINES, published.ruth, tmp_path / "lie")
    assert (tmp_path / "lie" / ROWS).read_bytes() == (attested / ROWS).read_bytes()
    found = vouching(published).verify(tmp_path / "lie").difference
    assert found == Difference(DEADLINES.tag, "", "state")


def test_an_altered_note_is_none(published: Library, attested: Path, tmp_path: Path) -> None:
    """Each line of the text, the name of the signer and the signature are bound."""
    note = (attested / NOTE).read_text("utf-8")
    shutil.copytree(attested, tmp_path / "copy")
    for old, new in (
        ("name deadlines", "name cases"),
        ("version 3", "version 4"),
        ("rows ", "rows 1"),
        ("person/ruth", "person/abel"),
        ("person/ruth", "person/nobody"),
        ("size ", "size 1"),
    ):
        assert old in note
        (tmp_path / "copy" / NOTE).write_text(note.replace(old, new), "utf-8")
        with pytest.raises(EvidenceCorrupt):
            vouching(published).verify(tmp_path / "copy")
    (tmp_path / "copy" / NOTE).write_text(note.replace("oak.example/person", "elm/person"), "utf-8")
    with pytest.raises(BadRequest):
        vouching(published).verify(tmp_path / "copy")
    for data in (b"", note.encode()[:-1], b"{}"):
        (tmp_path / "copy" / NOTE).write_bytes(data)
        with pytest.raises(BadRequest):
            vouching(published).verify(tmp_path / "copy")


def test_a_stranger_signs_nothing(published: Library, tmp_path: Path) -> None:
    """Only a key that stands in the published office signs."""
    for name in ("ruth", "eve"):
        stranger = create(name, b"", throw_away=True)
        with pytest.raises(NotPermitted):
            vouching(published).attest(CASES, stranger, tmp_path / name)


def test_an_attestation_of_another_version_is_not_judged(
    published: Library, tmp_path: Path
) -> None:
    """What this program does not make it neither confirms nor denies."""
    older = replace(CASES, version=1)
    vouching(published).attest(older, published.ruth, tmp_path / "older")
    with pytest.raises(Unavailable, match="version 3"):
        vouching(published).verify(tmp_path / "older")


# ---- one row ----


def test_one_deadline_has_a_proof_of_its_own(
    published: Library, attested: Path, tmp_path: Path
) -> None:
    """It names pack and leaves, and is checked with the ledger and, without it, by hash and key."""
    key = json.loads(lines(attested)[1])["key"]
    proof = vouching(published).prove(DEADLINES, key, published.ruth)
    file = tmp_path / "row"
    file.write_bytes(proof.dump())
    assert RowProof.load(file.read_bytes()).dump() == proof.dump()
    found = vouching(published).verify(file)
    assert (found.person, found.difference) == ("ruth", None)
    assert proof.row.row["law"] == published.home.law_of(str(proof.row.row["law"])).digest().hex()
    assert proof.proves(found.attested)
    other = replace(proof.row, row={**proof.row.row, "effective_on": "2036-01-01"})
    assert not replace(proof, row=other).proves(found.attested)
    file.write_bytes(replace(proof, row=other).dump())
    difference = vouching(published).verify(file).difference
    assert difference == Difference(DEADLINES.tag, key, "altered", "effective_on")
    file.write_bytes(replace(proof, index=proof.index + 1).dump())
    assert vouching(published).verify(file).difference == Difference(DEADLINES.tag, key, "state")


def test_a_row_that_is_not_there_has_no_proof(published: Library, tmp_path: Path) -> None:
    """A key of nobody is refused, and so is a file that is no proof."""
    with pytest.raises(BadRequest, match="no such row"):
        vouching(published).prove(CASES, "0000-0000-0", published.ruth)
    for data in (b"", b"{}", b"\xff"):
        (tmp_path / "row").write_bytes(data)
        with pytest.raises(BadRequest):
            vouching(published).verify(tmp_path / "row")
    with pytest.raises(BadRequest):
        vouching(published).verify(tmp_path / "nowhere")


def test_the_signature_is_plain_ed25519_over_the_text(published: Library, attested: Path) -> None:
    """Anybody's library checks it: the text above the empty line, the key that signs records."""
    note = (attested / NOTE).read_bytes()
    text, _, line = note.rpartition(b"\n\n")
    signature = b64decode(line.split(b" ")[2])[4:]
    assert check_ed25519(published.ruth.public.signing, text + b"\n", signature)
