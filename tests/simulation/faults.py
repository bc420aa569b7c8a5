"""All that can go wrong in a story, and which functions can meet it.

Each name begins with its number in the list of faults; several ways of one fault share a number.
docs/reliability.md says which numbers are not here, and why.
"""

from typing import NamedTuple

API = "api"
WEBHOOK = "paddle_webhook"
PADDLE_EVENTS = "paddle_events"
JOB_EVENTS = "job_events"
PAYOUTS = "payouts"
RELAY = "outbox_relay"
LOST_JOBS = "lost_jobs"
OUTAGE_CHECK = "outage_check"
CASE_CLOCK = "case_clock"
RECONCILIATION = "reconciliation"

WORKERS = (PADDLE_EVENTS, JOB_EVENTS, PAYOUTS)
SCHEDULED = (LOST_JOBS, OUTAGE_CHECK, CASE_CLOCK, RECONCILIATION)
WRITERS = (API, *WORKERS, *SCHEDULED)
READERS = (*WRITERS, RELAY)
INDEXED = (API, LOST_JOBS, CASE_CLOCK, RECONCILIATION)
"""They ask an index."""

FUNCTIONS = (*READERS, WEBHOOK)
SENDERS = (PADDLE_EVENTS, JOB_EVENTS, PAYOUTS, RELAY)
"""They send batches of messages in many stories; reconciliation does so in few."""

PADDLE_CALLERS = (PAYOUTS, RECONCILIATION)


class Fault(NamedTuple):
    """How probable it is where it is possible, in a story in which it happens at all."""

    rate: float
    meets: tuple[str, ...]
    place: str
    """Faults of one place are in a story together, or few of them, or none."""


def _table(rate: float, meets: tuple[str, ...] = READERS) -> Fault:
    return Fault(rate, meets, "table")


def _paddle(rate: float = 0.08, meets: tuple[str, ...] = PADDLE_CALLERS) -> Fault:
    return Fault(rate, meets, "paddle")


def _run(rate: float, meets: tuple[str, ...] = FUNCTIONS) -> Fault:
    return Fault(rate, meets, "run")


def _queue(rate: float, meets: tuple[str, ...] = WORKERS) -> Fault:
    return Fault(rate, meets, "queue")


def _webhook(rate: float) -> Fault:
    return Fault(rate, (WEBHOOK,), "webhook")


def _schedule(rate: float, meets: tuple[str, ...] = SCHEDULED) -> Fault:
    return Fault(rate, meets, "schedule")


FAULTS: dict[str, Fault] = {
    "F01 DynamoDB throttles a call": _table(0.02),
    "F01 DynamoDB throttles for minutes": _table(0.004),
    "F02 DynamoDB answers 500, nothing is done": _table(0.02),
    "F02 a request never reaches DynamoDB": _table(0.02),
    "F03 DynamoDB answers 500, all is done": _table(0.02, WRITERS),
    "F04 DynamoDB's answer is lost": _table(0.02),
    "F04 a write is done after its caller gave up": _table(0.02, WRITERS),
    "F05 DynamoDB's answer is lost, then the run ends": _table(0.03, WRITERS),
    "F07 somebody else's transaction is in the way": _table(0.04, WRITERS),
    "F08 a transaction is throttled": _table(0.02, WRITERS),
    "F09 a transaction is cancelled for several reasons": _table(0.03, WRITERS),
    "F10 a transaction is in progress": _table(0.02, WRITERS),
    "F15 a transaction is too large": _table(0.03, WRITERS),
    "F16 keys are left unread": _table(0.03),
    "F16 a page is empty, and more follow": _table(0.05, INDEXED),
    "F17 access to the table is denied for a while": _table(0.004),
    "F18 the run ends before a call": _run(0.015),
    "F19 the run ends after a call": _run(0.015),
    "F20 the run stands still": _run(0.02),
    "F22 a cold start takes seconds": _run(0.05),
    "F24 a clock is minutes off": _run(0.3, (API, WEBHOOK, *WORKERS)),
    "F06 a message comes again after eleven minutes": _queue(0.08),
    "F25 a message comes twice at once": _queue(0.3),
    "F25 a batch of the stream comes twice": Fault(0.1, (RELAY,), "queue"),
    "F26 a message comes again hours later": _queue(0.08),
    "F27 a message is late": _queue(0.3),
    "F28 nobody works for days": _queue(0.05),
    "F33 a message of a batch is not taken": _queue(0.08, SENDERS),
    "F33 messages are taken, and their sender does not hear of it": _queue(0.08, SENDERS),
    "F34 a message is received, and no run begins": _queue(0.06),
    "F32 the queue takes no webhook": Fault(0.1, (WEBHOOK,), "queue"),
    "F32 the queue takes a webhook, and does not say so": Fault(0.1, (WEBHOOK,), "queue"),
    "F37 a webhook comes twice": _webhook(0.3),
    "F38 a webhook is late": _webhook(0.4),
    "F39 a webhook never comes": _webhook(0.25),
    "F41 a secret is rotated": _webhook(0.1),
    "F42 a webhook of a kind that nobody knows": _webhook(0.2),
    "F42 an answer of Paddle that cannot be read": _paddle(),
    "F43 Paddle cannot be reached": _paddle(),
    "F43 Paddle does not answer, nothing is done": _paddle(),
    "F43 the connection to Paddle ends, nothing is done": _paddle(),
    "F43 Paddle answers 5xx, nothing is done": _paddle(),
    "F44 Paddle answers 5xx, all is done": _paddle(),
    "F45 Paddle does not answer, all is done": _paddle(),
    "F45 the connection to Paddle ends, all is done": _paddle(),
    "F45 Paddle does it long after the answer was given up": _paddle(meets=(PAYOUTS,)),
    "F46 Paddle answers 429, nothing is done": _paddle(),
    "F46 Paddle answers 429, all is done": _paddle(),
    "F49 Paddle answers 409, nothing is done": _paddle(),
    "F49 Paddle answers 409, all is done": _paddle(),
    "F55 Secrets Manager is down": Fault(0.15, (API, WEBHOOK, *PADDLE_CALLERS), "run"),
    "F56 the API key is rotated": _paddle(0.1),
    "F57 a schedule fires twice": _schedule(0.3),
    "F58 a schedule is late": _schedule(0.3),
    "F58 a schedule is skipped": _schedule(0.2),
    "F59 two runs of a schedule overlap": _schedule(0.3),
    "F60 a probed address cannot be judged": Fault(0.3, (OUTAGE_CHECK,), "outside"),
    "F60 the status address gives no good answer": Fault(0.4, (LOST_JOBS,), "outside"),
}

