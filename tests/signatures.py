"""What commands take, worked out once: cyclopts does it six times for each call.

A program calls once and does not notice. Tests call thousands of times in one process, and most of
such a call is this. What is found depends on the command's function and on the parameters of the
apps above it, and on nothing else; what a call fills in is made anew for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from cyclopts.argument import ArgumentCollection

worked_out: Callable[..., ArgumentCollection] = ArgumentCollection._from_callable


@pytest.fixture(scope="module", autouse=True)
def remembered_signatures() -> Iterator[None]:
    """Lets every room whose conftest.py imports this work out a command's signature once."""
    known: dict[object, ArgumentCollection] = {}

    def once(
        function: Callable[..., Any], *above: Any, reserved: Iterable[str] = (), **by: Any
    ) -> ArgumentCollection:
        flags = tuple(reserved)
        key = (function, above, flags, tuple(by.items()))
        if key not in known:
            known[key] = worked_out(function, *above, reserved=flags, **by)
            # The copies below would share them, and what is filled into them.
            assert not any(one.children for one in known[key])
        return known[key].copy(reset_tokens=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ArgumentCollection, "_from_callable", staticmethod(once))
        yield
