"""V9: everybody who signed was allowed to, at the office head that their record names.

The office stream is judged first, record by record, and each act that was rightly made changes who
may act from there on. Then come the other streams, each after those that it continues. An act that
was not rightly made is a finding and changes nothing. What an act is and what it adds up to is in
`ledger.evidence.authority`; here are the signatures and the comparison.

Cites: FORMAT §1 "Authority types", §6 V9.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

__all__ = ["check_authority"]

_NOTICE_OF_EPOCH: Final = timedelta(days=30)
_INTAKE: Final = "intake-"
_FOUNDED: Final = "ledger-founded.v1"
_COUNTERSIGNED: Final = "founding-countersigned.v1"
_WHOLE_OFFICE: Final = 2**53
"""A head beyond every seq: the office stream as far as it is shown."""
