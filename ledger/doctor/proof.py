"""What others rely on: the log on time, its witnesses, its time stamps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ledger.checking import check_log
from ledger.doctor.patient import Patient, found, span
from ledger.sequencer.freeze import frozen
from ledger.stores.checking import Problem
from ledger.witnessing.keeping import cosigned, known_as, policy_of, said
from ledger.witnessing.protocol import SPEAKS_AGAINST

LATE_HOURS = 2
"""The timer runs each hour; one run may fail."""


def log(patient: Patient) -> Iterator[Problem]:
    """The log is published on time, and is what was signed."""
    home = patient.home
    checked = check_log(home)
    if checked.problem is not None:
        yield checked.problem
    stop = frozen(home)
    if stop is not None:
        yield found("frozen", stop.sentence)
        return
    late = patient.now - home.schedule.due(home.logbook.last_tick() + 1)
    if late > timedelta(hours=LATE_HOURS):
        yield found(
            "tick-late",
            f"The log should have grown {span(late)} ago. See that the timer runs, and run:"
            " disclosure-ledger tick",
        )


def witnesses(patient: Patient) -> Iterator[Problem]:
    """Where witnesses are named, enough of them have cosigned, and none speaks against the log."""
    home = patient.home
    policy = policy_of(home)
    newest = None if policy is None else home.newest_checkpoint()
    if policy is None or newest is None:
        return
    told = said(home)
    for one in policy.witnesses:
        last = told.get(known_as(one))
        if last is not None and last.word in SPEAKS_AGAINST:
            yield found(
                "witness-against",
                f"The witness {one.name} holds another history of this log, or says so, since"
                f" {last.at}. What it answered is kept: witness show. Call counsel.",
            )
    late = patient.now - home.schedule.due(home.schedule.last_tick(newest.size))
    if not policy.is_met(cosigned(home, policy)) and late > timedelta(hours=LATE_HOURS):
        yield found(
            "witness-quorum",
            f"Too few witnesses have cosigned what was published {span(late)} ago. Run:"
            " disclosure-ledger witness ask",
        )


def stamps(patient: Patient) -> Iterator[Problem]:
    """Where an authority is named, the log is dated, and its certificate does not end soon."""
    # It loads what reads certificates, which most homes do not need.
    from ledger.witnessing.stamping import RENEW, authority_of, kept

    home = patient.home
    newest = home.newest_checkpoint()
    if newest is None or authority_of(home) is None:
        return
    made = kept(home)
    late = patient.now - home.schedule.due(home.schedule.last_tick(newest.size))
    if made is None and late > timedelta(hours=LATE_HOURS):
        yield found(
            "stamp-missing",
            f"What was published {span(late)} ago has no time stamp. Run: disclosure-ledger"
            " timestamp ask",
        )
    if made is not None and made.ends - patient.now < RENEW:
        yield found(
            "stamp-ends",
            f"The certificate of the time-stamp authority ends on {patient.day(made.ends)}. Name"
            " one that goes on: disclosure-ledger timestamp use",
        )
