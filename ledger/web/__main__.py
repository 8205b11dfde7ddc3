"""One of the two programs; `disclosure-ledger serve` starts both."""

from ledger.web.serving import main

main()
