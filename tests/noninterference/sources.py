"""Random bytes by act and purpose, so that two worlds can be compared.

One seed for everything gives false alarms: a single draw more, in a matter that nobody sees, would
shift every draw after it. So each act has a source of its own, and within it each place of the
product that draws has one. What is drawn stays the same: how much, where, and when.

The keys of HPKE and the signatures of ML-DSA are drawn inside the library and stay random; they
stand in wraps, which nobody without clearance sees, and in checkpoints, whose signatures are
compared by length.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import random
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

import pytest

import keys
import ledger

OURS = ("ledger", "keys")
_real_bytes, _real_choice = os.urandom, secrets.choice


def every_module() -> Iterator[ModuleType]:
    """Every module of the product, imported: none may meet our source as its own default."""
    for package in (ledger, keys):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def _functions() -> Iterator[FunctionType]:
    for module in every_module():
        for value in vars(module).values():
            members = vars(value).values() if isinstance(value, type) else (value,)
            for member in members:
                found = getattr(member, "__func__", member)
                if isinstance(found, FunctionType) and found.__module__ == module.__name__:
                    yield found


def _draws(function: FunctionType) -> bool:
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return any(one in (_real_bytes, _real_choice) for one in defaults)


DRAWING = tuple({id(one): one for one in _functions() if _draws(one)}.values())
"""Those that take their source as a parameter, and have the machine's as default."""


class Sources:
    """The chance of one world."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._act: object = "nobody"
        self._streams: dict[str, random.Random] = {}

    @contextmanager
    def act(self, label: object) -> Iterator[None]:
        """Draw for one act, for the length of a block; the same label draws the same."""
        before, self._act = self._act, label
        known, self._streams = self._streams, {}
        try:
            yield
        finally:
            self._act, self._streams = before, known

    def draw(self, size: int) -> bytes:
        """In the place of `os.urandom`."""
        purpose = _purpose()
        return _real_bytes(size) if purpose is None else self._of(purpose).randbytes(size)

    def choose(self, options: Sequence[Any]) -> Any:
        """In the place of `secrets.choice`."""
        return self._of(_purpose() or "elsewhere").choice(options)

    def _of(self, purpose: str) -> random.Random:
        if purpose not in self._streams:
            self._streams[purpose] = random.Random(f"{self._seed} {self._act!r} {purpose}")
        return self._streams[purpose]

    @contextmanager
    def injected(self) -> Iterator[None]:
        """Let the product draw from here, for the length of a block."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("os.urandom", self.draw)
            for function in DRAWING:
                for name in ("__defaults__", "__kwdefaults__"):
                    patch.setattr(function, name, self._exchanged(getattr(function, name)))
            yield

    def _exchanged(self, defaults: Any) -> Any:
        ours: dict[Callable[..., Any], Callable[..., Any]] = {
            _real_bytes: self.draw,
            _real_choice: self.choose,
        }

        def exchanged(one: Any) -> Any:
            return ours.get(one, one) if callable(one) else one

        if isinstance(defaults, dict):
            return {name: exchanged(one) for name, one in defaults.items()}
        return None if defaults is None else tuple(exchanged(one) for one in defaults)


def _purpose() -> str | None:
    """The place of the product that draws; None when it is not the product."""
    frame = sys._getframe(2)
    module = str(frame.f_globals.get("__name__", ""))
    if module.partition(".")[0] not in OURS:
        return None
    return f"{module}.{frame.f_code.co_qualname}"
