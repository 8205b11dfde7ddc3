"""What commands take, worked out once: cyclopts does it six times for each call.

A program calls once and does not notice. Tests call thousands of times in one process, and most of
such a call is this. What is found depends on the command's function, on the parameters and groups
of the apps above it, and on nothing else; what a call fills in is made anew for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cyclopts import App, ArgumentCollection

worked_out: Callable[..., ArgumentCollection] = App.assemble_argument_collection


@pytest.fixture(scope="module", autouse=True)
def remembered_signatures() -> Iterator[None]:
    """Lets every room whose conftest.py imports this work out a command's signature once."""
    known: dict[object, ArgumentCollection] = {}

    def once(app: App, **asked: Any) -> ArgumentCollection:
        above = (app.app_stack.default_parameter, app.group_arguments, app.group_parameters)
        flags = (*app.help_flags, *app.version_flags)
        key = (app.default_command, above, flags, *asked.items())
        if key not in known:
            known[key] = worked_out(app, **asked)
        return made_anew(known[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(App, "assemble_argument_collection", once)
        yield


def made_anew(known: ArgumentCollection) -> ArgumentCollection:
    """The same arguments with nothing filled in, in themselves and in those that belong to them."""
    made = known.copy(reset_tokens=True)
    copies = {id(one): copy for one, copy in zip(known, made, strict=True)}
    for one in made:
        one.children = one.children.copy()
        one.children[:] = [copies[id(child)] for child in one.children]
    return made
