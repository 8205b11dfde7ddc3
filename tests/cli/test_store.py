"""What a ledger is kept in: checked, and moved to a server and back, by the command line."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from keys.keyring import Keyring, unlock
from ledger.cli.session import THROW_AWAY
from ledger.errors import Unavailable
from ledger.home import Home
from ledger.register.acts import Act
from ledger.register.handle import Register
from ledger.stores.postgresql.copying import PlaceTarget
from ledger.stores.tables import Digest, Side
from ledger.stores.transfer import PARTIAL
from tests.cli.conftest import Line, founded_in
from tests.house.tree import ROOT
from tests.postgresql.programs import VERSIONS, Version

Servers = Callable[[Version], str]
Founder = Callable[..., Line]
_numbers = count(1)
# What a throw-away server shows: it is not for the ledger alone, and its settings are its own.
HARMLESS = {"setting-log-autovacuum-min-duration", "setting-log-checkpoints"}


@pytest.fixture
def found_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Founder:
    """Founds a ledger of a name of its own, in files or on a server."""

    def make(store: str | None = None) -> Line:
        origin = f"ledger.cli-{next(_numbers)}.example"
        return founded_in(tmp_path, capsys, monkeypatch, store, origin)

    return make


@pytest.fixture
def used(found_here: Founder) -> Line:
    """A ledger in files in which something happened: cases, one of them erased, and a tick."""
    line = found_here()
    line.enrol("kim", "staff")
    use(line)
    return line


def use(line: Line) -> str:
    """Let cases be opened, closed and erased, and the log tick; gives the case that is left."""
    left = str(line.good("case", "new", by="kim")["reference"])
    line.good("do", left, "open", by="mara")
    gone = str(line.good("case", "new", by="kim")["reference"])
    line.good("do", gone, "open", by="mara")
    line.do(gone, "close", "mara", outcome="not-disclosed")
    line.good("case", "new", by="kim")
    line.later(days=1, minutes=1)
    line.good("tick")
    line.good("erase", "propose", gone, by="mara")
    line.good("erase", "assent", by="tom")
    return left


def digests(line: Line) -> dict[str, object]:
    """The digest of every table, by its store."""
    checked = line("store", "check")
    return {one["name"]: one["tables"] for one in checked.data["stores"]}


def codes(line: Line) -> set[str]:
    """The codes of everything that the check finds."""
    data = line("store", "check").data
    return {one["code"] for row in [*data["stores"], data["log"]] for one in row["problems"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_ledger_moves_to_a_server_and_back(
    used: Line, version: Version, ledger_servers: Servers, tmp_path: Path
) -> None:
    """Every table is the same on both sides, positions and the gaps of erasures included; work goes
    on where it was moved to, and back in files everything verifies.
    """
    before = digests(used)
    copied = used.good("store", "copy", ledger_servers(version), "--switch")
    assert copied["switched"]
    assert copied["stores"] == before == digests(used)
    assert json.loads((used.home / "ledger.json").read_text())["store"] == ledger_servers(version)
    use(used)
    used.later(days=3)
    used.good("tick")
    on_server = digests(used)
    assert on_server != before
    assert used("verify", "--trust", str(used.home / "trust.json"), by="mara").code == 0

    refused = used("store", "copy", "files", "--switch")
    assert refused.code == 2
    assert "Move it away first" in refused.err
    for path in used.home.glob("*.db*"):
        path.rename(tmp_path / path.name)
    used.good("store", "copy", "files", "--switch")
    assert "store" not in json.loads((used.home / "ledger.json").read_text())
    assert digests(used) == on_server
    assert codes(used) == set()
    use(used)
    used.later(days=3)
    used.good("tick")
    assert used("verify", "--trust", str(used.home / "trust.json"), by="mara").code == 0


def test_a_copy_leaves_the_ledger_where_it_is(
    used: Line, ledger_servers: Servers, tmp_path: Path
) -> None:
    """A copy without the switch is found whole by the next one, as long as nothing was recorded
    since; then it is something else, and is refused and left alone.
    """
    url = ledger_servers("newest")
    copied = used.good("store", "copy", url)
    assert not copied["switched"]
    assert used.good("store", "copy", url)["stores"] == copied["stores"]
    used.good("case", "new", by="kim")
    refused = used("store", "copy", url, "--switch")
    assert refused.code == 2
    assert "at another moment" in refused.err
    assert "store" not in json.loads((used.home / "ledger.json").read_text())
    used.good("case", "new", by="kim")
    assert used("store", "copy", "files").code == 2


def test_who_still_runs_on_what_was_left_is_told(
    used: Line, ledger_servers: Servers, tmp_path: Path
) -> None:
    """A program that had the old stores open records nothing there, in files and on a server, and
    says so; the check of what was left says so too.
    """
    with closing(Home(used.home)) as old:
        register, kim = Register(old, lambda: used.clock[0]), keyring(used, "kim")
        register.handle(kim, Act("intake", {}))
        used.good("store", "copy", ledger_servers("oldest"), "--switch")
        with pytest.raises(Unavailable, match="Start this program again"):
            register.handle(kim, Act("intake", {}))
    shutil.copytree(used.home, tmp_path / "old")
    with closing(Home(used.home)) as on_server:
        register = Register(on_server, lambda: used.clock[0])
        register.handle(kim, Act("intake", {}))
        for path in used.home.glob("*.db*"):
            path.unlink()
        used.good("store", "copy", "files", "--switch")
        with pytest.raises(Unavailable, match="start this program again"):
            register.handle(kim, Act("intake", {}))
    used.good("case", "new", by="kim")
    for folder in (tmp_path / "old", tmp_path / "files"):
        if folder.name == "files":
            shutil.copytree(tmp_path / "old", folder)
            config = json.loads((folder / "ledger.json").read_text())
            del config["store"]
            (folder / "ledger.json").write_text(json.dumps(config))
        left = Line(folder, used.capsys, used.clock)
        assert "moved" in codes(left)
        assert left("store", "check").code == 5


def keyring(line: Line, name: str) -> Keyring:
    """A person's keyring, unlocked."""
    return unlock((line.home / "people" / f"{name}.keyring").read_bytes(), THROW_AWAY)


