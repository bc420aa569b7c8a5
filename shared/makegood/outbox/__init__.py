"""What a record of the ledger promises to the world outside, as pure functions of the record."""
