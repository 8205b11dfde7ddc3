"""Labels: a name leads to the newest stream under it, until what it names is withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from ledger.errors import Unavailable
from ledger.stores.projected import Progress, Projected, Step
from ledger.stores.store import Row, Store, Terms

FIRST, SECOND, OTHER = b"1" * 16, b"2" * 16, b"3" * 16


def under(store: Store, label: str, stream: bytes) -> None:
    """Begin a stream under a label."""
    store.append([Row(stream, 1, b"row")], Terms(label=(label, stream)))


def test_a_withdrawn_label_leads_nowhere_until_a_stream_is_appended_under_it(store: Store) -> None:
    """Any of its streams may be named; other labels stay; the streams remember their label."""
    under(store, "AAAA", FIRST)
    under(store, "AAAA", SECOND)
    under(store, "BBBB", OTHER)
    store.withdraw({FIRST})
    assert store.labelled("AAAA") == SECOND
    for _ in range(2):
        store.withdraw({FIRST, SECOND})
        assert store.labelled("AAAA") is None
        assert store.labels() == (("BBBB", OTHER),)
        assert store.withdrawn() == (FIRST, SECOND)
        assert store.label_of(SECOND) == "AAAA"
        assert store.once_labelled("AAAA") == SECOND
    third = b"4" * 16
    under(store, "AAAA", third)
    assert store.labelled("AAAA") == third
    assert store.withdrawn() == ()


def test_views_forget_what_is_withdrawn_and_take_it_no_more(store: Store) -> None:
    """Rows of that label go, all of them and no others; a page made before brings none back."""
    projected = Projected(store.database)
    under(store, "AAAA", FIRST)
    under(store, "BBBB", OTHER)
    rows = {"AAAA": "1", "AAAA due": "2", "BBBB": "3"}
    views = ("cases.v1", "deadlines.v1")

    def write(position: int) -> None:
        known = projected.progress()
        before = [known.get(view, Progress(view)) for view in views]
        projected.apply([Step(one, replace(one, position=position), rows) for one in before])

    write(1)
    store.withdraw({FIRST})
    assert [[*projected.rows(view)] for view in views] == [[("BBBB", "3")]] * 2
    write(2)
    assert [[*projected.rows(view)] for view in views] == [[("BBBB", "3")]] * 2
    under(store, "AAAA", SECOND)
    write(3)
    assert [key for key, _ in projected.rows("cases.v1")] == ["AAAA", "AAAA due", "BBBB"]


WORDS = "who had the terminal " * 9


def written(store: Store) -> Projected:
    """A case whose rows stand in a view and beside it, in both tables."""
    under(store, "AAAA", FIRST)
    projected = Projected(store.database)
    made = Progress("cases.v1")
    projected.apply([Step(made, replace(made, position=1), {"AAAA": WORDS})])
    projected.build(projected.begin("due.v1"), {"AAAA": WORDS})
    return projected


def are_left(lying_there: Callable[[str], bytes]) -> set[bool]:
    """Whether the words still lie where each of the two tables has its rows."""
    return {WORDS.encode() in lying_there(table) for table in ("projected", "rebuilding")}


def test_rows_that_views_forgot_are_driven_out(
    store: Store, lying_there: Callable[[str], bytes]
) -> None:
    """Rows are clear text: neither the file, nor the log beside it, nor a dead row keeps them."""
    projected = written(store)
    assert are_left(lying_there) == {True}
    projected.forget()
    assert projected.views() == ()
    assert are_left(lying_there) == {False}


def test_what_is_withdrawn_is_driven_out_however_often_it_takes(
    store: Store, lying_there: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where others read at the time, whoever comes back to it finds the label gone, and ends it."""
    written(store)

    def busy(tables: Sequence[str], *, rewrite: bool = False) -> None:
        raise Unavailable("Another program reads the store.")

    with monkeypatch.context() as patch:
        patch.setattr(store.database, "drive_out", busy)
        with pytest.raises(Unavailable):
            store.withdraw({FIRST})
    assert store.labelled("AAAA") is None
    assert are_left(lying_there) == {True}
    store.withdraw({FIRST})
    assert are_left(lying_there) == {False}
