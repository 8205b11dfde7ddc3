"""A decision is confirmed by a passkey in a real browser, whose authenticator is Chromium's own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession

from ledger.register.acts import Receipt
from tests.authenticator import Authenticator
from tests.browser.screen import DESKTOP, PHONE, Screen
from tests.register.approved import acting, approve, enrol, leaving
from tests.register.library import Library
from tests.web.served import Served

BUTTON = "form[data-confirm] button"


@dataclass
class Hand:
    """The authenticator in the browser, as its owner holds it."""

    session: CDPSession
    authenticator: str

    def verifies(self, says_so: bool) -> None:
        """Whether its owner shows finger, face or number when they are asked."""
        told = {"authenticatorId": self.authenticator, "isUserVerified": says_so}
        self.session.send("WebAuthn.setUserVerified", told)


@contextmanager
def holding(screen: Screen, key: Authenticator) -> Iterator[Hand]:
    """A browser whose authenticator holds this passkey, for the length of a block."""
    session = screen.context.new_cdp_session(screen.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    hand = Hand(session, made["authenticatorId"])
    credential = {
        "credentialId": b64encode(key.credential).decode(),
        "isResidentCredential": False,
        "rpId": key.rp,
        "privateKey": b64encode(key.private).decode(),
        "signCount": 1,
    }
    told = {"authenticatorId": hand.authenticator, "credential": credential}
    session.send("WebAuthn.addCredential", told)
    yield hand
    session.detach()


@pytest.fixture(scope="module")
def maras(serving: Served) -> Authenticator:
    """Mara's passkey, for the address at which the room is served."""
    return Authenticator("mara", rp="localhost", origin=serving.origins["room"])


@pytest.fixture(scope="module")
def approval(shown_library: Library, maras: Authenticator) -> Receipt:
    """What mara approved, who has a passkey."""
    do = acting(shown_library)
    enrol(do, maras, "mara", "tom")
    case = shown_library.visit()
    shown_library.act("mara", "open", case)
    return approve(do, case)


def come(screen: Screen, reference: str) -> None:
    """Go as mara to the page on which she confirms, from what needs her now."""
    assert screen.open("room", "/", "mara") == 200
    waiting = screen.page.locator("li", has_text=f"{reference}: Approval granted")
    with screen.page.expect_navigation():
        waiting.get_by_role("link", name="Confirm with your passkey").click()
    with screen.page.expect_navigation():
        screen.page.get_by_role("link", name="Confirm record").click()


def test_a_browser_without_scripts_is_told_what_to_do(
    browser: Browser, serving: Served, approval: Receipt, pictures: Path
) -> None:
    """Nothing can ask a passkey there: the page says so, the button records nothing and says so."""
    context = browser.new_context(locale="en-US", java_script_enabled=False)
    screen = Screen(context.new_page(), serving.origins, pictures)
    come(screen, approval.case)
    assert "Without its script this page cannot ask a passkey." in screen.text()
    with screen.expecting_faults():
        with screen.page.expect_navigation():
            screen.page.click(BUTTON)
        assert "Your browser did not ask your passkey. Nothing was recorded." in screen.text()
    context.close()


def test_t39_a_passkey_in_the_hand_confirms_what_a_session_alone_does_not(
    screen: Screen, shown_library: Library, maras: Authenticator, approval: Receipt
) -> None:
    """T-39: who does not show that it is them confirms nothing and is told so; then they do, by
    keyboard, and the case says it. The page can be read by everybody, before and after.
    """
    come(screen, approval.case)
    assert screen.wrong_anywhere("confirm") == {}
    screen.look(DESKTOP)
    with holding(screen, maras) as hand:
        hand.verifies(says_so=False)
        screen.press(BUTTON)
        screen.page.wait_for_selector("[data-told]:not([hidden])")
        assert "Your passkey did not answer. Nothing was recorded. Try again." in screen.text()
        screen.look(PHONE)
        screen.screenshot("confirm-refused")
        assert screen.violations() == []
        screen.look(DESKTOP)
        assert "passkey-approved.v1" not in types(shown_library, approval.case)
        hand.verifies(says_so=True)
        with screen.page.expect_navigation():
            screen.press(BUTTON)
    assert screen.page.url.endswith("#history"), screen.text()
    assert "Confirmed with a passkey by mara on" in screen.text()
    assert "Checked now: the passkey answered for this record." in screen.text()
    screen.screenshot("confirmed")
    assert screen.wrong_anywhere("confirmed") == {}
    shown_library.act("mara", "disclose", approval.case, **leaving(approval))


def types(library: Library, reference: str) -> list[str]:
    """The types of a case's records."""
    return [one.type for one in library.case("mara", reference).case.records]
