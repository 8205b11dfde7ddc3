"""The authority types: records that change who may act, parsed from bytes alone.

They are defined with the format, and not with the product's other events, because a stranger's
verifier must read them without our program. Their `event` fields are parsed strictly: exactly the
fields of the table in FORMAT §1, except that some types may carry more ("…" in the table). What
they add up to is `ledger.evidence.authority`.

Anyone may import this module. Cites: FORMAT §1 "Authority types".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar, get_args

from ledger.evidence.act_types import (
    YEARLY,
    AbsenceRecorded,
    Assented,
    AttestationDetailed,
    AuthorityEvent,
    Before,
    CustodianDesignated,
    CustodianNotReached,
    Custody,
    DelegationRecorded,
    DesigneeAppointed,
    EpochAnnounced,
    Founder,
    FoundingCountersigned,
    KeyEnrolled,
    KeyRevoked,
    LedgerFounded,
    LogAttested,
    LogKeysAnnounced,
    PackActivated,
    PasskeyApproved,
    PasskeyEnrolled,
    PasskeyRevoked,
    Principal,
    Reason,
    Reattested,
    RoleEnded,
    RoleGranted,
    Secrets,
    StreamClosed,
    StreamErased,
)
from ledger.evidence.assertion import Algorithm, check_origins, check_public, check_rp
from ledger.evidence.fields import exact_object, integer, items, read, read_base64, read_hex, text
from ledger.evidence.grammar import (
    Malformed,
    check_origin,
    check_person,
    check_role,
    check_signing_key,
    check_zone,
    parse_instant,
    parse_position,
)
from ledger.evidence.jcs import Json
from ledger.evidence.note import VKey
from ledger.evidence.opening import parse_stream
from ledger.evidence.record import TreeHead
from ledger.evidence.schedule import Epoch

__all__ = [
    "ACTIVATED",
    "AUTHORITY_TYPES",
    "CLOSED",
    "AbsenceRecorded",
    "Assented",
    "AttestationDetailed",
    "AuthorityEvent",
    "Before",
    "CustodianDesignated",
    "CustodianNotReached",
    "Custody",
    "DelegationRecorded",
    "DesigneeAppointed",
    "EpochAnnounced",
    "Founder",
    "FoundingCountersigned",
    "KeyEnrolled",
    "KeyRevoked",
    "LedgerFounded",
    "LogAttested",
    "LogKeysAnnounced",
    "PackActivated",
    "PasskeyApproved",
    "PasskeyEnrolled",
    "PasskeyRevoked",
    "Principal",
    "Reattested",
    "RoleEnded",
    "RoleGranted",
    "StreamClosed",
    "StreamErased",
    "concerns_authority",
    "parse_event",
]

ACTIVATED: Final = "pack-activated.v1"
"""The type of a record that puts another law in force, which it names in `law`."""
CLOSED: Final = "stream-closed.v1"
"""The type of a stream's last record, after which another stream may continue it."""


Members: TypeAlias = Mapping[str, Json]

T = TypeVar("T", bound=str)


def concerns_authority(type_name: str) -> bool:
    """Tell whether a type is an authority type, in whatever version."""
    return type_name.rpartition(".")[0] in _NAMES


def parse_event(type_name: str, event: Members) -> AuthorityEvent | None:
    """Return what an authority record says; None when the type is not an authority type.

    Raises: Malformed when the fields are not those of the type, or when it is another version of
        an authority type: what that gives or takes nobody can tell here.
    """
    parser = _PARSERS.get(type_name)
    if parser is None:
        if concerns_authority(type_name):
            raise Malformed(f"the version of {type_name} is not known")
        return None
    try:
        return parser(event)
    except Malformed as exc:
        raise Malformed(f"the event of {type_name} is malformed: {exc}") from exc


def _ledger_founded(event: Members) -> LedgerFounded:
    names = {"epoch", "founders", "log", "receipt", "vault_office"}
    names |= {"attest_months", "before", "zone"} & event.keys()
    fields = exact_object(event, names, "event")
    founders = tuple(_founder(one) for one in items(fields["founders"], "founders"))
    if len(founders) != 2:
        raise Malformed("founders are not two")
    first, second = founders
    if first.person == second.person or first.key == second.key:
        raise Malformed("founders are not two people with a key each")
    return LedgerFounded(
        epoch=_epoch(fields["epoch"]),
        founders=(first, second),
        log=_vkeys(fields["log"]),
        receipt=read(fields["receipt"], "receipt", VKey.load),
        vault_office=read(fields["vault_office"], "vault_office", parse_stream),
        attest_months=_months(fields.get("attest_months", YEARLY)),
        zone=read(fields["zone"], "zone", check_zone) if "zone" in fields else None,
        before=_before(fields["before"]) if "before" in fields else None,
    )


def _before(value: Json) -> Before:
    names = {"origin", "founded", "size", "root", "checkpoint"}
    fields = exact_object(value, names, "before")
    return Before(
        origin=read(fields["origin"], "before.origin", check_origin),
        founded=read_hex(fields["founded"], "before.founded", 32),
        size=integer(fields["size"], "before.size", least=1),
        root=read_base64(fields["root"], "before.root", 32),
        checkpoint=read_hex(fields["checkpoint"], "before.checkpoint", 32),
    )


