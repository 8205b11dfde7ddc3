"""Faults: the nth step fails, or is the last one of its process, for every n that a test counts.

For each write there are two faults: it fails and did not persist; it fails but did persist.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ledger.stores import sqlite as seam


class Crash(BaseException):
    """The end of the process, as far as the code can tell."""


class Fault:
    """Fails the nth call it is asked about; `due` says afterwards that it never came to that."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    @property
    def due(self) -> bool:
        """Whether the fault is still to come."""
        return self.left > 0

    def here(self) -> bool:
        """Count a call; true for the one that fails."""
        self.left -= 1
        return self.left == 0

    def step(
        self, real: Callable[..., Any], error: Callable[[], BaseException], *, after: bool
    ) -> Callable[..., Any]:
        """Wrap a step: it fails before it is done or right after, when its turn has come."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            here = self.here()
            done = real(*args, **kwargs) if after or not here else None
            if here:
                raise error()
            return done

        return wrapped


@contextmanager
def failing(
    nth: int,
    steps: Iterable[tuple[object, str]],
    error: Callable[[], BaseException],
    *,
    after: bool,
) -> Iterator[Fault]:
    """Make the nth call of any of these functions or methods fail, before it is done or after."""
    fault = Fault(nth)
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in steps:
            patch.setattr(owner, name, fault.step(getattr(owner, name), error, after=after))
        yield fault


@contextmanager
def failing_commit(nth: int, *, persisted: bool) -> Iterator[Fault]:
    """Make the nth commit of any store fail, before it persists or after."""
    with failing(nth, [(seam, "_commit")], commit_error, after=persisted) as fault:
        yield fault


def commit_error() -> Exception:
    """What SQLite says when a commit fails."""
    return sqlite3.OperationalError("disk I/O error")
