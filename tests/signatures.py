"""What commands take and which groups they are in, worked out once: cyclopts does it many times
for each call.

A program calls once and does not notice. Tests call thousands of times in one process, and most of
such a call is this. What is found depends on the command's function, on the parameters and groups
of the apps above it, and on nothing else; what a call fills in is made anew for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cyclopts import App, ArgumentCollection
from cyclopts.app_stack import AppStack

worked_out: Callable[..., ArgumentCollection] = App.assemble_argument_collection
looked_through: Callable[[AppStack], list[Any]] = vars(AppStack)["command_groups"].fget
"""Looks through all commands of the app above for the groups of one."""


@pytest.fixture(scope="module", autouse=True)
def remembered_signatures() -> Iterator[None]:
    """Lets every room whose conftest.py imports this work out a command's signature once."""
    known: dict[object, ArgumentCollection] = {}
    grouped: dict[tuple[int, ...], tuple[list[App], list[Any]]] = {}

    def once(app: App, **asked: Any) -> ArgumentCollection:
        above = (app.app_stack.default_parameter, app.group_arguments, app.group_parameters)
        flags = (*app.help_flags, *app.version_flags)
        key = (app.default_command, above, flags, *asked.items())
        if key not in known:
            known[key] = worked_out(app, **asked)
        return made_anew(known[key])

    def groups(stack: AppStack) -> list[Any]:
        # Apps have no hash; they are kept beside what was found, so that no other has their id.
        apps = stack.current_frame[-2:]
        key = tuple(map(id, apps))
        if key not in grouped:
            grouped[key] = apps, looked_through(stack)
        return grouped[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(App, "assemble_argument_collection", once)
        patch.setattr(AppStack, "command_groups", property(groups))
        yield


def made_anew(known: ArgumentCollection) -> ArgumentCollection:
    """The same arguments with nothing filled in, in themselves and in those that belong to them."""
    made = known.copy(reset_tokens=True)
    copies = {id(one): copy for one, copy in zip(known, made, strict=True)}
    for one in made:
        one.children = one.children.copy()
        one.children[:] = [copies[id(child)] for child in one.children]
    return made
