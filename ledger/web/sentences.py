"""Sentences of templates, which are said when a template is compiled and not each time it is shown.

`{{ _("Go by") }}` is always the same in one language, and there is an environment for each: so it
becomes a part of the page like the letters around it. What has values to be filled in stays a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

_CALL = (
    ("variable_begin", None),
    ("name", "_"),
    ("lparen", None),
    ("string", None),
    ("rparen", None),
    ("variable_end", None),
)
"""The tokens of a sentence without values."""


class Sentences(Extension):
    """Says the sentences without values of each template by the environment's `say`."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens of a template, with its sentences as they are shown."""
        say = cast("Callable[[str], str]", self.environment.globals["say"])
        held: list[Token] = []
        for token in stream:
            held.append(token)
            if not _begins(held):
                yield from held
                held = []
            elif len(held) == len(_CALL):
                yield Token(held[0].lineno, "data", say(held[3].value) % {})
                held = []
        yield from held


def _begins(tokens: Iterable[Token]) -> bool:
    """Whether tokens are those of a sentence, as far as they go."""
    return all(
        token.type == kind and value in (None, token.value)
        for token, (kind, value) in zip(tokens, _CALL, strict=False)
    )
