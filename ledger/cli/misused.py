"""What was wrong with the words of a command, in a sentence that says what is wanted instead."""

from __future__ import annotations

from datetime import date

from cyclopts import Argument, CoercionError, CycloptsError, MissingArgumentError


def misused(error: CycloptsError) -> str:
    """Tell somebody what to write."""
    wanted = error.argument
    if wanted is None:
        return str(error)
    match error:
        case MissingArgumentError():
            command = " ".join(error.command_chain or ())
            return f"{command} wants {_named(wanted)}: see {command} --help."
        case CoercionError(target_type=kind, token=given) if kind is date and given is not None:
            return f"{given.value} is no day of the calendar. Write {_named(wanted)} 2026-06-19."
        case _:
            return str(error)


def _named(wanted: Argument) -> str:
    """An option as it is written; a word by its place, as help shows it."""
    return wanted.name if wanted.index is None else wanted.name.removeprefix("--").upper()
