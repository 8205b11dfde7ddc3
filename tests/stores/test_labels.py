"""Labels: a name leads to the newest stream under it, until what it names is withdrawn."""

from __future__ import annotations

from dataclasses import replace

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
