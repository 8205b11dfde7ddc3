"""What waits for a second person is listed at the command line: passkeys too."""

from __future__ import annotations

from tests.authenticator import Authenticator
from tests.cli.conftest import Line


def test_a_passkey_waits_until_a_second_person_assents(line: Line) -> None:
    """The list says whose passkey waits and who asked, and no more once somebody assented."""
    line.do("office", "enrol-passkey", "mara", **Authenticator("mara").enrolled("mara"))
    waiting = {"person": "mara", "type": "passkey-enrolled.v1", "by": "mara"}
    assert line.good("person", "list", by="tom")["waiting"] == [waiting]
    line.good("person", "assent", "mara", by="tom")
    assert line.good("person", "list", by="tom")["waiting"] == []
