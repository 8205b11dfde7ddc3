"""Webhooks: sent at ticks, signed as the scheme says, tried again, and never in anybody's way."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from keys.errors import KeyRefused
from keys.webhooks import load_secret, new_secret
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.feeding import webhooks
from ledger.projections.feeds import delivery
from ledger.projections.feeds.delivery import Ended
from ledger.projections.feeds.webhooks import (
    BATCH,
    MOST_LETTERS,
    MOST_TRIES,
    SMALLEST_BYTES,
    Address,
    Webhooks,
    padded,
)
from tests.projections.feeds.reading import check_chain, opened, sealed_late
from tests.projections.feeds.receiver import Receiver, receiving
from tests.register.ledgers import Ledger
from tests.register.test_triage import CONTACT

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with receiving() as one:
        yield one


def sender(ledger: Ledger, *receivers: Receiver) -> Webhooks:
    """The webhooks of a ledger, with one for each receiver, named a, b, …"""
    made = webhooks(ledger.home, ledger.register.reader(None))
    for name, one in zip("abc", receivers, strict=False):
        made.add(name, "cases", Address(one.url, SECRET), 0)
    return made


def now() -> datetime:
    """The machine's clock: the verifier takes no other."""
    return datetime.now(UTC)


def sent(receiver: Receiver) -> list[dict[str, Any]]:
    """What came, each message checked by the scheme's own library."""
    return [Verifier(SECRET).verify(body, dict(headers)) for headers, body in receiver.came]


def ids(receiver: Receiver) -> list[str]:
    """The numbers of the messages that came."""
    return [headers["webhook-id"] for headers, _ in receiver.came]


def positions(receiver: Receiver) -> list[list[int]]:
    """The positions of the entries in each message."""
    return [[entry["position"] for entry in told["entries"]] for told in sent(receiver)]


def test_what_is_new_comes_at_the_next_tick_and_once(ledger: Ledger, receiver: Receiver) -> None:
    """Signed by the scheme, with a chain that follows; between ticks nothing is sent."""
    reference = opened(ledger)
    made = sender(ledger, receiver)
    assert made.send(1, now()) == 1
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    assert made.send(1, now()) == 0
    assert positions(receiver) == [[1, 2, 3, 4]]
    made.send(2, now())
    assert positions(receiver) == [[1, 2, 3, 4], [5]]
    first, second = sent(receiver)
    chain = check_chain(first["entries"])
    assert first["chain"] == chain.hex()
    assert second["chain"] == check_chain(second["entries"], chain, 4).hex()
    assert {headers["content-type"] for headers, _ in receiver.came} == {"application/json"}


def test_a_receiver_hears_at_each_tick_and_no_size_tells_of_what(
    ledger: Ledger, receiver: Receiver
) -> None:
    """When there is nothing a message of the same size comes, each with a number of its own."""
    opened(ledger)
    made = sender(ledger, receiver)
    for tick in range(1, 5):
        made.send(tick, now())
    assert positions(receiver) == [[1, 2, 3, 4], [], [], []]
    assert {len(body) for _, body in receiver.came} == {SMALLEST_BYTES}
    assert len(set(ids(receiver))) == 4
    assert len({len(one) for one in ids(receiver)}) == 1


@pytest.mark.parametrize(("size", "class_"), [(0, 4096), (4096, 4096), (4097, 8192), (8193, 16384)])
def test_sizes_come_in_classes(size: int, class_: int) -> None:
    """At the edge of a class it is filled; one byte more is the next one."""
    assert len(padded(b"x" * size)) == class_


def test_a_changed_message_is_refused_by_the_receivers_library(
    ledger: Ledger, receiver: Receiver
) -> None:
    """Another body, number or secret does not verify."""
    sender(ledger, receiver).send(1, now())
    headers, body = receiver.came[0]
    for secret, given, data in (
        (SECRET, dict(headers), body[:-1]),
        (SECRET, {**headers, "webhook-id": "msg_0"}, body),
        (new_secret(), dict(headers), body),
    ):
        with pytest.raises(WebhookVerificationError):
            Verifier(secret).verify(data, given)


