"""Passkeys at the web's doors: enrolled by their person, agreed to by another, and then they let in
whoever holds them, and nobody else.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import urlencode

import cbor2
import pytest

from keys.passkeys import load
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import Register
from ledger.unlocking import locks_of
from ledger.web import ceremonies
from ledger.web.passkeys import origins_of, rp_of
from ledger.web.site import Side
from tests.authenticator import Authenticator
from tests.register.library import Library
from tests.web.asking import Asker, Told

RP = "localhost"
AT: dict[Side, str] = {"desk": "http://localhost:8410", "room": "http://localhost:8411"}
MADE = sha256(b"what the PRF of this authenticator gives").digest()
ZERO = bytes(32)
MARAS = Authenticator("mara's telephone", rp=RP, origin=AT["room"])


def spelt(data: bytes) -> str:
    """As the page's script spells bytes."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def challenge_in(told: Told) -> bytes:
    """The challenge that a browser is asked to have signed."""
    assert told.status == 200, told.text
    return urlsafe_b64decode(json.loads(told.body)["challenge"] + "=")


def enrol(
    asker: Asker, with_: Authenticator = MARAS, prf: bytes = MADE, **bent: Callable[[bytes], bytes]
) -> Told:
    """Make a passkey as the page's script does; parts of what is sent can be bent."""
    challenge = challenge_in(asker.post("/passkeys/options"))
    attestation, client = with_.attest(challenge)
    sent = {"challenge": challenge, "attestation": attestation, "client_data": client, "prf": prf}
    for name, bend in bent.items():
        sent[name] = bend(sent[name])
    return asker.post("/passkeys", [(name, spelt(data)) for name, data in sent.items()])


def answered(
    asker: Asker,
    with_: Authenticator = MARAS,
    *,
    prf: bytes = MADE,
    challenge: bytes | None = None,
    **bent: object,
) -> list[tuple[str, str]]:
    """What a browser sends to sign in."""
    asked = challenge or challenge_in(asker.post("/sign-in/options"))
    made = with_.answer(asked, **bent)  # type: ignore[arg-type] # any part may be bent
    sent = {
        "challenge": asked,
        "credential": with_.credential,
        "authenticator_data": made.authenticator_data,
        "client_data": made.client_data,
        "signature": made.signature,
        "prf": prf,
    }
    return [(name, spelt(data)) for name, data in sent.items()]


def sign_in(asker: Asker, **how: object) -> Told:
    """Sign in by a passkey."""
    return asker.post("/sign-in/passkey", answered(asker, **how))  # type: ignore[arg-type] # as above


def assented(asker: Asker, library: Library, by: str = "tom") -> None:
    """A second person agrees to what waits."""
    register = asker.site.register
    for one in register.office().office.awaiting_assent:
        library.now = library.now.replace(second=(library.now.second + 1) % 60)
        register.handle(library.people[by], Act("assent", {"of": one.e}, OFFICE))


@pytest.fixture
def room(own: dict[Side, Asker], closed: Library) -> Asker:
    """mara in the room, with a passkey that tom agreed to."""
    asker = own["room"].other().come_in(closed.people["mara"])
    assert enrol(asker).status == 303
    assented(asker, closed)
    return asker


def test_a_passkey_that_was_agreed_to_signs_in_and_unlocks(room: Asker) -> None:
    """Whoever holds it is signed in without a name, with a session like any other, and can act."""
    browser = room.other()
    told = sign_in(browser)
    assert (told.status, told.header("location")) == (303, "/")
    cookie = (told.header("set-cookie") or "").partition("=")[2].partition(";")[0]
    browser._holding(cookie)
    assert browser.signed_in is not None
    assert browser.signed_in.person == "mara"
    assert "Sign out mara" in browser.get("/passkeys").text
    assert "It signs you in and confirms decisions." in browser.get("/passkeys").text


def test_what_is_recorded_is_what_a_verifier_reads(room: Asker) -> None:
    """The office has the key in its one spelling, the domain, and both programs' addresses."""
    (found,) = room.site.register.office().office.passkeys
    assert found.digest == MARAS.passkey
    assert found.enrolled.origins == origins_of(room.site) == tuple(sorted(AT.values()))
    assert (found.enrolled.rp, found.enrolled.algorithm) == (rp_of(room.site), "ES256")


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_both_kinds_of_key_can_be_made(
    algorithm: str, own: dict[Side, Asker], closed: Library
) -> None:
    """A key of P-256 and an Ed25519 key both sign in."""
    kims = Authenticator("kim's key", algorithm, RP, AT["desk"])  # type: ignore[arg-type] # one of two
    asker = own["desk"].other().come_in(closed.people["kim"])
    assert enrol(asker, kims).status == 303
    assented(asker, closed)
    assert sign_in(asker.other(), with_=kims).status == 303


