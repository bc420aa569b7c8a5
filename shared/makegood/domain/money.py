"""Money in the currency's minor unit: whole numbers only, so that no cent comes from rounding."""


def unused_share_minor(
    *, line_minor: int, total_minor: int, collected_minor: int, unused: int, granted: int
) -> int:
    """What was paid for the unused credits of one line, tax included, rounded down.

    `total_minor` is the sum of the bill's lines. Where less was collected, because the customer
    had a balance with Paddle, every line has been paid in the same proportion.
    """
    assert 0 <= unused <= granted
    assert 0 <= line_minor <= total_minor
    if granted == 0 or total_minor == 0:
        return 0
    paid = max(min(collected_minor, total_minor), 0)
    # One division at the very end: rounding twice would lose up to a unit more.
    return line_minor * paid * unused // (total_minor * granted)