def test_long_histories_come_in_letters_of_a_bounded_length(
    ledger: Ledger, receiver: Receiver
) -> None:
    """A new receiver of a ledger that has run for long gets at most so much at one tick."""
    reference = opened(ledger)
    made = sender(ledger, receiver)
    for _ in range(BATCH + 3):
        ledger.do("kim", "attempt-contact", reference, CONTACT)
    made.send(1, now())
    assert positions(receiver) == [[*range(1, BATCH + 1)], [*range(BATCH + 1, BATCH + 8)]]
    assert MOST_LETTERS * BATCH == 500


# ---- what is not taken ----


def test_what_was_not_taken_goes_again_after_ever_more_ticks_and_then_is_dead(
    ledger: Ledger, receiver: Receiver
) -> None:
    """At ticks 1, 2, 4, 8, 16, 32 with the same number; then the status shows it, later entries go
    their way, and who mended the receiver has it delivered again.
    """
    reference = opened(ledger)
    made = sender(ledger, receiver)
    receiver.answers = [500] * MOST_TRIES
    tried = []
    for tick in range(1, 40):
        before = len(receiver.came)
        made.send(tick, now())
        if tick <= 32 and len(receiver.came) > before:
            tried.append(tick)
            (row,) = made.status()
            assert (row["behind"], row["position"]) == ((4, 0) if tick < 32 else (0, 4))
    assert tried == [1, 2, 4, 8, 16, 32]
    assert len(set(ids(receiver)[:MOST_TRIES])) == 1
    assert positions(receiver)[MOST_TRIES:] == [[]] * 7
    ledger.do("kim", "attempt-contact", reference, CONTACT)
    made.send(40, now())
    assert positions(receiver)[-1] == [5]
    (row,) = made.status()
    assert row["dead"] == [{"first": 1, "last": 4, "outcome": "refused"}]
    assert made.redeliver("a") == 1
    made.send(41, now())
    assert positions(receiver)[-1] == [1, 2, 3, 4]
    assert ids(receiver)[-1] == ids(receiver)[0]
    (row,) = made.status()
    assert (row["dead"], row["behind"], row["failures"]) == ([], 0, 0)


def test_a_letter_that_goes_again_shows_no_more_what_was_dropped(
    ledger: Ledger, receiver: Receiver
) -> None:
    """The case was sealed between the two tries: the second has positions and digests alone."""
    reference = opened(ledger)
    made = sender(ledger, receiver)
    receiver.answers = [503]
    made.send(1, now())
    sealed_late(ledger, reference)
    made.send(2, now())
    first, again, drop = sent(receiver)
    assert [one["digest"] for one in again["entries"]] == [
        one["digest"] for one in first["entries"]
    ]
    assert reference not in json.dumps(again)
    assert drop["entries"][0]["body"] == {"kind": "dropped", "reference": reference}


def test_a_slow_receiver_holds_up_nobody(ledger: Ledger) -> None:
    """One lets its answer trickle for ever: the other gets its letter, and the sender goes on."""
    opened(ledger)
    with receiving() as slow, receiving() as quick:
        slow.answers = ["drip"]
        made = sender(ledger, slow, quick)
        assert made.send(1, now(), seconds=1.5) == 1
        told = {row["name"]: row["last_failure"] for row in made.status()}
    assert told == {"a": "too-slow", "b": None}
    assert positions(quick) == [[1, 2, 3, 4]]


def test_no_letter_goes_where_it_was_not_addressed(ledger: Ledger, receiver: Receiver) -> None:
    """A redirect is no delivery, and neither is a receiver that is not there."""
    opened(ledger)
    with receiving() as elsewhere:
        made = sender(ledger, receiver, elsewhere)
        receiver.answers, elsewhere.answers = [302], [307]
    made.send(1, now())
    assert len(receiver.came) == 1
    assert [row["last_failure"] for row in made.status()] == ["refused", "unreachable"]