def test_before_a_second_person_agrees_it_lets_nobody_in(
    own: dict[Side, Asker], closed: Library
) -> None:
    """Until then the page says that it waits."""
    asker = own["room"].other().come_in(closed.people["mara"])
    assert enrol(asker).status == 303
    assert "It waits for a second person." in asker.get("/passkeys").text
    assert sign_in(asker.other()).status == 401


def test_a_passkey_that_ended_lets_nobody_in(room: Asker) -> None:
    """Its person ends it at the page; its lock goes with it, and the passphrase still opens."""
    assert room.post("/passkeys/revoke", [("passkey", MARAS.passkey)]).status == 303
    assert sign_in(room.other()).status == 401
    assert locks_of(room.site.home, "mara").locks == ()
    assert not room.site.home.passkeys_path("mara").exists()
    assert "Ended." in room.get("/passkeys").text
    assert room.other().sign_in("mara", "throw-away").status == 303


def test_a_passkey_that_was_ended_elsewhere_lets_nobody_in(room: Asker, closed: Library) -> None:
    """Its lock may lie there still, as in a backup: the office says what is in force."""
    act = Act("revoke-passkey", {"passkey": MARAS.passkey}, OFFICE)
    room.site.register.handle(closed.people["mara"], act)
    assert len(locks_of(room.site.home, "mara").locks) == 1
    assert sign_in(room.other()).status == 401


def test_the_same_authenticator_is_not_asked_twice(own: dict[Side, Asker], closed: Library) -> None:
    """It would forget the earlier passkey, which may wait for assent; one that ended is no loss."""
    asker = own["room"].other().come_in(closed.people["mara"])

    def excluded() -> list[str]:
        found: list[str] = json.loads(asker.post("/passkeys/options").body)["exclude"]
        return found

    assert enrol(asker).status == 303
    assert excluded() == [spelt(MARAS.credential)]
    assented(asker, closed)
    assert excluded() == [spelt(MARAS.credential)]
    assert asker.post("/passkeys/revoke", [("passkey", MARAS.passkey)]).status == 303
    assert excluded() == []


def test_a_ninth_is_refused_before_it_is_recorded(own: dict[Side, Asker], closed: Library) -> None:
    """A keyring has eight locks at most; one whose passkey ended elsewhere makes room."""
    asker = own["room"].other().come_in(closed.people["mara"])
    every = [Authenticator(f"number {n}", rp=RP, origin=AT["room"]) for n in range(9)]
    for one in every[:8]:
        assert enrol(asker, one).status == 303
    told = enrol(asker, every[8])
    assert (told.status, "at most eight passkeys" in told.text) == (400, True)
    assert enrol(asker, every[8], prf=b"short").status == 400
    office = asker.site.register.office().office
    assert len(office.awaiting_assent) == 8
    act = Act("revoke-passkey", {"passkey": every[0].passkey}, OFFICE)
    asker.site.register.handle(closed.people["mara"], act)
    assert enrol(asker, every[8]).status == 303


def test_t41_an_answer_is_taken_once(room: Asker) -> None:
    """T-41: replayed, from the same browser or another, it lets nobody in."""
    sent = answered(room.other())
    assert room.other().post("/sign-in/passkey", sent).status == 303
    assert room.other().post("/sign-in/passkey", sent).status == 401


def test_t41_a_challenge_is_for_one_browser_and_one_purpose(room: Asker) -> None:
    """T-41: neither a challenge of another browser nor one of an enrolment is answered here."""
    theirs = challenge_in(room.other(peer=("192.0.2.7", 1)).post("/sign-in/options"))
    assert sign_in(room.other(), challenge=theirs).status == 401
    enrolling = challenge_in(room.post("/passkeys/options"))
    assert sign_in(room.other(), challenge=enrolling).status == 401
    assert sign_in(room.other(), challenge=bytes(32)).status == 401


