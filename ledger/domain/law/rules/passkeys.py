"""Rules about passkeys: whose they are, and what may be approved with one.

Whether an assertion fits what it approves is no rule of law: the door sees to it, and every
verifier (FORMAT V9).
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.passkey_events import PasskeyApproved, PasskeyEnrolled

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
