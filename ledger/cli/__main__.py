"""`python -m ledger.cli`, the same as `disclosure-ledger`."""

from ledger.cli import main

main()
