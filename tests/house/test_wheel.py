"""The base install is the offline verifier: one dependency, and the service stays at home."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from ledger.stores.postgresql.migrations import PARTS, migrations
from tests.house.tree import PACKAGES, ROOT, files, named
from tests.release.bare import lay_out

MIGRATIONS = ("ops/postgres/migrations/", "ledger/stores/migrations/")
PROGRAM = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
try:
    runpy.run_module("ledger.verify", run_name="__main__", alter_sys=True)
except SystemExit as ended:
    code = ended.code
print("MODULES", *sorted(sys.modules))
sys.exit(code)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a distributor would, without a network."""
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (built,) = place.glob("*.whl")
    return built


def test_the_base_install_requires_cryptography_only(wheel: Path) -> None:
    """Counsel who installs the wheel without extras gets one library with it."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    wanted = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert [re.split(r"[^\w-]", line)[0] for line in wanted] == ["cryptography"]


def test_the_wheel_holds_the_product_and_nothing_else(wheel: Path) -> None:
    """Every file of ledger/ and keys/ is in the wheel, the law's data and the format text too, and
    of ops/ only what makes the tables of a PostgreSQL store.
    """
    with zipfile.ZipFile(wheel) as archive:
        held = {n for n in archive.namelist() if ".dist-info/" not in n}
    tree = {named(path).replace(*MIGRATIONS) for path in files()}
    assert held == {name for name in tree if name.split("/")[0] in PACKAGES}
    assert any(name.startswith(MIGRATIONS[1]) for name in held)


def test_the_installed_program_finds_its_migrations(wheel: Path, tmp_path: Path) -> None:
    """The files that the wheel brings are those of this tree, under the same names."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from ledger.stores.postgresql import migrations as m\n"
        "assert m.folder().is_relative_to(sys.argv[1])\n"
        "print(*(f'{store} {one.name} {one.sha256_hex}' for store in m.PARTS"
        " for one in m.migrations(store)), sep='\\n')"
    )
    # -P: the current folder is this tree, and its modules are not the ones that are meant.
    command = [sys.executable, "-P", "-c", program, str(tmp_path)]
    environment = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
    ran = subprocess.run(command, cwd="/", env=environment, capture_output=True, check=True)
    ours = [f"{s} {one.name} {one.sha256_hex}" for s in PARTS for one in migrations(s)]
    assert ran.stdout.decode().splitlines() == ours


def run_bare(wheel: Path, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier with the wheel and cryptography alone."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    lay_out(place)
    # -I and -S: no site-packages, no current folder, no environment; only what was laid out above.
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, str(place), *words]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)


def test_the_verifier_runs_without_the_service(wheel: Path, tmp_path: Path) -> None:
    """With the wheel and cryptography alone, the verifier starts and loads nothing of the rest."""
    ran = run_bare(wheel, tmp_path, "--help")
    assert ran.returncode == 0, ran.stderr
    assert "--trust" in ran.stdout
    loaded = ran.stdout.split("MODULES", 1)[1].split()
    outside = {name.split(".")[0] for name in loaded}
    assert not outside & {"msgspec", "eventsourcing", "structlog", "cyclopts", "sqlite3", "socket"}
    rooms = {name.split(".")[1] for name in loaded if name.startswith("ledger.")}
    assert rooms == {"verify", "evidence"}


def test_without_the_rules_a_replay_could_not_run(wheel: Path, tmp_path: Path) -> None:
    """The base install has no rules: asked to replay, it says what to install, and is no pass."""
    pack = ROOT / "tests" / "hostile" / "packs" / "replayed"
    words = [str(pack / "pack.zip"), "--trust", str(pack / "trust.json")]
    plain = run_bare(wheel, tmp_path / "plain", *words)
    asked = run_bare(wheel, tmp_path / "asked", *words, "--replay")
    assert (plain.returncode, asked.returncode) == (0, 2), asked.stderr
    assert "install the [replay] extra" in asked.stdout


def test_what_extends_the_verifier_is_a_part_of_the_service() -> None:
    """What level 2 and fast signatures need is locked and tested with the service."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    replay, fast, time, service = (
        set(extras["optional-dependencies"][one]) for one in ("replay", "fast", "time", "service")
    )
    assert replay | fast | time <= service
    assert {re.split(r"[^\w-]", one)[0] for one in replay} == {"msgspec", "tomli", "tzdata"}
    assert {re.split(r"[^\w-]", one)[0] for one in fast} == {"vodozemac"}
    assert {re.split(r"[^\w-]", one)[0] for one in time} == {"rfc3161-client"}
