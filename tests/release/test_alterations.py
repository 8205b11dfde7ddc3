"""A pack of a case of two hundred acts, and whatever can be done to it: five verifiers agree.

Ours, the one file of it with python3 and `cryptography` alone, the page in a real browser, a
stranger's from the format's text, and, of what concerns the log, tools that know nothing of us.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # it has none
from playwright.sync_api import Browser, FilePayload, Page
from pypdf import PdfReader

from ledger.export.part import export_case
from ledger.verify import verify
from tests.browser.chromium import chromium
from tests.browser.screen import AXE, DESKTOP, LETTER
from tests.cli.test_parts import guided
from tests.forge import write
from tests.independent.stranger.verifier import __main__ as stranger
from tests.register.library import Library, found_library
from tests.release.alterations import ALTERATIONS, Alteration, Pack, zipped
from tests.release.bare import Bare

ACTS = 200
ALTERED = pytest.mark.parametrize("one", ALTERATIONS, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with a case of two hundred acts, all of them published."""
    made = found_library(tmp_path_factory.mktemp("counsel") / "home")
    made.tick(hours=3)
    reference = made.visit()
    made.act("mara", "open", reference)
    request = made.ref("mara", "receive-request", reference, requester="law-enforcement")
    for number in range(ACTS - 3):
        made.act("mara", "annotate", reference, of=request, note=f"Call {number}.")
        # No more than a tick has room for, so that nothing comes late.
        if number % 15 == 0:
            made.tick(hours=1)
    made.tick(hours=5)
    made.tick(hours=12)
    yield made
    made.home.close()


@pytest.fixture(scope="module")
def pack(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Its case as evidence, with the remarks laid open."""
    (reference,) = (name for name, _ in library.home.open.labels())
    target = tmp_path_factory.mktemp("pack") / "pack"
    reader = library.reader("mara", vault=True)
    streams = reader.case(reference).streams
    done = export_case(
        library.home, reader.office_stream(), streams, target, reveal=frozenset({"note"})
    )
    assert (done.waiting, done.records > ACTS) == (0, True)
    files = {
        one.relative_to(target).as_posix(): one.read_bytes()
        for one in target.rglob("*")
        if one.is_file()
    }
    return Pack(files, (library.home.path / "trust.json").read_bytes())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, released: Path) -> Iterator[Page]:
    """The page, opened from a disk; whatever the browser complained of fails the last test."""
    context = browser.new_context(offline=True, reduced_motion="reduce")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("console", lambda one: faults.append(one.text))
    opened.on("pageerror", lambda one: faults.append(str(one)))
    requests: list[str] = []
    opened.on("request", lambda one: requests.append(one.url))
    opened_at = (released / "verify.html").as_uri()
    opened.goto(opened_at)
    opened.wait_for_selector("body[data-ready]", timeout=20_000)
    yield opened
    context.close()
    assert faults == []
    assert {one for one in requests if not one.startswith(("blob:", "data:"))} == {opened_at}


def payload(name: str, data: bytes) -> FilePayload:
    """A file as somebody chooses it."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def seen(page: Page, evidence: bytes, trust: bytes) -> tuple[str | None, set[str]]:
    """Bring a zip and a trust file to the page; gives how it ended, and the codes it tells."""
    page.set_input_files("#zip", payload("pack.zip", evidence))
    page.set_input_files("#trust", payload("trust.json", trust))
    return checked(page)


def checked(page: Page) -> tuple[str | None, set[str]]:
    """Press the button and wait."""
    page.click("button")
    page.wait_for_selector("body[data-exit]", timeout=60_000)
    items = page.query_selector_all("#findings li[data-code]")
    return page.get_attribute("body", "data-exit"), {
        str(one.get_attribute("data-code")) for one in items
    }


# ---- the good pack ------------------------------------------------------------------------------


def test_every_verifier_accepts_the_pack(
    pack: Pack, bare: Bare, page: Page, tmp_path: Path
) -> None:
    """Ours with a replay, the one file, a stranger's, openssl with Go and aics-tlog, and the page:
    which says what it leaves to others, and takes a few seconds for the whole case.
    """
    evidence = write(pack.files, tmp_path / "box" / "pack")
    trust = tmp_path / "trust.json"
    trust.write_bytes(pack.trust)
    ours = verify(evidence, pack.trust, replay=True)
    assert (ours.exit_code, ours.findings) == (0, ())
    ran = bare.run(str(evidence), "--trust", str(trust), "--json")
    assert (ran.returncode, json.loads(ran.stdout)["findings"]) == (0, []), ran.stderr
    theirs = stranger.answer_for([str(evidence), "--trust", str(trust)])
    assert (theirs["exit"], theirs["findings"]) == (0, [])
    assert guided(evidence, trust).returncode == 0
    assert seen(page, zipped(pack.files), pack.trust) == ("0", set())
    text = page.inner_text("#result")
    assert "Nothing wrong was found in what this page checks." in text
    assert "no browser can verify it" in text


def test_the_page_takes_a_folder_and_a_fingerprint(page: Page, pack: Pack, tmp_path: Path) -> None:
    """The fingerprint of the board's minutes is enough; another one is told in plain words."""
    founded = str(json.loads(pack.trust)["founded"])
    page.set_input_files("#folder", write(pack.files, tmp_path / "pack"))
    page.set_input_files("#trust", [])
    page.fill("#fingerprint", " ".join(founded[at : at + 8] for at in range(0, 64, 8)).upper())
    assert checked(page) == ("0", set())
    page.fill("#fingerprint", "ab" * 32)
    assert checked(page) == ("1", {"V9.founding-not-shown"})
    page.fill("#fingerprint", "my dog")
    assert checked(page)[0] == "2"
    assert "a fingerprint is 64 digits" in page.inner_text("#result")
    page.fill("#fingerprint", "")
    assert checked(page)[0] == "2"
    assert "Bring your trust file" in page.inner_text("#result")


def test_the_page_can_be_read_by_everybody_and_printed(page: Page, pack: Pack) -> None:
    """No violation of WCAG 2.2 AA in light, dark or print, nothing wider than a phone; by keyboard
    alone; what it found fits on a sheet or two.
    """
    page.set_input_files("#zip", payload("pack.zip", ALTERATIONS[0].zipped(pack)))
    page.set_input_files("#trust", payload("trust.json", pack.trust))
    page.focus("#fingerprint")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-exit]", timeout=60_000)
    assert page.evaluate("document.activeElement.id") == "result"
    # Its own policy allows no other script, so what asks goes in below it.
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(
        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    page.set_viewport_size({"width": DESKTOP, "height": 768})
    assert len(PdfReader(io.BytesIO(page.pdf(format=LETTER))).pages) <= 2


def violations(page: Page) -> list[str]:
    """What stands against accessibility."""
    page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate("asked => axe.run(document, asked)", AXE)
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]]


