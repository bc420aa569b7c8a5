"""What the ledger is made of, as values: no clock, no network, no storage."""