def _months(value: Json) -> int:
    months = integer(value, "attest_months", least=1)
    if months > YEARLY:
        raise Malformed("attest_months is more than a year")
    return months


def _founder(value: Json) -> Founder:
    fields = exact_object(value, {"person", "key", "custody", "role"}, "founders")
    custody = _one_of(fields["custody"], "custody", _CUSTODIES)
    return Founder(_person(fields), _signing_key(fields["key"]), custody, _role(fields))


def _epoch(value: Json) -> Epoch:
    names = {"first_size", "start", "period_seconds", "open", "sealed", "delay"}
    fields = exact_object(value, names, "epoch")
    return Epoch(
        first_size=integer(fields["first_size"], "epoch.first_size"),
        start=read(fields["start"], "epoch.start", parse_instant),
        period_seconds=integer(fields["period_seconds"], "epoch.period_seconds", least=1),
        open=integer(fields["open"], "epoch.open"),
        sealed=integer(fields["sealed"], "epoch.sealed"),
        delay=integer(fields["delay"], "epoch.delay"),
    )


def _key_enrolled(event: Members) -> KeyEnrolled:
    fields = exact_object(event, {"person", "key", "custody", "principal"}, "event")
    custody = _one_of(fields["custody"], "custody", _CUSTODIES)
    principal = _one_of(fields["principal"], "principal", _PRINCIPALS)
    if principal == "desk" and custody != "service":
        raise Malformed("a desk's key is not in the custody of the service")
    return KeyEnrolled(_person(fields), _signing_key(fields["key"]), custody, principal)


def _key_revoked(event: Members) -> KeyRevoked:
    fields = exact_object(event, {"key"} | ({"since"} & event.keys()), "event")
    since = integer(fields["since"], "since") if "since" in fields else None
    return KeyRevoked(read_hex(fields["key"], "key", 32), since)


def _absence(event: Members) -> AbsenceRecorded:
    fields = exact_object(event, {"person", "from", "until"}, "event")
    since = read(fields["from"], "from", parse_instant)
    return AbsenceRecorded(_person(fields), since, read(fields["until"], "until", parse_instant))


def _delegation(event: Members) -> DelegationRecorded:
    fields = _open_object(event, {"person", "until"})
    return DelegationRecorded(_person(fields), read(fields["until"], "until", parse_instant))


def _not_reached(event: Members) -> CustodianNotReached:
    fields = exact_object(event, {"person", "attempts"}, "event")
    attempts = items(fields["attempts"], "attempts")
    return CustodianNotReached(
        _person(fields), tuple(read(one, "attempts", parse_position) for one in attempts)
    )


def _reattested(event: Members) -> Reattested:
    listed = items(exact_object(event, {"of"}, "event")["of"], "of")
    of = tuple(read_hex(one, "of", 32) for one in listed)
    if not 1 <= len(of) <= _MOST_REATTESTED or list(of) != sorted(set(of)):
        raise Malformed(f"of is not 1 to {_MOST_REATTESTED} digests, ascending, each once")
    return Reattested(of)


def _log_keys(event: Members) -> LogKeysAnnounced:
    fields = exact_object(event, {"log", "receipt", "reason", "trusted"}, "event")
    trusted = exact_object(fields["trusted"], {"size", "root"}, "trusted")
    return LogKeysAnnounced(
        log=_vkeys(fields["log"]),
        receipt=read(fields["receipt"], "receipt", VKey.load),
        reason=_one_of(fields["reason"], "reason", _REASONS),
        trusted=TreeHead(
            size=integer(trusted["size"], "trusted.size"),
            root=read_base64(trusted["root"], "trusted.root", 32),
        ),
    )


def _stream_closed(event: Members) -> StreamClosed:
    exact_object(event, set(), "event")
    return StreamClosed()


def _stream_erased(event: Members) -> StreamErased:
    fields = exact_object(event, {"stream", "secrets", "records"}, "event")
    records: dict[int, bytes] = {}
    for one in items(fields["records"], "records"):
        entry = exact_object(one, {"seq", "e"}, "records")
        seq = integer(entry["seq"], "records.seq", least=max(records, default=0) + 1)
        records[seq] = read_hex(entry["e"], "records.e", 32)
    stream = read(fields["stream"], "stream", parse_stream)
    return StreamErased(stream, _one_of(fields["secrets"], "secrets", _SECRETS), records)


def _log_attested(event: Members) -> LogAttested:
    fields = exact_object(event, {"period", "size", "root", "heads"}, "event")
    return LogAttested(
        period=integer(fields["period"], "period"),
        size=integer(fields["size"], "size", least=1),
        root=read_base64(fields["root"], "root", 32),
        heads=read_hex(fields["heads"], "heads", 32),
    )


def _attestation_detailed(event: Members) -> AttestationDetailed:
    fields = _open_object(event, {"size", "salt"})
    size = integer(fields["size"], "size", least=1)
    return AttestationDetailed(size, read_hex(fields["salt"], "salt", 32))


