"""Month keys: moving streams from one to another, and destroying one with all that lay under it.

Every wrap lies under the key of a month. Destroying that key kills every copy of those wraps, in
this keystore and in every backup of it, wherever the copies are. What is to live on is moved away
first (*re-bucketing*): only the outer layer of a wrap changes, so that no reader is needed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from ledger.errors import BadRequest
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.locks import exclusive
from ledger.register.monthkeys import KEY_NAME, month_of, superseded

GRACE = timedelta(days=1)
"""A month's key is destroyed no sooner than this after its end: an act that began within the month
may still be bringing its wrap."""


class Months:
    """The month keys of one ledger."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._custody = Custody(home)

    def list(self) -> tuple[tuple[str, int], ...]:
        """Every month that has a key, ascending, with the number of streams under it."""
        return self._home.keystore.months()

    def rebucket(self, month: str, at: datetime) -> int:
        """Move every stream under a month's key to the key of the month of `at`; gives how many.

        Idempotent: what broke off goes on. An erased stream has no keys, so it is not among them.

        Raises:
            BadRequest: it is no month, or the month of `at` itself.
            EvidenceCorrupt: a wrap was altered.
            Unavailable: the keystore cannot be written now; do it again.
        """
        self._check_over(month, at)
        self._settle()
        with self._lock():
            return self._empty(month, at)

    def retire(self, at: datetime) -> None:
        """Empty and destroy every key in whose place another was begun, once nobody can be bringing
        a wrap under it any more. Idempotent.

        Raises:
            BadRequest, AppendConflict: somebody brought one in this moment; do it again.
            EvidenceCorrupt: a wrap was altered.
            Unavailable: others use the keystore now; do it again.
        """
        due = superseded(self._home.keystore.month_names(), at - GRACE)
        if not due:
            return
        self._settle()
        with self._lock():
            for name in due:
                self._empty(name, at)
                self._home.keystore.destroy_month(name)

    def destroy(self, month: str, at: datetime) -> None:
        """Destroy the key of a month that is over, so that nothing of it stays. Idempotent.

        Raises:
            BadRequest: streams still lie under it; or it is no month that is over.
            Unavailable: others use the keystore now; do it again.
        """
        self._check_over(month, at)
        known = {name for name, _ in self.list()}
        if month not in known and not self._home.keystore.is_destroyed(month):
            raise BadRequest(f"There is no key of the month {month}.")
        self._settle()
        with self._lock():
            self._home.keystore.destroy_month(month)

    def _empty(self, month: str, at: datetime) -> int:
        wraps = self._home.keystore.wraps_under(month)
        for wrap in wraps:
            if self._home.keystore.fence(wrap.stream) == "both":
                # Its erasure broke off here, and nobody's key is needed to go on.
                self._home.keystore.remove_fenced(wrap.stream)
                continue
            self._home.keystore.exchange(wrap, self._custody.rebucketed(wrap, at))
        return len(wraps)

    def _check_over(self, month: str, at: datetime) -> None:
        if not KEY_NAME.fullmatch(month):
            raise BadRequest("A month is written as YYYY-MM.")
        if month_of(month) >= (at - GRACE).strftime("%Y-%m"):
            raise BadRequest(f"The month {month} is not over yet, or ended less than a day ago.")

    def _settle(self) -> None:
        self._custody.settle(*self._home.row_stores)

    def _lock(self) -> AbstractContextManager[None]:
        return exclusive(self._home.path / "keys.lock", "keeping keys")
