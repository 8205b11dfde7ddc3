"""The events of authority types: their fields, and who may sign them where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import jcs, passkeys
from .crypto import check_signing_key
from .grammar import (
    Bad,
    instant,
    is_count,
    is_hex64,
    is_instant,
    is_origin,
    is_person,
    is_role,
    is_stream,
    is_zone,
    position,
    unbase64,
)
from .note import ED25519, MLDSA44, parse_vkey
from .schedule import Epoch

CUSTODIES = ("device", "hardware", "service")
_EPOCH = {"first_size", "start", "period_seconds", "open", "sealed", "delay"}
OFFICE_ONLY = {
    "ledger-founded.v1",
    "founding-countersigned.v1",
    "pack-activated.v1",
    "epoch-announced.v1",
    "log-keys-announced.v1",
    "log-attested.v1",
    "passkey-enrolled.v1",
    "passkey-revoked.v1",
}
BY_HEADS = {
    "key-enrolled.v1",
    "key-revoked.v1",
    "passkey-revoked.v1",
    "role-granted.v1",
    "role-ended.v1",
    "custodian-designated.v1",
    "designee-appointed.v1",
    "delegation-recorded.v1",
    "pack-activated.v1",
    "epoch-announced.v1",
    "log-keys-announced.v1",
    "stream-erased.v1",
}
LOOKS = {"sealed-looked.v1", "glass-broken.v1"}
COUNSELS = {"reattested.v1", "log-attested.v1", "attestation-detailed.v1"}
ABSENCES = {"absence-recorded.v1", "custodian-not-reached.v1"}
BASES = ABSENCES | {"custodian-designated.v1", "designee-appointed.v1", "delegation-recorded.v1"}


def _need(good: bool) -> None:
    """Refuse what is not good."""
    if not good:
        raise Bad("event")


def _open(value: Any, keys: set[str]) -> dict[str, Any]:
    """Return an object that has at least these keys."""
    if not isinstance(value, dict) or not keys <= set(value):
        raise Bad("event")
    return value


def parse_epoch(value: Any) -> Epoch:
    """Read an epoch as the office records it."""
    jcs.exact(value, _EPOCH)
    _need(all(is_count(value[k]) for k in _EPOCH - {"start"}))
    epoch = Epoch(
        value["first_size"],
        instant(value["start"]),
        value["period_seconds"],
        value["open"],
        value["sealed"],
        value["delay"],
    )
    _need(epoch.period >= 1 and epoch.width >= 1)
    return epoch


def _vkeys(event: dict[str, Any], origin: str) -> None:
    """Check the vkeys of log and receipts in a founding or an announcement."""
    _need(isinstance(event["log"], list))
    log = [parse_vkey(item) for item in event["log"]]
    _need(all(k.name == origin and k.kind in (ED25519, MLDSA44) for k in log))
    _need(any(k.kind == ED25519 for k in log) and len({k.text for k in log}) == len(log))
    receipt = parse_vkey(event["receipt"])
    _need(receipt.name == f"{origin}/receipt" and receipt.kind == ED25519)


def _before(named: Any) -> None:
    """Check what a founding says of the ledger before."""
    jcs.exact(named, {"origin", "founded", "size", "root", "checkpoint"})
    _need(is_origin(named["origin"]) and is_count(named["size"], 1))
    _need(is_hex64(named["founded"]) and is_hex64(named["checkpoint"]))
    unbase64(named["root"], 32)


def _founded(event: dict[str, Any], origin: str) -> None:
    """Check the event of the founding."""
    names = {"epoch", "founders", "log", "receipt", "vault_office"}
    jcs.exact(event, names, frozenset({"attest_months", "before", "zone"}))
    _need(is_count(event.get("attest_months", 12), 1) and event.get("attest_months", 12) <= 12)
    _need("zone" not in event or is_zone(event["zone"]))
    if "before" in event:
        _before(event["before"])
    parse_epoch(event["epoch"])
    _need(isinstance(event["founders"], list) and len(event["founders"]) == 2)
    for founder in event["founders"]:
        jcs.exact(founder, {"person", "key", "custody", "role"})
        _need(is_person(founder["person"]) and is_role(founder["role"]))
        _need(founder["custody"] in CUSTODIES)
        check_signing_key(unbase64(founder["key"], 32))
    one, two = event["founders"]
    _need(one["person"] != two["person"] and one["key"] != two["key"])
    _vkeys(event, origin)
    _need(is_stream(event["vault_office"]))


def _countersigned(event: dict[str, Any], _: str) -> None:
    """Check the event of the countersignature."""
    jcs.exact(event, {"founded"})
    _need(is_hex64(event["founded"]))


def _enrolled(event: dict[str, Any], _: str) -> None:
    """Check the event of an enrolment."""
    jcs.exact(event, {"person", "key", "custody", "principal"})
    _need(is_person(event["person"]) and event["custody"] in CUSTODIES)
    _need(event["principal"] in ("person", "desk"))
    _need(event["principal"] == "person" or event["custody"] == "service")
    check_signing_key(unbase64(event["key"], 32))


def _revoked(event: dict[str, Any], _: str) -> None:
    """Check the event of a revocation."""
    jcs.exact(event, {"key"}, frozenset({"since"}))
    _need(is_hex64(event["key"]) and is_count(event.get("since", 0)))


def _role(event: dict[str, Any], _: str) -> None:
    """Check the event of a grant or an end of a role."""
    jcs.exact(event, {"person", "role"})
    _need(is_person(event["person"]) and is_role(event["role"]))


def _person(event: dict[str, Any], _: str) -> None:
    """Check the event of a designation or an appointment."""
    _need(is_person(_open(event, {"person"})["person"]))


def _absence(event: dict[str, Any], _: str) -> None:
    """Check the event of an absence."""
    jcs.exact(event, {"person", "from", "until"})
    _need(is_person(event["person"]) and is_instant(event["from"]) and is_instant(event["until"]))


def _delegation(event: dict[str, Any], _: str) -> None:
    """Check the event of a delegation."""
    _open(event, {"person", "until"})
    _need(is_person(event["person"]) and is_instant(event["until"]))


def _not_reached(event: dict[str, Any], _: str) -> None:
    """Check the event of an attempt to reach the custodian."""
    jcs.exact(event, {"person", "attempts"})
    _need(is_person(event["person"]) and isinstance(event["attempts"], list))
    for item in event["attempts"]:
        position(item)


def _assented(event: dict[str, Any], _: str) -> None:
    """Check the event of an assent."""
    jcs.exact(event, {"of"})
    _need(is_hex64(event["of"]))


def _reattested(event: dict[str, Any], _: str) -> None:
    """Check the event of a re-attestation."""
    jcs.exact(event, {"of"})
    names = event["of"]
    _need(isinstance(names, list) and 1 <= len(names) <= 256)
    _need(all(is_hex64(n) for n in names) and names == sorted(set(names)))


def _pack(event: dict[str, Any], _: str) -> None:
    """Check the event of an activated pack."""
    _need(is_hex64(_open(event, {"law"})["law"]))


def _epoch(event: dict[str, Any], _: str) -> None:
    """Check the event of an announced epoch."""
    jcs.exact(event, {"epoch"})
    parse_epoch(event["epoch"])


def _log_keys(event: dict[str, Any], origin: str) -> None:
    """Check the event of announced keys of the log."""
    jcs.exact(event, {"log", "receipt", "reason", "trusted"})
    _vkeys(event, origin)
    _need(event["reason"] in ("rotation", "compromise"))
    trusted = jcs.exact(event["trusted"], {"size", "root"})
    _need(is_count(trusted["size"]))
    unbase64(trusted["root"], 32)


def _closed(event: dict[str, Any], _: str) -> None:
    """Check the event of a closing."""
    jcs.exact(event, set())


def _erased(event: dict[str, Any], _: str) -> None:
    """Check the event of an erasure."""
    jcs.exact(event, {"stream", "secrets", "records"})
    _need(is_stream(event["stream"]) and event["secrets"] in ("personal", "both"))
    _need(isinstance(event["records"], list) and bool(event["records"]))
    for item in event["records"]:
        jcs.exact(item, {"seq", "e"})
        _need(is_count(item["seq"], 1) and is_hex64(item["e"]))
    seqs = [item["seq"] for item in event["records"]]
    _need(seqs == sorted(set(seqs)))


def _attested(event: dict[str, Any], _: str) -> None:
    """Check the event of an attestation."""
    jcs.exact(event, {"period", "size", "root", "heads"})
    _need(is_count(event["period"]) and is_count(event["size"], 1) and is_hex64(event["heads"]))
    unbase64(event["root"], 32)


def _detailed(event: dict[str, Any], _: str) -> None:
    """Check the event that tells an attestation's salt."""
    _open(event, {"size", "salt"})
    _need(is_count(event["size"], 1) and is_hex64(event["salt"]))


