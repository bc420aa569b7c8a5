"""All 140 bad inputs: number, what is sent, what it is answered, and which test sends it.

W are webhooks, Q messages and schedules, A requests to the API, X what is called, written and
shown. Many have several rows. Whatever is sent: no answer is a 5xx, nothing moves that is not named
here, no answer and no line of a log repeats what was sent, and one line tells of it.
"""

from tests.inputs import at_the_gateway, messages, others, requests, webhooks
from tests.inputs.rows import Row

NUMBERS = tuple(
    f"{door}{number:02}"
    for door, count in (("W", 65), ("Q", 16), ("A", 42), ("X", 17))
    for number in range(1, count + 1)
)

ROWS: list[Row] = sorted(
    [
        *webhooks.ROWS,
        *messages.ROWS,
        *messages.BATCHES,
        *messages.RUNS,
        *requests.ROWS,
        *at_the_gateway.ROWS,
        *others.ROWS,
    ],
    key=lambda row: NUMBERS.index(row.number),
)
