"""Fields for any command there is, drawn so that many of them fit what a case holds.

They come from the released example of the command's event. What names a record, a case or a person
there names one of this library; what may be left out is left out now and then. What the law refuses
of it is refused, which is a step of a story as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from msgspec import inspect

from ledger.domain import codec
from ledger.domain.fields import CaseReference, RecordRef
from ledger.domain.office import Recorded
from tests.domain.strategies import pattern_of
from tests.house.tree import ROOT

STAFF = ("kim", "ola", "ines", "tom", "mara")
"""Who may stand in a field. Nobody but them is ever named, so that the auditor is on no roster."""
_RECORD, _CASE = re.compile(pattern_of(RecordRef)), re.compile(pattern_of(CaseReference))
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MEANT = {
    "approval": "approval-granted",
    "order": "instrument-received",
    "query": "prior-disclosure",
    "sealing": "case-kept-sealed",
}
"""What a field means whose name does not stand in the type of the record."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to be named: records, newest last, and references of cases."""

    records: Sequence[Recorded]
    cases: Sequence[str]


@cache
def example(command: str) -> Mapping[str, Any]:
    """The released example of what a command records, as fields."""
    tag = codec.COMMANDS[command].__struct_config__.tag
    told = json.loads((ROOT / "tests" / "golden" / f"{tag}.json").read_text("utf-8"))
    return {**told["event"], **told["personal"]}


@cache
def _required(command: str) -> frozenset[str]:
    info = inspect.type_info(codec.COMMANDS[command])
    assert isinstance(info, inspect.StructType)
    return frozenset(one.encode_name for one in info.fields if one.required)


def drawn(command: str, known: Known, random: Random) -> dict[str, object]:
    """Fields of a command, which may fit."""
    keeps = random.choice((0.0, 0.5, 1.0))
    return {
        name: _named(name, value, known, random)
        for name, value in example(command).items()
        if name in _required(command) or random.random() < keeps
    }


def _named(name: str, value: Any, known: Known, random: Random) -> Any:
    match value:
        case str() if _RECORD.fullmatch(value):
            return _record(name, known.records, random, value)
        case str() if _CASE.fullmatch(value) and known.cases:
            return random.choice(known.cases)
        case str() if name == "of" and _DIGEST.fullmatch(value) and known.records:
            return random.choice(known.records[-3:]).e
        case str() if name in _PERSONS:
            return random.choice(STAFF)
        case list():
            return [_named(name, one, known, random) for one in value]
        case _:
            return value


_PERSONS = frozenset(
    {
        *("person", "counsel", "investigator", "respondent", "keeper", "people", "by_person"),
        *("advised_by", "referred_to", "escalated_to", "reviewed_by"),
    }
)


def _record(name: str, records: Sequence[Recorded], random: Random, otherwise: str) -> str:
    """The place of a record of the kind that a field means; of any where there is none."""
    word = _MEANT.get(name, name.removeprefix("by_"))
    meant = [one for one in records if word in one.type] or list(records)
    return random.choice(meant).ref if meant else otherwise
