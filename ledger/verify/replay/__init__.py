"""V15, level 2: the rules over the records again.

Level 1 needs bytes only. Here the domain is imported: records are folded into the office and into
cases, each decision is put before the rule versions that its record's law pins, and what a pack
claims of its cases is derived again. Needs the `[replay]` extra. Only `procedure` imports this
package, and only when somebody asks for it.

Cites: FORMAT §5 (`derived/`), §6 V15.
"""

from ledger.verify.replay.run import check_replayed

__all__ = ["check_replayed"]
