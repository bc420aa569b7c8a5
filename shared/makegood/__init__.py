"""Makegood: the credit ledger, refund desk and promise keeper of a studio."""