def _passkey(event: dict[str, Any], _: str) -> None:
    """Check the event that enrols a passkey."""
    jcs.exact(event, {"person", "credential", "key", "algorithm", "rp", "origins"})
    _need(is_person(event["person"]))
    _need(16 <= len(unbase64(event["credential"])) <= 1023)
    passkeys.check_enrolled(event)


def _passkey_revoked(event: dict[str, Any], _: str) -> None:
    """Check the event that revokes a passkey."""
    jcs.exact(event, {"passkey"})
    _need(is_hex64(event["passkey"]))


def _approved(event: dict[str, Any], _: str) -> None:
    """Check the event of an approval by passkey; what was signed is judged elsewhere."""
    jcs.exact(event, {"of", "passkey", "authenticator_data", "client_data", "signature"})
    _need(is_hex64(event["of"]) and is_hex64(event["passkey"]))
    _need(37 <= len(unbase64(event["authenticator_data"])) <= 1024)
    _need(1 <= len(unbase64(event["client_data"])) <= 2048)
    _need(8 <= len(unbase64(event["signature"])) <= 72)


PARSERS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "ledger-founded.v1": _founded,
    "founding-countersigned.v1": _countersigned,
    "key-enrolled.v1": _enrolled,
    "key-revoked.v1": _revoked,
    "role-granted.v1": _role,
    "role-ended.v1": _role,
    "custodian-designated.v1": _person,
    "designee-appointed.v1": _person,
    "absence-recorded.v1": _absence,
    "delegation-recorded.v1": _delegation,
    "custodian-not-reached.v1": _not_reached,
    "assented.v1": _assented,
    "reattested.v1": _reattested,
    "pack-activated.v1": _pack,
    "epoch-announced.v1": _epoch,
    "log-keys-announced.v1": _log_keys,
    "stream-closed.v1": _closed,
    "stream-erased.v1": _erased,
    "log-attested.v1": _attested,
    "attestation-detailed.v1": _detailed,
    "passkey-enrolled.v1": _passkey,
    "passkey-revoked.v1": _passkey_revoked,
    "passkey-approved.v1": _approved,
}


NAMES = {kind.rpartition(".v")[0] for kind in PARSERS}


def is_authority(kind: str) -> bool:
    """Say whether this is an authority type, in whatever version."""
    return kind.rpartition(".v")[0] in NAMES


def event_is_good(kind: str, event: dict[str, Any], origin: str) -> bool:
    """Say whether the event of an authority type has its fields. Another version has none."""
    parser = PARSERS.get(kind)
    if parser is None:
        return not is_authority(kind)
    try:
        parser(event, origin)
    except Bad:
        return False
    return True
