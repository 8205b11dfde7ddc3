"""The command by which counsel attests to the log."""

from __future__ import annotations

from ledger.cli.app import session
from ledger.counted import counted


def attest(*, through: int | None = None) -> int:
    """Open every entry of the log and attest to it, for the last period that ended. Counsel only.

    Parameters
    ----------
    through
        The size of a checkpoint, at an opening of the books. Everybody sees such an attestation;
        without it, the date is the one that the founding fixed.
    """
    from ledger.attesting import Attesting

    s = session()
    done = Attesting(s.vault_home, s.vault_register, s.keyring, s.now).attest(through)
    told = "Attested" if done.is_new else "This was attested before"
    lines = [f"{told}: period {done.period}, a log of {counted(done.size, 'entry')}."]
    if done.unanswered:
        lines.append(
            f"Nobody answered in time for {counted(done.unanswered, 'look')} out of the ordinary"
            " course: break-glass list"
        )
    data = {"period": done.period, "size": done.size, "new": done.is_new}
    s.answer({**data, "unanswered_glass": done.unanswered}, lines)
    return 0
