"""Who stands in for somebody does no more than that (T-37, T-38), for the doors that there are."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest

from keys.keyring import create
from ledger.errors import LedgerError, NotFound, NotPermitted, RequestRefused
from ledger.register.acts import OFFICE, Act
from tests.register.library import Library
from tests.register.test_triage import SEALING


def away(library: Library, **span: float) -> None:
    """Mara is away from now on, for so long."""
    until = (library.now + timedelta(**span)).isoformat()
    library.act(
        "mara",
        "record-absence",
        OFFICE,
        person="mara",
        until=until,
        **{"from": library.now.isoformat()},
    )


def test_t37_a_designee_widens_nothing_and_hands_nothing_on(library: Library) -> None:
    """T-37: in the custodian's absence Ines decides cases; she appoints nobody, grants no role, not
    to herself either, and acts no longer than the absence lasts.
    """
    away(library, hours=2)
    for command, fields in (
        ("appoint-designee", {"person": "ola"}),
        ("grant-role", {"person": "ines", "role": "director"}),
        ("designate-custodian", {"person": "ines"}),
    ):
        with pytest.raises(RequestRefused):
            library.act("ines", command, OFFICE, **fields)
    first, second = library.visit(), library.visit()
    assert library.act("ines", "keep-sealed", first, **SEALING).records
    library.now += timedelta(hours=3)
    with pytest.raises(RequestRefused):
        library.act("ines", "keep-sealed", second, **SEALING)


def test_what_a_designee_gives_up_they_sign_in_their_own_role(
    library: Library, tmp_path: Path
) -> None:
    """Ines ends a role and revokes an old key of hers while nobody is away: she signs as staff,
    which a verifier takes; as a designee she signs neither.
    """
    again = create("ines", b"", throw_away=True)
    library.home.keystore.put_public_keys("ines", again.public.dump())
    key = b64encode(again.public.signing).decode()
    enrolled = library.act("mara", "enrol-key", OFFICE, person="ines", key=key)
    library.act("tom", "assent", OFFICE, of=enrolled.records[0].e)
    old, library.people["ines"] = library.people["ines"], again
    for command, fields in (
        ("revoke-key", {"key": old.key_id.hex()}),
        ("end-role", {"person": "ines", "role": "auditor"}),
    ):
        with pytest.raises(NotPermitted, match="Use another role"):
            library.register.handle(again, Act(command, fields, OFFICE, role="designee"))
        library.act("ines", command, OFFICE, **fields)
    records = library.reader(None).office_stream().records
    assert [one.role for one in records if one.recorded_by == "ines"] == ["staff", "staff"]
    assert library.verified(tmp_path).exit_code == 0


def test_who_is_a_designee_and_nothing_else_signs_nothing_alone(library: Library) -> None:
    """Outside of an absence no verifier takes what they sign: they are told whom to ask."""
    library.act("mara", "end-role", OFFICE, person="ines", role="staff")
    with pytest.raises(NotPermitted, match="ask the director"):
        library.act("ines", "end-role", OFFICE, person="ines", role="designee")


def test_t37_nobody_approves_their_own_request_by_another_key(library: Library) -> None:
    """T-37: a second key of the same person is no second person."""
    asked = library.act("mara", "grant-role", OFFICE, person="ola", role="auditor")
    again = create("mara", b"", throw_away=True)
    library.home.keystore.put_public_keys("mara", again.public.dump())
    key = b64encode(again.public.signing).decode()
    enrolled = library.act("mara", "enrol-key", OFFICE, person="mara", key=key)
    library.act("tom", "assent", OFFICE, of=enrolled.records[0].e)
    for ring in (library.people["mara"], again):
        library.people["mara"] = ring
        with pytest.raises(LedgerError):
            library.act("mara", "assent", OFFICE, of=asked.records[0].e)
    assert "auditor" not in library.register.office().office.roles_of("ola")


def test_t38_what_was_withdrawn_is_gone_at_the_next_act(library: Library) -> None:
    """T-38: Ines is unlocked and at work when her standing ends; a visit that she could open is not
    there for her any more, and the opening to which she was about to assent stays shut.
    """
    away(library, hours=9)
    sealed, waiting = library.visit(), library.visit()
    library.act("ines", "keep-sealed", sealed, **SEALING)
    asked = library.act("mara", "propose-opening", sealed, citation="release letter")
    library.act("mara", "end-role", OFFICE, person="ines", role="designee")
    with pytest.raises(NotFound):
        library.act("ines", "keep-sealed", waiting, **SEALING)
    with pytest.raises(LedgerError):
        library.act("ines", "assent", sealed, of=asked.records[0].e)
    with pytest.raises(RequestRefused):
        library.act("mara", "open", sealed)
