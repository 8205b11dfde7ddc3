"""What whatever acts among sealed matters has in common: a home, keys and a writer."""

from __future__ import annotations

from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.writing import VaultWriter


class InVault:
    """Acts among sealed matters, and keeps their keys in order before and after it writes."""

    def __init__(self, home: Home, custody: Custody, writer: VaultWriter) -> None:
        self._home = home
        self._custody = custody
        self._writer = writer

    def _settle_all(self) -> None:
        """Bring every key that is on its way home, before newer ones are made.

        Raises:
            Unavailable: the keystore is busy.
        """
        self._custody.settle(*self._home.row_stores)
