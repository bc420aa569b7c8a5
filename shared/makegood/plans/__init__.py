"""What each fact does to the ledger: pure functions that make a decision (`Facts -> Plan`)."""