def _passkey_enrolled(event: Members) -> PasskeyEnrolled:
    names = {"person", "credential", "key", "algorithm", "rp", "origins"}
    fields = exact_object(event, names, "event")
    algorithm = _one_of(fields["algorithm"], "algorithm", _ALGORITHMS)
    rp = read(fields["rp"], "rp", check_rp)
    origins = [text(one, "origins") for one in items(fields["origins"], "origins")]
    return PasskeyEnrolled(
        person=_person(fields),
        credential=_sized(fields, "credential", 16, 1023),
        key=check_public(algorithm, read_base64(fields["key"], "key", None)),
        algorithm=algorithm,
        rp=rp,
        origins=check_origins(rp, origins),
    )


def _passkey_approved(event: Members) -> PasskeyApproved:
    names = {"of", "passkey", "authenticator_data", "client_data", "signature"}
    fields = exact_object(event, names, "event")
    return PasskeyApproved(
        of=read_hex(fields["of"], "of", 32),
        passkey=read_hex(fields["passkey"], "passkey", 32),
        authenticator_data=_sized(fields, "authenticator_data", 37, 1024),
        client_data=_sized(fields, "client_data", 1, 2048),
        signature=_sized(fields, "signature", 8, 72),
    )


def _sized(fields: Members, name: str, least: int, most: int) -> bytes:
    data = read_base64(fields[name], name, None)
    if not least <= len(data) <= most:
        raise Malformed(f"{name} is not {least} to {most} bytes")
    return data


def _vkeys(value: Json) -> tuple[VKey, ...]:
    return tuple(read(one, "log", VKey.load) for one in items(value, "log"))


def _person_role(event: Members) -> tuple[str, str]:
    fields = exact_object(event, {"person", "role"}, "event")
    return _person(fields), _role(fields)


def _person(fields: Members) -> str:
    return read(fields["person"], "person", check_person)


def _role(fields: Members) -> str:
    return read(fields["role"], "role", check_role)


def _signing_key(value: Json) -> bytes:
    return check_signing_key(read_base64(value, "key", 32))


def _only(event: Members, name: str) -> bytes:
    """Return the digest that is the event's one field."""
    return read_hex(exact_object(event, {name}, "event")[name], name, 32)


def _open_object(event: Members, names: set[str]) -> Members:
    """Return the fields of a type that may carry more than the format names."""
    if not names <= event.keys():
        raise Malformed("event lacks a field")
    return event


def _one_of(value: Json, where: str, choices: tuple[T, ...]) -> T:
    found = next((choice for choice in choices if choice == value), None)
    if found is None:
        raise Malformed(f"{where} is none of its values")
    return found


_CUSTODIES: Final[tuple[Custody, ...]] = get_args(Custody)
_PRINCIPALS: Final[tuple[Principal, ...]] = get_args(Principal)
_SECRETS: Final[tuple[Secrets, ...]] = get_args(Secrets)
_REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
_ALGORITHMS: Final[tuple[Algorithm, ...]] = get_args(Algorithm)
_MOST_REATTESTED: Final = 256
_PARSERS: Final[Mapping[str, Callable[[Members], AuthorityEvent]]] = {
    "ledger-founded.v1": _ledger_founded,
    "founding-countersigned.v1": lambda event: FoundingCountersigned(_only(event, "founded")),
    "key-enrolled.v1": _key_enrolled,
    "key-revoked.v1": _key_revoked,
    "role-granted.v1": lambda event: RoleGranted(*_person_role(event)),
    "role-ended.v1": lambda event: RoleEnded(*_person_role(event)),
    "custodian-designated.v1": lambda event: CustodianDesignated(
        _person(_open_object(event, {"person"}))
    ),
    "designee-appointed.v1": lambda event: DesigneeAppointed(
        _person(_open_object(event, {"person"}))
    ),
    "absence-recorded.v1": _absence,
    "delegation-recorded.v1": _delegation,
    "custodian-not-reached.v1": _not_reached,
    "assented.v1": lambda event: Assented(_only(event, "of")),
    "reattested.v1": _reattested,
    ACTIVATED: lambda event: PackActivated(
        read_hex(_open_object(event, {"law"})["law"], "law", 32)
    ),
    "epoch-announced.v1": lambda event: EpochAnnounced(
        _epoch(exact_object(event, {"epoch"}, "event")["epoch"])
    ),
    "log-keys-announced.v1": _log_keys,
    CLOSED: _stream_closed,
    "stream-erased.v1": _stream_erased,
    "passkey-enrolled.v1": _passkey_enrolled,
    "passkey-revoked.v1": lambda event: PasskeyRevoked(_only(event, "passkey")),
    "passkey-approved.v1": _passkey_approved,
    "log-attested.v1": _log_attested,
    "attestation-detailed.v1": _attestation_detailed,
}
AUTHORITY_TYPES: Final = frozenset(_PARSERS)
"""The types that every verifier knows."""
_NAMES: Final = frozenset(one.rpartition(".")[0] for one in _PARSERS)
