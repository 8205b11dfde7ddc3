"""Tasks of sealed matters, and the roster that an agency may ask for.

Sources: 18 U.S.C. 2709(c)(2); threats §1.1, §1.7; DESIGN §4.7.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_house_rule
from ledger.domain.events import CaseKeptSealed, CaseOpened, RosterGiven, TaskAssigned, TaskEnded

_TASKS = "Disclosure ledger, DESIGN §4.7; threats §1.7"


def task_has_a_person_v1(case: Case, event: TaskAssigned, context: Context) -> Broken | None:
    """A task is told to an enrolled person who does not open the matter already."""
    can_open = context.office.is_person(event.person)
    if can_open and event.person not in (*case.audience, context.recorded_by):
        return None
    return broken_house_rule(
        "task_has_a_person_v1",
        "Name an enrolled person who does not open this matter: they need only know the task.",
        _TASKS,
    )


def task_goes_on_v1(case: Case, event: TaskEnded, context: Context) -> Broken | None:
    """A task is ended where it stands, once, and by somebody else than who is to do it."""
    task = case.task
    if task is not None and not task.ended and task.event.person != context.recorded_by:
        return None
    return broken_house_rule(
        "task_goes_on_v1",
        "This is no task that goes on, or it is your own: whoever gave it ends it.",
        _TASKS,
    )


def no_task_v1(case: Case, event: CaseOpened | CaseKeptSealed, context: Context) -> Broken | None:
    """A task is neither opened nor sealed: it belongs to its matter, and ends."""
    if case.task is None:
        return None
    return broken_house_rule(
        "no_task_v1",
        "This is a task and no matter. End it when nothing more is to be done.",
        _TASKS,
    )


def roster_names_its_people_v1(case: Case, event: RosterGiven, context: Context) -> Broken | None:
    """The agency is told who knows of its own gag; an attorney is not named to it, nor anybody
    who was told of another.
    """
    identified = {member.person for member in case.identified(event.gag)}
    if case.gag(event.gag) is not None and {*event.people} <= identified:
        return None
    return broken(
        "roster_names_its_people_v1",
        "Name the gag, and only people who were told of it to comply or with the agency's"
        " permission. An attorney is not named.",
        context.law.value("gag.roster_on_request", context.on),
    )


def roster_was_given_v1(case: Case, event: RosterGiven, context: Context) -> Broken | None:
    """The agency asks first; what it was told is recorded by the day on which it was."""
    if event.asked_on <= event.given_on <= context.on:
        return None
    return broken_house_rule(
        "roster_was_given_v1",
        "The agency asks first, and then it is told. Give both days as they were.",
        "Disclosure ledger, domain §5.4.1 no. 41",
    )
