"""A verifier that somebody wrote from FORMAT.md alone, tried on all that we have.

Where it and ours disagree, one of them or the text is wrong. It is mended from the text only.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from keys.keyring import unlock
from ledger.export import export_ledger, export_openings
from ledger.home import opened
from ledger.register.handle import Register
from ledger.scenario.stage import THROW_AWAY
from ledger.verify import verify
from tests.forge import Forge, World, write
from tests.hostile import run
from tests.independent.stranger import bend, mutate, run_vectors
from tests.independent.stranger.verifier import __main__ as stranger
from tests.independent.stranger.verifier import crypto
from tests.register.ledgers import Ledger
from tests.register.test_let_go import story
from tests.vectors.samples import HERE
from tests.verify.cases import shown_by
from tests.verify.test_brought import parted

STRIDE = int(os.environ.get("LEDGER_STRIDE", "1999"))
"""Of each file one byte in so many is changed; a release is tried with 1."""
SHARES = 8
"""Into so many tests these are divided, for as many processes."""
VERIFIER = "tests.independent.stranger.verifier"
MUTANTS = int(os.environ.get("LEDGER_MUTANTS", "1000"))
"""How many random changes it is tried on; each takes about 12 ms."""


@pytest.fixture(scope="module")
def world() -> World:
    """The good ledger."""
    return Forge().build()


def test_it_agrees_with_every_vector() -> None:
    """What the vectors accept and refuse, it accepts and refuses, with equal bytes."""
    compared, disagreements = run_vectors.run(HERE)
    assert disagreements == []
    assert compared > 700


@pytest.mark.parametrize("folder", run.folders(), ids=lambda folder: folder.name)
def test_it_judges_every_hostile_pack(folder: Path) -> None:
    """Each pack has the exit and the codes that its folder lists, in its eyes too."""
    wanted = run.expected(folder)
    if wanted.replay:
        # It folds no events (its README): of these it sees the bytes, and they are whole.
        wanted = run.Expected(*of_level_1(wanted), replay=False)
    words = [word for word in run.words(folder) if word != "--replay"]
    answer = stranger.answer_for(words)
    found = {one["code"] for one in answer["findings"]}
    assert answer["exit"] == wanted.exit
    assert wanted.must <= found <= wanted.must | wanted.may


@pytest.mark.parametrize("name", ["attestation-late", "attestation-missing", "attested-root"])
def test_both_tell_the_same_of_every_period(name: str) -> None:
    """T-59: what is said of counsel's attestations does not hang on who verifies."""
    folder = run.PACKS / name
    trust = (folder / "trust.json").read_bytes()
    ours = json.loads(verify(folder / "pack.zip", trust).json())
    assert stranger.answer_for(run.words(folder))["attestations"] == ours["attestations"] != []


def of_level_1(wanted: run.Expected) -> tuple[int, frozenset[str], frozenset[str]]:
    """What is to be found without a replay."""
    left = frozenset(code for code in wanted.must if not code.startswith("V15."))
    return (1 if left else 0), left, wanted.may


def test_its_command_answers_as_the_format_says() -> None:
    """It is a program of its own, driven like any other."""
    command = [sys.executable, "-m", "tests.independent.stranger.verifier"]
    chosen = [run.PACKS / name for name in ("erased", "two-keys", "receipt-not-due")]
    assert [run.judge(command, folder) for folder in chosen] == ["", "", ""]


def samples(world: World, root: Path) -> Path:
    """Write a good pack of each scope, and a published log."""
    for scope in ("event", "case", "ledger"):
        place = root / f"{scope}-pack"
        write(world.pack(scope, shown_by(scope, world.forge)), place / "pack")
        write({"trust.json": world.trust()}, place)
    write(world.log(), root / "published-log" / "log")
    write({"trust.json": world.trust()}, root / "published-log")
    return root


