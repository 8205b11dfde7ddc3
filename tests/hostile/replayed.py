"""Hostile packs whose bytes are whole: only who knows the rules finds what is wrong (V15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

from ledger.domain.law.pack import resolve
from ledger.domain.law.rules import rule_versions
from ledger.evidence.archive import write_zip
from ledger.evidence.derived import Claims, derived_path, dump
from ledger.evidence.jcs import Json
from ledger.evidence.pack import law_path
from tests.drafts import stream_id
from tests.forge import Files, Forge, World, relist
from tests.hostile.evidence import Evidence
from tests.verify import decided

KEPT = "preservation"


def replayed() -> Iterator[Evidence]:
    """Every such pack."""
    yield from _decisions()
    yield from _claims()
    yield from _laws()


def _evidence(
    name: str, why: str, code: str, world: World, files: Files, *, unanswered: bool = False
) -> Evidence:
    zipped = BytesIO()
    write_zip(zipped, files)
    return Evidence(
        name,
        why,
        frozenset(code.split()),
        {"pack.zip": zipped.getvalue()},
        world.trust(),
        unanswered=unanswered,
        replay=True,
    )


def too_early(forge: Forge) -> None:
    """Release a hold as ended while its 90 days run."""
    released = decided.own(
        "released",
        "hold-released",
        lambda made: {"hold": made.made["hold"].place, "reason": "period-ended"},
        tick=6,
    )
    forge.add(released)


def by_staff(forge: Forge) -> None:
    """Let staff place the hold that only the custodian may place."""
    hold = forge.draft("hold")
    hold.by, hold.role = "cleo", "staff"


def no_place(forge: Forge) -> None:
    """Place a hold that names a field which a hold does not have."""
    forge.draft("hold").event = {"request": "none", "categories": []}


def _decisions() -> Iterator[Evidence]:
    for name, why, code, bend in (
        ("replayed", "Every decision was allowed and every claim follows; this pack is good.", "",
         None),
        ("released-early", "A hold is released as ended while the law still asks to keep.",
         "V15.not-allowed", too_early),
        ("decided-by-staff", "Staff decided what the policy leaves to the custodian.",
         "V15.not-allowed", by_staff),
    ):  # fmt: skip
        world = decided.world(bend)
        yield _evidence(name, why, code, world, decided.pack(world))
    world = decided.forge(no_place).build()
    why = "A decision does not have the fields of its type, so nobody knows what was decided."
    code = "V15.event-malformed"
    yield _evidence("fields-of-no-decision", why, code, world, decided.pack(world), unanswered=True)


def _claims() -> Iterator[Evidence]:
    for name, why, code, change in (
        ("claimed-deadline", "The pack says that records may be destroyed a week too early.",
         "V15.deadline-differs", earlier),
        ("claimed-without-flag", "What counsel should look at is left out of the claims.",
         "V15.flag-differs", lambda one: replace(one, flags=())),
        ("claimed-state", "The pack says that the matter was disclosed, which it was not.",
         "V15.state-differs", lambda one: replace(one, state="disclosed")),
        ("claimed-zone", "Days are counted in a zone that is not the library's.",
         "V15.zone-differs", lambda one: replace(one, zone="America/Chicago")),
    ):  # fmt: skip
        world = decided.world()
        yield _evidence(name, why, code, world, decided.pack(world, change=change))
    state = resolve("us-co", rule_versions()).dump()
    world = decided.world(in_chicago, state)
    why = "The law names no zone; the claims count in another one than the founders signed."
    yield _evidence("zone-of-the-founding", why, "V15.zone-differs", world, decided.pack(world))
    for name, why, code, path, data in (
        ("claimed-for-a-visit", "Something is claimed of a stream that another continues.",
         "V15.derived-misplaced", derived_path(stream_id("intake")), None),
        ("claims-loose", "The claims have a second spelling.", "V15.derived-malformed",
         derived_path(stream_id("case")), b" "),
    ):  # fmt: skip
        world = decided.world()
        claimed = dump(decided.claims(world))
        files = relist({**decided.pack(world), path: claimed + (data or b"")})
        yield _evidence(name, why, code, world, files)


def _laws() -> Iterator[Evidence]:
    world = decided.world()
    path = law_path(world.made("hold").record.law)
    softer = decided.law({"custodian_decides": 1})
    files = relist({**decided.pack(world), path: softer})
    why = "The law that decisions pin was exchanged for one with fewer rules."
    yield _evidence("law-softened", why, "V9.law-file-differs", world, files, unanswered=True)
    newer = decided.forge(data=decided.law({**rule_versions(), "custodian_decides": 99})).build()
    why = "The law pins a rule that no program has yet: nobody can say what it says."
    yield _evidence("rule-of-tomorrow", why, "", newer, decided.pack(newer), unanswered=True)


def in_chicago(forge: Forge) -> None:
    """Found the ledger where days are an hour ahead of those that are claimed."""
    forge.zone = "America/Chicago"


def earlier(claimed: Claims) -> Claims:
    """Claim that a duty to keep ends a week before it does."""
    rows = tuple(_earlier(row) if row["name"] == KEPT else row for row in claimed.deadlines)
    return replace(claimed, deadlines=rows)


def _earlier(row: object) -> dict[str, Json]:
    assert isinstance(row, dict)
    return {**row, "effective_on": "2026-08-26"}
