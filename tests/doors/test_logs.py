"""Logs hold what is on the list, and nothing else."""

from __future__ import annotations

import json

import pytest

from ledger.logs import ALLOWED, logger


def test_a_field_that_is_not_on_the_list_never_reaches_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Names, references, streams and free text are dropped, whoever passes them."""
    secret = {"person": "A. Patron", "reference": "7K3M-9Q2D-X", "stream": "ab" * 16, "text": "x"}
    logger().info("tick-published", tick=4, size=512, **secret)
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "tick-published"
    assert (line["tick"], line["size"]) == (4, 512)
    assert set(line) <= ALLOWED


def test_one_entry_is_one_line_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    """Line breaks and escapes in a value cannot forge another entry."""
    logger().info("tick-published\n{}", outcome="a\nb\x1b[31m${jndi:x}")
    assert len(capsys.readouterr().err.splitlines()) == 1