def test_t41_a_challenge_grows_old(room: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-41: after five minutes the browser asks again."""
    browser, now = room.other(), [1000.0]
    monkeypatch.setattr(room.site.ceremonies, "clock", lambda: now[0])
    sent = answered(browser)
    now[0] += ceremonies.SECONDS
    assert browser.post("/sign-in/passkey", sent).status == 401


BENT: dict[str, dict[str, object]] = {
    "no user verification": {"flags": 0x01},
    "nobody present": {"flags": 0x04},
    "another origin": {"origin": "https://ledger.evil.example"},
    "the other program's origin": {"origin": AT["desk"]},
    "a foreign frame": {"crossed": True},
    "another domain": {"rp": "ledger.evil.example"},
    "an enrolment": {"kind": "webauthn.create"},
    "another authenticator": {"with_": Authenticator("a thief's", rp=RP, origin=AT["room"])},
    "another PRF": {"prf": bytes(32)},
    "no PRF": {"prf": b""},
}


@pytest.mark.parametrize("how", BENT)
def test_t41_what_is_bent_lets_nobody_in(how: str, room: Asker) -> None:
    """T-41: without the person's verification, from elsewhere, or by another key: one sentence."""
    told = sign_in(room.other(), **BENT[how])
    assert told.status == 401
    assert "That passkey does not sign in at this address." in told.text
    assert told.header("set-cookie") is None


def test_t55_the_options_tell_nothing_of_anybody(room: Asker, own: dict[Side, Asker]) -> None:
    """T-55: with passkeys enrolled or none, what a browser is asked differs in its chance alone."""
    told = [json.loads(one.post("/sign-in/options").body) for one in (room.other(), own["desk"])]
    assert len({one.pop("challenge") for one in told}) == 2
    assert told[0] == told[1]
    assert told[0].keys() == {"rp", "salt"}


def test_t55_who_is_cleared_is_not_let_in_at_the_desk(room: Asker, own: dict[Side, Asker]) -> None:
    """T-55: there mara's passkey does what a stranger's does, to the byte."""
    there = Authenticator(MARAS.name, rp=RP, origin=AT["desk"])
    stranger = Authenticator("nobody's", rp=RP, origin=AT["desk"])
    told = [sign_in(own["desk"].other(), with_=one) for one in (there, stranger)]
    assert told[0].status == 401
    assert told[0] == told[1]


def test_a_name_is_not_typed_and_ten_tries_are_enough(room: Asker) -> None:
    """An address that asks again and again is sent away before anything is drawn for it."""
    browser = room.other(peer=("192.0.2.9", 1))
    found = [browser.post("/sign-in/options").status for _ in range(11)]
    assert found == [200] * 10 + [429]


def with_key(**bent: object) -> Callable[[bytes], bytes]:
    """What an authenticator attests, with another key in it: COSE by the names of RFC 9052."""
    names = {"kty": 1, "alg": 3, "crv": -1, "x": -2, "y": -3}
    key = cbor2.dumps({names[name]: value for name, value in bent.items()})

    def bend(attestation: bytes) -> bytes:
        told = cbor2.loads(attestation)
        return cbor2.dumps({**told, "authData": told["authData"][: 37 + 16 + 2 + 32] + key})

    return bend


ENROLLING: dict[str, dict[str, Callable[[bytes], bytes]]] = {
    "another challenge": {"challenge": lambda _: bytes(32)},
    "no attestation": {"attestation": lambda _: b""},
    "an altered key": {"attestation": lambda one: one[:-1] + bytes([one[-1] ^ 1])},
    "a key of text": {"attestation": with_key(kty=2, alg=-7, crv=1, x="x", y="y")},
    "a key of numbers": {"attestation": with_key(kty=1, alg=-8, crv=6, x=7)},
    "a point that is none": {"attestation": with_key(kty=2, alg=-7, crv=1, x=ZERO, y=ZERO)},
    "a key of RSA": {"attestation": with_key(kty=3, alg=-257, crv=bytes(256), x=b"\1\0\1")},
    "cut": {"attestation": lambda one: one[:-20]},
    "other words": {"client_data": lambda one: one.replace(b"create", b"get")},
    "another origin": {"client_data": lambda one: one.replace(b"8411", b"8499")},
    "not verified": {"attestation": lambda one: one.replace(b"\x45\x00\x00", b"\x41\x00\x00")},
}


@pytest.mark.parametrize("how", ENROLLING)
def test_what_is_no_passkey_is_not_enrolled(
    how: str, own: dict[Side, Asker], closed: Library
) -> None:
    """Nothing is recorded, no lock is written, and a sentence says so."""
    asker = own["room"].other().come_in(closed.people["mara"])
    told = enrol(asker, MARAS, MADE, **ENROLLING[how])
    assert (told.status, "Nothing was recorded." in told.text) == (400, True)
    assert asker.site.register.office().office.awaiting_assent == ()
    assert not asker.site.home.passkeys_path("mara").exists()


def test_a_passkey_that_was_not_asked_for_is_not_enrolled(
    own: dict[Side, Asker], closed: Library
) -> None:
    """A challenge of one's own choice, of signing in, or of another session makes none."""
    asker = own["room"].other().come_in(closed.people["mara"])
    toms = own["room"].other().come_in(closed.people["tom"])
    theirs = [asker.post("/sign-in/options"), toms.post("/passkeys/options")]
    for challenge in (bytes(32), *map(challenge_in, theirs)):
        attestation, client = MARAS.attest(challenge)
        sent = {"challenge": challenge, "attestation": attestation, "client_data": client}
        told = asker.post("/passkeys", [(name, spelt(data)) for name, data in sent.items()])
        assert (told.status, "Nothing was recorded." in told.text) == (400, True)


def test_without_the_script_the_form_says_what_to_do(
    own: dict[Side, Asker], closed: Library
) -> None:
    """Sent empty, it names a browser that knows passkeys; so does garbage."""
    asker = own["room"].other().come_in(closed.people["mara"])
    for fields in ([], [("challenge", "ä%%"), ("prf", "=")]):
        told = asker.post("/passkeys", fields)
        assert (told.status, "runs this page’s script" in told.text) == (400, True)


def test_an_authenticator_without_prf_confirms_and_lets_nobody_in(
    own: dict[Side, Asker], closed: Library
) -> None:
    """It is enrolled; no lock is written, and its page says what it cannot do."""
    asker = own["room"].other().come_in(closed.people["mara"])
    assert enrol(asker, prf=b"").status == 303
    assented(asker, closed)
    assert "It does not sign you in" in asker.get("/passkeys").text
    assert sign_in(asker.other()).status == 401


def test_nobody_enrols_for_another_or_without_their_own_page(
    own: dict[Side, Asker], closed: Library
) -> None:
    """Without a session there is no challenge, and without the session's word no enrolment."""
    stranger = own["room"].other()
    assert stranger.post("/passkeys/options").status == 401
    asker = own["room"].other().come_in(closed.people["mara"])
    body = urlencode({"challenge": "AA"}).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert asker.ask("POST", "/passkeys", body, kind).status == 403


def test_the_file_of_locks_is_private_and_says_nothing_of_keys(room: Asker) -> None:
    """Only its owner reads it, and what lies in it opens nothing without the authenticator."""
    path = room.site.home.passkeys_path("mara")
    assert path.stat().st_mode & 0o777 == 0o600
    (lock,) = load(path.read_bytes()).locks
    assert (lock.credential, lock.rp) == (MARAS.credential, RP)
    path.chmod(0o644)
    assert sign_in(room.other()).status == 401


def test_a_damaged_file_of_locks_costs_a_passkey_and_nothing_else(room: Asker) -> None:
    """The passphrase opens, the page opens, and a new passkey can be made."""
    path = room.site.home.passkeys_path("mara")
    path.write_bytes(path.read_bytes()[:-9])
    assert sign_in(room.other()).status == 401
    assert room.get("/passkeys").status == 200
    assert enrol(room, Authenticator("a new one", rp=RP, origin=AT["room"])).status == 303


def test_a_lock_of_old_keys_lets_nobody_in(room: Asker, closed: Library) -> None:
    """After mara's keyring was replaced by another her old lock opens nothing."""
    from keys.files import write_private
    from keys.keyring import create

    other = create("mara", b"", throw_away=True)
    write_private(room.site.home.keyring_path("mara"), other.dump(b"throw-away"))
    assert sign_in(room.other()).status == 401


def test_another_register_sees_the_same(room: Asker) -> None:
    """What was enrolled at the page is in the office that every program reads."""
    again = Register(room.site.home, room.site.clock)
    assert again.office().office.passkey_of("mara", MARAS.passkey) is not None
