"""Examples that were chosen: few, cheap, and between them enough to kill every mutant.

`tests/mutants/sealed.toml` says which change to the product each of them notices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ledger.founding import Terms
from tests.noninterference.doors import DOORS
from tests.noninterference.observer import Knock
from tests.noninterference.play import PROLOGUE, Tale, bases, compared
from tests.noninterference.worlds import NARROW, ROOMY, Hidden, Step, Story

NOTHING: tuple[str, Hidden] = ("nothing", {})


@dataclass(frozen=True, slots=True)
class Example:
    """A tale, the kind of ledger that it is told in, and the calls that are made in the end."""

    tale: Tale
    knocks: tuple[Knock, ...] = ()
    terms: Terms = ROOMY
    prologue: Story = PROLOGUE


def _tell(*given: str | tuple[str, int, int]) -> Story:
    return tuple(Step(one) if isinstance(one, str) else Step(*one) for one in given)


def _knock(door: str, *calls: str, by: str | None = "kim") -> tuple[Knock, ...]:
    """The calls of a door that hold these words; all of them when none is given."""
    listed = {" ".join(one): one for one in DOORS[door].calls}
    return tuple(Knock(door, listed[one], by) for one in calls or listed)


EARLY: Story = _tell("save", "open_visit", "save", "open_visit", "call", "tick")
"""What goes before where a lane is to be filled: two cases stand open."""

APART: Story = _tell(("visit", 4, 1), ("seal", 0, 1), *[("read", 2, n) for n in (1, 2)])
"""A visit "not to the director", which Ines seals and reads: mara is nobody in it."""

EXAMPLES: Mapping[str, Example] = {
    "the first of all": Example(
        Tale(
            _tell("absence", "tick", "save"),
            (("nothing", {0: _tell("visit", ("seal", 0, 0)), 2: _tell("visit")}), NOTHING),
        ),
        prologue=(),
    ),
    "a new month": Example(
        Tale(
            _tell(("tick", 0, 9), ("wait", 0, 40)),
            (("nothing", {1: _tell("visit", ("seal", 0, 0))}), NOTHING),
        ),
        (
            *_knock("month list", by=None),
            *_knock("month destroy", "month destroy 2026-10", by=None),
        ),
    ),
    "lists and the timer": Example(
        Tale(_tell("tick", "call", ("wait", 2, 0)), (("many", {}), NOTHING)),
        (
            *_knock("case list", "case list"),
            *_knock("case history", "case history {case}"),
            *_knock("log receipt", "log receipt {hidden_record}"),
            *_knock("tick", by=None),
        ),
    ),
    "an erasure": Example(
        Tale(_tell("call"), (("an erasure", {}), NOTHING)),
        _knock("do", "do vault-office assent"),
    ),
    "records that are held": Example(
        Tale(
            _tell(("hold", 0, 3), ("tick", 0, 25), "call"),
            (
                (
                    "a visit",
                    {0: _tell(("seal", 0, 0), ("retain", 0, 9)), 2: _tell(("retain", 0, 4))},
                ),
                ("a visit", {}),
            ),
        ),
        (
            *_knock("guard reconcile", by=None),
            *_knock("guard reconcile"),
            *_knock("guard list", by=None),
            *_knock("projection show", "projection show cases"),
        ),
    ),
    "a case sealed late": Example(
        Tale(
            _tell("seal_late", "call", ("tick", 0, 2), "save", ("tick", 0, 26)),
            (
                ("many", {0: _tell(("burst", 0, 9)), 1: _tell("visit", ("seal", -1, 0))}),
                ("nothing", {3: _tell("visit", ("seal", 0, 0))}),
                NOTHING,
            ),
        ),
        (*_knock("case list", "case list"), *_knock("month list", by=None)),
    ),
    "what is kept from the director": Example(
        Tale(
            _tell(("absence", 1, 1), "call", ("wait", 0, 2)),
            (
                ("nothing", {1: APART, 3: _tell(("read", 2, 7))}),
                NOTHING,
            ),
        ),
        (
            *_knock("reads list", by="mara"),
            *_knock("case list", by="mara"),
            *_knock("deadlines", by="mara"),
            *_knock("break-glass list", by="mara"),
            *_knock("case show", "--vault case show {hidden}", by="mara"),
        ),
    ),
    "a scan": Example(
        Tale(
            _tell(("attach_scan", 1, 1), "call"),
            (
                (
                    "a visit",
                    {
                        0: _tell(
                            ("seal", 0, 0), "same_scan", ("attach_sealed", 0, 9), "attach_sealed"
                        )
                    },
                ),
                ("a visit", {}),
            ),
        ),
        (*_knock("document attach"), *_knock("document list"), *_knock("document get")),
    ),
    "one number twice": Example(
        Tale(_tell("again"), (("a letter", {0: _tell("same_number")}), NOTHING)),
    ),
    "a full vault": Example(
        Tale(
            _tell(
                "call", "hold", ("save", 1, 1), "tick", "call", "absence", ("tick", 0, 3), "call"
            ),
            (
                ("a visit", {0: _tell(("seal", 0, 0), ("burst", 0, 99))}),
                ("a visit", {0: _tell(("seal", 0, 0)), 4: _tell(("burst", 0, 40))}),
                ("a visit", {}),
            ),
        ),
        terms=NARROW,
        prologue=EARLY,
    ),
    "a busy desk": Example(
        Tale(
            _tell(*[("save", 1, 1)] * 4),
            (("nothing", {0: _tell(("visit", 2, 1), ("visit", 2, 1))}), NOTHING),
        ),
        terms=NARROW,
        prologue=EARLY,
    ),
    "a late opening": Example(
        Tale(
            _tell("save", "open_visit", "tick", "tick", "tick", "call"),
            (
                ("a visit", {0: _tell(("seal", 0, 0), ("burst", 0, 30))}),
                ("a visit", {}),
            ),
        ),
        terms=NARROW,
        prologue=EARLY,
    ),
    "a late opening of a sealed matter": Example(
        Tale(
            _tell("declare", "disclose_matter", "tick", "tick", "call", "tick"),
            (("a visit", {0: _tell(("seal", 0, 0), ("burst", 0, 90))}), ("a visit", {})),
        ),
        terms=replace(NARROW, sealed=32),
        prologue=EARLY,
    ),
}

KNOWN: Mapping[str, Example] = {
    "a crowded desk": Example(
        Tale(
            _tell("save", "save"),
            (("nothing", {0: _tell("visit", "visit")}), NOTHING),
        ),
        terms=NARROW,
        prologue=EARLY,
    ),
}
"""Where the product does leak; README.md says what each shows, and to whom."""


def told(example: Example) -> list[str]:
    """What differs between the worlds of an example."""
    with bases(example.terms, example.prologue) as made:
        return compared(made, example.tale, example.knocks, exactly=True)