def test_good_evidence_is_intact(world: World, tmp_path: Path) -> None:
    """Good packs of each scope, a good log, and openings beside a pack have no findings."""
    for folder in sorted(samples(world, tmp_path / "samples").iterdir()):
        path = next(one for one in (folder / "pack", folder / "log") if one.exists())
        answer = stranger.answer_for([str(path), "--trust", str(folder / "trust.json")])
        assert (answer["exit"], answer["findings"]) == (0, []), folder.name
    pack, openings = parted(world)
    write(pack, tmp_path / "pack")
    write(openings, tmp_path / "openings")
    write({"trust.json": world.trust()}, tmp_path)
    words = [str(tmp_path / "pack"), "--trust", str(tmp_path / "trust.json")]
    answer = stranger.answer_for([*words, "--openings", str(tmp_path / "openings")])
    assert (answer["exit"], answer["findings"]) == (0, [])
    assert {"check": "V13", "outcome": "ran"} in answer["checks"]


@pytest.mark.no_cover
def test_no_mutant_crashes_it_or_passes(world: World, tmp_path: Path) -> None:
    """Random changes of good evidence are found, but for those that the text calls claims."""
    folder = samples(world, tmp_path / "samples")
    crashes, undetected = mutate.run(folder, tmp_path / "scratch", MUTANTS, 20_261_122)
    assert (crashes, undetected) == (0, 0)


@pytest.mark.no_cover
@pytest.mark.parametrize("share", range(SHARES))
def test_no_changed_byte_passes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: int
) -> None:
    """Wherever one byte of good evidence differs, it is found; signatures are checked once each."""
    for function in ("ed25519_verifies", "mldsa44_verifies"):
        remembered = lru_cache(maxsize=4_096)(getattr(crypto, function))
        for module in [one for name, one in sys.modules.items() if name.startswith(VERIFIER)]:
            if hasattr(module, function):
                monkeypatch.setattr(module, function, remembered)
    folder = samples(world, tmp_path / "samples")
    assert bend.pass_with_one_byte(folder, STRIDE, share, SHARES) == []


def test_what_the_product_exports_is_intact_to_a_stranger(home: Path, tmp_path: Path) -> None:
    """The published log is whole; who may open everything, as the custodian and counsel may here,
    can account for every leaf of it.
    """
    trust = ["--trust", str(home / "trust.json")]
    answer = stranger.answer_for([str(home / "log"), *trust])
    assert (answer["exit"], answer["findings"]) == (0, [])
    # Nobody attested to the first year of the demonstration: everybody is told so.
    for person in ("ruth", "abel"):
        pack, openings = export(home, person, tmp_path / person)
        answer = stranger.answer_for([str(pack), *trust, "--openings", str(openings)])
        assert [one["code"] for one in answer["findings"]] == ["V16.missing"], person
        assert {"check": "V13", "outcome": "ran"} in answer["checks"]


def test_a_case_sealed_late_is_intact_to_a_stranger(ledger: Ledger, tmp_path: Path) -> None:
    """Successors of a late sealing and of two people let go: with openings and without them."""
    story(ledger)
    ledger.tick(days=5)
    for person in ("kim", "mara", "tom"):
        reader, keyring = ledger.register.reader(ledger.people[person]), ledger.people[person]
        pack, openings = tmp_path / person / "pack", tmp_path / person / "openings"
        export_ledger(ledger.home, pack, reveal=True)
        words = [str(pack), "--trust", str(ledger.path / "trust.json")]
        if person != "kim":
            export_openings(ledger.home, reader, keyring, pack, openings, reveal=True)
            words += ["--openings", str(openings)]
        answer = stranger.answer_for(words)
        assert (answer["exit"], answer["findings"]) == (0, []), person


def export(home: Path, person: str, target: Path) -> tuple[Path, Path]:
    """Export as a person of the demonstration: the pack for everybody, and what only they see."""
    with opened(home) as ledger:
        keyring = unlock(ledger.keyring_path(person).read_bytes(), THROW_AWAY)
        register = Register(ledger, lambda: datetime.now(UTC).replace(microsecond=0))
        reader = register.reader(keyring, vault=True)
        export_ledger(ledger, target / "pack")
        export_openings(ledger, reader, keyring, target / "pack", target / "openings")
    return target / "pack", target / "openings"
