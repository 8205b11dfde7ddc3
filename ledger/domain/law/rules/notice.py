"""Telling the patron: when it must come first, and when it must not come at all.

Sources: D.C. Code 39-108(b)(4)-(6); 34 CFR 99.31(a)(9)(ii), 99.32; 18 U.S.C. 2705(b), 2709(c).
"""

from collections.abc import Iterator

from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_by, broken_house_rule
from ledger.domain.events import DisclosureMade, NoticeWithheld, PatronNotified
from ledger.domain.law.deadlines.notice import (
    is_to_be_told_of,
    spared_by,
    standstill,
    told_as_due,
    told_of,
)
from ledger.domain.parts import Approval, Instrument

_SUBPOENA = "subpoena"
_NOTICE = "Disclosure ledger, domain §5.4.1 no. 45 and 46"


def no_gag_forbids_notice_v1(case: Case, event: PatronNotified, context: Context) -> Broken | None:
    """Nobody is told while any gag of the matter binds."""
    if not case.live_gags():
        return None
    return broken_house_rule(
        "no_gag_forbids_notice_v1",
        "A duty of silence binds this matter. The patron is told when it has been lifted.",
        f"{_NOTICE}; 18 U.S.C. 2709(c)(1)",
    )


def notice_is_proven_v1(case: Case, event: PatronNotified, context: Context) -> Broken | None:
    """A notice that was sent by certified mail has its number, and was sent by today."""
    if event.sent_on <= context.on and (event.proof or event.method != "certified-mail"):
        return None
    return broken_by(
        context.law.find("notice.method", context.on),
        "notice_is_proven_v1",
        "Record a notice once it was sent, a certified one with the number of its mail.",
    )


def notice_follows_paper_v1(case: Case, event: PatronNotified, context: Context) -> Broken | None:
    """Nobody was told of a paper before it came: no standstill begins sooner than its subpoena."""
    paper = case.instrument(event.instrument)
    came_on = None if paper is None else local_date(paper.at, context.zone)
    if came_on is None or event.sent_on >= came_on:
        return None
    return broken_by(
        context.law.find("notice.trigger", context.on),
        "notice_follows_paper_v1",
        f"The paper came on {came_on.isoformat()}; a notice of it cannot have been sent before.",
    )


def notice_withheld_on_ground_v1(
    case: Case, event: NoticeWithheld, context: Context
) -> Broken | None:
    """Notice is withheld on a judge's order, under a gag, or by an exception that the law lists."""
    if event.ground == "court-waiver":
        order, paper = case.instrument(event.order), case.instrument(event.instrument)
        if paper and order and order.is_order:
            return None
        row = context.law.find("notice.waiver_authority", context.on)
        sentence = "Only a court waives notice. Name its order, and the paper that it is about."
        return broken_by(row, "notice_withheld_on_ground_v1", sentence)
    if event.ground == "gag":
        if any(gag.ref == event.gag for gag in case.live_gags()):
            return None
        return broken_house_rule(
            "notice_withheld_on_ground_v1", "Name the gag of this matter that binds.", _NOTICE
        )
    listed = context.law.value("ferpa.advance_notice_exceptions", context.on)
    named = case.instrument(event.instrument) is not None and event.ground in listed.words
    if named and context.law.value("ferpa.applies", context.on).flag:
        return None
    return broken("notice_withheld_on_ground_v1", listed.sentence, listed)


# --- Before anything leaves --------------------------------------------------------------------


def patron_was_notified_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """Where the library must notify of a subpoena, nothing leaves before it has, or a court has
    waived the notice.
    """
    for paper in _to_be_told_of(case, event, context):
        if not told_as_due(case, paper, context.reading):
            then = context.reading.then(paper)
            return broken_by(
                then.find("notice.method") or then.find("notice.trigger"),
                "patron_was_notified_v1",
                "The affected patrons are told of the subpoena first, in the way that the law has.",
            )
    return None


def standstill_is_over_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """Nothing leaves until the standstill after the last mailing has ended: every affected patron
    has the time to object.
    """
    ends = [
        end
        for paper in _to_be_told_of(case, event, context)
        for notice in told_as_due(case, paper, context.reading)
        for end in standstill(notice, context.reading)
    ]
    last = max(ends, key=lambda end: end.effective_on, default=None)
    if last is None or context.on > last.effective_on:
        return None
    sentence = f"Nothing is released until {last.effective_on.isoformat()} has ended."
    return broken("standstill_is_over_v1", sentence, last)


def _to_be_told_of(case: Case, event: DisclosureMade, context: Context) -> Iterator[Instrument]:
    """The subpoenas of which the library must tell the patron before records leave."""
    if _on_consent(case, event):
        return
    for paper in case.instruments:
        waived = any(one.event.ground == "court-waiver" for one in spared_by(case, paper))
        if is_to_be_told_of(paper, context.reading.then(paper)) and not waived:
            yield paper


def _on_consent(case: Case, event: DisclosureMade) -> bool:
    """Whether the patron's own consent is what the records leave on."""
    paper = _paper(case, case.approval(event.approval))
    return paper is not None and paper.event.kind == "written-consent"


def _paper(case: Case, approval: Approval | None) -> Instrument | None:
    return None if approval is None else case.instrument(approval.event.instrument)


# --- Schools: FERPA ----------------------------------------------------------------------------


def ferpa_notice_came_first_v1(
    case: Case, event: DisclosureMade, context: Context
) -> Broken | None:
    """A school's library makes an effort to tell parent or student before it obeys an order or a
    subpoena, but for the exceptions that the rule lists.
    """
    paper = _paper(case, case.approval(event.approval))
    required = context.law.value("ferpa.advance_notice_required", context.on)
    if not context.law.value("ferpa.applies", context.on).flag or not required.flag:
        return None
    if paper is None or paper.event.kind not in ("court-order", _SUBPOENA):
        return None
    listed = context.law.value("ferpa.advance_notice_exceptions", context.on)
    spared = any(one.event.ground in listed.words for one in spared_by(case, paper))
    if spared or told_of(case, paper, context.reading):
        return None
    return broken("ferpa_notice_came_first_v1", required.sentence, required)


def ferpa_log_names_party_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """A school's library logs to whom records went, but for parent and student themselves."""
    required = context.law.value("ferpa.log_required", context.on)
    if not context.law.value("ferpa.applies", context.on).flag or not required.flag:
        return None
    approval = case.approval(event.approval)
    request = None if approval is None else case.request(approval.event.request)
    own = request is not None and request.event.requester in ("patron", "parent-or-guardian")
    if own or event.recipient is not None:
        return None
    return broken("ferpa_log_names_party_v1", required.sentence, required)