# ---- altered packs ------------------------------------------------------------------------------


def test_there_are_twenty_kinds_and_more() -> None:
    """Each row of the table is a thing of its own."""
    assert len({one.name for one in ALTERATIONS}) == len(ALTERATIONS) >= 20
    assert len({one.code for one in ALTERATIONS}) >= 20


@ALTERED
def test_every_verifier_finds_it(
    one: Alteration, pack: Pack, bare: Bare, page: Page, tmp_path: Path
) -> None:
    """Each of the four tells the code of what was done, and none calls the evidence intact."""
    evidence, trust = tmp_path / "pack.zip", tmp_path / "trust.json"
    data, trusted = one.zipped(pack), one.trust(pack)
    evidence.write_bytes(data)
    trust.write_bytes(trusted)
    words = [str(evidence), "--trust", str(trust)]
    ours = verify(evidence, trusted)
    ran = bare.run(*words, "--json")
    alone, theirs = json.loads(ran.stdout), stranger.answer_for(words)
    told = {
        "ours": (ours.exit_code, {found.code for found in ours.findings}),
        "alone": (ran.returncode, codes(alone)),
        "stranger": (theirs["exit"], codes(theirs)),
        "page": (int(str((looked := seen(page, data, trusted))[0])), looked[1]),
    }
    assert told["alone"] == told["ours"]
    assert {who: code for who, (code, _) in told.items()} == dict.fromkeys(told, 1)
    assert [who for who, (_, found) in told.items() if one.code not in found] == [], told


def codes(answer: dict[str, Any]) -> set[str]:
    """The codes of an answer in the form of FORMAT §7."""
    return {str(one["code"]) for one in answer["findings"]}


@pytest.mark.parametrize(
    "one", [one for one in ALTERATIONS if one.in_log], ids=lambda one: one.name
)
def test_tools_that_know_nothing_of_us_find_what_is_against_the_log(
    one: Alteration, pack: Pack, tmp_path: Path
) -> None:
    """openssl, aics-tlog and Go, called as the README says, refuse it too."""
    evidence = write(one.files(pack), tmp_path / "box" / "pack")
    trust = tmp_path / "trust.json"
    trust.write_bytes(pack.trust)
    assert guided(evidence, trust).returncode != 0
