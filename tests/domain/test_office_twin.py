"""The office is folded twice: here, and by the verifier from bytes alone. They agree.

`ledger.evidence.authority` folds acts that a verifier found rightful; here only such acts are made.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from itertools import product

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ledger.domain import office_events as o
from ledger.domain.codec import split, tag_of
from ledger.domain.events import Event
from ledger.domain.office import Office, evolve_office
from ledger.evidence.acts import parse_event
from ledger.evidence.authority import Act, Line, View
from tests.domain.given import JCL, OFFICE_STREAM, Said, digest, key_of, records, said
from tests.domain.test_office import DIRECTOR, FOUNDED, SECOND

# What each fold does by itself is measured where it is tested; here the two are only compared.
pytestmark = pytest.mark.no_cover
PEOPLE = [DIRECTOR, SECOND, "priya", "front-desk"]
ROLES = ["custodian", "designee", "staff"]
KEYS = [key_of(one).key for one in (SECOND, "priya", "spare")]
LONGEST = 14
FIXED = ("director", "counsel", "desk")

Story = list[tuple[Event | int, str]]
"""Acts and who signs each; a number is an assent to the record that many before it."""


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Any acts about one or two people, roles and keys, half of them assents."""
    person = st.sampled_from(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2)))
    role = st.sampled_from(draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=2)))
    key = st.sampled_from(draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=2)))
    principal = st.sampled_from(["person", "desk"])
    acts: list[st.SearchStrategy[Event]] = [
        st.builds(o.KeyEnrolled, person=person, key=key, principal=principal),
        st.builds(o.KeyRevoked, key=key.map(lambda one: sha256(b64decode(one)).hexdigest())),
        st.builds(o.RoleGranted, person=person, role=role),
        st.builds(o.RoleEnded, person=person, role=role),
        st.builds(o.CustodianDesignated, person=person),
        st.builds(o.DesigneeAppointed, person=person),
    ]
    signed = st.tuples(st.one_of(acts), st.sampled_from([DIRECTOR, SECOND]))
    assented = st.tuples(st.integers(1, 3), st.sampled_from([DIRECTOR, SECOND, *PEOPLE]))
    either: st.SearchStrategy[tuple[Event | int, str]] = st.booleans().flatmap(
        lambda is_act: signed if is_act else assented
    )
    return draw(st.lists(either, max_size=LONGEST))


def told(story: Story) -> list[Said]:
    """The founding and what followed. Nobody assents to a digest that is not there yet."""
    lines = [said(FOUNDED)]
    for act, signer in story:
        if isinstance(act, int):
            act = o.Assented(of=digest(max(1, len(lines) + 1 - act), OFFICE_STREAM))
        lines.append(said(act, by=signer))
    return lines


def is_rightful(office: Office, event: Event, signer: str) -> bool:
    """Whether a verifier would let the act change authority: see `ledger.verify.judge`."""
    match event:
        case o.Assented():
            return office.is_person(signer)
        case o.KeyEnrolled(key=key):
            return not office.knows_key(key)
        case _:
            return True


def fold_twice(story: Story) -> Iterator[tuple[Office, View]]:
    """Fold a story here and there, and give both offices after each act."""
    office, line = Office(), Line(bytes.fromhex(OFFICE_STREAM))
    for seq, one in enumerate(records(told(story), JCL, OFFICE_STREAM), 1):
        if seq > 1 and not is_rightful(office, one.event, one.recorded_by):
            assert evolve_office(office, one) == office
            continue
        office = evolve_office(office, one)
        parsed = parse_event(tag_of(one.event), split(one.event)[0])
        assert parsed is not None
        stream, e = bytes.fromhex(OFFICE_STREAM), bytes.fromhex(one.e)
        line.apply(Act(stream, seq, e, one.recorded_by, seq, parsed))
        yield office, View(((line, seq),))


@settings(max_examples=40)
@for_all(story=stories())
def test_both_folds_of_the_office_agree(story: Story) -> None:
    """After every act each person holds the same roles and keys in both."""
    for office, view in fold_twice(story):
        agree(office, view)


PRIYAS = {"person": "priya", "role": "custodian"}
FEW: list[tuple[Event | int, str]] = [
    (o.KeyEnrolled(person="priya", key=KEYS[1], principal="desk"), DIRECTOR),
    (o.KeyRevoked(key=key_of("priya").digest), DIRECTOR),
    (o.RoleGranted(**PRIYAS), DIRECTOR),
    (o.RoleEnded(**PRIYAS), SECOND),
    (o.CustodianDesignated(person="priya"), DIRECTOR),
    (o.CustodianDesignated(person=SECOND), DIRECTOR),
    (1, SECOND),
    (2, SECOND),
]


@pytest.mark.parametrize("first", FEW, ids=repr)
def test_both_folds_agree_on_every_short_story(first: tuple[Event | int, str]) -> None:
    """Whatever order four acts on one person come in, assents among them, both end alike."""
    for rest in product(FEW, repeat=3):
        *_, (office, view) = fold_twice([first, *rest])
        agree(office, view)


def agree(office: Office, view: View) -> None:
    """Hold the two folds together: roles, and which keys sign for whom."""
    for person in PEOPLE:
        held = {role for role in (*ROLES, *FIXED) if view.role(person, role) is not None}
        assert office.roles_of(person) == held, person
    for key in KEYS:
        there = view.key(sha256(b64decode(key)).digest())
        here = office.key_with(sha256(b64decode(key)).hexdigest())
        live = None if here is None or here.revoked else here.person
        assert (None if there is None else there.person) == live
