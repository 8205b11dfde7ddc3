"""One of the two programs; `disclosure-ledger serve` starts both."""

import gc

# What is imported stays: to look through it for garbage takes an eighth of a start. `serve` lets
# Python look again.
gc.disable()

from ledger.web.serving import main  # noqa: E402 - see above.

main()
