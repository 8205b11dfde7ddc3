"""The one answer to everybody who asks whether their record was disclosed."""

from __future__ import annotations

from typing import Literal

from ledger.answering import receipt_answer
from ledger.cli.app import session
from ledger.cli.cases import With
from ledger.cli.session import read_fields
from ledger.register.querying import answer_query as record
from ledger.register.querying import wording


def answer_query(
    asker: Literal["patron", "parent-or-guardian", "attorney", "other"] = "patron",
    *,
    mode: Literal["in-person", "telephone", "mail", "e-mail", "served"] = "in-person",
    with_: With = None,
) -> int:
    """Answer who asks whether a record was disclosed: the same words for everybody.

    Parameters
    ----------
    asker
        Who asks.
    mode
        How they ask.
    with_
        Their words as JSON, @FILE or -: an object with the key query. It may be left out.
    """
    s = session()
    said = wording(s.home, s.register.office(), s.now())
    fields = {**read_fields(with_), "asker": asker, "mode": mode}
    receipt = record(s.register, s.keyring, said, fields)
    if said.standing is not None:
        s.say(
            f"Counsel has set no text for this library; these are the law pack's: {said.standing}."
        )
    lines = [
        "Say this and nothing else:",
        "",
        f"  {said.text}",
        "",
        f"Saved. Reference: {receipt.case}",
    ]
    s.answer({"wording": said.text, "version": said.version, **receipt_answer(receipt)}, lines)
    return 0
