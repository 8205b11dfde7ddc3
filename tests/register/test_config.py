"""`ledger.json`: what is none of ours is told from what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.config import Config, dump_config, load_config
from ledger.errors import BadRequest

CONFIG = Config("a.example", "UTC", "us-co/lcld", b"a" * 16, b"b" * 16, "c" * 32, None, True)


@pytest.mark.parametrize(
    "held",
    [
        *(b"", b"1", b"null", b"[null]", b"{}", b"\xff", b"[" * 10_000),
        dump_config(CONFIG).replace(b'"UTC"', b"5"),
        dump_config(CONFIG).replace(b"61", b"6", 1),
        dump_config(CONFIG).replace(b"true", b"null"),
    ],
)
def test_a_damaged_file_is_to_be_brought_back_and_not_made_anew(
    tmp_path: Path, held: bytes
) -> None:
    """Whoever has a ledger with a damaged file must not found another one over it."""
    (tmp_path / "ledger.json").write_bytes(held)
    with pytest.raises(BadRequest, match="is damaged"):
        load_config(tmp_path)


def test_what_was_written_is_read_and_where_nothing_is_a_ledger_is_made(tmp_path: Path) -> None:
    """Every part comes back; without the file the sentence names `init`."""
    with pytest.raises(BadRequest, match="init"):
        load_config(tmp_path)
    (tmp_path / "ledger.json").write_bytes(dump_config(CONFIG))
    assert load_config(tmp_path) == CONFIG
