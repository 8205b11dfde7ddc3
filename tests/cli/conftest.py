"""A ledger that is used through its command line, with a clock that the test turns."""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keys.files import write_private
from keys.keyring import create
from ledger.cli import session as sessions
from ledger.cli.app import run
from ledger.cli.sheet import Drawn, draw
from ledger.founding import Founding, Recovery, found
from ledger.home import Home
from tests.keys.age import cheap_age
from tests.passphrases import cheap_passphrases
from tests.signatures import remembered_signatures as remembered_signatures

START = datetime(2026, 6, 19, 20, 0, tzinfo=UTC)
ORIGIN = "ledger.lonecone.example"


@dataclass
class Answer:
    """What one call printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON object that the call printed."""
        return json.loads(self.out)


@dataclass
class Line:
    """The command line of one ledger."""

    home: Path
    capsys: pytest.CaptureFixture[str]
    clock: list[datetime] = field(default_factory=lambda: [START])

    def __call__(self, *words: str, by: str | None = None, as_json: bool = True) -> Answer:
        """Call it as a person."""
        options = ["--home", str(self.home), *(["--as", by] if by else [])]
        code = run([*options, *(["--json"] if as_json else []), *words])
        printed = self.capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    def good(self, *words: str, by: str | None = None) -> Any:
        """Call it, expecting success, and give the data."""
        answer = self(*words, by=by)
        assert answer.code == 0, answer.err
        return answer.data

    def do(self, reference: str, command: str, by: str, /, **fields: object) -> str:
        """Act, expecting success; gives the place of the first record."""
        words = ("do", reference, command, "--with", json.dumps(fields))
        return str(self.good(*words, by=by)["records"][0]["ref"])

    def enrol(self, name: str, *roles: str, by: tuple[str, str] = ("mara", "tom")) -> None:
        """Enrol a person with a throw-away keyring, by two people."""
        ring = create(name, b"", throw_away=True)
        write_private(self.home / "people" / f"{name}.keyring", ring.dump(sessions.THROW_AWAY))
        home = Home(self.home)
        home.keystore.put_public_keys(name, ring.public.dump())
        home.close()
        fields = {"person": name, "key": b64encode(ring.public.signing).decode()}
        self.good("do", "office", "enrol-key", "--with", json.dumps(fields), by=by[0])
        for role in roles:
            command = "appoint-designee" if role == "designee" else "grant-role"
            given = {"person": name} if role == "designee" else {"person": name, "role": role}
            self.good("do", "office", command, "--with", json.dumps(given), by=by[0])
        self.good("person", "assent", by=by[1])

    def later(self, **span: float) -> None:
        """Turn the clock."""
        self.clock[0] += timedelta(**span)


@pytest.fixture(scope="session")
def drawn() -> Drawn:
    """A recovery identity in capsules for mara, tom and the board."""
    with cheap_age():
        return draw(("mara", "tom", "board"), 2)


@pytest.fixture(autouse=True)
def cheap() -> Iterator[None]:
    """Keyrings cost the least that one may, capsules nearly nothing: `tests/keys` tries the usual
    costs, and here each call of the command opens a keyring.
    """
    with cheap_passphrases(), cheap_age():
        yield


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded home without recovery, to be copied."""
    return founded(tmp_path_factory.mktemp("plain") / "home", None)


@pytest.fixture(scope="session")
def with_recovery(tmp_path_factory: pytest.TempPathFactory, drawn: Drawn) -> Path:
    """A founded home with a recovery identity, to be copied."""
    return founded(tmp_path_factory.mktemp("recovery") / "home", drawn.recovery)


@pytest.fixture
def line(
    plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Line:
    """A founded ledger: mara is director and custodian, tom counsel. It has no recovery."""
    return opened(plain, tmp_path, capsys, monkeypatch)


@pytest.fixture
def recoverable(
    with_recovery: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    drawn: Drawn,
) -> Line:
    """The same with a recovery identity, whose sheets lie in the folder `sheets`."""
    one = opened(with_recovery, tmp_path, capsys, monkeypatch)
    (tmp_path / "sheets").mkdir()
    for holder, text in drawn.sheets(ORIGIN, "0" * 64, START).items():
        (tmp_path / "sheets" / holder).write_text(text)
    return one


def founded(
    home: Path, recovery: Recovery | None, *, store: str | None = None, origin: str = ORIGIN
) -> Path:
    """Found a ledger with throw-away keyrings, which need no passphrase."""
    rings = {name: create(name, b"", throw_away=True) for name in ("mara", "tom")}
    founders = ((rings["mara"], "director"), (rings["tom"], "counsel"))
    founding = Founding(
        *(origin, "America/Denver", "us-co/lcld", founders), recovery=recovery, store=store
    )
    found(home, founding, START).close()
    for name, ring in rings.items():
        write_private(home / "people" / f"{name}.keyring", ring.dump(sessions.THROW_AWAY))
    return home


def opened(
    template: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Line:
    """The command line of a copy of a home, with a clock that the test turns."""
    shutil.copytree(template, folder / "home")
    return line_of(folder / "home", capsys, monkeypatch)


def founded_in(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    store: str | None,
    origin: str,
) -> Line:
    """The command line of a new ledger, whose stores are kept there."""
    return line_of(founded(folder / "home", None, store=store, origin=origin), capsys, monkeypatch)


def line_of(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Line:
    """The command line of a home, with a clock that the test turns, beside it."""
    one = Line(home, capsys)
    monkeypatch.setattr(sessions, "now", lambda: one.clock[0])
    monkeypatch.chdir(home.parent)
    return one


@pytest.fixture
def descriptor() -> Iterator[Callable[[str], str]]:
    """Puts a passphrase behind a file descriptor and gives its number."""
    opened: list[int] = []

    def put(text: str) -> str:
        reading, writing = os.pipe()
        os.write(writing, text.encode() + b"\n")
        os.close(writing)
        opened.append(reading)
        return str(reading)

    yield put
    for one in opened:
        os.close(one)
