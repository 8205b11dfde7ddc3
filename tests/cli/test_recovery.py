"""Recovery through its door: the drill, the two who agree, the holders who come, and who may not.

mara is director and custodian, tom counsel; mara, tom and the board hold codes, two are needed.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from keys.capsules import new_code
from ledger.cli.sheet import Drawn, draw
from tests.cli.conftest import Answer, Line

Codes = Callable[..., str]


@pytest.fixture
def codes() -> Iterator[Codes]:
    """Puts codes, a line each, behind a file descriptor and gives its number."""
    opened: list[int] = []

    def put(*lines: str) -> str:
        reading, writing = os.pipe()
        os.write(writing, "".join(f"{line}\n" for line in lines).encode())
        os.close(writing)
        opened.append(reading)
        return str(reading)

    yield put
    for one in opened:
        os.close(one)


@pytest.fixture
def come(recoverable: Line, drawn: Drawn, codes: Codes) -> Callable[..., Answer]:
    """Holders come together with their sheets and codes, for a drill or in earnest."""

    def together(
        word: str,
        *holders: str,
        by: str,
        given: dict[str, str] | None = None,
        sheets: tuple[str, ...] | None = None,
        more: tuple[str, ...] = (),
    ) -> Answer:
        theirs = {**drawn.codes, **(given or {})}
        words = ["recovery", word]
        for holder in holders:
            words += ["--holder", holder]
        for one in sheets or holders:
            words += ["--capsules", f"sheets/{one}"]
        words += ["--codes-fd", codes(*(theirs[one] for one in holders)), *more]
        words += ["--with", '{"reason": "Her laptop was stolen."}'] if word == "use" else []
        return recoverable(*words, by=by)

    return together


@pytest.fixture
def others() -> Drawn:
    """Another recovery identity, held by other people."""
    return draw(("ann", "bob", "cy"), 2)


def head(line: Line) -> int:
    """How many records the office has."""
    keys = line.good("recovery", "list")["events"]
    return len(keys)


def sealed_visit(line: Line, by: str = "tom") -> str:
    """A visit that is kept sealed by mara; gives its reference."""
    reference = line.good("case", "new", by=by)["reference"]
    line.do(
        reference,
        "keep-sealed",
        "mara",
        ground="investigation",
        citation="Policy 4",
        review_on="2026-09-01",
    )
    return str(reference)


# --- The drill ----------------------------------------------------------------------------------


def test_two_holders_drill_and_it_is_recorded(
    recoverable: Line, come: Callable[..., Answer], drawn: Drawn
) -> None:
    """The drill opens the announced identity, records who, when and how many, and no seed."""
    answer = come("drill", "board", "mara", by="tom")
    assert answer.code == 0, answer.err
    assert (answer.data["result"], answer.data["holders"]) == ("opened", 2)
    (drill,) = [e for e in recoverable.good("recovery", "list")["events"] if "drill" in e["type"]]
    assert drill["by"] == "tom"
    assert drill["event"] == {
        "key": drawn.recovery.key.digest.hex(),
        "holders": 2,
        "result": "opened",
    }


def test_a_drill_fails_closed_and_records_nothing(
    recoverable: Line, come: Callable[..., Answer], tmp_path: Path
) -> None:
    """One holder, a wrong or mistyped code, a bad sheet, a stranger: a sentence and no record."""
    before = head(recoverable)
    damaged = (tmp_path / "sheets" / "tom").read_text()
    at = damaged.index("-----BEGIN") + 500
    swapped = "B" if damaged[at] != "B" else "C"
    (tmp_path / "sheets" / "damaged").write_text(damaged[:at] + swapped + damaged[at + 1 :])
    (tmp_path / "sheets" / "empty").write_text("no capsule in here")
    for answer, said in (
        (come("drill", "mara", by="mara"), "takes 2 holders"),
        (come("drill", "mara", "mara", by="mara"), "takes 2 holders"),
        (come("drill", "mara", "tom", by="mara", given={"tom": new_code()}), "code of tom"),
        (come("drill", "mara", "tom", by="mara", given={"tom": "1234-ABCD"}), "seven groups"),
        (come("drill", "mara", "tom", by="mara", sheets=("damaged",)), "damaged"),
        (come("drill", "mara", "tom", by="mara", sheets=("empty",)), "no capsule"),
        (come("drill", "mara", "tom", by="mara", sheets=("missing",)), "cannot be read"),
        (
            come(
                "drill",
                "mara",
                "stranger",
                by="mara",
                given={"stranger": new_code()},
                sheets=("mara",),
            ),
            "another holder",
        ),
    ):
        assert answer.code == 2, answer
        assert said in answer.err
        assert "Traceback" not in answer.err
    assert head(recoverable) == before


def test_capsules_of_another_ledger_are_told(
    recoverable: Line, come: Callable[..., Answer], tmp_path: Path, others: Drawn
) -> None:
    """Codes and capsules that open each other but not this ledger's identity are refused."""
    (tmp_path / "sheets" / "other").write_text(others.capsules[0].text())
    before = head(recoverable)
    answer = come("drill", "ann", "bob", by="mara", given=dict(others.codes), sheets=("other",))
    assert (answer.code, "another ledger" in answer.err) == (4, True)
    assert head(recoverable) == before


