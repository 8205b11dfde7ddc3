"""Two folders: a pack for everybody, and openings for cleared eyes only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.export.container import Container
from tests.cli.conftest import Line
from tests.cli.test_main_job import PHRASE, enrol


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its name."""
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file()
    }


def publish(line: Line) -> None:
    """Let everything that was recorded come into the log."""
    line.later(days=4)
    line.good("tick")


def judged(line: Line, pack: Path, openings: Path) -> tuple[int, set[str]]:
    """What the verifier says of both folders: exit and codes."""
    answer = line("verify", str(pack), "--openings", str(openings))
    return answer.code, {one["code"] for one in answer.data["findings"]}


def test_a_cleared_person_accounts_for_every_entry(line: Line, tmp_path: Path) -> None:
    """Pack and openings of somebody who opens everything leave no entry of the log unexplained."""
    line.do(line.good("case", "new", by="mara")["reference"], "open", "mara")
    line.good("case", "new", by="mara")
    publish(line)
    pack, openings = tmp_path / "pack", tmp_path / "openings"
    words = ("export", "ledger", str(pack), "--openings", str(openings), "--reveal", "all")
    told = line.good(*words, by="mara")
    size = 4 * 128
    assert told["openings"]["closed"] == 0
    assert told["records"] + told["openings"]["records"] + told["openings"]["covers"] == size
    assert told["openings"]["records"] == 1
    assert judged(line, pack, openings) == (0, set())
    names = set(files(openings))
    assert all(
        name.split("/")[0] in {"records", "openings", "law", "manifest.json"} for name in names
    )
    assert line("verify", str(pack)).code == 0
    both = line(
        "verify", "--keep", str(tmp_path / "k"), "--openings", str(tmp_path / "o"), by="mara"
    )
    assert (both.code, both.data["findings"]) == (0, [])


def test_the_pack_is_the_same_whoever_makes_it(line: Line, tmp_path: Path) -> None:
    """Nothing of what a cleared person may see goes into the pack, not even by a name or a size."""
    line.do(line.good("case", "new", by="mara")["reference"], "open", "mara")
    for _ in range(3):
        line.good("case", "new", by="mara")
    publish(line)
    packs = []
    for number, words in enumerate(
        (
            ("--openings", str(tmp_path / "o1")),
            (),
        )
    ):
        pack = tmp_path / f"{number}"
        line.good("export", "ledger", str(pack), *words, by=("mara", "tom")[number])
        packs.append(files(pack))
    assert packs[0] == packs[1]
    sealed = files(tmp_path / "o1")
    assert not {name for name in sealed if name.startswith(("records/", "openings/"))} & set(
        packs[0]
    )
    shown = {name for name in packs[0] if name.startswith("records/")}
    listed = {one["path"] for one in json.loads(packs[0]["manifest.json"])["files"]}
    assert shown <= listed
    assert len(shown) == 3 + 1 + 1 + 1


def test_what_is_not_open_to_somebody_stays_unopened(
    line: Line, descriptor: Callable[[str], str], tmp_path: Path
) -> None:
    """The custodian opens the covers and no visit that was kept from her: V13 says so."""
    line.good("case", "new", "--with", '{"not_to_director": true}', by="tom")
    publish(line)
    pack, openings = tmp_path / "pack", tmp_path / "openings"
    told = line.good("export", "ledger", str(pack), "--openings", str(openings), by="mara")
    assert (told["openings"]["records"], told["openings"]["closed"]) == (0, 1)
    assert judged(line, pack, openings) == (1, {"V13.unopened"})


def test_an_attester_who_came_later_opens_no_older_covers(
    line: Line, descriptor: Callable[[str], str], tmp_path: Path
) -> None:
    """Seeds are sealed to who is attester when the tick is built."""
    publish(line)
    enrol(line, descriptor, "una", "counsel")
    publish(line)
    pack, openings = tmp_path / "pack", tmp_path / "openings"
    words = ("export", "ledger", str(pack), "--openings", str(openings))
    secret = ("--passphrase-fd", descriptor(PHRASE))
    told = line.good(*secret, *words, by="una")["openings"]
    assert told["closed"] > 3 * 128
    assert told["covers"] > 3 * 120
    assert judged(line, pack, openings) == (1, {"V13.unopened"})


