"""What happened in the library whose pages are looked at: something on every page of them.

Pages without rows hide the faults of their tables.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from ledger.evidence.grammar import format_instant
from ledger.register.acts import OFFICE
from ledger.register.erasure import ERASE
from ledger.reporting import publish
from tests.authenticator import Authenticator
from tests.register.library import Library

TOKEN = "5d41402abc4b2a76b9719d911017c592ae2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d"


def tell(library: Library, *, has_report: bool) -> None:
    """All of it, in the order in which it happened; the library was founded months ago."""
    quarter = quarter_ends(library)
    if has_report:
        publish(library.home, library.register, library.people["mara"], quarter)
    order_is_answered_with_less(library)
    hold_stops_a_purge(library)
    visits_wait(library)
    matter_is_sealed(library)
    office_goes_on(library)


def quarter_ends(library: Library) -> str:
    """Both choose the same band, and a quarter ends; gives which."""
    for by in ("mara", "tom"):
        library.act(by, "choose-report-band", OFFICE, band="semiannual-by-category")
    library.now += timedelta(days=100)
    past = library.now - timedelta(days=95)
    return f"{past.year}-Q{(past.month - 1) // 3 + 1}"


def order_is_answered_with_less(library: Library) -> None:
    """A judge orders two classes of record; counsel narrows, and one leaves."""
    case = library.visit(presents="court-order", initials="K. R.")
    library.act("mara", "open", case)
    request = library.case("mara", case).case.records[1].ref
    order = library.ref(
        "kim",
        "receive-instrument",
        case,
        kind="court-order",
        issuer="judge",
        level="county",
        judge_signed="yes",
        finding="prosecution",
        issued_on=(library.now - timedelta(days=4)).date().isoformat(),
        comply_by_on=(library.now + timedelta(days=12)).date().isoformat(),
        categories=["circulation", "computer-use"],
        docket="2026CV30417",
    )
    asked = library.ref("mara", "request-counsel-review", case, counsel="tom", instrument=order)
    library.act("tom", "complete-counsel-review", case, request=asked, outcome="narrow")
    library.act(
        "kim", "verify-requester", case, request=request, method="call-back", confirmed_by="A clerk"
    )
    approval = library.ref(
        "mara",
        "approve",
        case,
        request=request,
        basis="court-order",
        instrument=order,
        categories=["circulation"],
        conditions="Sealed envelope, to the clerk of the court only.",
    )
    library.act(
        "mara",
        "disclose",
        case,
        approval=approval,
        categories=["circulation"],
        records=31,
        method="paper",
        recipient="Clerk of the district court",
    )


def hold_stops_a_purge(library: Library) -> None:
    """An agency asks that records be kept; what keeps them is set by hand and read back."""
    facts = [{"receive-preservation-request": {"level": "state", "categories": ["circulation"]}}]
    case = library.act("kim", "intake", facts=facts).case
    library.act("mara", "open", case)
    asked = library.case("mara", case).case.records[1].ref
    hold = library.ref(
        "mara",
        "place-hold",
        case,
        request=asked,
        categories=["circulation"],
        places=["library-system", "paper"],
        tokens=[TOKEN],
    )
    library.act(
        "kim",
        "attest-freeze",
        case,
        hold=hold,
        system="sierra",
        step="frozen",
        read_back="as-instructed",
    )


def visits_wait(library: Library) -> None:
    """Counsel was asked and advised; one visit is open, and one that nobody decided on."""
    opened = library.visit(presents="search-warrant", initials="K. R.")
    library.act("mara", "open", opened)
    asked = library.ref("mara", "request-counsel-review", opened, counsel="tom")
    library.act("tom", "complete-counsel-review", opened, request=asked, outcome="narrow")
    held = library.visit("ola", presents="nothing")
    library.act("mara", "open", held)
    library.tick(hours=5)
    library.visit(presents="not-sure")


def matter_is_sealed(library: Library) -> None:
    """Under an order of silence; somebody has a task of it."""
    sealed = library.visit("ola", presents="other-investigatory-document")
    again_on = (library.now + timedelta(days=60)).date().isoformat()
    gag = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": again_on}
    library.act("mara", "keep-sealed", sealed, **gag)
    library.act(
        "mara",
        "assign-task",
        sealed,
        person="kim",
        ground="needed-to-comply",
        duty_notice_at=library.now,
        task="Keep backup set 12 until told otherwise.",
    )


def office_goes_on(library: Library) -> None:
    """A program asks the guard; somebody is away; a role, a passkey and an erasure wait."""
    library.home.guard.enrol("sierra", sha256(b"its word").digest(), format_instant(library.now))
    library.act(
        "mara",
        "record-absence",
        OFFICE,
        **{"person": "mara", "from": library.now, "until": library.now + timedelta(days=3)},
    )
    library.act("mara", "grant-role", OFFICE, person="ola", role="auditor")
    for name, seconded in (("in a drawer", True), ("of a telephone", False)):
        key = Authenticator(f"kim's, {name}")
        made = library.act("kim", "enrol-passkey", OFFICE, **key.enrolled("kim"))
        if seconded:
            library.act("tom", "assent", OFFICE, of=made.records[0].e)
    over = library.visit()
    library.act("mara", "open", over)
    library.act("mara", "close", over, outcome="withdrawn")
    for stream in library.case("mara", over).streams:
        library.act("mara", ERASE, OFFICE, stream=stream.id.hex(), secrets="both")
    left = library.visit(presents="nothing")
    library.act("mara", "open", left)
    library.act("mara", "close", left, outcome="withdrawn")
