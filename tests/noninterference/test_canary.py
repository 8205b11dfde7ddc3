"""T-34: words that stand in sealed matters only are found nowhere, in whatever a store is kept.

The words are looked for in every spelling that a file could hold them in; names of sealed matters
and of their streams besides, wherever somebody without clearance may look.
"""

from __future__ import annotations

import base64
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from ledger.stores.place import StoreName
from ledger.stores.tables import TABLES
from tests.house.tree import ROOT
from tests.noninterference.observer import every_knock, known_of
from tests.noninterference.play import BASES, PROLOGUE, knocked
from tests.noninterference.steps import CANARY, HIDDEN, OPEN
from tests.noninterference.worlds import Step, World, founded, living, play
from tests.postgresql.programs import Version

_numbers = count(1)
OPEN_STORES: tuple[StoreName, ...] = ("open", "log")
TELLING = ("case list", "deadlines", "export ledger", "person list", "erase list", "tick")
EPILOGUE = (Step("tick", 0, 3), Step("call"), Step("tick"))


class Kept:
    """A temporary folder that stays, so that what was in it can be searched."""

    def __init__(self, *_given: object, prefix: str = "tmp", **_named: object) -> None:
        self.name = tempfile.mkdtemp(prefix=prefix)

    def __enter__(self) -> str:
        return self.name

    def __exit__(self, *_error: object) -> None:
        """Leave it."""


@pytest.fixture(scope="module")
def in_files(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A ledger in files, in which every kind of sealed matter was lived through."""
    return lived_through(tmp_path_factory.mktemp("canary"), store=None)


@pytest.fixture(scope="module", params=["files", "server"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same ledger, and one that is kept on a server."""
    if request.param == "files":
        files: World = request.getfixturevalue("in_files")
        return files
    servers: Callable[[Version], str] = request.getfixturevalue("ledger_servers")
    return lived_through(tmp_path_factory.mktemp("canary"), store=servers("newest"))


def lived_through(folder: Path, store: str | None) -> World:
    """Found a ledger, and live through every kind of sealed matter in it."""
    origin = f"ledger.canary-{next(_numbers)}.example"
    world = founded(folder / "home", store=store, origin=origin)
    hidden = {
        at: tuple(step for base in BASES.values() for step in base.get(at, ()))
        for at in range(len(PROLOGUE))
    }
    (folder / "temp").mkdir()
    with living(world), kept_in(folder / "temp"):
        play(world, (*PROLOGUE, *EPILOGUE), hidden, OPEN, HIDDEN)
    assert len(world.secret) > 6
    return world


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Make temporary folders there, and leave them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setattr(tempfile, "TemporaryDirectory", Kept)
        yield


def spellings(word: str) -> set[bytes]:
    """How a word could stand in a file: plainly, in UTF-16, in hex, in base64 at each offset."""
    plain = word.encode()
    found = {plain, word.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode()}
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + plain)
        found.add(coded[4 if offset else 0 : -4])
    return found


def rows(world: World, *stores: StoreName) -> Iterator[tuple[str, bytes]]:
    """Every value of every table of some stores."""
    home = world.home
    databases = {
        "open": lambda: home.open.database,
        "inbox": lambda: home.inbox.database,
        "vault": lambda: home.vault.database,
        "keystore": lambda: home.keystore.database,
        "log": lambda: home.logbook.database,
    }
    for name in stores:
        for table in TABLES[name]:
            for row in databases[name]().ask(f"SELECT * FROM {table.name}"):
                for value in row:
                    plain = value if isinstance(value, bytes) else str(value).encode()
                    yield f"{name}.{table.name}", plain