def test_a_receiver_whose_certificate_nobody_vouches_for_gets_nothing(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Over https the receiver shows who it is before anything is sent."""
    opened(ledger)
    with receiving(own_certificate(tmp_path)) as pretender:
        made = sender(ledger, pretender)
        made.send(1, now())
    assert pretender.came == []
    assert [row["last_failure"] for row in made.status()] == ["untrusted"]


def own_certificate(folder: Path) -> ssl.SSLContext:
    """A server's side with a certificate that it made itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(now() - timedelta(days=1))
    builder = builder.not_valid_after(now() + timedelta(days=1)).add_extension(host, False)
    both = builder.sign(key, hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM
    ) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "both.pem").write_bytes(both)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


# ---- who sends, and what is kept ----


def test_programs_that_send_at_one_tick_send_once(ledger: Ledger, receiver: Receiver) -> None:
    """The timer came twice: one of the two takes it upon itself."""
    opened(ledger)
    sender(ledger, receiver)
    both = [webhooks(ledger.home, ledger.register.reader(None)) for _ in range(2)]
    threads = [Thread(target=one.send, args=(1, now())) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert positions(receiver) == [[1, 2, 3, 4]]


def test_address_and_secret_are_kept_sealed_and_shown_to_nobody(
    ledger: Ledger, receiver: Receiver
) -> None:
    """The store holds neither; the status names the host; what was altered is found."""
    made = sender(ledger, receiver)
    database = ledger.home.open.database
    kept = b"".join(repr(tuple(row)).encode() for row in database.ask("SELECT * FROM webhooks"))
    assert b"hook" not in kept
    assert SECRET.encode()[6:] not in kept
    assert receiver.url.split("/")[2] == made.status()[0]["host"]
    assert "hook" not in json.dumps(made.status())
    with database.writing() as cursor:
        cursor.execute("UPDATE webhooks SET sealed = zeroblob(99)")
    with pytest.raises(EvidenceCorrupt):
        made.send(1, now())
    assert receiver.came == []


def test_a_name_is_given_once_and_can_be_given_up(ledger: Ledger, receiver: Receiver) -> None:
    """A second webhook of the name is refused; what was removed gets nothing more."""
    made = sender(ledger, receiver)
    with pytest.raises(BadRequest, match="of that name"):
        made.add("a", "office", Address(receiver.url, SECRET), 0)
    made.remove("a")
    for gone in (made.remove, made.redeliver):
        with pytest.raises(BadRequest, match="no webhook"):
            gone("a")
    made.send(1, now())
    assert (receiver.came, made.status()) == ([], [])


def test_an_address_of_the_sixth_version_is_asked_as_it_stands() -> None:
    """Its last colon parts no port off: what is not there is unreachable, and says so."""
    messages = [delivery.Message("http://[::1]/", {}, b"")] * 2
    assert delivery.send([messages, ()]) == [Ended(0, "unreachable"), Ended(0, None)]


@pytest.mark.parametrize(
    "url",
    [
        *("", "ftp://a.example", "http://a.example/", "http://127.0.0.1.a.example", "https://"),
        *("http://10.0.0.1/", "https://u:p@a.example/", "https://a.example/#x", "https://a:b/"),
        *("//a.example", "https://ä.example/", "http://[::1", "file:///etc"),
        *("https://a b.example/", "https://2001:db8::a/hook"),
    ],
)
def test_letters_go_over_https_or_to_this_machine(url: str) -> None:
    """Anything else is refused before it is kept."""
    with pytest.raises(BadRequest, match="https://"):
        delivery.check_url(url)
    for good in (
        "https://a.example:8443/x?y",
        "http://127.0.0.2/",
        "http://[::1]:8/",
        "http://[::1]/",
    ):
        delivery.check_url(good)
    delivery.check_url("http://localhost/")


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_é", "whsec_AAAA", "A" * 44, SECRET[6:]])
def test_a_secret_is_long_enough_and_spelt_as_one(text: str) -> None:
    """What is short, or no secret of the scheme, signs nothing."""
    with pytest.raises(KeyRefused):
        load_secret(text)
    assert len(load_secret(new_secret())) == 32
