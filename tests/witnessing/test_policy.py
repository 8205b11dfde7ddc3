"""Policies of witnesses: who they are, and how many of them are enough."""

from __future__ import annotations

import pytest

from ledger.evidence.grammar import Malformed
from ledger.evidence.note import COSIGNATURE_ED25519, ED25519, VKey
from ledger.witnessing.policy import MOST, Policy
from tests.drafts import public

KEYS = {name: VKey(f"{name}.example", COSIGNATURE_ED25519, public(name)).dump() for name in "abcde"}
LOG = VKey("ledger.example", ED25519, public("log")).dump()
WITNESSES = "".join(f"witness {name} {key}\n" for name, key in KEYS.items())
NESTED = f"{WITNESSES}group x 2 a b c\ngroup y any d e\ngroup both all x y\nquorum both\n"


@pytest.mark.parametrize(
    ("cosigned", "enough"),
    [("abd", True), ("ace", True), ("abc", False), ("ade", False), ("abcde", True), ("", False)],
)
def test_groups_of_groups_are_counted(cosigned: str, enough: bool) -> None:
    """Two of three of one house and one of another; nobody counts twice."""
    policy = Policy.parse(NESTED.encode())
    assert policy.is_met(cosigned) is enough
    assert policy.least() == 3


@pytest.mark.parametrize(
    ("quorum", "least", "by"), [("none", 0, ""), ("a", 1, "a"), ("g", 5, "abcde")]
)
def test_one_witness_all_or_none(quorum: str, least: int, by: str) -> None:
    """A quorum may be a single witness, everybody, or nobody at all."""
    text = f"# no log\n\n \t{WITNESSES}group g all a b c d e\nquorum {quorum}\n"
    policy = Policy.parse(text.encode())
    assert (policy.least(), policy.is_met(by)) == (least, True)
    assert policy.is_met("b") is (quorum == "none")


@pytest.mark.parametrize(
    "text",
    [
        "",
        WITNESSES,
        f"{NESTED}quorum a\n",
        f"{WITNESSES}quorum f\n",
        f"quorum a\n{WITNESSES}",
        f"{WITNESSES}group g 0 a\nquorum g\n",
        f"{WITNESSES}group g 3 a b\nquorum g\n",
        f"{WITNESSES}group g 01 a b\nquorum g\n",
        f"{WITNESSES}group g all\nquorum a\n",
        f"{WITNESSES}group g all none\nquorum g\n",
        f"{WITNESSES}group g any a\ngroup h any a\nquorum g\n",
        f"{WITNESSES}group g any g\nquorum g\n",
        f"{WITNESSES}group a any b\nquorum a\n",
        f"witness none {KEYS['a']}\nquorum none\n",
        f"{WITNESSES}witness f {KEYS['a']}\nquorum a\n",
        f"witness a {LOG}\nquorum a\n",
        f"log {KEYS['a']}\nquorum none\n",
        f"log {LOG}\nlog {LOG}\nquorum none\n",
        f"log {LOG} https://a.example b\nquorum none\n",
        "witness a a.example+00000000+AA==\nquorum a\n",
        f"{WITNESSES}quorum a\r\n",
        "quorum none\n" + "group\n",
        "".join(
            f"log {VKey('l.example', ED25519, public(str(i))).dump()}\n" for i in range(MOST + 1)
        )
        + "quorum none\n",
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    """Whoever meant something else hears of it, and never half of it."""
    with pytest.raises(Malformed):
        Policy.parse(text.encode())
    with pytest.raises(Malformed):
        Policy.parse(text.encode() + b"\xff")
