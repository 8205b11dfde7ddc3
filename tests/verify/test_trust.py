"""The trust file: what the receiver knows already, or the verifier does not begin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.evidence.jcs import Json
from ledger.evidence.note import COSIGNATURE_ED25519, ED25519, VKey
from ledger.verify import Outcome, verify
from tests.drafts import public
from tests.forge import ORIGIN, Forge, World, write

WITNESS = VKey("witness.example", COSIGNATURE_ED25519, public("witness")).dump()
OLDER = VKey(ORIGIN, ED25519, public("older")).dump()
STRANGER = VKey("elsewhere.example", ED25519, public("stranger")).dump()


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


def unusable(world: World) -> dict[str, dict[str, Json]]:
    """Return changes that make a trust file unusable."""
    ed25519, mldsa44 = (key.dump() for key in world.log_keys)
    other = world.checkpoint().replace(b"\n96\n", b"\n97\n").decode()
    return {
        "other format": {"format": "disclosure-ledger/trust/v2"},
        "no origin": {"origin": "Not An Origin"},
        "unknown key": {"comment": "please"},
        "short fingerprint": {"founded": "ab"},
        "no log key": {"log": []},
        "log key alone is ML-DSA-44": {"log": [mldsa44]},
        "log key twice": {"log": [ed25519, ed25519]},
        "log key of another name": {"log": [ed25519, STRANGER]},
        "log key is a witness's": {"log": [ed25519, WITNESS]},
        "log key is no key": {"log": ["hello"]},
        "no receipt key": {"receipt": []},
        "receipt key is the log's": {"receipt": [ed25519]},
        "no retired keys listed": {"retired": None},
        "retired key is no object": {"retired": [ed25519]},
        "retired key without size": {"retired": [{"vkey": OLDER}]},
        "retired key of no size": {"retired": [{"size": -1, "vkey": OLDER}]},
        "retired key twice": {"retired": [{"size": size, "vkey": OLDER} for size in (1, 2)]},
        "retired key still signs": {"retired": [{"size": 1, "vkey": ed25519}]},
        "retired key of another name": {"retired": [{"size": 1, "vkey": STRANGER}]},
        "witness is no key": {"witness": [7]},
        "witness has a log's type": {"witness": [STRANGER]},
        "witness is the log": {"witness": [mldsa44]},
        "witness twice": {"witness": [WITNESS, WITNESS]},
        "quorum without witnesses": {"quorum": 1},
        "negative quorum": {"quorum": -1},
        "quorum of doubled witnesses": {"quorum": 2, "witness": [WITNESS, WITNESS]},
        "time stamp authority is no text": {"tsa": [None]},
        "pinned is no checkpoint": {"pinned": "96"},
        "pinned is not signed": {"pinned": other},
        "pinned is no text": {"pinned": 96},
        "now is no instant": {"now": "yesterday"},
        "tolerance of a month": {"tolerance": 30 * 86_400},
        "tolerance as text": {"tolerance": "300"},
    }


@pytest.mark.parametrize("name", unusable(Forge().build()))
def test_an_unusable_trust_file_stops_everything(name: str, world: World, tmp_path: Path) -> None:
    """Without usable trust nothing is checked, and that is no finding about the evidence."""
    root = write(world.pack("case", ("case",)), tmp_path)
    report = verify(root, world.trust(**unusable(world)[name]))
    assert (report.exit_code, report.findings) == (2, ())
    assert report.headline.startswith("NOT VERIFIED: the trust file cannot be used")


def test_a_trust_file_has_one_spelling(world: World, tmp_path: Path) -> None:
    """Trust is spelled as everything else here, so that two readers cannot read it in two ways."""
    root = write(world.pack("case", ("case",)), tmp_path)
    pretty = json.dumps(json.loads(world.trust()), indent=1).encode()
    for data in (pretty, b"", b"\xff", b"[]", world.trust() + b"\n"):
        assert verify(root, data).exit_code == 2


def test_what_trust_asks_for_and_is_not_done_stays_open(world: World, tmp_path: Path) -> None:
    """A receiver who relies on time stamps must not read "intact" without them."""
    root = write(world.pack("case", ("case",)), tmp_path)
    report = verify(root, world.trust(tsa=["-----BEGIN CERTIFICATE-----"]))
    open_checks = [one.name for one in report.checks if one.outcome is Outcome.COULD_NOT_RUN]
    assert (open_checks, report.exit_code) == (["V4"], 2)
    assert report.headline.startswith("NOT FULLY VERIFIED")


def test_a_log_key_that_did_not_sign_is_no_fault(world: World, tmp_path: Path) -> None:
    """One trusted key of each type must have signed; a second one need not."""
    root = write(world.log(), tmp_path)
    trust = world.trust(log=[OLDER, *(key.dump() for key in world.log_keys)])
    report = verify(root, trust)
    # That the published list of keys lacks it is told, since it would be one that signs now.
    assert {one.code for one in report.findings} == {"V2.keys-differ"}
