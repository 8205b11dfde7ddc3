"""Documents: kept as they were brought, where their case is, for whom it is; and gone with it."""

from __future__ import annotations

import os
import sqlite3
import tracemalloc
from contextlib import closing, suppress
from pathlib import Path

import pytest

from keys.documents import PART_BYTES, parts_of
from ledger.errors import BadRequest, EvidenceCorrupt, NotFound, Unavailable
from ledger.export import export_ledger, export_openings
from ledger.home import ROW_STORES
from ledger.register.acts import OFFICE, Act
from ledger.register.documents import attached_as, attached_to, brought
from ledger.register.incoming import MOST_BYTES
from ledger.stores import sqlite as seam
from ledger.stores.checking import check_store
from ledger.verify import verify
from tests.faults import Crash, failing, failing_commit
from tests.register.ledgers import Ledger, check_offline, check_sound
from tests.register.scans import LONG, PDF, attach, documents, pdf, scan
from tests.register.test_triage import CONTACT, SEALING, agree_to_open
from tests.upkeep.matters import ENDED, NOTICE, assent, erase, finish, propose


def opened_case(ledger: Ledger) -> str:
    """An open case."""
    reference = ledger.visit("kim")
    ledger.do("mara", "open", reference)
    return reference


def stored(ledger: Ledger) -> dict[str, int]:
    """How many parts lie in each store."""
    return {
        store.name: store.database.ask("SELECT COUNT(*) FROM documents")[0][0]
        for store in ledger.stores()
    }


# ---- attached and given back ----


@pytest.mark.parametrize("size", [len(PDF), PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, LONG])
def test_a_document_comes_back_as_it_was_brought(ledger: Ledger, tmp_path: Path, size: int) -> None:
    """Byte for byte, whatever its length, to whoever reads the case and to no file name's harm."""
    reference, data = opened_case(ledger), pdf(size)
    paper = ledger.do(
        "kim", "receive-instrument", reference, {"kind": "subpoena", "issuer": "clerk"}
    )
    of = paper.records[0].ref
    done = attach(ledger, "kim", reference, scan(tmp_path / "in", data), of)
    found = ledger.look("pat", reference)
    (one,) = attached_to(ledger.home.origin, found)
    assert (one.record.ref, one.of, one.name) == (done.records[0].ref, of, "subpoena.pdf")
    assert one.document is not None
    assert (one.document.size, one.document.type) == (size, "application/pdf")
    assert b"".join(one.content()) == data
    assert stored(ledger) == {"open": parts_of(size), "inbox": 0, "vault": 0}


def test_a_scan_goes_with_a_visit_and_with_its_case(ledger: Ledger, tmp_path: Path) -> None:
    """Sealed at birth in the inbox, kept sealed in the vault, opened by two: the bytes go along,
    and nobody else sees them on the way.
    """
    data = pdf(LONG)
    reference = attach(ledger, "kim", None, scan(tmp_path / "in", data)).case
    assert documents(ledger, "mara", reference) == [data]
    ledger.do("mara", "keep-sealed", reference, SEALING)
    ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    more = pdf(PART_BYTES)
    attach(ledger, "mara", reference, scan(tmp_path / "in", more))
    assert documents(ledger, "tom", reference) == [data, more]
    assert stored(ledger) == {"open": 0, "inbox": 3, "vault": 4}
    with pytest.raises(NotFound):
        ledger.look("kim", reference)
    agree_to_open(ledger, reference, "tom")
    ledger.do("mara", "open", reference)
    assert documents(ledger, "kim", reference) == [data, more]
    assert stored(ledger)["open"] == 4
    check_offline(ledger, tmp_path / "pack")
    check_sound(ledger)


