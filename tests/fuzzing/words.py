"""What a mutation puts in: values and names of JSON."""

_NUMBERS = (
    "0 -0 -1 1 1.0 1e15 1e400 -1e-400 1E2 NaN -Infinity 999999999 1000000000 true false null"
    " [] {} [[]] [{}] [null]"
)
_TEXTS = (
    "0 -0 -1 00 +1 1.0 1e3 999999999999999999 1000000000000000000 \\u0000 \\ud800 \\udc00\\ud800"
    " \\ud83d\\ude00 \\u0661 \\u00b2 \\uff11 \u0663 \u00e9 \\n a\\n a\\u0020b \\u202e \\u2028"
    " USD JPY usd captured completed approved reversed refund chargeback full partial card paypal"
    " 2000-01-01T00:00:00Z 1999-12-31T23:59:59Z 2000-01-01T00:00:00+00:01"
    " 2199-12-31T23:59:59.999999999-23:59 2026-02-29T00:00:00Z 2024-02-29T23:59:60Z"
    " 2026-10-28T14:04:11.5+05:30 2026-10-28t14:04:11z a@b a@b@c @"
    " transaction.completed transaction.updated adjustment.created adjustment.updated"
    " customer.created customer.updated job.failed job.succeeded job.cancelled payout.due"
    " running unknown succeeded failed cancelled approve decline close 3(a)"
)
VALUES = tuple(
    text.encode()
    for text in (
        *_NUMBERS.split(" "),
        *(f'"{text}"' for text in _TEXTS.split(" ")),
        *(str(10**digits) for digits in (12, 15, 17, 18, 39, 40)),
        f"0.{'1' * 38}",
        f"0.{'1' * 39}",
        '""',
        *(f'"{"a" * length}"' for length in (64, 65, 128, 129, 320, 2_001)),
    )
)
"""Of JSON, at the edges of what fields take."""

NAMES = tuple(
    f'"{name}":'.encode()
    for name in (  # noqa: SIM905 - shorter than a list of quoted words
        "event_id event_type occurred_at data id status type amount reason card method_details"
        " payment_method_id version failure outputs work_started credits note job_id"
    ).split(" ")
)
