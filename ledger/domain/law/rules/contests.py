"""Papers: real or not, defects that were mended, objections, motions, rulings.

Sources: Fed. R. Civ. P. 45(d)(2)(B), 45(d)(3); Fed. R. Crim. P. 17(c); domain §5.4.1 no. 9, 10 and
13 to 16.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_by, broken_house_rule
from ledger.domain.events import (
    ApprovalGranted,
    DefectResolved,
    DisclosureMade,
    InstrumentAuthenticated,
    InstrumentRuledOn,
    MotionFiled,
    ObjectionServed,
    WaiverAuthorised,
)


def asked_by_own_way_v1(
    case: Case, event: InstrumentAuthenticated, context: Context
) -> Broken | None:
    """Whether a paper is real is asked by another way than the paper itself offers."""
    if event.outcome != "genuine" or event.contact_from != "printed-on-the-paper":
        return None
    return broken_house_rule(
        "asked_by_own_way_v1",
        "A forged paper bears its forger's number. Ask by a number from a public record, or one"
        " that was known before.",
        "Disclosure ledger, domain §5.4.1 no. 9",
    )


def defect_open_v1(case: Case, event: DefectResolved, context: Context) -> Broken | None:
    """What is resolved is a defect that was found in the paper and stands."""
    paper = case.instrument(event.instrument)
    if paper is None or event.element in paper.defects:
        return None
    return broken_house_rule(
        "defect_open_v1",
        "No such defect was found in this paper, or it was resolved already.",
        "Disclosure ledger, domain §5.4.1 no. 10",
    )


def defect_resolved_on_ground_v1(
    case: Case, event: DefectResolved, context: Context
) -> Broken | None:
    """A mended paper mends, a statute that is named excuses, an order of a court overrides."""
    later = case.instrument(event.by_instrument)
    match event.outcome:
        case "cured":
            named = later is not None and later.ref != event.instrument
            sentence = "Name the mended paper, as it was received."
        case "excused-by-statute":
            named = event.citation is not None
            sentence = "Name the statute by which the paper needs not have what it lacks."
        case _:
            named = later is not None and later.is_order
            sentence = "Name the court's order, as it was received."
    if named:
        return None
    return broken_house_rule(
        "defect_resolved_on_ground_v1", sentence, "Disclosure ledger, domain §5.4.1 no. 10"
    )


def not_settled_yet_v1(
    case: Case, event: ObjectionServed | MotionFiled | InstrumentRuledOn, context: Context
) -> Broken | None:
    """What was quashed or withdrawn is neither objected to nor ruled on again."""
    paper = case.instrument(event.instrument)
    if paper is None or paper.ended is None:
        return None
    return broken_house_rule(
        "not_settled_yet_v1",
        f"This paper {paper.ended}; there is nothing left to contest.",
        "Disclosure ledger, domain §5.3 and §5.4.1 no. 13 to 16",
    )


def counsel_files_v1(case: Case, event: MotionFiled, context: Context) -> Broken | None:
    """The library's own motion is its counsel's; of another's the library records that it came."""
    if event.filed_by != "library" or context.role == "counsel":
        return None
    return broken_house_rule(
        "counsel_files_v1",
        "Only counsel files a motion for the library.",
        "Disclosure ledger, domain §5.4.1 no. 14",
    )


def ruling_by_order_v1(case: Case, event: InstrumentRuledOn, context: Context) -> Broken | None:
    """A ruling is an order of a court that was received, and not the paper itself."""
    order = case.instrument(event.order)
    if order is not None and order.is_order and event.order != event.instrument:
        return None
    return broken_house_rule(
        "ruling_by_order_v1",
        "Record the court's order as a paper first, and name it here.",
        "Disclosure ledger, domain §5.4.1 no. 15",
    )


def modification_narrows_v1(
    case: Case, event: InstrumentRuledOn, context: Context
) -> Broken | None:
    """A paper that was modified keeps part of what it asked for, and that part is named."""
    paper = case.instrument(event.instrument)
    asked = set(paper.event.categories) if paper is not None else set()
    kept = set(event.categories)
    if event.outcome != "modified" or (kept and (not asked or kept <= asked)):
        return None
    return broken_house_rule(
        "modification_narrows_v1",
        "Name the categories that the court left, out of those for which the paper asked.",
        "Disclosure ledger, domain §5.4.1 no. 15",
    )


def instrument_stands_v1(
    case: Case, event: ApprovalGranted | WaiverAuthorised, context: Context
) -> Broken | None:
    """Nothing rests on a paper that was quashed, withdrawn or is not real."""
    paper = case.instrument(event.instrument)
    if paper is None or paper.void is None:
        return None
    return broken_by(
        context.law.find("process.policy_requirements", context.on),
        "instrument_stands_v1",
        f"This paper {paper.void}; nothing can be approved on it.",
    )


def no_contest_open_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """After an objection or a motion nothing is produced on the paper until it is settled."""
    approval = case.approval(event.approval)
    paper = case.instrument(approval.event.instrument) if approval is not None else None
    if paper is None or not paper.contested:
        return None
    return broken_by(
        context.law.find("subpoena.federal_objection_bars_production", context.on),
        "no_contest_open_v1",
        "An objection or a motion against the paper is not settled. Nothing is produced on it until"
        " the court orders so, or the paper is withdrawn.",
    )
