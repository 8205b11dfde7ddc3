"""The names of month keys: one a month, and later ones in the place of those that must go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ledger.register.monthkeys import KEY_NAME, later_key, month_of, newest_keys, superseded

AT = datetime(2026, 6, 30, 23, 59, 58, tzinfo=UTC)
MAY, JUNE = "2026-05", "2026-06"


def test_a_later_key_is_named_after_its_month_and_its_beginning() -> None:
    """The month is that of what it follows, whenever it is begun."""
    later = later_key(MAY, AT)
    assert later == "2026-05.20260630T235958Z"
    assert month_of(later) == MAY
    assert newest_keys([later, JUNE, MAY]) == {later, JUNE}


@pytest.mark.parametrize("back", [timedelta(0), timedelta(hours=3)])
def test_each_later_key_has_a_later_name(back: timedelta) -> None:
    """Also where the clock stands still or was set back."""
    first = later_key(JUNE, AT)
    second = later_key(first, AT - back)
    assert second == "2026-06.20260630T235959Z"
    assert newest_keys([second, first, JUNE]) == {second}


def test_a_key_is_superseded_once_another_of_its_month_was_begun_in_time() -> None:
    """The very instant counts; the newest of a month never goes, nor a month that has one key."""
    later = later_key(JUNE, AT)
    names = [later, JUNE, MAY]
    assert superseded(names, AT) == (JUNE,)
    assert superseded(names, AT - timedelta(seconds=1)) == ()
    assert superseded([later, MAY], AT) == ()


@pytest.mark.parametrize(
    "name", ["2026-13", "2026-06.", "2026-06.1", "2026-06.20260630T235958", ""]
)
def test_what_is_no_name_of_a_key_is_seen(name: str) -> None:
    """A person who types a month is told when it is none."""
    assert not KEY_NAME.fullmatch(name)
    assert KEY_NAME.fullmatch(later_key(JUNE, AT))
