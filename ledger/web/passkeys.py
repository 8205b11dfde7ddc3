"""Passkeys at the web's doors: a person's own page of them, enrolment, and signing in.

    page ─► options (a challenge) ─► the browser asks the authenticator ─► form ─► checked, recorded

Nobody names themselves to sign in: the authenticator knows whose passkey it holds, so what is
asked of it is the same for everybody, and nothing tells who there is (T-55). What its PRF gives
opens the keyring; an authenticator without PRF can confirm decisions and lets nobody in.

The library that knows WebAuthn takes a tenth of a program's start: it comes in when first needed.

Cites: WebAuthn Level 3 §7.1, §7.2, §10.1.4 (prf), §14.6; ADR 0028.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec
from starlette.responses import RedirectResponse, Response

from keys.errors import KeysError
from keys.keyring import Keyring
from keys.passkeys import salt_of
from ledger.domain.office import Office
from ledger.domain.passkey_events import PasskeyEnrolled, PasskeyRevoked
from ledger.errors import BadRequest
from ledger.evidence.assertion import answers, public_of, raw_key
from ledger.evidence.grammar import Malformed, to_base64
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import CLEARED_ROLES
from ledger.unlocking import keep, locks_with, remove_lock, unlock, unlocking
from ledger.web.doors import Door
from ledger.web.failures import PasskeyLetsNobodyIn
from ledger.web.pages import render
from ledger.web.room.wording import moment
from ledger.web.signing import begin
from ledger.web.site import Site
from ledger.web.visit import Visit

_encode = msgspec.json.Encoder(order="sorted").encode
NO_CEREMONY = (
    "The browser did not ask for a passkey, or too long ago. Open the page again; it needs a"
    " browser that knows passkeys and runs this page’s script. Nothing was recorded."
)
NOT_MADE = "This passkey cannot be used here. Use another one. Nothing was recorded."


# ---- where a passkey is for ----


def rp_of(site: Site) -> str:
    """The domain to which passkeys of this ledger belong: the host of its address."""
    return urlsplit(site.address).hostname or ""


def origins_of(site: Site) -> tuple[str, ...]:
    """Every address at which a browser may ask for one: both programs', ascending."""
    every = {*site.origins, site.other}
    return tuple(sorted(one for one in every if urlsplit(one).hostname == rp_of(site)))


# ---- a person's own page ----


def own(visit: Visit) -> Response:
    """The passkeys of whoever is signed in: those in force, those that wait, those that ended."""
    return render(visit, "passkeys.html", {"rows": _rows(visit), "rp": rp_of(visit.site)})


def _rows(visit: Visit) -> list[dict[str, object]]:
    site, me = visit.site, visit.person.person
    reader = site.register.reader(None)
    office = reader.office().office
    locks = unlocking(site.home, me)
    rows: list[dict[str, object]] = []
    for one in reader.office_stream().records:
        event = one.event
        if not isinstance(event, PasskeyEnrolled) or event.person != me:
            continue
        digest = sha256(b64decode(event.credential)).hexdigest()
        in_force = office.passkey_of(me, digest) is not None
        waits = any(waiting.ref == one.ref for waiting in office.awaiting_assent)
        rows.append(
            {
                "digest": digest,
                "at": moment(one.recorded_at, site.home.zone),
                "state": "in force" if in_force else "waits" if waits else "ended",
                "unlocks": in_force and digest in locks,
                "origins": event.origins,
            }
        )
    return rows


def options(visit: Visit) -> Response:
    """What the browser is to ask an authenticator for: a new passkey of this person."""
    from keys.assertions import ALGORITHMS

    site, who = visit.site, visit.person
    office = site.register.office().office
    # Those that wait too: made again on the same authenticator, they would be gone from it.
    known = (
        *(one.enrolled for one in office.passkeys if not one.revoked),
        *(one.event for one in office.awaiting_assent if isinstance(one.event, PasskeyEnrolled)),
    )
    return _told(
        {
            "challenge": _spelt(site.ceremonies.begin("enrol", who.csrf)),
            "rp": {"id": rp_of(site), "name": site.home.origin},
            "user": {
                # The same for each of their passkeys: an authenticator keeps the newest.
                "id": _spelt(sha256(f"{site.home.origin}\n{who.person}".encode()).digest()),
                "name": who.person,
                "displayName": who.person,
            },
            "algorithms": [int(one) for one in ALGORITHMS],
            "exclude": [
                _spelt(b64decode(one.credential)) for one in known if one.person == who.person
            ],
            "salt": _spelt(salt_of(rp_of(site))),
        }
    )


