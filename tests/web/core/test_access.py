"""Who may do what: every action, every standing, both sides; every address, every method."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from starlette.routing import compile_path

from ledger.web.access import ALLOWED, Action, may, standings_at
from ledger.web.doors import BOTH, Door
from ledger.web.site import Side
from ledger.web.table import DOORS
from tests.web.asking import METHODS, Asker, Told

GOLDEN = Path(__file__).parents[2] / "golden" / "access.txt"
SIDES: tuple[Side, ...] = ("desk", "room")
ROLES = ("auditor", "counsel", "custodian", "designee", "desk", "director", "staff", "gardener")
"""Every role that the product knows, and one that it does not."""
TOKENS = ("feed:cases", "feed:office", "projection:cases", "projection:deadlines")
STANDINGS = ("anybody", "branch", "feed", "projection", *TOKENS, "person", *ROLES)
OF = {"read-feed": "cases", "read-office-feed": "office", "read-projection": "deadlines"}
"""What of several of its kind an action is tried on in the table; all others are of nothing."""
VISITORS: dict[str | None, frozenset[str]] = {
    None: frozenset(),
    "kim": frozenset({"person", "staff"}),
    "abe": frozenset({"person", "auditor"}),
    "ines": frozenset({"person", "staff", "designee"}),
    "tom": frozenset({"person", "counsel"}),
    "mara": frozenset({"person", "director", "custodian"}),
}
"""One of each kind, with their standings, written down here and not asked of the product."""
AT: tuple[tuple[Side, str | None], ...] = (
    *(("desk", who) for who in (None, "kim", "abe")),
    *(("room", who) for who in VISITORS),
)
"""Who can be where: who is cleared does not sign in at the desk (`test_signing`)."""


def golden() -> Iterator[tuple[Side, str, frozenset[str]]]:
    """The written table: a side, an action, and the standings that are let in; all others not."""
    for line in GOLDEN.read_text("utf-8").splitlines():
        head, _, let_in = line.partition(":")
        side, action = head.split()
        yield "desk" if side == "desk" else "room", action, frozenset(let_in.split())


def test_every_action_has_its_row_on_both_sides() -> None:
    """The written table has each action of the product once on each side, and no other."""
    rows = [(side, action) for side, action, _ in golden()]
    assert sorted(rows) == sorted((side, one) for side in SIDES for one in get_args(Action))
    assert set(ALLOWED) == set(get_args(Action))


def test_every_action_by_every_standing_at_both_sides_is_as_it_is_written() -> None:
    """The whole matrix, yes and no, is the table that was written down and looked at."""
    for side, action, let_in in golden():
        of = OF.get(action, "")
        found = {one for one in STANDINGS if may(standings_at(side, {one}), action, of)}
        assert found == let_in, f"{side} {action}"


def test_standings_open_no_more_together_than_one_by_one() -> None:
    """Two standings are let in where one of them is, and nowhere else."""
    for side, action, let_in in golden():
        for one in STANDINGS:
            for other in STANDINGS:
                together = may(standings_at(side, {one, other}), action, OF.get(action, ""))
                assert together == bool(let_in & {one, other})


def test_a_token_opens_the_one_thing_that_it_names() -> None:
    """A machine's token is for one feed or one projection, and for no other, none and no person's
    page; in the room it is for nothing.
    """
    for token in TOKENS:
        kind, _, name = token.partition(":")
        for action in ALLOWED:
            for of in ("", "cases", "office", "deadlines", "feed", ":"):
                action_kind = {"read-projection": "projection"}.get(action, "feed")
                fits = action in OF and kind == action_kind and of == name
                assert may(standings_at("desk", {token}), action, of) is fits
                assert not may(standings_at("room", {token}), action, of)


@pytest.mark.parametrize("unknown", ["", "Decide", "decide ", "look-around\n", "*", "none"])
def test_what_no_row_names_is_denied(unknown: str) -> None:
    """An action that is not in the table is nobody's, and a standing that is not opens nothing."""
    assert not may(STANDINGS, unknown)
    assert not any(may({unknown}, action) for action in ALLOWED)
    assert not any(may((), action) for action in ALLOWED)


def test_every_door_needs_an_action_that_there_is() -> None:
    """No door is open because its action was misspelled, and none stands twice at one address."""
    for side in SIDES:
        places = [(door.method, door.path) for door in DOORS if side in door.sides]
        assert len(places) == len(set(places))
    assert {door.action for door in DOORS} <= set(ALLOWED)
    assert all(door.sides <= BOTH and door.sides for door in DOORS)


def filled(path: str) -> str:
    """An address of a door, with something that is nowhere in the place of each parameter; a stream
    is asked to go on after nothing that there is, so that it comes to its end.
    """
    return re.sub(r"\{[^}]*\}", "nothing", path) + ("?after=x" if path.endswith("/events") else "")


def met(told: Told) -> str:
    """How somebody was met at a door."""
    if "Sign in first" in told.text:
        assert told.status == 401
        return "sign in first"
    if "That is not for your role." in told.text:
        assert told.status == 403
        return "not for you"
    return "let in"


def awaited(door: Door, side: Side, who: str | None) -> str:
    """How the written table would have somebody met."""
    let_in = next(row for s, action, row in golden() if (s, action) == (side, door.action))
    standing = VISITORS[who] | {"anybody"}
    if side == "desk":
        # At the machine itself whoever comes stands at the branch.
        standing |= {"branch"}
    if let_in & standing:
        return "let in"
    return "not for you" if who else "sign in first"


@pytest.mark.parametrize(("side", "who"), AT, ids=str)
def test_every_visitor_is_met_at_every_door_as_the_table_says(
    side: Side, who: str | None, visitor: Callable[[Side, str | None], Asker]
) -> None:
    """Let in, sign in first, or not for you: exactly as written, at every address with a door."""
    for door in (one for one in DOORS if side in one.sides):
        asker = visitor(side, who)
        if door.method == "GET":
            told = asker.get(filled(door.path))
        else:
            told = asker.post(filled(door.path), [("name", "nobody"), ("passphrase", "none")])
        assert met(told) == awaited(door, side, who), door.name


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("who", [None, "kim"], ids=str)
def test_no_method_without_a_door_does_anything(
    side: Side, who: str | None, visitor: Callable[[Side, str | None], Asker]
) -> None:
    """At an address that has doors every other method is refused alike, and says what is done."""
    asker = visitor(side, who)
    here = [door for door in DOORS if side in door.sides]
    for path in sorted({door.path for door in here}):
        fitting = [
            door
            for door in here
            if compile_path(door.path)[0].match(filled(path).partition("?")[0])
        ]
        methods: set[str] = {door.method for door in fitting}
        known = methods | ({"HEAD"} if "GET" in methods else set())
        for method in METHODS:
            if method in known:
                continue
            told = asker.ask(method, filled(path), headers={"x-csrf": asker.csrf or ""})
            assert told.status == 405, f"{method} {path}"
            assert told.header("allow") == ", ".join(sorted(known))


@pytest.mark.parametrize("path", ["/nothing", "/sign-in/", "//", "/sign-in%20", "/static/", "/./"])
def test_no_address_without_a_door_answers(
    path: str, visitor: Callable[[Side, str | None], Asker]
) -> None:
    """Nothing is guessed: no slash too many, no redirect, for nobody and with every method."""
    for side in SIDES:
        found = {
            (visitor(side, who).ask(method, path).status)
            for who in (None, "kim")
            for method in METHODS
        }
        assert found == {404}