def test_who_is_not_cleared_exports_no_openings(
    line: Line, descriptor: Callable[[str], str], tmp_path: Path
) -> None:
    """Staff export the pack and are refused the rest."""
    enrol(line, descriptor, "kim", "staff")
    publish(line)
    words = ("export", "ledger", str(tmp_path / "pack"))
    refused = line(
        *("--passphrase-fd", descriptor(PHRASE)),
        *words,
        "--openings",
        str(tmp_path / "o"),
        by="kim",
    )
    assert refused.code == 4
    assert not (tmp_path / "pack").exists()
    assert line.good("--passphrase-fd", descriptor(PHRASE), *words, by="kim")["records"] > 3


def test_a_wrong_place_is_answered_with_a_sentence(line: Line, tmp_path: Path) -> None:
    """Before the first tick, into a full folder, or into the pack itself, nothing is written."""
    assert line("export", "ledger", str(tmp_path / "pack"), by="mara").code == 2
    publish(line)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("dear")
    assert line("export", "ledger", str(tmp_path / "full"), by="mara").code == 2
    words = ("export", "ledger", str(tmp_path / "pack"), "--openings")
    assert line(*words, str(tmp_path / "pack" / "openings"), by="mara").code == 2
    shutil.rmtree(tmp_path / "pack")
    assert line(*words, str(tmp_path / "full"), by="mara").code == 2
    assert line("verify", str(tmp_path / "nowhere")).code == 2


@pytest.mark.parametrize("missing", ["openings", "records"])
def test_openings_with_a_hole_are_found(line: Line, tmp_path: Path, missing: str) -> None:
    """Whoever takes one away from the openings, manifest and all, is found out by V13."""
    line.good("case", "new", by="mara")
    publish(line)
    pack, openings = tmp_path / "pack", tmp_path / "openings"
    line.good("export", "ledger", str(pack), "--openings", str(openings), by="mara")
    victims = sorted((openings / "records").iterdir())
    leaf = victims[0].name.partition(".")[0]
    gone = {f"records/{leaf}.dsse.json", f"openings/{leaf}.json"}
    if missing == "openings":
        covers = {one.name for one in (openings / "openings").iterdir()} - {f"{leaf}.json"}
        gone = {f"openings/{min(covers)}"}
    manifest = json.loads((openings / "manifest.json").read_bytes())
    manifest["files"] = [one for one in manifest["files"] if one["path"] not in gone]
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    (openings / "manifest.json").write_text(text)
    for name in gone:
        (openings / name).unlink()
    code, codes = judged(line, pack, openings)
    assert code == 1
    assert "V13.unopened" in codes


def test_the_command_line_replays(line: Line, tmp_path: Path) -> None:
    """`verify --replay` judges every decision again; a claim that was bent is found."""
    line.do(line.good("case", "new", by="mara")["reference"], "open", "mara")
    publish(line)
    pack = tmp_path / "pack"
    told = line.good("verify", "--keep", str(pack), "--replay", by="mara")
    assert told["shown"]["replayed"]["cases"] == 1
    assert {"check": "V15", "outcome": "ran", "reason": ""} in told["checks"]
    (claims,) = (pack / "derived").iterdir()
    claims.write_bytes(claims.read_bytes().replace(b'"under-decision"', b'"disclosed"'))
    answer = line("verify", str(pack), "--replay")
    assert answer.code == 1
    assert {one["code"] for one in answer.data["findings"]} == {"V1.differs", "V15.state-differs"}


@pytest.mark.parametrize("fails", ["pack", "openings"])
def test_what_breaks_off_leaves_no_folder(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """Who finds a folder finds all of it: a full disk leaves none that lacks its manifest."""
    publish(line)
    finish, calls = Container.finish, []

    def full(self: Container, *told: Any) -> bytes:
        calls.append(told)
        if told[0] == {"pack": "ledger", "openings": "openings"}[fails]:
            raise OSError(28, "No space left on device")
        return finish(self, *told)

    monkeypatch.setattr(Container, "finish", full)
    words = ("export", "ledger", str(tmp_path / "pack"), "--openings", str(tmp_path / "openings"))
    answer = line(*words, by="mara")
    assert (answer.code, "No space left" in answer.err) == (5, True)
    assert calls
    found = {one.name for one in tmp_path.iterdir()} & {"pack", "openings"}
    assert found == ({"pack"} if fails == "openings" else set())
    assert not any("partial" in one.name for one in tmp_path.iterdir())
