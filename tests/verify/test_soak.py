"""Nothing crashes the verifier, and no changed byte passes, whatever file it stands in.

The files lie in memory and coverage is not measured, so that a verification takes a few
milliseconds. LEDGER_MUTANTS sets how many random mutants are tried: 20,000 unless it is set; a
release is tried with 1,000,000.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO

import pytest

from ledger.evidence import jcs
from ledger.evidence.pack import MANIFEST, write_zip
from ledger.verify import Report
from tests.forge import Files, World, relist
from tests.verify.hands import checkpoint, receipt, witness
from tests.verify.memory import InMemory
from tests.verify.test_brought import parted
from tests.verify.test_bytes import UNPROTECTED, small

pytestmark = pytest.mark.no_cover
MUTANTS = int(os.environ.get("LEDGER_MUTANTS", "20000"))
SEED = int(os.environ.get("LEDGER_MUTANTS_SEED", "1"))
SHARES = 8
"""Into so many tests the mutants are divided, for as many processes."""
STRIDE = int(os.environ.get("LEDGER_STRIDE", "41"))
"""Of each file one byte in so many is changed, beginning elsewhere in each."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that one verification is given."""

    name: str
    held: Files | bytes
    trust: bytes
    brought: Files | None = None
    receipts: tuple[bytes, ...] = ()
    relists: bool = False
    """Whoever bends a file of this also adapts the manifest."""


@dataclass(slots=True)
class Given:
    """The verifier in memory, and what it is given."""

    verifier: InMemory
    evidence: list[Evidence] = field(default_factory=list)

    def verify(self, one: Evidence) -> Report:
        """Verify, and hold that the verifier answered for itself."""
        report = self.verifier.verify(one.held, one.trust, one.brought, one.receipts)
        assert report.exit_code in (0, 1, 2)
        assert report.text()
        return report


@pytest.fixture(scope="module")
def given() -> Iterator[Given]:
    """Evidence of every kind, intact."""
    with pytest.MonkeyPatch.context() as patch:
        found = Given(InMemory(patch))
        found.evidence += evidence(small())
        for one in found.evidence:
            assert found.verify(one).exit_code == 0, one.name
        yield found


def evidence(world: World) -> list[Evidence]:
    """Return packs of all scopes, a zip, a log, openings and receipts of a small ledger."""
    trust = world.trust(
        witness=[witness("w1").dump()], quorum=1, pinned=world.checkpoint(4).decode(),
        now="2026-06-03T00:00:00Z",
    )  # fmt: skip
    # A line by a name or key that nobody knows means nothing (FORMAT §4 "Notes"), so that a byte of
    # a witness's line may change where no witness is asked for: in the copies that a log keeps.
    signed = checkpoint(world, ["log"], witnesses=["w1"])
    log = {**world.log(), "checkpoint": signed}
    whole = relist({**world.pack("ledger"), "checkpoint": signed, "log/checkpoint": signed})
    pack, openings = parted(world)
    case = relist({**world.pack("case", ("case",)), "checkpoint": signed})
    event = relist({**world.pack("event", ("note",)), "checkpoint": signed})
    zipped = BytesIO()
    write_zip(zipped, event)
    plain = world.trust()
    notes = (receipt(world, "note"), receipt(world, "founded"))
    return [
        Evidence("event", event, trust),
        Evidence("case", case, trust, receipts=notes[:1]),
        Evidence("case, relisted", case, trust, relists=True),
        Evidence("ledger", whole, trust),
        Evidence("ledger, relisted", whole, trust, relists=True),
        Evidence("zip", zipped.getvalue(), trust),
        Evidence("log", log, trust, receipts=notes),
        Evidence("openings", pack, plain, openings),
        Evidence("openings, relisted", pack, plain, openings, relists=True),
    ]


# ---- where a byte is changed -------------------------------------------------------------------

Put = Callable[[bytes], Evidence]


def places(one: Evidence) -> Iterator[tuple[str, bytes, Put]]:
    """Give each file of what a verification is given, and how to put another in its place."""
    held = one.held
    if isinstance(held, bytes):
        yield "zip", held, lambda data: replace(one, held=data)
    else:
        for path, data in held.items():
            yield (
                path,
                data,
                lambda new, path=path: replace(  # type: ignore[misc] # bound here
                    one, held=listed({**held, path: new}, path, one)
                ),
            )
    for path, data in (one.brought or {}).items():
        yield (
            f"openings: {path}",
            data,
            lambda new, path=path: replace(  # type: ignore[misc] # bound here
                one, brought=listed({**(one.brought or {}), path: new}, path, one)
            ),
        )
    for number, data in enumerate(one.receipts):
        yield f"receipt {number}", data, lambda new, number=number: replace(  # type: ignore[misc] # bound here
            one,
            receipts=tuple(new if place == number else note
                           for place, note in enumerate(one.receipts)),
        )  # fmt: skip
    yield "trust", one.trust, lambda new: replace(one, trust=new)