SEEN: dict[str, tuple[str, ...]] = {
    "F13 an index is behind": INDEXED,
    "F20 a run took longer than it may": (API, PADDLE_EVENTS, JOB_EVENTS),
    "F21 a sandbox is used again": FUNCTIONS,
    "F29 a message is poison": (PADDLE_EVENTS, JOB_EVENTS, PAYOUTS),
    "F30 poison lies in a good batch": (PADDLE_EVENTS, JOB_EVENTS),
    "F31 two runs have the same message": WORKERS,
    "F35 dead letters come again": (PADDLE_EVENTS, JOB_EVENTS),
    "F38 an adjustment is told before its purchase": (PADDLE_EVENTS,),
    "F40 all is told again after 89 days": (WEBHOOK, PADDLE_EVENTS, JOB_EVENTS),
    "F47 Paddle has a refund pending": (PAYOUTS,),
    "F48 Paddle has less left than is asked for": (PAYOUTS,),
    "F50 lists of Paddle are behind": (PAYOUTS,),
    "F51 Paddle rejects a refund": (WEBHOOK,),
    "F52 Paddle approves at once": (WEBHOOK,),
    "F52 a webhook is faster than the answer": (WEBHOOK,),
    "F53 a bank is faster than Paddle": (WEBHOOK,),
    "F54 a chargeback is reversed": (WEBHOOK,),
}
"""What follows from other things, or is chosen once for a story."""

MATRIX: tuple[tuple[str, str], ...] = tuple(
    (name, function)
    for kinds in ({name: fault.meets for name, fault in FAULTS.items()}, SEEN)
    for name, functions in kinds.items()
    for function in functions
)
"""Each fault with each function that can meet it. A run in which one never happened has not shown
that the function bears it."""

SHARES: dict[str, tuple[float, ...]] = {
    "table": (0, 0.2, 0.5),
    "run": (0, 0.4, 1),
    "paddle": (0, 0.2, 0.5),
    "queue": (0, 0.5, 1),
    "webhook": (0, 0.5, 1),
    "schedule": (0, 0.5, 1),
    "outside": (0, 0.5, 1),
}
"""How many of a place's faults are in a story: one with all of them gets nowhere, and one with few
of them shows what each can do."""

_READS = {
    RELAY: 3,
    JOB_EVENTS: 3,
    LOST_JOBS: 3,
    OUTAGE_CHECK: 3,
    CASE_CLOCK: 3,
    RECONCILIATION: 3,
}
_WRITES = {
    API: 2,
    PADDLE_EVENTS: 1,
    PAYOUTS: 2,
    JOB_EVENTS: 10,
    LOST_JOBS: 10,
    OUTAGE_CHECK: 8,
    CASE_CLOCK: 12,
    RECONCILIATION: 12,
}


def _oftener(fault: Fault) -> dict[str, float]:
    if fault.place == "table":
        return {**(_WRITES if fault.meets == WRITERS else _READS)}
    return {RECONCILIATION: 3} if fault.place in ("paddle", "run") else {}


OFTENER: dict[str, dict[str, float]] = {name: _oftener(fault) for name, fault in FAULTS.items()}
"""By how much more often functions meet a fault that seldom write, or seldom run."""
