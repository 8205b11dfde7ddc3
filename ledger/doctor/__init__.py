"""What an operator must see to, so that a ledger goes on and can be brought back."""
