"""Every target by its name, and what earlier runs left in the tree for it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.fuzz.doors import DOORS
from tests.fuzz.evidence import EVIDENCE
from tests.fuzz.files import FILES
from tests.fuzz.target import Target

CORPUS = Path(__file__).parent / "corpus"
TARGETS: Mapping[str, Target] = {**EVIDENCE, **DOORS, **FILES}


def kept(name: str) -> tuple[bytes, ...]:
    """The inputs that are kept of a target: one a line, in base64."""
    path = CORPUS / name
    return tuple(map(b64decode, path.read_bytes().splitlines())) if path.exists() else ()


def keep(name: str, inputs: Iterable[bytes]) -> None:
    """Keep more inputs of a target."""
    every = sorted({*kept(name), *inputs}, key=lambda one: (len(one), one))
    if every:
        (CORPUS / name).write_bytes(b"".join(b64encode(one) + b"\n" for one in every))
