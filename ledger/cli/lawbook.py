"""Reading the law: what a pack says, what is different between two, and which one is in force.

A law is named by a pack of this program (us-co/lcld), by a library's own file (my-library.toml), or
by a resolved law as evidence keeps it (law/<hex>.json).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import msgspec

from ledger.cli.app import session
from ledger.cli.lawtext import change_lines, law_lines
from ledger.domain.law.difference import difference
from ledger.domain.law.pack import Law, PackRefused, load_resolved, names, resolve, resolve_own
from ledger.domain.law.rules import rule_versions
from ledger.domain.law.shown import shown_rows
from ledger.errors import BadRequest

LARGEST = 16 * 1024 * 1024
"""Bytes that a file of a law may have (FORMAT §5)."""


def show(pack: str, *, on: date | None = None) -> int:
    """Show a law as a table, in the order of its sources, a library's own law first.

    Parameters
    ----------
    pack
        A pack (us-mo/jcl), a library's own file (.toml), or a resolved law (.json).
    on
        A day: only what held on it. Without it, everything, with the days where they are known.
    """
    law = read_law(pack)
    data = {
        "pack": law.name,
        "law": law.digest().hex(),
        "on": None if on is None else on.isoformat(),
        "layers": msgspec.to_builtins(law.layers),
        "rows": [
            {"row": kind, "holds": holds, **msgspec.to_builtins(row)}
            for kind, holds, row in shown_rows(law, on)
        ],
    }
    session().answer(data, law_lines(law, on))
    return 0


def diff(before: str, after: str) -> int:
    """Show what is different between two laws.

    Parameters
    ----------
    before
        A pack, a library's own file (.toml), or a resolved law (.json).
    after
        Another one.
    """
    old, new = read_law(before), read_law(after)
    changes = difference(old, new)
    data = {
        "before": {"pack": old.name, "law": old.digest().hex()},
        "after": {"pack": new.name, "law": new.digest().hex()},
        "changes": msgspec.to_builtins(changes),
    }
    session().answer(data, change_lines(old, new, changes))
    return 0


def activate(pack: str, *, reviewed_by: str, reviewed_on: date) -> int:
    """Make a law the law in force, from now on and never for what was done before.

    Parameters
    ----------
    pack
        A pack of this program, or a library's own file (.toml).
    reviewed_by
        Who has read it, and its difference from the law in force, as a lawyer; by a name like
        those of people here: abel, or jane.doe for somebody outside.
    reviewed_on
        The day of the review: today or earlier.
    """
    # The register is imported when it acts: reading the law must not wait for it.
    from ledger.activating import activation
    from ledger.register.acts import OFFICE, Act

    s = session()
    law, keyring = read_law(pack), s.keyring
    in_force = s.register.office().law
    fields = activation(s.home, in_force, law, reviewed_by, reviewed_on)
    s.home.keep_law(law)
    receipt = s.register.handle(keyring, Act("activate-pack", fields, case=OFFICE), vault=s.vault)
    (one,) = receipt.records
    lines = [
        f"In force from now on: {fields['pack']} (recorded as {one.ref})",
        *fields["difference"],
    ]
    s.answer({"ref": one.ref, **fields, "before": in_force.digest().hex()}, lines)
    return 0


def read_law(name: str) -> Law:
    """Give the law of a pack's name or of a file.

    Raises:
        BadRequest: there is none, or it cannot be used; says why.
    """
    try:
        if name.endswith(".json"):
            return load_resolved(_read(name))
        if name.endswith(".toml"):
            return resolve_own(_read(name), rule_versions())
        if name in names():
            return resolve(name, rule_versions())
    except PackRefused as error:
        raise BadRequest(f"{name} is no law that can be used. {error}") from error
    raise BadRequest(
        f"There is no pack {name!r}.{meant_by(_near(name))} There are: {', '.join(names())};"
        " or name a file that ends in .toml or .json."
    )


def meant_by(near: Sequence[str]) -> str:
    """Ask whether one of these was meant, where there are any."""
    return f" Do you mean {' or '.join(near)}?" if near else ""


def _near(name: str) -> Sequence[str]:
    """The packs whose name or title has the word, else those that are written much like it."""
    word = name.lower()
    if word in names():
        return (word,)
    titles = {one: resolve(one).layers[-1].title.lower() for one in names() if word}
    found = [one for one, title in titles.items() if word in one.split("/") or word in title]
    return found or get_close_matches(word, names(), n=3)


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise BadRequest(f"{name} cannot be read: {error.strerror}.") from error
    if len(data) > LARGEST:
        raise BadRequest(f"{name} is too large for a law.")
    return data
