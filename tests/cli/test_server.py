"""A ledger on a server by the command line: founded, backed up, brought up to date; and each thing
that can stand against it has its own sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from ledger.cli import founding as module
from ledger.cli.sheet import Drawn
from ledger.errors import BadRequest, Unavailable
from ledger.home import Home
from ledger.stores.place import schema_of
from tests.cli.conftest import Answer, Line, founded_in
from tests.cli.test_store import HARMLESS, codes, digests, use
from tests.postgresql.ledgers import address, set_up
from tests.postgresql.programs import Version
from tests.postgresql.server import Server
from tests.postgresql.site import Site

_numbers = count(1)
INIT = ("--director", "mara", "--second", "tom", "--pack", "us-co/lcld", "--recovery-sheet-dir")


@pytest.fixture
def on_server(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    ledger_servers: Callable[[Version], str],
) -> Line:
    """A ledger on a server, with a member of staff."""
    origin = f"ledger.server-{next(_numbers)}.example"
    store = ledger_servers("newest")
    line = founded_in(tmp_path, capsys, monkeypatch, store, origin)
    line.enrol("kim", "staff")
    return line


def test_a_backup_of_a_ledger_on_a_server_is_restored_into_files(
    on_server: Line, tmp_path: Path
) -> None:
    """The backup has the form that it always has; restored, the ledger is in files, holds what it
    held, erases what was erased since, and goes on to a server again.
    """
    left = use(on_server)
    backup, office = tmp_path / "backup", tmp_path / "office"
    assert on_server.good("backup", str(backup))["files"] > 10
    names = {path.name for path in backup.glob("*/*.db")}
    assert names == {"open.db", "inbox.db", "vault.db", "log.db", "keystore.db"}
    before = digests(on_server)
    on_server.good("backup", "office", str(office))
    old, on_server.home = on_server.home, tmp_path / "new"
    given = ["--master-key", str(old / "master.key"), "--office", str(office)]
    on_server.good("restore", str(backup), *given, "--log", str(old / "log"))
    assert "store" not in json.loads((tmp_path / "new" / "ledger.json").read_text())
    after = digests(on_server)
    assert {name: after[name] for name in ("open", "vault", "log")} == {
        name: before[name] for name in ("open", "vault", "log")
    }
    on_server.good("restore", "confirm", by="mara")
    assert on_server.good("case", "show", left, by="kim")
    on_server.later(days=3)
    on_server.good("tick")
    trust = str(old / "trust.json")
    assert on_server("verify", "--trust", trust, by="mara").code == 0


def test_months_are_emptied_and_destroyed_on_a_server(on_server: Line) -> None:
    """What was erased leaves the server's own files too: the role of upkeep rewrites them."""
    use(on_server)
    on_server.later(days=45)
    on_server.good("tick")
    on_server.good("month", "rebucket", "2026-06")
    on_server.good("month", "destroy", "2026-06")
    assert on_server.good("month", "list") == {"months": [{"month": "2026-08"}]}
    assert codes(on_server) <= HARMLESS


def test_nothing_is_signed_without_a_standby_where_one_is_wanted(on_server: Line) -> None:
    """`needs_standby` in `ledger.json` stops the log on a server that has none; acts go on."""
    config = json.loads((on_server.home / "ledger.json").read_text())
    (on_server.home / "ledger.json").write_text(json.dumps({**config, "needs_standby": True}))
    on_server.good("case", "new", by="kim")
    on_server.later(days=1, minutes=1)
    refused = on_server("tick")
    assert refused.code == 5
    assert "No standby confirms" in refused.err
    assert not (on_server.home / "log" / "checkpoint").exists()
    (on_server.home / "ledger.json").write_text(json.dumps(config))
    on_server.good("tick")
    assert (on_server.home / "log" / "checkpoint").exists()


def test_a_keystore_on_a_server_is_not_put_in_place_as_a_file(
    on_server: Line, tmp_path: Path
) -> None:
    """What replaces one file says clearly that it does not apply."""
    on_server.good("backup", str(tmp_path / "backup"))
    refused = on_server("restore", "keystore", str(tmp_path / "backup" / "keystore"))
    assert refused.code == 2
    assert "keystore is on a server" in refused.err


def test_bringing_up_to_date_makes_no_empty_store(
    on_server: Line, ledger_servers: Callable[[Version], str]
) -> None:
    """It does nothing where nothing is to be done, and a store that is gone does not come back
    empty.
    """
    before = digests(on_server)
    on_server.good("store", "migrate")
    on_server.good("store", "migrate")
    assert digests(on_server) == before
    assert codes(on_server) <= HARMLESS
    config = json.loads((on_server.home / "ledger.json").read_text())
    config["origin"] = "ledger.nobody.example"
    (on_server.home / "ledger.json").write_text(json.dumps(config))
    refused = on_server("store", "migrate")
    assert refused.code == 5
    assert "missing on the server" in refused.err
    assert "not-opened" in codes(on_server)
    del config["store"]
    (on_server.home / "ledger.json").write_text(json.dumps(config))
    assert on_server("store", "migrate").code == 5
    assert not list(on_server.home.glob("*.db"))


