"""The one answer to who asks whether a record was disclosed, and who hears the rest later.

Sources: domain §5.4.1 no. 23, §5.6, §6 scenario 16.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.events import QueryAnsweredAgain, StandardAnswerSet

_ANSWER = "Disclosure ledger, domain §5.6"


def counsel_owns_answer_v1(case: Case, event: StandardAnswerSet, context: Context) -> Broken | None:
    """The text is counsel's: whether a public body may say even so much is a question of law."""
    if context.role == "counsel":
        return None
    return broken_house_rule(
        "counsel_owns_answer_v1", "Only counsel sets the text of the standard answer.", _ANSWER
    )


def next_version_v1(case: Case, event: StandardAnswerSet, context: Context) -> Broken | None:
    """Each text has the number after the one before, so that a record says which was given."""
    before = context.office.standard_answer
    due = 1 if before is None else before.version + 1
    if event.version == due:
        return None
    return broken_house_rule(
        "next_version_v1", f"The next text of the standard answer is version {due}.", _ANSWER
    )


def query_waits_v1(case: Case, event: QueryAnsweredAgain, context: Context) -> Broken | None:
    """A standard answer of this matter is followed by a fuller one, once, by the day of the act."""
    found = case.query(event.query)
    if found is not None and found.again is None and event.answered_on <= context.on:
        return None
    return broken_house_rule(
        "query_waits_v1",
        "Name a standard answer of this matter that was not followed by a fuller one, and the day"
        " on which that was given.",
        "Disclosure ledger, domain §6, scenario 16",
    )
