"""Figures of the web: pages of the two programs as browsers get them, beside a bare Starlette that
echoes; over sockets, each a process of its own, taking turns.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from ceilings import Taken
from figures import Figure, at_least, of_curve

# Serving a home to be looked at is the tests' affair; this script is run from the sources.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from ledger.web.site import Side
from tests.web.served import FREE, PASSPHRASE, Served, environment, library_of_today, served

CASES = 50
"""So many a list has."""
MOST_MS = 50.0
"""Thousandths of a second in which 99 of 100 case pages are to be there."""
LEAST_RATE = 0.1
"""The share of the echo's rate that a list is to reach."""
ASKED = 40
"""How often a page is asked for in each turn, unless somebody says otherwise."""
ECHO = "a bare Starlette that echoes"
SENT = b"a" * 256
"""What it echoes."""
WHO: Mapping[Side, str] = {"desk": "kim", "room": "mara"}
CALL = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}


def web_figures(scratch: Path, events: int, rounds: int, asked: int) -> Iterator[Figure]:
    """The page of a case of so many events, and the list of fifty cases, at both programs."""
    home, case = _filled(scratch / "web", events)
    with looked_at(home, case) as pages:
        for side, browser, page, echo in pages:
            name = f"case page of {events:,} events, {side}"
            yield from _case_figures(name, browser, page, rounds, asked)
            yield from _list_figures(f"list of {CASES} cases, {side}", browser, echo, rounds, asked)


def page_figures(home: Path, case: str, shown: int, rounds: int, asked: int) -> Iterator[Figure]:
    """The page of a case in a ledger of so many records, at both programs, beside the echo."""
    with looked_at(home, case) as pages:
        for side, browser, page, echo in pages:
            turns = [
                (browser.taken("GET", page, asked), echo.taken("POST", "/", 10 * asked, SENT))
                for _ in range(rounds + 1)
            ][1:]
            ours, bare = (median(one.wall for one in column) for column in zip(*turns, strict=True))
            name = f"case page in a ledger of {shown:,} records, {side}"
            figure = at_least(name, ours, ECHO, bare)
            yield of_curve(figure, f"page-{side}", shown)


@contextmanager
def looked_at(home: Path, case: str) -> Iterator[Iterator[tuple[Side, Browser, str, Browser]]]:
    """Both programs of a home, each with somebody signed in, the page of a case, and the echo."""
    with served(home, FREE) as programs, _echoing() as echo:
        yield _looked_at(programs, case, echo)


def _looked_at(
    programs: Served, case: str, echo: Browser
) -> Iterator[tuple[Side, Browser, str, Browser]]:
    for side, process in zip(WHO, programs.children(), strict=True):
        browser = Browser(programs.origins[side], process)
        browser.sign_in(WHO[side])
        yield side, browser, browser.opened("/cases/find", {"reference": case}), echo


def _case_figures(
    name: str, browser: Browser, page: str, rounds: int, asked: int
) -> Iterator[Figure]:
    """How long all but one of a hundred take, and what one costs the program."""
    began = browser.processor
    times = sorted(1_000 * browser.seconds("GET", page) for _ in range(17 * asked // 4 * rounds))
    spent = 1_000 * (browser.processor - began) / len(times)
    slow = times[len(times) * 99 // 100]
    bound, share = f"<= {MOST_MS:.0f} ms", slow / MOST_MS
    yield Figure(f"{name}: 99 of 100", slow, "ms", "most", MOST_MS, share, bound, slow <= MOST_MS)
    middle = median(times)
    yield Figure(f"{name}: processor", spent, "ms", "median", middle, spent / middle)
    yield Figure(f"{name}: weight", browser.weight / 1_000, "kB", "", 0, 0)


def _list_figures(
    name: str, browser: Browser, echo: Browser, rounds: int, asked: int
) -> Iterator[Figure]:
    """The rate beside the echo's, by the clock and by the processor."""
    turns = [
        (
            browser.taken("GET", "/cases", asked),
            echo.taken("POST", "/", 10 * asked, SENT),
        )
        for _ in range(rounds + 1)
    ][1:]
    ours, bare = zip(*turns, strict=True)
    yield at_least(
        name, median(t.wall for t in ours), ECHO, median(t.wall for t in bare), LEAST_RATE
    )
    yield at_least(
        f"{name}: processor",
        sum(t.processor for t in ours),
        ECHO,
        sum(t.processor for t in bare),
        LEAST_RATE,
    )
    yield Figure(f"{name}: weight", browser.weight / 1_000, "kB", "", 0, 0)


@dataclass
class Browser:
    """Somebody at one program, on a connection that stays. `process` is the program's."""

    origin: str
    process: int
    weight: int = 0
    """How many bytes the last answer's body had."""
    _headers: dict[str, str] = field(default_factory=dict)
    _connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        port = int(self.origin.rpartition(":")[2])
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers |= {"Host": self.origin.partition("://")[2]}

    def sign_in(self, name: str) -> None:
        """Sign in by the form."""
        self.opened("/sign-in", {"name": name, "passphrase": PASSPHRASE})

    def opened(self, target: str, fields: dict[str, str]) -> str:
        """Send a form; gives where it leads."""
        headers = {
            **self._headers,
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
        }
        csrf = self._csrf() if "Cookie" in self._headers else ""
        body = urlencode({**fields, "csrf": csrf}).encode()
        self._connection.request("POST", target, body, headers)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 303, answer.status
        if cookie := answer.headers["Set-Cookie"]:
            self._headers["Cookie"] = cookie.partition(";")[0]
        return str(answer.headers["Location"])

    def _csrf(self) -> str:
        self._connection.request("GET", "/cases", headers=self._headers)
        page = self._connection.getresponse().read().decode()
        return page.partition('name="csrf" value="')[2].partition('"')[0]

    def seconds(self, method: str, target: str, body: bytes = b"") -> float:
        """Open a page, whole; gives how long it took."""
        began = time.perf_counter()
        self._connection.request(method, target, body or None, self._headers)
        answer = self._connection.getresponse()
        self.weight = len(answer.read())
        took = time.perf_counter() - began
        assert answer.status == 200, answer.status
        return took

    def taken(self, method: str, target: str, count: int, body: bytes = b"") -> Taken:
        """What one takes on average: on the clock, and of the program's processor time."""
        # After a while without a request the program has hung up.
        self._connection.close()
        began = self.processor
        wall = sum(self.seconds(method, target, body) for _ in range(count))
        return Taken(wall / count, (self.processor - began) / count)

    @property
    def processor(self) -> float:
        """Seconds of processor time that the program has had, in steps of a hundredth (proc(5))."""
        text = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii")
        found = text.rpartition(")")[2].split()
        return (int(found[11]) + int(found[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _echoing() -> Iterator[Browser]:
    """The ceiling, for the length of a block."""
    words = [sys.executable, str(Path(__file__).with_name("echo.py"))]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, text=True, env=environment(), stdin=pipe, stdout=pipe) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        yield Browser(f"http://localhost:{port}", process.pid)
        process.terminate()


def _filled(path: Path, events: int) -> tuple[Path, str]:
    """A library with cases that stand open, of which one has so many events."""
    library = library_of_today(path)
    cases = [library.visit() for _ in range(CASES)]
    for case in cases:
        library.act("mara", "open", case)
    for _ in range(events):
        library.act("kim", "attempt-contact", cases[0], **CALL)
    library.home.close()
    return library.home.path, cases[0]
