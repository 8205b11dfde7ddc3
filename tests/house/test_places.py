"""No file knows where it was made: no registry's host, no place on somebody's machine.

The hosts are kept here as SHA-256 digests, so that this file does not name them either. The hosts
that this machine is set up with are looked for as well, read from its own settings.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house.tree import ROOT, files, named

# The first 16 hex digits. In order: the Python index (pages, files), the JavaScript registry (two
# names, and a mirror), Debian (main, security, snapshots, an old mirror), the registries of Rust,
# Go (proxy, sums), Java and Ruby, three container registries and the scientific Python one.
REGISTRIES = frozenset({
    "a4aa2ac280bb8d1a", "8b5bb5eb9d758455", "0dc11026ac75c015", "3ca29e55be4befa4",
    "70bb4000cd2fab03", "e680c440a2e92079", "1ba4e37997a2e986", "2e97613f5a81eaa4",
    "c2b35955576ffa71", "789e46d79514e280", "00a7dc5a0cc38858", "9da5f32d96412512",
    "317d2d52829b7812", "71741fe2460a6150", "3530c4415dd857fb", "0fd460f0568e29c1",
    "271dacc9f4d0caf8", "51c6b9f69c48a75b",
})  # fmt: skip
HOST = re.compile(r"(?<![a-z0-9.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![a-z0-9-])")
# A home, or a top folder that only some machines have.
FOREIGN_PLACE = re.compile(r"(?<![\w.}])/(?:work|root|opt|srv|mnt|home/\w+|Users/\w+)/\w")


def texts() -> Iterator[tuple[Path, str]]:
    """Give every file of the tree that is text."""
    for path in files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@cache
def digest(host: str) -> str:
    """Give the part of a host's digest that is kept in this file."""
    return hashlib.sha256(host.encode()).hexdigest()[:16]


def hosts_of_this_machine() -> frozenset[str]:
    """Read the hosts of the registries that this machine is set up with."""
    home = Path.home()
    places = [Path("/etc/pip.conf"), home / ".config/pip/pip.conf", home / ".pip/pip.conf"]
    apt = Path("/etc/apt")
    places += [home / ".npmrc", apt / "sources.list", *apt.glob("sources.list.d/*")]
    settings = [value for name, value in os.environ.items() if name.startswith("PIP_")]
    settings += [place.read_text(errors="replace") for place in places if place.is_file()]
    found = re.findall(r"://(?:[^/\s@]*@)?([\w.-]+)", "\n".join(settings))
    return frozenset(digest(host.lower()) for host in found if "." in host)


def registries_in(text: str, unwanted: frozenset[str]) -> Iterator[str]:
    """Give the hosts in a text that are a registry's, or stand below one."""
    for host in set(HOST.findall(text.lower())):
        labels = host.split(".")
        tails = (".".join(labels[start:]) for start in range(len(labels) - 1))
        if any(digest(tail) in unwanted for tail in tails):
            yield host


def test_no_file_names_a_registry() -> None:
    """Where packages come from is each machine's own business, and is written nowhere."""
    unwanted = REGISTRIES | hosts_of_this_machine()
    found = {named(path): [*registries_in(text, unwanted)] for path, text in texts()}
    assert {name: hosts for name, hosts in found.items() if hosts} == {}


def test_the_search_for_registries_finds_one() -> None:
    """A file of a registry's sub-domain is recognised, and a likely neighbour is not."""
    host = ".".join(("packages", "example", "test"))
    unwanted = frozenset({digest("example.test")})
    assert list(registries_in(f"see https://{host}/x", unwanted)) == [host]
    assert not list(registries_in("see example.test.invalid", unwanted))


def test_no_file_names_a_place_on_one_machine() -> None:
    """A path that is absolute on the maker's machine is wrong on everybody else's."""
    here = str(ROOT)
    for path, text in texts():
        for number, line in enumerate(text.splitlines(), 1):
            assert not FOREIGN_PLACE.search(line), f"{named(path)}:{number}: {line.strip()}"
            assert len(here) < 8 or here not in line, f"{named(path)}:{number}: {line.strip()}"