def lying(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, with its name."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield name, name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b"")


def where(words: set[bytes], places: Iterator[tuple[str, bytes]]) -> set[str]:
    """The places in which one of the words stands."""
    return {name for name, data in places if any(word in data for word in words)}


def names_of(world: World) -> set[bytes]:
    """The references of sealed matters and the streams of their records."""
    streams = [bytes.fromhex(one.partition(":")[0]) for one in world.secret]
    words = {one.encode() for one in world.matters} | {one.hex().encode() for one in streams}
    return words | set(streams)


def test_t34_words_of_sealed_matters_are_found_nowhere(told: World) -> None:
    """T-34: not in any file or table of any store, the vault's own among them: there they are
    ciphertext; not in temporary files of exports and verifications.
    """
    words = spellings(CANARY)
    assert where(words, lying(told.path.parent)) == set()
    with living(told):
        assert where(words, rows(told, *TABLES)) == set()


def test_t34_names_of_sealed_matters_are_not_where_others_look(told: World) -> None:
    """T-34: references and streams stand in no open table, published file, temporary file or
    answer to somebody without clearance.
    """
    names, known = names_of(told), known_of(told, told)
    with living(told):
        assert where(names, rows(told, *OPEN_STORES)) == set()
    files = lying(told.path.parent)
    assert where(names, (one for one in files if not one[0].endswith(".db"))) == set()
    if told.home.config.store is None:
        asked = [one for one in every_knock("--json") if one.door in TELLING and one.by != "mara"]
        # Whoever names a matter is told the name that they gave.
        words = {one for one in names if one not in f"{known}".encode()} | spellings(CANARY)
        for knock in asked:
            answers = knocked(told, knock, known).items()
            assert where(words, ((name, text.encode()) for name, text in answers)) == set()


def test_the_search_finds_what_is_there(told: World, tmp_path: Path) -> None:
    """A word that stands in open cases is found in the open store's views; one that is put into a
    file, in any spelling, is found there.
    """
    with living(told):
        open_case = {told.cases[0].encode()}
        assert where(open_case, rows(told, "open")) >= {"open.labels", "open.projected"}
    for number, word in enumerate(spellings(CANARY)):
        (tmp_path / f"{number}").write_bytes(b"before" + word + b"after")
        assert f"{number}" in where(spellings(CANARY), lying(tmp_path))


def called(home: Path, *words: str, person: str) -> tuple[int, bytes]:
    """Run the command line as a program of its own; gives its code and all that it says."""
    given = [sys.executable, "-m", "ledger.cli", "--home", str(home), "--as", person, *words]
    done = subprocess.run(given, cwd=ROOT, capture_output=True)
    return done.returncode, done.stdout + done.stderr


def test_t34_an_error_in_a_sealed_matter_says_nothing_of_it(
    in_files: World, tmp_path: Path
) -> None:
    """T-34: the vault is damaged in the middle of sealed work: nobody, cleared or not, is told a
    word of a sealed matter, a name, or a traceback. Here a file is damaged; a server's errors:
    tests/stores/postgresql.
    """
    home = tmp_path / "home"
    shutil.copytree(in_files.path, home)
    data = bytearray((home / "vault.db").read_bytes())
    for at in range(4_096, len(data), 512):
        data[at] ^= 0x5A
    (home / "vault.db").write_bytes(data)
    words = spellings(CANARY) | names_of(in_files)
    fields = json.dumps({"person": "tom", "channel": "telephone", "outcome": "no-answer"})
    for person, asked in (
        ("mara", ("case", "list")),
        ("mara", ("do", in_files.matters[0], "attempt-contact", "--with", fields)),
        ("kim", ("do", in_files.cases[0], "attempt-contact", "--with", fields)),
    ):
        code, said = called(home, *asked, person=person)
        assert b"Traceback" not in said
        assert where(words, iter([("said", said)])) == set()
        assert code in ((0,) if person == "kim" else (1, 5))


def test_no_core_is_dumped() -> None:
    """The command line forbids core files before it does anything: they would hold what is open."""
    code = (
        "import resource, sys; from ledger.cli import main\n"
        "sys.argv = ['disclosure-ledger', '--version']\n"
        "try: main()\n"
        "finally: print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "(0, 0)" in done.stdout, limits
