"""A passkey from its making to its end, in a real browser with an authenticator of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.screen import Screen
from tests.register.library import Library
from tests.web.served import library_of_today

AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "hasPrf": True,
    "automaticPresenceSimulation": True,
    "isUserVerified": True,
}
REFUSED = "That passkey does not sign in at this address."
UNASKED = "pubKeyCredParams is missing"
"""What Chromium says of whoever takes no RSA: a verifier of records here knows two algorithms."""


@pytest.fixture(scope="module")
def shown_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library in which nothing happened yet."""
    made = library_of_today(tmp_path_factory.mktemp("passkeys") / "home")
    yield made
    made.home.close()


class Authenticator:
    """What the browser has at hand: it sees its person whenever it is asked."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        told = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self._id = told["authenticatorId"]

    def forget_its_person(self) -> None:
        """Finger, face and PIN are wrong from here on."""
        asked = {"authenticatorId": self._id, "isUserVerified": False}
        self._session.send("WebAuthn.setUserVerified", asked)

    def holds(self) -> int:
        """How many credentials lie in it."""
        told = self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return len(told["credentials"])

    def go(self) -> None:
        """Leave the browser without one."""
        self._session.send("WebAuthn.disable")
        self._session.detach()


@pytest.fixture
def authenticator(screen: Screen) -> Iterator[Authenticator]:
    """A new authenticator, in which nothing lies."""
    made = Authenticator(screen.page)
    yield made
    made.go()


def press(screen: Screen, name: str) -> str:
    """Press a button that leads to another page; gives what can be read there."""
    with screen.page.expect_navigation():
        screen.page.get_by_role("button", name=name).click()
    return screen.text()


def signed_in_by_passkey(screen: Screen) -> str:
    """Sign in at the room by whatever the authenticator holds; gives what can be read then."""
    assert screen.open("room", "/sign-in") == 200
    return press(screen, "Sign in with a passkey")


def told(screen: Screen) -> str:
    """What the page says of a ceremony that came to nothing."""
    place = screen.page.locator("[data-told]")
    place.wait_for(state="visible")
    return place.inner_text()


def test_a_passkey_is_made_agreed_to_used_and_ended(
    screen: Screen, authenticator: Authenticator
) -> None:
    """mara makes one; until tom agrees it lets nobody in; then it signs her in without a name, and
    what its PRF gives opens her keyring; she ends it, and it lets nobody in any more.
    """
    assert screen.open("room", "/passkeys", "mara") == 200
    with screen.expecting_faults() as faults:
        assert "It waits for a second person." in press(screen, "Make a passkey")
        assert authenticator.holds() == 1
        assert REFUSED in signed_in_by_passkey(screen)
    assert [UNASKED in faults[0], "401" in faults[1], len(faults)] == [True, True, 2], faults

    assert screen.open("room", "/office", "tom") == 200
    press(screen, "I checked who this is, and agree")
    assert "Sign out mara" in signed_in_by_passkey(screen)
    screen.page.goto(f"{screen.origin}/passkeys")
    assert "It signs you in and confirms decisions." in screen.text()
    assert "Ended." in press(screen, "End it")

    with screen.expecting_faults() as faults:
        assert REFUSED in signed_in_by_passkey(screen)
    assert screen.page.get_by_role("button", name="Sign out mara").count() == 0
    assert ["401" in one for one in faults] == [True], faults


def test_a_ceremony_that_comes_to_nothing_says_so(
    screen: Screen, authenticator: Authenticator
) -> None:
    """A passkey that is there already, a person who is not verified, a server that is away: the
    page stays, and says what to do.
    """
    assert screen.open("room", "/passkeys", "tom") == 200
    with screen.expecting_faults():
        press(screen, "Make a passkey")
        screen.page.get_by_role("button", name="Make a passkey").click()
        assert "enrolled already" in told(screen)
    assert authenticator.holds() == 1
    assert screen.open("room", "/sign-in") == 200
    authenticator.forget_its_person()
    button = screen.page.get_by_role("button", name="Sign in with a passkey")
    button.click()
    assert "gave no passkey" in told(screen)
    with screen.expecting_faults():
        screen.context.set_offline(True)
        button.click()
        screen.page.get_by_text("did not answer").wait_for(state="visible")
        screen.context.set_offline(False)
