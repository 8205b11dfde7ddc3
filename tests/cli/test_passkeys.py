"""Passkeys at the command line: what waits for a second person is listed there, and assented to."""

from __future__ import annotations

from tests.authenticator import Authenticator
from tests.cli.conftest import Line

MARAS = Authenticator("mara")


def test_a_passkey_waits_until_a_second_person_assents(line: Line) -> None:
    """The list says whose passkey waits, nobody assents to their own, and then it is in force."""
    line.do("office", "enrol-passkey", "mara", **MARAS.enrolled("mara"))
    waiting = {"person": "mara", "type": "passkey-enrolled.v1", "by": "mara"}
    assert line.good("person", "list", by="tom")["waiting"] == [waiting]
    assert line.good("person", "assent", by="mara")["assented"] == []
    done = line.good("person", "assent", "mara", by="tom")["assented"]
    assert done == [f"a passkey of mara ({MARAS.passkey[:16]})"]
    assert line.good("person", "list", by="tom")["waiting"] == []