def test_a_case_that_is_sealed_late_takes_its_documents_along(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Its bytes stay where they are, and open to its roster alone."""
    reference = opened_case(ledger)
    attach(ledger, "kim", reference, scan(tmp_path / "in"))
    ledger.do("mara", "keep-sealed", reference, SEALING)
    assert documents(ledger, "mara", reference) == [PDF]
    with pytest.raises(NotFound):
        documents(ledger, "kim", reference)


def test_nobody_learns_of_a_sealed_case_by_attaching(ledger: Ledger, tmp_path: Path) -> None:
    """A sealed reference answers as one that never was, and nothing is stored for either."""
    sealed, path = ledger.visit("mara"), scan(tmp_path / "in")
    ledger.do("mara", "keep-sealed", sealed, SEALING)
    told = []
    for reference in (sealed, "7K3M-9Q2D-X"):
        with pytest.raises(NotFound) as refused:
            attach(ledger, "kim", reference, path)
        told.append(str(refused.value))
    assert len(set(told)) == 1
    assert not any(stored(ledger).values())


def test_a_record_that_describes_no_document_gives_none(ledger: Ledger, tmp_path: Path) -> None:
    """Neither another record of the case nor a document of another case is given out."""
    reference, other = opened_case(ledger), opened_case(ledger)
    done = attach(ledger, "kim", other, scan(tmp_path / "in"))
    call = ledger.do("kim", "attempt-contact", reference, CONTACT)
    file = ledger.look("kim", reference)
    for ref in (done.records[0].ref, call.records[0].ref, "x"):
        with pytest.raises(NotFound):
            attached_as(ledger.home.origin, file, ref)
    there = ledger.look("kim", other)
    assert attached_as(ledger.home.origin, there, done.records[0].ref).name == "subpoena.pdf"


# ---- only with its bytes ----


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": "a.pdf", "document": {"sha256": "9c" * 32, "size": 9, "type": "application/pdf"}},
    ],
)
def test_nobody_describes_a_document_that_they_do_not_bring(
    ledger: Ledger, fields: dict[str, object]
) -> None:
    """A record of bytes that are not here would be an assertion that nobody can check."""
    reference = opened_case(ledger)
    with pytest.raises(BadRequest, match="with its bytes"):
        ledger.do("kim", "attach-document", reference, fields)
    with pytest.raises(BadRequest, match="with its bytes"):
        ledger.do("kim", "intake", None, {"facts": [{"attach-document": fields}]})


def test_a_document_is_described_by_the_register_alone(ledger: Ledger, tmp_path: Path) -> None:
    """Who brings one chooses neither its digest nor its type, and brings it to no other act."""
    reference = opened_case(ledger)
    with brought(scan(tmp_path / "in")) as incoming:
        for command, case, fields in (
            ("attach-document", reference, {"name": "other.pdf"}),
            ("annotate", reference, {"of": "x"}),
            ("end-role", OFFICE, {"person": "pat", "role": "staff"}),
        ):
            act = Act(command, fields, case, document=incoming)
            with pytest.raises(BadRequest):
                ledger.register.handle(ledger.people["mara"], act)


def test_the_same_command_attaches_once(ledger: Ledger, tmp_path: Path) -> None:
    """Sent again it is answered again; another file under the same number is refused."""
    reference, command_id = opened_case(ledger), os.urandom(16)
    path = scan(tmp_path / "in")
    first = attach(ledger, "kim", reference, path, command_id=command_id)
    assert attach(ledger, "kim", reference, path, command_id=command_id) == first
    scan(tmp_path / "in", pdf(99))
    with pytest.raises(Exception, match="already used for a different act"):
        attach(ledger, "kim", reference, path, command_id=command_id)
    assert stored(ledger)["open"] == 1


# ---- faults ----


@pytest.mark.parametrize("persisted", [False, True], ids=["not-persisted", "persisted"])
def test_a_commit_that_fails_leaves_a_document_whole_or_none(
    template: Ledger, tmp_path: Path, persisted: bool
) -> None:
    """Record and bytes stand or fall together; repeated, it is attached once (T-20)."""
    data = pdf(LONG)
    prepared = template.copied(tmp_path / "ready")
    reference, path = opened_case(prepared), scan(tmp_path / "in", data)
    for case, person in ((reference, "kim"), (None, "kim")):
        ledger = prepared.copied(tmp_path / f"{case}")
        command_id = os.urandom(16)
        with failing_commit(1, persisted=persisted) as fault, suppress(Unavailable):
            attach(ledger, person, case, path, command_id=command_id)
        assert not fault.due
        ledger = check_sound(ledger)
        done = attach(ledger, person, case, path, command_id=command_id)
        assert documents(ledger, "mara", case or done.case) == [data]
        assert sum(stored(ledger).values()) == parts_of(LONG)
        ledger.home.close()


def test_a_process_that_ends_in_an_opening_leaves_a_document_whole(
    template: Ledger, tmp_path: Path
) -> None:
    """At whichever commit of a triage it ends, the next one goes on, and no part is lost."""
    data, prepared = pdf(LONG), template.copied(tmp_path / "ready")
    reference = attach(prepared, "kim", None, scan(tmp_path / "in", data)).case
    for nth in range(1, 20):
        ledger = prepared.copied(tmp_path / f"{nth}")
        with failing(nth, [(seam, "_commit")], Crash, after=nth % 2 == 0) as fault, suppress(Crash):
            ledger.do("mara", "open", reference)
        ledger = check_sound(ledger)
        if ledger.home.open.labelled(reference) is None:
            ledger.do("mara", "open", reference)
        assert documents(ledger, "kim", reference) == [data]
        for name in ROW_STORES:
            assert check_store(ledger.path / f"{name}.db", name).problems == []
        ledger.home.close()
        if fault.due:
            break
    assert nth > 2


def test_a_large_document_is_never_in_memory_whole(ledger: Ledger, tmp_path: Path) -> None:
    """Neither on its way in nor on its way out are more than a few parts of it there."""
    reference, path = opened_case(ledger), scan(tmp_path / "in", pdf(MOST_BYTES))
    tracemalloc.start()
    try:
        attach(ledger, "kim", reference, path)
        (one,) = attached_to(ledger.home.origin, ledger.look("kim", reference))
        with path.open("rb") as file:
            assert all(piece == file.read(len(piece)) for piece in one.content())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3 * 1024 * 1024


# ---- altered, and erased ----


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM documents WHERE part = 1", "documents-astray"),
        ("DELETE FROM documents WHERE part = 2", None),
        ("DELETE FROM documents", None),
        ("UPDATE documents SET part = part + 9 WHERE part = 2", "documents-astray"),
        ("UPDATE documents SET part = 1 - part WHERE part < 0", None),
        ("UPDATE documents SET seq = seq + 7", "documents-astray"),
        ("UPDATE documents SET state = zeroblob(65564) WHERE part = 2", None),
    ],
)
def test_a_document_that_was_altered_is_not_given_out(
    ledger: Ledger, tmp_path: Path, statement: str, code: str | None
) -> None:
    """A part that was changed, exchanged or taken away is found by who reads it; what needs no key
    to be seen, `store check` finds.
    """
    reference = opened_case(ledger)
    attach(ledger, "kim", reference, scan(tmp_path / "in", pdf(LONG)))
    ledger.home.close()
    path = ledger.path / "open.db"
    with closing(sqlite3.connect(path)) as file:
        for verb in ("UPDATE", "DELETE"):
            file.execute(f"DROP TRIGGER documents_{verb}")
        if "part < 0" in statement:
            # Two parts that change places.
            file.execute("UPDATE documents SET part = part - 9 WHERE part < 2")
            statement = "UPDATE documents SET part = -8 - part WHERE part < 0"
        file.execute(statement)
        file.commit()
    codes = {one.code for one in check_store(path, "open").problems}
    assert codes == {"tables-differ", *([code] if code else [])}
    ledger = ledger.reopened()
    with pytest.raises(EvidenceCorrupt, match="altered or taken away"):
        documents(ledger, "kim", reference)


@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
@pytest.mark.parametrize("scope", ["personal", "both"])
def test_an_erasure_takes_the_bytes_with_it(
    ledger: Ledger, tmp_path: Path, scope: str, sealed: bool
) -> None:
    """With either secret go all parts, in every store that they came through."""
    reference = attach(ledger, "kim", None, scan(tmp_path / "in", pdf(LONG))).case
    if sealed:
        ledger.do("mara", "keep-sealed", reference, SEALING)
        ledger.do("mara", "add-audience-member", reference, {"person": "tom", **NOTICE})
    else:
        ledger.do("mara", "open", reference)
    attach(ledger, "mara", reference, scan(tmp_path / "in"))
    ledger.do("mara", "close", reference, ENDED)
    erase(ledger, reference, scope, sealed=sealed)
    assert not any(stored(ledger).values())
    ledger = check_sound(ledger) if scope == "personal" else ledger.reopened()
    if scope == "personal":
        found = attached_to(ledger.home.origin, ledger.look("mara", reference))
        assert [(one.name, one.document) for one in found] == [(None, None)] * 2
        with pytest.raises(BadRequest, match="was erased"):
            found[0].content()


def test_an_erasure_that_broke_off_before_the_bytes_is_finished(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys are gone and the parts still lie there: it counts as done only without them."""
    reference = opened_case(ledger)
    attach(ledger, "kim", reference, scan(tmp_path / "in"))
    ledger.do("mara", "close", reference, ENDED)
    digests = propose(ledger, reference, "personal")

    def full(*_: object) -> None:
        raise Unavailable("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("ledger.stores.documents.Documents.remove", full)
        assent(ledger, digests)
        with pytest.raises(Unavailable):
            finish(ledger)
    assert stored(ledger)["open"] == 1
    assert {one.state for one in finish(ledger)} == {"done"}
    assert stored(ledger)["open"] == 0


# ---- evidence ----


def test_counsel_checks_a_copy_against_the_record(ledger: Ledger, tmp_path: Path) -> None:
    """A pack that lays documents open proves them; a changed one is found, a withheld one told."""
    data, reference = pdf(LONG), opened_case(ledger)
    sealed = attach(ledger, "kim", None, scan(tmp_path / "in", data)).case
    attach(ledger, "kim", reference, scan(tmp_path / "in", data))
    ledger.do("mara", "keep-sealed", sealed, SEALING)
    attach(ledger, "mara", sealed, scan(tmp_path / "in", PDF))
    ledger.tick(days=5)
    trust = (ledger.path / "trust.json").read_bytes()
    mara = ledger.people["mara"]
    for name, shown in (("with", True), ("without", False)):
        pack, openings = tmp_path / name, tmp_path / f"{name}-openings"
        export_ledger(ledger.home, pack, reveal=True, documents=shown)
        parts = (ledger.home, ledger.register.reader(mara), mara, pack, openings)
        export_openings(*parts, reveal=True, documents=shown)
        report = verify(pack, trust, openings=openings, replay=True)
        assert report.faults == (), report.text()
        lying = [one.read_bytes() for one in tmp_path.glob(f"{name}*/attachments/*")]
        # The same file lies in one of the two only.
        assert sorted(lying) == (sorted([data, PDF]) if shown else [])
    (attached,) = (tmp_path / "with" / "attachments").iterdir()
    attached.write_bytes(data[:-1] + b"\r")
    found = {one.code for one in verify(tmp_path / "with", trust).faults}
    assert {"V1.differs", "V12.attachment-differs"} <= found
