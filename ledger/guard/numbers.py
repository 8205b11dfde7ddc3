"""The numbers by which the guard works, each with its sentence and its source."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from msgspec import Struct

from ledger.domain.calendar import Confidence
from ledger.domain.fields import Citation, Count, Line
from ledger.domain.form import Form
from ledger.domain.toml import parse_toml

NumberId = Literal["places", "marked", "marks", "cover_least", "cover_most", "pledge"]


class Number(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number, its unit, and where it comes from."""

    id: NumberId
    value: Count
    unit: Literal["tokens", "marks", "days"]
    sentence: Line
    source: Literal["product_default"]
    citation: Citation
    confidence: Confidence


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: tuple[Number, ...]


_FORM = Form[_File](_File)


@cache
def numbers() -> dict[NumberId, Number]:
    """Every number by its id, as the file beside this module has it."""
    text = (files("ledger.guard") / "numbers.toml").read_text(encoding="utf-8")
    return {one.id: one for one in _FORM.convert(parse_toml(text)).number}


def number(name: NumberId) -> int:
    """The value of one of them."""
    return numbers()[name].value
