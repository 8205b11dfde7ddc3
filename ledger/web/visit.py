"""One request: who makes it, what it says, and what its handler works with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from keys.keyring import Keyring
from ledger.domain.vault_events import LookReason
from ledger.errors import BadRequest, NotPermitted, Unavailable
from ledger.register.acts import Act, Receipt
from ledger.register.exposure import READING_ROLES
from ledger.register.handle import CLEARED_ROLES
from ledger.register.incoming import Incoming
from ledger.register.reading import Reader
from ledger.register.roles import check_key
from ledger.web.access import Standing, standings_at
from ledger.web.branches import COOKIE as BRANCH_COOKIE
from ledger.web.branches import Branch, Settings, branch_with, settings_of
from ledger.web.failures import SignInNeeded
from ledger.web.reading import read_object
from ledger.web.receiving import Received
from ledger.web.sessions import SignedIn
from ledger.web.site import Site
from ledger.web.words import LANGUAGE_COOKIE, LANGUAGES, Language, language_of

MOST_FIELDS = 200
UNREADABLE = "What was sent cannot be read as a form. Nothing was saved."


@dataclass
class Visit:
    """A request at the door, its body already read: at most `app.MOST_BYTES`."""

    site: Site
    request: Request
    body: bytes = b""
    extra: frozenset[Standing] = field(default_factory=frozenset)
    """Standings that no session gives: a branch's, a token's."""
    received: Received | None = None
    """What a form with a file brought, in the place of `body`."""
    is_looking_on: bool = False
    """Whether this is an answer that goes on by itself, and makes no session longer."""

    @cached_property
    def signed_in(self) -> SignedIn | None:
        """The session of this browser, if it has one and everything still is as it was.

        Keys and roles are asked for at each request: whoever lost a role lost the session (T-38).
        """
        token = self.request.cookies.get(self.cookie)
        sessions = self.site.sessions
        find = sessions.peek if self.is_looking_on else sessions.find
        found = None if token is None else find(token, self.place)
        if found is None or token is None:
            return None
        office = self.site.register.office().office
        try:
            check_key(office, found.keyring)
        except NotPermitted:
            self.site.sessions.end(token)
            return None
        if office.roles_of(found.person) != found.roles:
            self.site.sessions.end(token)
            return None
        return found

    @property
    def cookie(self) -> str:
        """The name of this program's cookie; the two programs may share a host's cookies."""
        return f"__Host-{self.site.side}"

    @property
    def place(self) -> str:
        """Where the request comes from: the peer's address and the program it names itself."""
        peer = self.request.client
        return f"{peer.host if peer else ''} {self.request.headers.get('user-agent', '')}"

    @property
    def person(self) -> SignedIn:
        """Who is signed in. Raises: SignInNeeded."""
        if self.signed_in is None:
            raise SignInNeeded
        return self.signed_in

    @property
    def language(self) -> Language:
        """The language that was chosen on a page (`?lang=`, then its cookie), or that the browser
        asks for, as far as there are words in it.
        """
        cookie = self.request.cookies.get(LANGUAGE_COOKIE)
        for chosen in (self.chosen_language, cookie):
            for one in LANGUAGES:
                if one == chosen:
                    return one
        return language_of(self.request.headers.get("accept-language", ""))

    @property
    def chosen_language(self) -> str | None:
        """What the address asks for."""
        return self.request.query_params.get("lang")

    @cached_property
    def branch(self) -> Branch | None:
        """Where visits are logged without signing in: at the machine itself, where nobody else can
        reach the desk's program, and at a PC that was linked to a branch.
        """
        if self.site.side != "desk":
            return None
        if not self.site.is_secure:
            return Branch(self.desk_settings.here)
        token = self.request.cookies.get(BRANCH_COOKIE)
        return None if token is None else branch_with(self.desk_settings, token)

    @cached_property
    def desk_settings(self) -> Settings:
        """The desk's settings; empty where they cannot be read: that stops nobody's visit from
        being logged at the machine itself, and lets no other PC in.
        """
        try:
            return settings_of(self.site.home_path)
        except Unavailable:
            return Settings()

    @cached_property
    def standings(self) -> frozenset[Standing]:
        """What the visitor may be judged by: see `access`."""
        found = {"anybody", *self.extra}
        if self.branch is not None:
            found.add("branch")
        if self.signed_in is not None:
            found |= {"person", *self.signed_in.roles}
        return standings_at(self.site.side, found)

    @property
    def is_cleared(self) -> bool:
        """Whether the visitor looks among sealed matters by their role."""
        return bool(CLEARED_ROLES & self.standings)

    @property
    def is_paced(self) -> bool:
        """Whether this is answered on the beat: who looks among sealed matters without being
        cleared by a role waits, because how long it takes would tell how many there are.
        """
        return self.site.side == "room" and self.signed_in is not None and not self.is_cleared

    @property
    def _vault(self) -> bool | None:
        """Whether sealed matters are looked for: at the room for everybody, who opens theirs."""
        return True if self.site.side == "room" and not self.is_cleared else None

    def reader(self, reason: LookReason = "duty", *, glass: str | None = None) -> Reader:
        """Read as the person who is signed in; each look among sealed matters is recorded.

        Raises:
            SignInNeeded: nobody is.
            NotPermitted: they hold no role that reads cases.
        """
        if not READING_ROLES & self.person.roles:
            raise NotPermitted("Your role does not read cases.")
        return self.site.register.looking(
            self.person.keyring, reason, vault=self._vault, glass=glass
        )

    def act(
        self, act: Act, keyring: Keyring | None = None, *, expected: bytes | None = None
    ) -> Receipt:
        """Have an act recorded, signed by the person who is signed in, or with another keyring.
        `expected` is the version of the case that they saw, if it is for that one only.

        Raises: as `Register.handle`.
        """
        signer = self.person.keyring if keyring is None else keyring
        vault = self._vault if keyring is None else None
        return self.site.register.handle(signer, act, vault=vault, expected=expected)

    @cached_property
    def form(self) -> Fields:
        """The fields of a form that was sent.

        Raises:
            BadRequest: it is no form, or has too many fields.
        """
        if self.received is not None:
            return Fields(tuple(self.received.fields))
        try:
            text = self.body.decode("utf-8")
            pairs = parse_qsl(
                text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
            )
        except ValueError as error:
            raise BadRequest(UNREADABLE) from error
        return Fields(tuple(pairs))

    @property
    def document(self) -> Incoming | None:
        """The file that a form brought, if it did; it goes with the request."""
        return None if self.received is None else self.received.document

    def close(self) -> None:
        """Let go what was brought."""
        if self.received is not None:
            self.received.close()

    @cached_property
    def data(self) -> dict[str, Any]:
        """The object of JSON that was sent. Raises: BadRequest."""
        return read_object(self.body)


@dataclass(frozen=True)
class Fields:
    """The fields of a form, in the order in which they were sent."""

    pairs: tuple[tuple[str, str], ...]

    def text(self, name: str) -> str | None:
        """What was written into a field, without space around it; None where nothing was.

        Raises:
            BadRequest: it was sent twice; which of them was meant is not guessed.
        """
        found = [value.strip() for key, value in self.pairs if key == name]
        if len(found) > 1:
            raise BadRequest("A field was sent twice. Nothing was saved.")
        return found[0] or None if found else None

    def all(self, name: str) -> tuple[str, ...]:
        """Everything that was chosen of a list."""
        return tuple(value for key, value in self.pairs if key == name and value)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)
