"""A small ledger whose law, records and claims the domain understands, to be bent and replayed.

The office is that of `drafts.py`. The desk saves a visit; Ada, custodian, opens a case from it; an
agency asks for records on a paper of its own, and that others be kept; Ada places a hold, and
corrects the number of the paper. What follows from it is claimed in the pack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from ledger.domain.codec import EVENT_TYPES, join, propose, split
from ledger.domain.derived import DEFINITION, derive
from ledger.domain.law.pack import load_resolved, resolve
from ledger.domain.law.rules import rule_versions
from ledger.domain.office import Recorded
from ledger.evidence.derived import Claims, derived_path, dump
from ledger.evidence.jcs import Json
from ledger.evidence.pack import Scope
from ledger.verify import Outcome, Report, verify
from tests.drafts import Draft, good_drafts, stream_id
from tests.forge import Files, Forge, Made, World, write

PACK = "us-co/lcld"
ZONE = "America/Denver"
REFERENCE = "3JZ9-J6GM-B"
OWN = ("office", "intake")
LEFT_OUT = ("close-intake", "new-law")
CASE = ("case", "intake")
PARTS = ("intake", "case")
CASE_FILE = derived_path(stream_id("case"))


def law(rules: Mapping[str, int] | None = None) -> bytes:
    """The resolved law of the library, with the rules of this program or with others."""
    return resolve(PACK, rule_versions() if rules is None else rules).dump()


def own(name: str, kind: str, event: Json | Callable[[Forge], Json], **more: object) -> Draft:
    """Draft an act of Ada's, as custodian, in the case."""
    fields: dict[str, object] = {"stream": "case", "tick": 4, "by": "ada", "role": "custodian"}
    tag = f"{kind}.v1"
    return Draft(name, type=tag, event=spelled(tag, event), **{**fields, **more})  # type: ignore[arg-type] # fields of a draft


def spelled(tag: str, event: Json | Callable[[Forge], Json]) -> Callable[[Forge], Json]:
    """Fields as the register would sign them, what was left out filled in."""

    def spell(forge: Forge) -> Json:
        given = event(forge) if callable(event) else event
        assert isinstance(given, Mapping)
        return split(propose(EVENT_TYPES[tag], given))[0]

    return spell


def place(name: str) -> Callable[[Forge], str]:
    """Name a record that was made before."""
    return lambda forge: forge.made[name].place


def drafts() -> list[Draft]:
    """The records of the ledger, in the order in which they are made."""
    office = [one for one in good_drafts() if one.stream in OWN and one.name not in LEFT_OUT]
    for one in office:
        if one.name == "intake":
            one.event = spelled(one.type, {"about": REFERENCE, "agency_level": "federal"})
    return [
        *office,
        own("close-intake", "stream-closed", {}, stream="intake"),
        own("opened", "case-opened", {"reference": REFERENCE}, continues=("close-intake",)),
        own(
            "paper", "instrument-received",
            {"kind": "administrative-subpoena", "level": "federal", "issuer": "agency",
             "comply_by_on": "2026-06-29", "categories": ["circulation"]},
            by="cleo", role="staff", personal={"docket": "26-cv-00417"},
        ),
        own(
            "asked", "preservation-requested",
            {"level": "federal", "categories": ["computer-use"]}, by="cleo", role="staff",
        ),
        own(
            "hold", "hold-placed",
            lambda forge: {"request": forge.made["asked"].place, "categories": ["computer-use"],
                           "places": ["terminal-logs"]},
            tick=5,
        ),
        own(
            "corrected", "event-corrected",
            lambda forge: {"of": forge.made["paper"].place, "names": ["docket"]},
            tick=5,
            personal={"personal_values": {"docket": "26-cv-00714"}, "reason": "Digits turned."},
        ),
    ]  # fmt: skip


def forge(bend: Callable[[Forge], None] | None = None, data: bytes | None = None) -> Forge:
    """The ledger before it is signed; `data` is its law."""
    made = Forge(drafts())
    made.laws = [law() if data is None else data]
    made.law, made.claims = made.laws[0], {}
    if bend is not None:
        bend(made)
    return made


def world(bend: Callable[[Forge], None] | None = None, data: bytes | None = None) -> World:
    """The signed ledger, with what follows from its case as its claims."""
    built = forge(bend, data).build()
    built.forge.claims = {CASE_FILE: dump(claims(built))}
    return built


def claims(built: World, zone: str = ZONE, parts: tuple[str, ...] = PARTS) -> Claims:
    """What follows from the case."""
    told = [recorded(one) for name in parts for one in made_in(built, name)]
    laws = {sha256(one).hexdigest(): load_resolved(one) for one in built.forge.laws}
    derived = derive(told, laws.__getitem__, zone)
    return Claims(DEFINITION, zone, derived.state, derived.flags, derived.deadlines)


def made_in(built: World, stream: str) -> list[Made]:
    """The records of a stream, in their order."""
    return [one for one in built.forge.made.values() if one.draft.stream == stream]


def recorded(one: Made) -> Recorded:
    """A record in the domain's words, without its personal values."""
    record = one.record
    return Recorded(
        ref=one.place,
        e=one.e.hex(),
        event=join(record.type, record.event, {}),
        type=record.type,
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at,
        actor=record.actor,
        recorded_by=record.recorded_by,
        role=record.role,
        under=record.under,
        law=record.law.hex(),
    )


def pack(built: World, scope: Scope = "case", change: Callable[[Claims], Claims] | None = None,
         shown: tuple[str, ...] = CASE) -> Files:  # fmt: skip
    """A pack of the ledger; `change` bends what it claims."""
    if change is not None:
        built.forge.claims = {CASE_FILE: dump(change(claims(built)))}
    return built.pack(scope, shown if scope != "ledger" else ())


# ---- the report ----


def replayed(world: World, files: Files, folder: Path, **trust: str) -> Report:
    """Verify files with a replay."""
    return verify(write(files, folder), world.trust(**trust), replay=True)


def outcome(report: Report) -> tuple[Outcome, str]:
    """What became of V15, and why."""
    (one,) = (check for check in report.checks if check.name == "V15")
    return one.outcome, one.reason


def asked(report: Report) -> str:
    """Why V15 could not run."""
    found, reason = outcome(report)
    assert found is Outcome.COULD_NOT_RUN, report.text()
    return reason


def codes(report: Report) -> set[str]:
    """The codes of all findings."""
    return {one.code for one in report.findings}


def assembled(*bends: Callable[[Forge], None]) -> Callable[[Forge], None]:
    """Several bends, one after the other."""

    def bend(forge: Forge) -> None:
        for one in bends:
            one(forge)

    return bend