def enrol(visit: Visit) -> Response:
    """Record a passkey that the browser made; a second person assents before it counts.

    Raises:
        BadRequest: it was not asked for, or is none that can be used here.
        PasskeyRefused: too many passkeys open this keyring, or what was sent opens none.
        RequestRefused, Unavailable: as `Register.handle`.
    """
    from keys.assertions import made_with

    site, who, sent = visit.site, visit.person, _Sent(visit)
    challenge = sent.bytes("challenge")
    if not site.ceremonies.take(challenge, "enrol", who.csrf):
        raise BadRequest(NO_CEREMONY)
    rp, origins = rp_of(site), origins_of(site)
    made = made_with(
        sent.bytes("attestation"),
        sent.bytes("client_data"),
        challenge,
        rp=rp,
        origins=sorted(site.origins),
    )
    if made is None:
        raise BadRequest(NOT_MADE)
    try:
        algorithm, public = public_of(made.public)
    except Malformed as error:
        raise BadRequest(NOT_MADE) from error
    fields = {
        "person": who.person,
        "credential": to_base64(made.credential),
        "key": to_base64(public),
        "algorithm": algorithm,
        "rp": rp,
        "origins": list(origins),
    }
    output, ended = sent.bytes("prf"), site.register.office().office.revoked_passkeys
    # Made before anything is recorded: there may be too many, or no lock in what was sent.
    locks = (
        locks_with(site.home, who.keyring, made.credential, rp, output, ended) if output else None
    )
    visit.act(Act(PasskeyEnrolled.COMMAND, fields, OFFICE))
    if locks is not None:
        keep(site.home, locks)
    return RedirectResponse("/passkeys", 303)


def revoke(visit: Visit) -> Response:
    """End one of one's own passkeys: it confirms nothing from here on, and lets nobody in.

    Raises: as `Register.handle`.
    """
    digest, who = visit.form.text("passkey") or "", visit.person
    visit.act(Act(PasskeyRevoked.COMMAND, {"passkey": digest}, OFFICE))
    remove_lock(visit.site.home, who.person, digest)
    return RedirectResponse("/passkeys", 303)


# ---- signing in ----


def sign_in_options(visit: Visit) -> Response:
    """What the browser is to ask an authenticator for: a passkey of this address, whosever it is.

    Raises: TooMany.
    """
    site, peer = visit.site, visit.request.client
    site.limits.check_passkey(peer.host if peer else "")
    rp = rp_of(site)
    return _told(
        {
            "challenge": _spelt(site.ceremonies.begin("sign-in", visit.place)),
            "rp": rp,
            "salt": _spelt(salt_of(rp)),
        }
    )


def sign_in(visit: Visit) -> Response:
    """Sign in whoever holds the passkey that answered.

    Raises: PasskeyLetsNobodyIn; NotSignedIn.
    """
    return begin(visit, _unlocked(visit))


def _unlocked(visit: Visit) -> Keyring:
    from keys.assertions import Answer, is_good

    site, sent = visit.site, _Sent(visit)
    answer = Answer(
        sent.bytes("credential"),
        sent.bytes("authenticator_data"),
        sent.bytes("client_data"),
        sent.bytes("signature"),
    )
    challenge, rp = sent.bytes("challenge"), rp_of(site)
    is_ours = site.ceremonies.take(challenge, "sign-in", visit.place)
    office = site.register.office().office
    enrolled = _in_force(office, answer.credential)
    if not is_ours or enrolled is None or enrolled.rp != rp:
        raise PasskeyLetsNobodyIn
    public = raw_key(enrolled.algorithm, b64decode(enrolled.key))
    # This program's own origins: an answer that was given to the other one lets nobody in here.
    origins = sorted(site.origins)
    asked = answers(challenge, rp, origins, answer.authenticator_data, answer.client_data)
    if not asked or not is_good(answer, challenge, public, rp=rp, origins=origins):
        raise PasskeyLetsNobodyIn
    if site.side == "desk" and CLEARED_ROLES & office.roles_of(enrolled.person):
        raise PasskeyLetsNobodyIn
    try:
        return unlock(site.home, enrolled.person, answer.credential, rp, sent.bytes("prf"))
    except KeysError as error:
        raise PasskeyLetsNobodyIn from error


def _in_force(office: Office, credential: bytes) -> PasskeyEnrolled | None:
    """The passkey with this id that a second person assented to and nobody revoked."""
    digest = sha256(credential).hexdigest()
    live = (one for one in office.passkeys if one.digest == digest and not one.revoked)
    return next((one.enrolled for one in live), None)


# ---- what browsers send and are told ----


class _Sent:
    """The fields of a ceremony's form: base64url without padding; what is none is empty."""

    def __init__(self, visit: Visit) -> None:
        self._form = visit.form

    def bytes(self, name: str) -> bytes:
        """A field's bytes."""
        text = self._form.text(name) or ""
        try:
            return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError:
            return b""


def _spelt(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _told(value: dict[str, object]) -> Response:
    return Response(_encode(value), media_type="application/json")


DOORS = (
    Door("GET", "/passkeys", "manage-own-keys", own),
    Door("POST", "/passkeys", "manage-own-keys", enrol),
    Door("POST", "/passkeys/options", "manage-own-keys", options, "data"),
    Door("POST", "/passkeys/revoke", "manage-own-keys", revoke),
    Door("POST", "/sign-in/options", "sign-in", sign_in_options, "data"),
    Door("POST", "/sign-in/passkey", "sign-in", sign_in),
)
