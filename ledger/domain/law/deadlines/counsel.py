"""Deadlines of questions to counsel (R-08, R-79)."""

from collections.abc import Iterator

from ledger.domain.case import Case
from ledger.domain.events import CounselReviewCompleted
from ledger.domain.law.deadlines.row import Deadline, Reading, last
from ledger.domain.parts import Review


def of_reviews(case: Case, reading: Reading) -> Iterator[Deadline]:
    """By when counsel was asked to answer; the day that was asked for is not moved."""
    for review in case.reviews:
        then, due = reading.then(review), {"due": review.event.due_on}
        answer = _answer(case, review) if review.answered else None
        yield from then.deadline(then.rule("counsel-review"), review, given=due, met_by=answer)


def _answer(case: Case, review: Review) -> str | None:
    return last(case, CounselReviewCompleted, lambda event: event.request == review.ref)
