"""Telling the patron: when it must come first, and when it must not come at all.

Sources: D.C. Code 39-108(b)(4)-(6); 34 CFR 99.31(a)(9)(ii), 99.32; 18 U.S.C. 2705(b), 2709(c).
"""

from collections.abc import Iterator

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_by, broken_house_rule
from ledger.domain.events import DisclosureMade, NoticeWithheld, PatronNotified
from ledger.domain.parts import Approval, Instrument, Notice

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
    row = context.law.find("notice.method", context.on)
    for paper in _to_be_told_of(case, event, context):
        if row is not None and _notice_of(case, paper, row.word) is None:
            return broken("patron_was_notified_v1", row.sentence, row)
    return None


def standstill_is_over_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """Nothing leaves until the standstill after the mailing has ended."""
    method = context.law.find("notice.method", context.on)
    rule = context.law.find_deadline("release-standstill", context.on)
    if method is None or rule is None:
        return None
    for paper in _to_be_told_of(case, event, context):
        notice = _notice_of(case, paper, method.word)
        if notice is None:
            continue
        end = context.in_force.reckon(rule, notice.event.sent_on)
        if end is not None and context.on <= end.effective:
            sentence = f"Nothing is released until {end.effective.isoformat()} has ended."
            return broken("standstill_is_over_v1", sentence, end.values[0])
    return None


def _to_be_told_of(case: Case, event: DisclosureMade, context: Context) -> Iterator[Instrument]:
    """The subpoenas of which the library must tell the patron before records leave."""
    holder = context.law.find("notice.duty_holder", context.on)
    trigger = context.law.find("notice.trigger", context.on)
    if holder is None or holder.word != "library":
        return
    if trigger is None or trigger.word != "subpoena-received" or _on_consent(case, event):
        return
    for paper in case.instruments:
        if paper.event.kind == _SUBPOENA and not _excused(case, paper, "court-waiver"):
            yield paper


def _on_consent(case: Case, event: DisclosureMade) -> bool:
    """Whether the patron's own consent is what the records leave on."""
    paper = _paper(case, case.approval(event.approval))
    return paper is not None and paper.event.kind == "written-consent"


def _notice_of(case: Case, paper: Instrument, method: str) -> Notice | None:
    """The last notice of a paper that was sent as the law has it sent: every affected patron has
    the time to object.
    """
    sent = (n for n in case.notices if n.event.instrument == paper.ref)
    as_due = (n for n in sent if n.event.method == method)
    return max(as_due, key=lambda n: n.event.sent_on, default=None)


def _excused(case: Case, paper: Instrument, *grounds: str) -> bool:
    """Whether notice of a paper was withheld on such a ground; a court's order stands still."""
    return any(
        one.event.ground in grounds
        and one.event.instrument == paper.ref
        and (one.event.ground != "court-waiver" or _is_order(case, one.event.order))
        for one in case.withheld
    )


def _is_order(case: Case, ref: str | None) -> bool:
    order = case.instrument(ref)
    return order is not None and order.is_order


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
    told = any(notice.event.instrument == paper.ref for notice in case.notices)
    if told or _excused(case, paper, *listed.words):
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
