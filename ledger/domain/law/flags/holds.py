"""Requests to keep records, and holds, that go beyond what the law is sure of."""

from collections.abc import Iterator

from msgspec.structs import replace

from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.events import PreservationRequested
from ledger.domain.law.deadlines import LawThen, Reading, hold_end
from ledger.domain.law.deadlines.holds import kept_until
from ledger.domain.law.flags.flag import Flag, flag, house_flag, told_then
from ledger.domain.parts import Hold, Part


def of_holds(case: Case, reading: Reading) -> Iterator[Flag]:
    """What jars about the preservation requests and the holds of a case."""
    for asked, event in told_then(case, PreservationRequested):
        yield from _of_request(case, asked, event, reading.then(asked))
        yield from _of_lapse(case, asked, event, reading)
    for hold in case.holds:
        yield from _of_renewals(hold, reading)


def _of_request(
    case: Case, asked: Part, event: PreservationRequested, then: LawThen
) -> Iterator[Flag]:
    status = then.value("provider.ecs_status")
    if event.ground == "2703(f)" and status.word != "provider":
        yield flag("library-may-not-be-a-provider", asked.ref, status)
    if not (event.categories or event.from_on or event.to_on):
        yield house_flag(
            "preservation-scope-unclear",
            asked.ref,
            "The request names no class of records and no period. See that it names an identifier.",
            "domain §5.4.1 no. 35",
        )
    binds = then.value("preservation.binding_on")
    held = any(hold.event.request == asked.ref for hold in case.holds)
    if binds.word == "the-library" and event.renews is None and not held:
        yield flag("preservation-not-granted", asked.ref, binds)
    verify = then.find("preservation.civil_letter_verified_first")
    civil = event.ground == "civil-letter" and verify is not None and verify.flag
    if verify is not None and civil and not case.counsel_heard:
        yield flag("civil-letter-goes-to-counsel", asked.ref, verify)


def _of_lapse(
    case: Case, asked: Part, event: PreservationRequested, reading: Reading
) -> Iterator[Flag]:
    hold = case.hold(event.renews or "")
    if hold is None:
        return
    end = hold_end(hold, reading)
    if local_date(asked.at, reading.zone) > end:
        yield house_flag(
            "hold-had-lapsed",
            asked.ref,
            f"The hold that this was to renew ended on {end.isoformat()}. A new hold can be placed"
            " on the new request.",
            "domain §5.4.1 no. 37 and 38",
        )


def _of_renewals(hold: Hold, reading: Reading) -> Iterator[Flag]:
    for number, extension in enumerate(hold.extensions):
        then = reading.then(extension)
        limit = then.value("preservation.max_extensions")
        if number >= limit.number:
            yield flag("renewal-beyond-statute", extension.ref, limit)
        earlier = replace(hold, extensions=hold.extensions[:number])
        before = kept_until(earlier, reading)
        received_on = extension.event.renewal_received_on
        if before.nominal_on < received_on <= before.rolled_on:
            yield house_flag(
                "renewal-late-on-nominal-count",
                extension.ref,
                f"Plainly counted, the period ended on {before.nominal_on.isoformat()}; rolled, on"
                f" {before.rolled_on.isoformat()}. The renewal came between the two.",
                "domain §4.2",
            )
