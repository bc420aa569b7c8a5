"""The messages on our own queues: Paddle's events, how jobs end, which payouts are due."""

import json
from collections.abc import Callable
from typing import Any

from makegood.errors import RejectedEventError
from makegood.events.jobs import parse_job_event
from makegood.events.paddle import PaddleEvent, parse_paddle_event
from makegood.events.payouts import parse_payout_due
from tests.fuzzing import promises
from tests.fuzzing.outcomes import outcomes

_PARSERS: dict[bytes, Callable[[str | bytes], Any]] = {
    b"p": parse_paddle_event,
    b"j": parse_job_event,
    b"d": parse_payout_due,
}
_KINDS = list(_PARSERS)


def judge(data: bytes) -> None:
    """A message is read as the same thing however its JSON is written, or refused with a reason.

    The first byte says whose queue it is from: `p` of Paddle's events, `j` of jobs, `d` of what
    is due.
    """
    kind = data[:1] if data[:1] in _PARSERS else _KINDS[sum(data[:1]) % len(_KINDS)]
    body, parse = data[1:], _PARSERS[kind]
    try:
        read = parse(body)
    except RejectedEventError as error:
        outcomes.refused(f"{kind.decode()}: {error}")
        _check_refusal(str(error))
        return
    promises.keeps_event(read) if isinstance(read, PaddleEvent) else promises.keeps_model(read)
    lines = 1 if len(body) < 10_000 else None
    again = json.dumps(json.loads(body), ensure_ascii=False, indent=lines)
    assert parse(again) == read, "the same JSON, written otherwise, is something else"


def _check_refusal(reason: str) -> None:
    """It goes to the dead letters and to logs: short, one line, nothing of what was sent."""
    assert len(reason) <= 1_000
    assert reason.isascii()
    assert reason.isprintable()
