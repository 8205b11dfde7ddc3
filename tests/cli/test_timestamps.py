"""Time stamps by an authority that is not ours: `openssl ts`, reached over HTTP on this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from ledger.evidence.grammar import Malformed
from ledger.verify import Outcome, verify
from ledger.verify.stamps import check_stamp, load_authorities
from tests.cli import conftest
from tests.cli.conftest import Line, founded, line_of

CONFIG = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[usage]
extendedKeyUsage = critical,timeStamping
"""


@dataclass
class Authority:
    """An authority's folder, and where it is asked."""

    folder: Path
    url: str = ""

    @classmethod
    def made(cls, folder: Path, days: int) -> Authority:
        """A root, and a certificate for time stamps that ends after so many days."""
        folder.mkdir()
        (folder / "config").write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        one = cls(folder)
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        root = ["-x509", "-subj", "/CN=Root", "-days", "900", "-out", "root.pem"]
        one.openssl("req", *key, *root, "-keyout", "root.key")
        one.openssl("req", *key, "-subj", "/CN=Stamps", "-keyout", "tsa.key", "-out", "tsa.csr")
        by = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", str(days)]
        more = ["-extfile", "config", "-extensions", "usage", "-out", "tsa.pem"]
        one.openssl("x509", "-req", "-in", "tsa.csr", *by, *more)
        return one

    def openssl(self, *words: str) -> None:
        """Run openssl in the authority's folder."""
        subprocess.run(
            ["openssl", *words], cwd=self.folder, capture_output=True, check=True, timeout=30
        )

    def reply(self, query: bytes) -> bytes:
        """Sign what a query asks for."""
        (self.folder / "query").write_bytes(query)
        words = ("-config", "config", "-queryfile", "query", "-out", "reply")
        self.openssl("ts", "-reply", *words)
        return (self.folder / "reply").read_bytes()

    @property
    def root(self) -> str:
        """Where its root certificate lies."""
        return str(self.folder / "root.pem")


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Authority, Authority]]:
    """One whose certificate lasts, and one whose certificate ends within weeks."""
    folder = tmp_path_factory.mktemp("authorities")
    every = {"/good": Authority.made(folder / "a", 200), "/soon": Authority.made(folder / "b", 20)}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            one = every.get(self.path)
            self.send_response(404 if one is None else 200)
            self.end_headers()
            if one is not None:
                self.wfile.write(one.reply(query))

        def log_message(self, *_given: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    for path, one in every.items():
        one.url = f"http://127.0.0.1:{server.server_port}{path}"
    yield every["/good"], every["/soon"]
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def today(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Line:
    """A ledger that was founded five days ago by the machine's own clock, which openssl goes by."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)
    monkeypatch.setattr(conftest, "START", start)
    line = line_of(founded(tmp_path / "home", None), capsys, monkeypatch)
    line.later(days=5)
    return line


def trusting(line: Line, target: Path, *authorities: Authority) -> bytes:
    """A trust file that asks for the word of these authorities."""
    words = [word for one in authorities for word in ("--authority", one.root)]
    old = str(line.home / "trust.json")
    line.good("trust", "extend", str(target), "--trust", old, *words)
    return target.read_bytes()


def test_the_log_is_dated_by_somebody_else(
    today: Line, authorities: tuple[Authority, Authority], tmp_path: Path
) -> None:
    """The tick asks; openssl agrees with what is kept; packs of each kind carry it, and the offline
    verifier judges it under the root that its receiver names, and under no other.
    """
    good, other = authorities
    today.good("timestamp", "use", good.url, "--root", good.root, by="mara")
    today.later(days=-5)
    reference = today.good("case", "new", by="mara")["reference"]
    today.do(reference, "open", "mara")
    today.later(days=5)
    assert "was stamped at" in today("tick").err
    size = today.good("log", "show")["size"]
    stamp = today.home / f"log/checkpoints/{size}.tsr"
    checkpoint = str(today.home / "log/checkpoint")
    good.openssl("ts", "-verify", "-in", str(stamp), "-data", checkpoint, "-CAfile", good.root)
    before = stamp.read_bytes()
    assert today.good("timestamp", "ask")["stamped"] is not None
    assert stamp.read_bytes() == before
    pack, trust = tmp_path / "pack", trusting(today, tmp_path / "trust", good)
    today.good("export", "ledger", str(pack), by="mara")
    part = tmp_path / "case.zip"
    today.good("export", "case", reference, str(part), by="mara")
    foreign = trusting(today, tmp_path / "foreign", other)
    for path in (pack, part, today.home / "log"):
        report = verify(path, trust)
        assert (report.exit_code, report.findings) == (0, ())
        assert {check.outcome for check in report.checks if check.name == "V4"} == {Outcome.RAN}
        assert [found.code for found in verify(path, foreign).findings] == ["V4.time-stamp-refused"]
    stamp.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    assert [one.code for one in verify(today.home / "log", trust).findings] == [
        "V4.time-stamp-refused"
    ]
    stamp.unlink()
    assert verify(today.home / "log", trust).exit_code == 2
    both = trusting(today, tmp_path / "both", other, good)
    assert verify(pack, both).exit_code == 0
    # A log that is ahead of its schedule was not there yet, says who dated it.
    today.later(days=1)
    today.good("tick")
    found = {one.code for one in verify(today.home / "log", trust).findings}
    assert found == {"V6.ahead-of-time-stamp"}


def test_no_altered_stamp_hurts_the_verifier(authorities: tuple[Authority, Authority]) -> None:
    """Whatever a byte is changed to, and wherever it is cut, it is refused or says the same."""
    good, _ = authorities
    made = TimestampRequestBuilder().data(b"seen").hash_algorithm(HashAlgorithm.SHA256).build()
    data = good.reply(made.as_bytes())
    roots = load_authorities([Path(good.root).read_text()])
    said = check_stamp(data, b"seen", roots)
    changed = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data))]
    cut = [data[:at] for at in range(0, len(data), 7)]
    for one in (*changed, *cut, data + b"\0", b"\x30\x80"):
        try:
            assert check_stamp(one, b"seen", roots) == said
        except Malformed:
            continue


def test_an_authority_is_renewed_before_its_certificate_ends(
    today: Line, authorities: tuple[Authority, Authority]
) -> None:
    """The doctor says so weeks before; the next tick's stamp is by the one that was named then."""
    good, soon = authorities
    today.good("timestamp", "use", soon.url, "--root", soon.root, by="mara")
    today.later(hours=-23)
    today.good("tick")
    assert "stamp-ends" in {one["code"] for one in today("doctor").data["problems"]}
    today.good("timestamp", "use", good.url, "--root", good.root, by="mara")
    # What the old one signed does not stand under the new root.
    assert today.good("timestamp", "show")["stamped"] is None
    assert "It stays" in today("timestamp", "ask").err
    today.later(hours=23)
    today.good("tick")
    shown = today.good("timestamp", "show")
    assert shown["stamped"] is not None
    codes = {one["code"] for one in today("doctor").data["problems"]}
    assert not codes & {"stamp-ends", "stamp-missing"}


def test_what_does_not_verify_is_not_kept(
    today: Line, authorities: tuple[Authority, Authority], tmp_path: Path
) -> None:
    """A wrong root, an address where nobody dates anything, a clock that is days away: the tick is
    published all the same, and the doctor says what is missing.
    """
    good, other = authorities
    assert today("timestamp", "use", good.url, "--root", good.root, by="tom").code == 4
    assert today("timestamp", "use", good.url, "--root", good.folder.name, by="mara").code == 2
    key = str(good.folder / "tsa.key")
    assert today("timestamp", "use", good.url, "--root", key, by="mara").code == 2
    away = "http://stamps.example/"
    assert today("timestamp", "use", away, "--root", good.root, by="mara").code == 2
    assert today.good("timestamp", "show")["url"] is None
    assert today.good("timestamp", "ask")["stamped"] is None
    today.good("timestamp", "use", good.url, "--root", other.root, by="mara")
    assert "not what it should have signed" in today("tick").err
    today.good("timestamp", "use", f"{good.url}-gone", "--root", good.root, by="mara")
    assert today("timestamp", "ask").code == 5
    today.good("timestamp", "use", good.url, "--root", good.root, by="mara")
    today.later(days=4)
    assert "more than a day apart" in today("timestamp", "ask").err
    assert not list((today.home / "log/checkpoints").glob("*.tsr"))
    assert "stamp-missing" in {one["code"] for one in today("doctor").data["problems"]}
    (today.home / "timestamp.json").write_text("{")
    assert today("timestamp", "show").code == 5
