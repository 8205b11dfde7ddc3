"""Rules about passkeys: whose they are, and what may be approved with one.

Whether an assertion fits what it approves is no rule of law: the door sees to it, and every
verifier (FORMAT V9).
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.events import DisclosureMade
from ledger.domain.passkey_events import PasskeyApproved, PasskeyEnrolled, is_asked_of

_SOURCE = "Disclosure ledger, FORMAT §1, passkeys"


def own_new_passkey_v1(case: Case, event: PasskeyEnrolled, context: Context) -> Broken | None:
    """People enrol passkeys for themselves, each once."""
    if event.person != context.recorded_by or not context.office.is_person(event.person):
        sentence = "You can enrol a passkey for yourself only."
    elif context.office.knows_passkey(event.credential):
        sentence = "This passkey was enrolled already. Use another one."
    elif list(event.origins) != sorted(set(event.origins)):
        sentence = "Name the addresses of a passkey in ascending order, each once."
    else:
        return None
    return broken_house_rule("own_new_passkey_v1", sentence, _SOURCE)


def approved_once_by_own_passkey_v1(
    case: Case, event: PasskeyApproved, context: Context
) -> Broken | None:
    """A person approves a record of this case once, with a passkey of their own in force."""
    if context.office.passkey_of(context.recorded_by, event.passkey) is None:
        sentence = "This passkey is not one of yours that is in force."
    elif not any(one.e == event.of for one in case.records):
        sentence = "The record that you approve is not in this case."
    elif (event.of, context.recorded_by) in case.passkey_approvals:
        sentence = "You have approved this record with a passkey already."
    else:
        return None
    return broken_house_rule("approved_once_by_own_passkey_v1", sentence, _SOURCE)


def approval_confirmed_by_passkey_v1(
    case: Case, event: DisclosureMade, context: Context
) -> Broken | None:
    """What a person approved who ever had a passkey leaves once they confirmed it with one."""
    approval = case.record(event.approval)
    if approval is None or not is_asked_of(context.office.passkeys, approval.recorded_by):
        return None
    if (approval.e, approval.recorded_by) in case.passkey_approvals:
        return None
    return broken_house_rule(
        "approval_confirmed_by_passkey_v1",
        f"{approval.recorded_by} has not confirmed this approval with a passkey yet.",
        "Disclosure ledger, threats T-39",
    )
