"""What is left of a case once it was erased and its month's key destroyed: nothing that opens it.

Whatever lies on a disk is looked at, not what a store says of itself: tables, what was deleted from
them, journals beside them, and what a program puts aside while it works.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from keys.keyring import Keyring
from ledger import projecting
from ledger.register.documents import attached_to
from ledger.register.months import Months
from tests.postgresql.programs import Version
from tests.register.ledgers import Clock, Ledger, found_ledger
from tests.register.scans import PDF, attach, scan
from tests.upkeep.matters import ENDED, erase

WORDS = "Zephyrine Quillfeather asked who had the study room."
JUNE = "2026-06"
PIECE = 24
"""As many bytes of a ciphertext are looked for; by chance they are nowhere else."""


@dataclass
class Kept:
    """A ledger with one case, and the folders in which anything of it may lie."""

    ledger: Ledger
    folders: tuple[Path, ...]
    settle: Callable[[], None]
    """Lets a server write to its files what it holds in memory."""
    keeps_rows: bool
    """Whether deleted rows stay in a server's files until it needs their place."""

    def found(self, needles: Mapping[str, bytes]) -> set[str]:
        """Which of these lie in any file."""
        self.settle()
        texts = [
            one.read_bytes() for place in self.folders for one in place.rglob("*") if one.is_file()
        ]
        return {name for name, one in needles.items() if any(one in text for text in texts)}


@pytest.fixture
def aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs put temporary files."""
    place = tmp_path / "aside"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def in_files(ledger: Ledger, aside: Path) -> Kept:
    """Everything in the home's own files."""
    return Kept(ledger, (ledger.path, aside), lambda: None, keeps_rows=False)


@pytest.fixture
def on_a_server(
    ledger_servers: Callable[[Version], str],
    people: dict[str, Keyring],
    tmp_path: Path,
    aside: Path,
) -> Iterator[Kept]:
    """Rows on a server. Of its journal nothing is said: it is overwritten in its own time, and
    copies of it end with the backups (ops/postgres/README.md).
    """
    address = ledger_servers("newest")
    origin = "ledger.residue.example"
    ledger = found_ledger(tmp_path / "home", people, Clock(), store=address, origin=origin)
    server = Path(parse_qs(urlsplit(address).query)["host"][0])

    def settle() -> None:
        import psycopg

        with psycopg.connect(f"host={server} dbname=postgres user=postgres") as connection:
            connection.execute("CHECKPOINT")

    folders = (ledger.path, aside, server / "data" / "base")
    yield Kept(ledger, folders, settle, keeps_rows=True)
    ledger.home.close()


@pytest.mark.parametrize("kept", ["in_files", "on_a_server"])
def test_t46_nothing_is_left_that_opens_what_was_erased(
    kept: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """T-46: neither its words and keys, which lay nowhere in clear before, nor its ciphertexts, its
    wraps and the key of its month, which did. On a server its rows lie on, and nothing opens them.
    """
    found: Kept = request.getfixturevalue(kept)
    ledger = found.ledger
    reference, needles = told(ledger, tmp_path / "scans")
    hidden = {name for name in needles if name.startswith("clear")}
    assert found.found(needles) == needles.keys() - hidden
    projecting.runner(ledger.home, ledger.register.reader(None), ledger.clock).catch_up()
    erase(ledger, reference, "both")
    ledger.clock.turn(days=45)
    months = Months(ledger.home)
    months.rebucket(JUNE, ledger.clock())
    months.destroy(JUNE, ledger.clock())
    left = found.found(needles)
    assert {one for one in left if not (found.keeps_rows and one.startswith("row "))} == set()


def told(ledger: Ledger, scans: Path) -> tuple[str, dict[str, bytes]]:
    """A closed case with words and a scan; and everything by which it might be opened or known."""
    reference = ledger.visit("kim", fields={"words": WORDS})
    ledger.do("mara", "open", reference)
    attach(ledger, "kim", reference, scan(scans))
    ledger.do("mara", "close", reference, ENDED)
    month = ledger.home.keystore.month_key(JUNE)
    assert month is not None
    needles = {"month": month[-PIECE:], "clear words": WORDS.encode(), "clear scan": PDF}
    file = ledger.look("mara", reference)
    for stream in file.streams:
        name = stream.id.hex()[:8]
        wrap = ledger.home.keystore.wrap(stream.id)
        assert wrap is not None
        assert stream.secrets.personal is not None
        needles |= {
            f"wrap {name}": wrap.wrap[-PIECE:],
            f"clear core {name}": stream.secrets.core,
            f"clear personal {name}": stream.secrets.personal,
        }
        for row in stream.store.rows(stream.id):
            needles[f"row {name}:{row.seq}"] = row.state[-PIECE:]
    (one,) = attached_to(ledger.home.origin, file)
    stream_id, _, seq = one.record.ref.partition(":")
    part = ledger.home.open.documents.part(bytes.fromhex(stream_id), int(seq), 0)
    assert part is not None
    needles["scan"] = part[:PIECE]
    return reference, needles