def test_an_exchanged_recovery_key_is_found(recoverable: Line, come: Callable[..., Answer]) -> None:
    """Whoever can write to the keystore cannot put a key of their own into its place."""

    with closing(sqlite3.connect(recoverable.home / "keystore.db")) as database, database:
        database.execute("DELETE FROM people WHERE person = '@recovery'")
    database.close()
    assert come("drill", "mara", "tom", by="mara").code == 1
    refused = recoverable("case", "new", by="tom")
    assert (refused.code, "recovery key" in refused.err) == (1, True)


def test_a_ledger_without_recovery_says_so(line: Line) -> None:
    """Nothing is drilled or proposed where there is nothing to recover with."""
    words = ("--capsules", "none", "--holder", "mara", "--holder", "tom")
    for command in ("drill", "use"):
        answer = line("recovery", command, *words, by="mara")
        assert answer.code in (2, 4)
        assert answer.err.strip().endswith((".", "renew"))
    assert line("recovery", "propose", "mara", by="tom").code == 4


# --- In earnest ---------------------------------------------------------------------------------


def test_who_lost_everything_gets_the_sealed_matters_back(
    recoverable: Line, come: Callable[..., Answer], descriptor: Callable[[str], str]
) -> None:
    """The director's new key opens nothing; two agree, two holders come, and it opens again."""
    line = recoverable
    reference = sealed_visit(line)
    waiting = line.good("case", "new", by="tom")["reference"]
    line.enrol("ines", "director")
    phrase = "four patient herons"
    replaced = ("key", "replace", "mara", "--new-passphrase-fd", descriptor(phrase))
    line.good(*replaced, by="ines")
    line.good("person", "assent", by="tom")

    def mara(*words: str) -> Answer:
        return line("--passphrase-fd", descriptor(phrase), *words, by="mara")

    assert mara("case", "show", reference).code == 3
    early = come("use", "tom", "board", by="ines")
    assert (early.code, "agreed on" in early.err) == (4, True)
    line.good("recovery", "propose", "mara", by="tom")
    alone = come("use", "tom", "board", by="ines")
    assert alone.code == 4
    assert line.good("recovery", "assent", by="tom")["assented"] == []
    line.good("recovery", "assent", by="ines")
    used = come("use", "tom", "board", by="mara", more=("--passphrase-fd", descriptor(phrase)))
    assert used.code == 0, used.err
    shown = mara("case", "show", reference)
    assert shown.code == 0, shown.err
    assert mara("case", "show", waiting).code == 0
    history = json.loads(mara("case", "history", reference).out)["history"]
    assert history[-1]["type"] == "access-recovered.v1"
    again = come("use", "tom", "board", by="mara", more=("--passphrase-fd", descriptor(phrase)))
    assert (again.code, "agreed on" in again.err) == (4, True)
    told = json.dumps(line.good("recovery", "list"))
    assert reference not in told
    assert waiting not in told
    line.later(days=5)
    line.good("tick")
    report = mara("verify", "--reveal")
    assert (report.code, json.loads(report.out)["findings"]) == (0, []), report.out


def test_one_matter_can_be_recovered_alone(recoverable: Line, come: Callable[..., Answer]) -> None:
    """Of two sealed matters the one that is named opens to her, and the other does not."""
    line = recoverable
    one, other = sealed_visit(line, by="mara"), sealed_visit(line, by="mara")
    line.enrol("vera", "director")
    for reference in (one, other):
        assert line("case", "show", reference, by="vera").code == 3
    line.good("recovery", "propose", "vera", by="mara")
    line.good("recovery", "assent", by="tom")
    nowhere = come("use", "tom", "board", by="vera", more=("--case", "0000-0000-0"))
    assert nowhere.code == 3
    used = come("use", "tom", "board", by="vera", more=("--case", one))
    assert used.code == 0, used.err
    assert line("case", "show", one, by="vera").code == 0
    assert line("case", "show", other, by="vera").code == 3
    line.good("key", "rewrap", by="mara")
    assert line("case", "show", one, by="vera").code == 0
    assert line("case", "show", other, by="vera").code == 3


def test_new_sheets_replace_the_old_ones(
    recoverable: Line,
    come: Callable[..., Answer],
    codes: Codes,
    tmp_path: Path,
) -> None:
    """After a renewal that two signed, the old sheets are told as such and the new ones work."""
    line = recoverable
    words = ("recovery", "renew", "--recovery-sheet-dir", str(tmp_path / "fresh"))
    holders = ("--recovery-holder", "ann", "--recovery-holder", "bob", "--recovery-holder", "cy")
    assert line(*words, *holders[:4], by="mara").code == 2
    line.good(*words, *holders, by="mara")
    line.good("recovery", "assent", by="tom")
    old = come("drill", "mara", "tom", by="mara")
    assert (old.code, "replaced" in old.err) == (4, True)
    pages = {one: tmp_path / "fresh" / f"recovery-sheet-{one}.txt" for one in ("ann", "cy")}
    theirs = [
        one.read_text().split("made on")[-1].splitlines()[2].strip() for one in pages.values()
    ]
    drill = ["recovery", "drill", "--holder", "ann", "--holder", "cy", "--codes-fd", codes(*theirs)]
    done = line.good(*drill, "--capsules", str(pages["cy"]), by="tom")
    assert done["result"] == "opened"