def test_one_name_is_founded_once_on_a_server(
    on_server: Line,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    ledger_servers: Callable[[Version], str],
) -> None:
    """A second ledger of the same name is refused, and the first stays as it is."""
    before, origin = digests(on_server), Home(on_server.home).origin
    with pytest.raises(BadRequest, match="ledger of this name already"):
        founded_in(tmp_path / "second", capsys, monkeypatch, ledger_servers("newest"), origin)
    assert digests(on_server) == before


def test_a_founding_that_fails_leaves_nothing_on_the_server(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    ledger_servers: Callable[[Version], str],
) -> None:
    """The same name can be founded afterwards, on an empty store."""
    origin, url = f"ledger.server-{next(_numbers)}.example", ledger_servers("oldest")
    with monkeypatch.context() as patched:
        patched.setattr("ledger.founding.trust_file", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            founded_in(tmp_path / "one", capsys, patched, url, origin)
    line = founded_in(tmp_path / "two", capsys, monkeypatch, url, origin)
    assert codes(line) <= HARMLESS
    with closing(Home(line.home)) as home:
        assert [position for position, _ in home.open.page(0, 9)] == [1, 2, 3]


def test_init_founds_on_a_server_wholly_or_not_at_all(
    line: Line,
    tmp_path: Path,
    drawn: Drawn,
    descriptor: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    ledger_servers: Callable[[Version], str],
) -> None:
    """Where the sheets cannot be written nothing is left, on the disk and on the server; where they
    can, the ledger is there and its address in `ledger.json`.
    """
    url, origin = ledger_servers("newest"), f"ledger.server-{next(_numbers)}.example"
    monkeypatch.setattr(module, "draw", lambda *_: drawn)
    line.home = tmp_path / "new"

    def init() -> Answer:
        secrets = ("--second-passphrase-fd", descriptor("eleven grey pigeons"))
        first = ("--passphrase-fd", descriptor("seven blue lanterns"))
        folder = str(tmp_path / "sheets")
        return line(*first, "init", "--origin", origin, *INIT, folder, "--store", url, *secrets)

    with monkeypatch.context() as patched:
        patched.setattr(module, "hand_out", refuse)
        refused = init()
    assert refused.code == 5
    assert not line.home.exists()
    founded_there = init()
    assert founded_there.code == 0, founded_there.err
    assert json.loads((line.home / "ledger.json").read_text())["store"] == url
    assert not list(line.home.glob("*.db"))
    assert line.good("fingerprint")["fingerprint"] == founded_there.data["fingerprint"]
    assert codes(line) <= HARMLESS


def refuse(*_: object) -> None:
    """Stand for a disk that is full."""
    raise Unavailable("The sheets cannot be written there.")


def test_an_address_with_a_password_is_refused(line: Line, tmp_path: Path) -> None:
    """The address is kept and shown, so that no password may stand in it; nothing is founded."""
    line.home = tmp_path / "new"
    for url in (
        "postgresql://me:hunter2@db.example/ledger",
        "postgresql://db.example/ledger?password=hunter2",
        "postgresql://db.example/ledger?sslpassword=hunter2",
    ):
        asked = ("init", "--origin", "x.example", *INIT, str(tmp_path / "sheets"), "--store", url)
        refused = line(*asked)
        assert refused.code == 2
        assert "password file" in refused.err
        assert "hunter2" not in refused.err + refused.out
        assert not line.home.exists()
    refused = line("init", "--origin", "x.example", *INIT, str(tmp_path / "sheets"), "--store", "x")
    assert "no address of a server" in refused.err or "prefix" in refused.err
    line.home = tmp_path / "home"
    assert line("store", "copy", "postgresql://me:hunter2@db.example/ledger").code == 2


@pytest.fixture(scope="module")
def obstructed(postgres_sites: Callable[[Version], Site]) -> Iterator[Server]:
    """A server that is set up for ledgers, and that tests may put in the way."""
    server = Server.started(postgres_sites("newest"))
    set_up(server)
    yield server
    server.stop()


def test_nobody_answers(line: Line, tmp_path: Path) -> None:
    """Where there is no server, it is said that there is none; nothing was changed here."""
    refused = line("store", "copy", f"postgresql:///ledger?host={tmp_path}", "--switch")
    assert refused.code == 5
    assert "No database server answers" in refused.err
    line.good("person", "list", by="mara")


def test_a_prefix_that_was_never_set_up(line: Line, obstructed: Server) -> None:
    """The administrator is told to set it up."""
    refused = line("store", "copy", address(obstructed, prefix="nobody"))
    assert refused.code == 5
    assert "role nobody_migrate" in refused.err
    assert "cluster.sql" in refused.err


def test_a_vault_that_lets_nobody_in_changes_nothing_in_the_open(
    obstructed: Server,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Staff read, act and save visits as before; the log goes on, and its log says that a store was
    not read.
    """
    there = address(obstructed)
    line = founded_in(tmp_path, capsys, monkeypatch, there, "ledger.locked.example")
    line.enrol("kim", "staff")
    reference = line.good("case", "new", by="kim")["reference"]
    line.good("do", reference, "open", by="mara")
    line.later(days=4)
    line.good("tick")
    asked = (("case", "list"), ("case", "history", reference), ("person", "list"), ("log", "show"))
    before = [line(*words, by="kim") for words in asked]
    with closing(obstructed.connect()) as server:
        server.execute("ALTER ROLE ledger_vault NOLOGIN")
        try:
            assert [line(*words, by="kim") for words in asked] == before
            contact = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}
            line.do(reference, "attempt-contact", "kim", **contact)
            line.good("case", "new", by="kim")
            line.later(days=1)
            published = line("tick")
        finally:
            server.execute("ALTER ROLE ledger_vault LOGIN")
    assert published.code == 0
    assert "store-unread" in published.err


def test_only_a_standby_answers(line: Line, obstructed: Server) -> None:
    """A server that takes no writes is not used, and is called what it is."""
    obstructed.reload({"default_transaction_read_only": "on"})
    try:
        refused = line("store", "copy", address(obstructed))
    finally:
        obstructed.reload({"default_transaction_read_only": "off"})
    assert refused.code == 5
    assert "Only a standby answers" in refused.err


def test_a_password_that_is_wrong(
    line: Line, obstructed: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password file is named, and the password nowhere shown."""
    passwords = tmp_path / "pgpass"
    passwords.touch(mode=0o600)
    passwords.write_text("*:*:*:*:hunter2\n")
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    known = obstructed.data / "pg_hba.conf"
    before = known.read_text()
    known.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    obstructed.reload({})
    try:
        refused = line("store", "copy", address(obstructed))
        known.write_text("local all postgres trust\n")
        obstructed.reload({})
        let_in = line("store", "copy", address(obstructed))
    finally:
        known.write_text(before)
        obstructed.reload({})
    assert refused.code == let_in.code == 5
    assert "refuses the password of ledger_migrate" in refused.err
    assert "hunter2" not in refused.err + refused.out
    assert "pg_hba.conf has no line for it" in let_in.err


@pytest.mark.parametrize(
    ("taken", "given", "told"),
    [
        (
            "REVOKE ledger_owner FROM ledger_migrate",
            "GRANT ledger_owner TO ledger_migrate",
            "again",
        ),
        (
            "REVOKE CONNECT ON DATABASE ledger_vault FROM ledger_migrate",
            "GRANT CONNECT ON DATABASE ledger_vault TO ledger_migrate",
            "may not enter its database",
        ),
    ],
    ids=["no owner", "no entry"],
)
def test_rights_that_are_missing(
    line: Line, obstructed: Server, taken: str, given: str, told: str
) -> None:
    """The administrator is told to run cluster.sql again; once the rights are there it goes on."""
    before = digests(line)
    with obstructed.connect() as connection:
        connection.execute(taken)
        refused = line("store", "copy", address(obstructed), "--switch")
        connection.execute(given)
    assert refused.code == 5
    assert told in refused.err
    assert "cluster.sql" in refused.err
    assert digests(line) == before
    assert codes(line) == set()


def test_settings_that_leak_or_lose_are_found(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    obstructed: Server,
) -> None:
    """The check names what an administrator undid, by its code, and ends with 5."""
    origin = f"ledger.server-{next(_numbers)}.example"
    line = founded_in(tmp_path, capsys, monkeypatch, address(obstructed), origin)
    schema = schema_of(origin)
    with obstructed.connect("ledger_vault") as vault:
        vault.execute("ALTER DATABASE ledger_vault SET log_statement = 'all'")
        vault.execute(f"ALTER TABLE {schema}.commands DISABLE TRIGGER commands_deny")
        answer = line("store", "check")
        shown = line("store", "check", as_json=False)
        vault.execute("ALTER DATABASE ledger_vault SET log_statement = 'none'")
        vault.execute(f"ALTER TABLE {schema}.commands ENABLE TRIGGER commands_deny")
    assert answer.code == shown.code == 5
    found = {row["name"]: {one["code"] for one in row["problems"]} for row in answer.data["stores"]}
    assert {"setting-log-statement", "triggers-off"} <= found["vault"]
    assert found["open"] <= HARMLESS
    assert "UNSAFE triggers-off" in shown.out
    assert codes(line) <= HARMLESS
