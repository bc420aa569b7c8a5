"""The offline verifier: believes nothing but what is stored, and docs/ledger.md.

It shares no code with the ledger that it checks, so that one mistake is not made twice. No
function imports it: it scans, which none of them may.
"""
