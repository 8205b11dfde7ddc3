"""A case: what its streams' events say together, for rules, deadlines, flags and views.

It keeps what they ask for, as it was corrected; the records themselves stay as they were signed.
`ledger.domain.evolve` makes it.
"""

from collections.abc import Set

from msgspec import Struct

from ledger.domain import events as e
from ledger.domain.codec import BadFields
from ledger.domain.corrections import corrected
from ledger.domain.office import Recorded
from ledger.domain.parts import (
    Approval,
    Assertion,
    Complaint,
    Consent,
    Gag,
    Hold,
    Instrument,
    Member,
    Notice,
    PaperFile,
    Part,
    Query,
    Request,
    Review,
    Seal,
    Task,
    Video,
    Waiver,
    Withheld,
    find,
)


class Case(Struct, frozen=True, kw_only=True):
    """Everything that the streams of one case say so far."""

    reference: str | None = None
    records: tuple[Recorded, ...] = ()
    sealed: Seal | None = None
    opened: bool = False
    closed: str | None = None
    stream_closed: bool = False
    requests: tuple[Request, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    reviews: tuple[Review, ...] = ()
    approvals: tuple[Approval, ...] = ()
    disclosures: tuple[Recorded, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    preservation: tuple[Recorded, ...] = ()
    holds: tuple[Hold, ...] = ()
    gags: tuple[Gag, ...] = ()
    roster: tuple[Member, ...] = ()
    """Everybody who was told of the matter, in the order of the telling."""
    removed: frozenset[str] = frozenset()
    """Who left the roster of the matter and did not join it again."""
    task: Task | None = None
    """What is to be done, where this is a task and no matter."""
    notices: tuple[Notice, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    consents: tuple[Consent, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    videos: tuple[Video, ...] = ()
    paper_files: tuple[PaperFile, ...] = ()
    recused: tuple[str, ...] = ()
    """Who has no part in this matter: recused, complained of or complaining."""
    queries: tuple[Query, ...] = ()
    annotated: tuple[str, ...] = ()
    """The records to which somebody added a remark."""
    blocked_purges: tuple[Recorded, ...] = ()
    not_reached: tuple[Recorded, ...] = ()
    assents: tuple[tuple[str, str], ...] = ()
    """Digest assented to, and by whom."""
    passkey_approvals: tuple[tuple[str, str], ...] = ()
    """Digest of what was approved by passkey, and by whom."""
    waiting: tuple[Recorded, ...] = ()
    """Corrections that want a second person."""
    corrected: tuple[tuple[str, str], ...] = ()
    """Corrections in effect, in their order: wrong record, correcting record."""

    @property
    def state(self) -> str:
        """One word for where the case stands (domain §5.3)."""
        if self.closed is not None:
            return "closed"
        if self.task is not None:
            return "task-ended" if self.task.ended else "task-given"
        if any(paper.in_execution for paper in self.instruments):
            return "warrant-in-execution"
        if self.disclosures:
            return "disclosed"
        if self.requests and all(request.denied for request in self.requests):
            return "denied"
        if self.approvals:
            return "approved"
        if any(not review.answered for review in self.reviews):
            return "under-counsel-review"
        if self.complaints:
            return "complaint-open" if self.open_complaints() else "complaint-answered"
        if self.sealed is not None or self.opened:
            return "under-decision"
        return "received"

    def record(self, ref: str) -> Recorded | None:
        """The record at stream:seq as it was signed, if this case shows it."""
        return next((r for r in self.records if r.ref == ref), None)

    def shown(self, recorded: Recorded) -> Recorded:
        """A record with its corrections in effect, each laid over those before it."""
        for wrong, ref in self.corrected:
            correction = self.record(ref) if wrong == recorded.ref else None
            if correction is not None and isinstance(correction.event, e.EventCorrected):
                recorded = _laid_over(recorded, correction.event)
        return recorded

    @property
    def counsel_heard(self) -> bool:
        """Whether counsel has answered a question in this case."""
        return any(review.answered for review in self.reviews)

    def counsel_heard_on(self, *parts: Part | None) -> bool:
        """Whether counsel has answered a question that was asked when all of these had come."""
        came_at = [part.at for part in parts if part is not None]
        return any(
            review.answered and all(at <= review.at for at in came_at) for review in self.reviews
        )

    def counsel_heard_about(self, *parts: Part | None) -> bool:
        """Whether counsel has answered a question that was asked when all of these had come, and
        that was about each paper among them: it names the paper, or none while no other had come.
        """
        papers = {part.ref for part in parts if isinstance(part, Instrument)}
        return any(
            self._was_about(review, papers)
            for review in self.reviews
            if review.answered and all(part.at <= review.at for part in parts if part is not None)
        )

    def _was_about(self, review: Review, papers: Set[str]) -> bool:
        """Whether a question was about these papers; what names none is about all that was there,
        if that was one.
        """
        came = {paper.ref for paper in self.instruments if paper.at <= review.at}
        named = review.event.instrument
        return not papers or papers == ({named} if named is not None else came)

    def request(self, ref: str) -> Request | None:
        """The request with this reference."""
        return find(self.requests, ref)

    def instrument(self, ref: str | None) -> Instrument | None:
        """The instrument with this reference."""
        return find(self.instruments, ref)

    def review(self, ref: str) -> Review | None:
        """The question to counsel with this reference."""
        return find(self.reviews, ref)

    def approval(self, ref: str) -> Approval | None:
        """The approval with this reference; a waiver is one."""
        return find(self.approvals, ref)

    def assertion(self, ref: str) -> Assertion | None:
        """The officer's word with this reference."""
        return find(self.assertions, ref)

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """The approvals that were given before the papers came."""
        return tuple(one for one in self.approvals if isinstance(one, Waiver))

    def waiver(self, ref: str) -> Waiver | None:
        """The waiver with this reference."""
        return find(self.waivers, ref)

    def hold(self, ref: str) -> Hold | None:
        """The hold with this reference."""
        return find(self.holds, ref)

    def gag(self, ref: str) -> Gag | None:
        """The gag with this reference."""
        return find(self.gags, ref)

    def paper_file(self, ref: str | None) -> PaperFile | None:
        """The note of a paper file with this reference."""
        return find(self.paper_files, ref)

    def query(self, ref: str) -> Query | None:
        """The standard answer with this reference."""
        return find(self.queries, ref)

    def complaint(self, ref: str) -> Complaint | None:
        """The complaint with this reference."""
        return find(self.complaints, ref)

    def video(self, ref: str) -> Video | None:
        """The recording with this reference."""
        return find(self.videos, ref)

    def consent(self, ref: str | None) -> Consent | None:
        """The consent with this reference."""
        return find(self.consents, ref)

    def consents_on(self, instrument: str | None) -> tuple[Consent, ...]:
        """The consents that stand on a paper."""
        return tuple(c for c in self.consents if instrument and c.event.instrument == instrument)

    @property
    def audience(self) -> tuple[str, ...]:
        """Who is on the roster of a sealed matter now, in the order of joining."""
        return tuple(dict.fromkeys(m.person for m in self.roster if m.opens and m.removed is None))

    def identified(self, gag: str) -> tuple[Member, ...]:
        """Of whose telling the agency hears that asks who knows of its gag: those who were told to
        comply or with its permission, and no attorney (18 U.S.C. 2709(c)(2)(D)).

        Whoever was told of another gag is none of its business.
        """
        grounds = ("needed-to-comply", "otherwise-permitted")
        return tuple(m for m in self.roster if m.ground in grounds and m.gag in (None, gag))

    def open_complaints(self) -> tuple[Complaint, ...]:
        """The complaints that were not answered to the end."""
        return tuple(one for one in self.complaints if one.answered is None)

    @property
    def going_on(self) -> tuple[str, ...]:
        """What still runs besides the holds, in words; a fact may begin it after the closing."""
        return (
            *("a gag binds" for _ in self.live_gags()),
            *("counsel has not answered" for review in self.reviews if not review.answered),
            *("a warrant is being executed" for paper in self.instruments if paper.in_execution),
            *("a waiver was not reviewed" for waiver in self.waivers if waiver.review is None),
            *("a complaint was not answered" for _ in self.open_complaints()),
            *("a task goes on" for task in [self.task] if task and not task.ended),
            *("a correction waits for a second person" for _ in self.waiting),
        )

    def live_gags(self) -> tuple[Gag, ...]:
        """The gags that still bind."""
        return tuple(g for g in self.gags if g.lifted_on is None)


def _laid_over(recorded: Recorded, correction: e.EventCorrected) -> Recorded:
    try:
        return corrected(recorded, correction)
    except BadFields:
        # The door refuses a correction that does not fit; a fold has nobody to refuse.
        return recorded
