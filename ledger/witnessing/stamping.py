"""Time stamps over published checkpoints: asking an authority of RFC 3161, and keeping its answer.

HOME/timestamp.json          the authority's address and its root certificate, as an administrator
                             named them; without it nobody is ever asked
HOME/log/checkpoints/<size>.tsr    what it signed, once it verified under that root

A stamp dates everything below its size, so each tick's stamp renews what earlier ones said. What
ends is the authority's certificate: `doctor` says so in time, and an administrator names another.
Cites: FORMAT §4 "Time stamp"; RFC 3161 §3.4; ADR 0033.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from keys.files import write_private
from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence.grammar import Malformed
from ledger.evidence.tiles import publish
from ledger.home import OpenHome
from ledger.logkeys import own_lines
from ledger.projections.feeds.delivery import EACH_SECONDS, Message, Reply, check_url, exchange
from ledger.register.locks import exclusive
from ledger.sequencer.ticks import LOCK
from ledger.verify.stamps import Stamp, check_stamp, load_authorities

__all__ = ["RENEW", "Authority", "authority_of", "kept", "stamp", "use"]

FILE = "timestamp.json"
MOST_BYTES = 256 * 1024
RENEW = timedelta(days=60)
"""So long before the authority's certificate ends somebody is told."""
CLOCKS = timedelta(days=1)
"""An authority whose clock is further from ours dates nothing here."""
_TYPES = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}


@dataclass(frozen=True, slots=True)
class Authority:
    """Where time stamps are asked for, and the root (PEM) under which they must verify."""

    url: str
    root: str


Post = Callable[[str, bytes], bytes | None]
"""Brings a query to an address and the answer back; None where there is none."""


def over_http(url: str, query: bytes) -> bytes | None:
    """Bring a query to an authority over HTTP."""
    reply = exchange(Message(url, _TYPES, query), EACH_SECONDS, MOST_BYTES)
    return reply.body if isinstance(reply, Reply) and reply.status == 200 else None


def use(home: OpenHome, url: str, root: bytes) -> None:
    """Name the authority that is asked from the next tick on.

    Raises:
        BadRequest: the address or the certificate cannot be used.
        Unavailable: it cannot be written.
    """
    check_url(url)
    try:
        authority = Authority(url, root.decode("ascii"))
        load_authorities([authority.root])
        data = json.dumps({"url": authority.url, "root": authority.root}).encode()
        write_private(home.path / FILE, data)
    except (Malformed, UnicodeDecodeError) as error:
        raise BadRequest("The root certificate cannot be read. It is one PEM file.") from error
    except OSError as error:
        raise Unavailable("The authority's address cannot be written.") from error


def authority_of(home: OpenHome) -> Authority | None:
    """The authority in use; None where nobody is asked.

    Raises:
        Unavailable: its file is damaged.
    """
    try:
        raw = json.loads((home.path / FILE).read_bytes())
        authority = Authority(str(raw["url"]), str(raw["root"]))
        load_authorities([authority.root])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, Malformed) as error:
        raise Unavailable("The authority's file is damaged. Run: timestamp use URL") from error
    return authority


def kept(home: OpenHome) -> Stamp | None:
    """The time stamp over the newest checkpoint; None where there is none that verifies.

    Raises:
        EvidenceCorrupt: the checkpoint is missing or altered.
        Unavailable: the authority's file is damaged.
    """
    authority, newest = authority_of(home), home.newest_checkpoint()
    if authority is None or newest is None:
        return None
    try:
        data = (home.log_directory / _name(newest.size)).read_bytes()
        return check_stamp(data, _covered(home), load_authorities([authority.root]))
    except (FileNotFoundError, Malformed):
        return None


def stamp(home: OpenHome, now: datetime, post: Post = over_http) -> Stamp | None:
    """Have the newest checkpoint stamped, if that was not done; gives the stamp that there is now.

    Nothing where no authority is named or nothing is published.

    Raises:
        EvidenceCorrupt: the checkpoint is not what was signed. Nobody is asked.
        Unavailable: no answer that verifies under the root, or it cannot be kept.
    """
    authority, newest = authority_of(home), home.newest_checkpoint()
    if authority is None or newest is None:
        return None
    standing = kept(home)
    if standing is not None:
        return standing
    if (home.log_directory / _name(newest.size)).exists():
        raise Unavailable(
            "The newest checkpoint has a time stamp that is not under the root that was named. It"
            " stays; the next tick's is asked for under this root."
        )
    covered = _covered(home)
    request = TimestampRequestBuilder().data(covered).hash_algorithm(HashAlgorithm.SHA256).build()
    data = post(authority.url, request.as_bytes())
    if data is None:
        raise Unavailable("The time-stamp authority did not answer. The next tick asks again.")
    try:
        made = check_stamp(data, covered, load_authorities([authority.root]), nonce=request.nonce)
    except Malformed as error:
        raise Unavailable(
            "What the time-stamp authority answered is not what it should have signed, or not under"
            " the root that was named. Nothing was kept."
        ) from error
    if abs(made.time - now) > CLOCKS:
        raise Unavailable("The time-stamp authority's clock and ours lie more than a day apart.")
    try:
        with exclusive(home.path / LOCK, "publishing the log"):
            publish(home.log_directory, [(_name(newest.size), data)])
    except OSError as error:
        raise Unavailable("The time stamp cannot be kept.") from error
    return made


def _name(size: int) -> str:
    return f"checkpoints/{size}.tsr"


def _covered(home: OpenHome) -> bytes:
    try:
        return own_lines(home.origin, (home.log_directory / "checkpoint").read_bytes())
    except (OSError, Malformed) as error:
        raise EvidenceCorrupt("The published checkpoint is missing or altered.") from error