def listed(files: Files, path: str, one: Evidence) -> Files:
    """Adapt the manifest, if whoever bends the files would."""
    return relist(files) if one.relists and path != MANIFEST else files


def is_protected(name: str, one: Evidence) -> bool:
    """Tell whether more than the manifest speaks of a file."""
    return not (one.relists and name in UNPROTECTED)


def test_every_changed_byte_is_found(given: Given) -> None:
    """A byte that could change without a finding would have no meaning, and there is none here."""
    tried = 0
    for one in given.evidence:
        for name, data, put in places(one):
            if name == "trust" or not is_protected(name, one):
                continue
            for place in range(tried % STRIDE, len(data), STRIDE):
                tried += 1
                flipped = data[place] ^ (1 << (tried % 8))
                changed = data[:place] + bytes([flipped]) + data[place + 1 :]
                assert given.verify(put(changed)).exit_code in (1, 2), (one.name, name, place)
    assert tried > 1000


SAME_MEANING = ("now", "tolerance", "quorum", "tsa", "pinned", "size")
"""What a receiver says of himself in trust may be said otherwise and still fit the evidence."""


def test_every_changed_byte_of_trust_is_found_or_said_by_the_receiver(given: Given) -> None:
    """Trust is the receiver's own: a change of keys or names is found, a later `now` is not."""
    for one in given.evidence:
        words = jcs.load(one.trust)
        assert isinstance(words, dict)
        for place in range(0, len(one.trust), STRIDE):
            data = bytearray(one.trust)
            data[place] ^= 1 << (place % 8)
            report = given.verifier.verify(one.held, bytes(data), one.brought, one.receipts)
            if report.exit_code == 0:
                other = jcs.load(bytes(data))
                assert isinstance(other, dict)
                differing = {key for key in words if other[key] != words[key]}
                # A published log shows no records, so that nobody asks how the ledger began.
                unasked = {"founded"} if one.name == "log" else set()
                assert differing <= {*SAME_MEANING, *unasked}, differing


def mutant(data: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """Bend bytes in one of the ways in which files are bent by accident or on purpose."""
    place = dice.randrange(len(data) + 1)
    match dice.randrange(8):
        case 0:
            return data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
        case 1:
            return data[:place]
        case 2:
            return data[:place] + data[place + dice.randrange(1, 40) :]
        case 3:
            return data[:place] + dice.randbytes(dice.randrange(1, 9)) + data[place:]
        case 4:
            return data[:place] + data[place : place + dice.randrange(200)] + data[place:]
        case 5:
            return data.replace(b"0", b"9", 1 + dice.randrange(3))
        case 6:
            other = dice.choice(others)
            at = dice.randrange(len(other) + 1)
            return data[:place] + other[at : at + dice.randrange(1, 400)] + data[place:]
        case _:
            return dice.choice(others)


def text_of(note: bytes) -> bytes:
    """Return what a note says, without who signed it."""
    return note.partition(b"\n\n")[0]


@pytest.mark.parametrize("share", range(SHARES))
def test_no_mutant_crashes_the_verifier(given: Given, share: int) -> None:
    """Whatever is done to any file, the verifier answers; an exception would end this test."""
    dice = random.Random(f"{SEED}/{share}")
    files = [(one, list(places(one))) for one in given.evidence]
    contents = [data for _, found in files for _, data, _ in found]
    good = set(contents)
    intact = 0
    for _ in range(MUTANTS // SHARES):
        one, found = dice.choice(files)
        name, data, put = dice.choice(found)
        changed = mutant(data, dice, contents)
        report = given.verify(put(changed))
        if report.exit_code == 0 and changed != data and name != "trust":
            # Lines of strangers may have been added below a checkpoint; its text is the same.
            is_kept = "checkpoint" in name and text_of(changed) == text_of(data)
            # A good receipt may stand where another stood; and of a matter with one record, the
            # manifest of the matter where that of the record stood: both are true of these files.
            is_good = changed in good and name.startswith(("receipt", MANIFEST))
            assert is_kept or is_good or not is_protected(name, one), (one.name, name)
            intact += 1
    assert intact < MUTANTS // SHARES // 10
