"""Inputs that once broke a promise, or that nothing else would try again: played in `make test`.

A row is a target and its input in base64, as `python -m tests.fuzzing` prints it, with what was
wrong. A row stays when the defect is gone.
"""

FOUND: tuple[tuple[str, str, str], ...] = (
    ("header", "dHM9MTtoMT0w2aM=", "digits that are none of ASCII"),
)