def test_a_row_that_was_altered_on_the_way_is_found(
    used: Line, ledger_servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that differs by one bit of one row is refused and removed; nothing was closed."""
    url, before = ledger_servers("newest"), digests(used)
    real = PlaceTarget.fill

    def altered(self: PlaceTarget, source: Side) -> Mapping[str, Digest]:
        found = dict(real(self, source))
        if self.place.name == "open":
            with self._as_owner():
                self.connection.execute("ALTER TABLE commands DISABLE TRIGGER commands_deny")
                flipped = "UPDATE commands SET answer = set_bit(answer, 0, 1 - get_bit(answer, 0))"
                assert self.connection.execute(flipped).rowcount
            found = dict(self.digests())
        return found

    with monkeypatch.context() as patched:
        patched.setattr(PlaceTarget, "fill", altered)
        refused = used("store", "copy", url, "--switch")
    assert refused.code == 1
    assert "open, commands" in refused.err
    assert digests(used) == before
    used.good("case", "new", by="kim")
    used.good("store", "copy", url, "--switch")


STEPS = {
    "marked": "ledger.stores.postgresql.copying:PlaceTarget.make:3",
    "filling": "ledger.stores.postgresql.copying:PlaceTarget._copy:9",
    "filled": "ledger.stores.postgresql.copying:PlaceTarget.fill:4",
    "closing": "ledger.stores.copying:FileStop.fence:3",
    "settling": "ledger.stores.postgresql.copying:PlaceTarget.set_mark:8",
    "switching": "ledger.moving:_switch:1",
}
KILLED = """
import importlib, os, signal, sys
from pathlib import Path
from ledger.home import Home
from ledger.moving import copy_stores
module, name, number = sys.argv[3].split(":")
owner = importlib.import_module(module)
*outer, last = name.split(".")
for one in outer:
    owner = getattr(owner, one)
real, calls = getattr(owner, last), []
def killed(*given):
    calls.append(1)
    if len(calls) == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given)
setattr(owner, last, killed)
copy_stores(Home(Path(sys.argv[1])), sys.argv[2], switch=True)
"""


@pytest.mark.parametrize("step", STEPS)
def test_a_move_that_is_killed_is_finished_by_the_same_command(
    used: Line, ledger_servers: Servers, step: str
) -> None:
    """Wherever it ends, the ledger is whole where it was; repeated, the move comes to its end and
    nothing is lost or there twice.
    """
    url, before = ledger_servers("newest"), digests(used)
    command = [sys.executable, "-c", KILLED, str(used.home), url, STEPS[step]]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert "store" not in json.loads((used.home / "ledger.json").read_text())
    assert digests(used) == before
    done = used.good("store", "copy", url, "--switch")
    assert done["stores"] == before == digests(used)
    assert codes(used) <= HARMLESS
    used.good("case", "new", by="kim")


@pytest.mark.parametrize("number", [8, 10])
def test_a_move_into_files_that_is_killed_leaves_none_behind(
    found_here: Founder, ledger_servers: Servers, number: int
) -> None:
    """Files that a killed move had named already are its own, and are made anew."""
    line = found_here(ledger_servers("oldest"))
    step = f"ledger.stores.transfer:Files._file:{number}"
    before = digests(line)
    command = [sys.executable, "-c", KILLED, str(line.home), "files", step]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert line.good("store", "copy", "files", "--switch")["stores"] == before == digests(line)
    assert not (line.home / PARTIAL).exists()
    assert codes(line) == set()
