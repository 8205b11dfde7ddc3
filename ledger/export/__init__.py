"""Export: evidence that can be checked offline by who does not trust us.

`whole` writes the ledger and, apart from it, the openings for cleared eyes; `part` one case or one
record, with only those personal values laid open that somebody names; `prove` the place of one
record in the log. All of them write through `container`. `certificate` drafts what counsel signs.
"""

from ledger.export.whole import Opened, export_ledger, export_openings

__all__ = ["Opened", "export_ledger", "export_openings"]
