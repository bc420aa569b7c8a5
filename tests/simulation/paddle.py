"""Paddle's API: the stand-in's core behind connections that fail, and those who decide there."""

import io
import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import NewConnectionError, ProtocolError
from urllib3.exceptions import TimeoutError as NoAnswer

from local.paddle.core import approvals
from local.paddle.core.errors import RefusedError
from local.paddle.core.faults import Fault, FaultKind, Form
from local.paddle.core.options import Review
from local.paddle.core.paddle import Answer, Paddle
from local.paddle.core.world import EventFault, Sending
from makegood.domain.payout import payout_in
from makegood.paddle.wire import READ_SECONDS
from tests.simulation.chance import Chance
from tests.simulation.faults import PAYOUTS, WEBHOOK
from tests.simulation.runs import Run
from tests.simulation.timeline import Timeline
from tests.simulation.webhooks import Webhooks
from tests.simulation.witness import Witness

ANSWER_SECONDS = (0.1, 3.0)
LATE_BY = (1.0, 120.0)
"""After a caller has given up, a request can still be carried out."""

LIST_LAGS = (0, 10, 30, 60, 60)
BAD_LUCK = (0, 1, 1, 1, 2)
"""So many of the first requests for money go wrong for sure: on these, all depends."""

DECIDES_WITHIN = (20.0, 7200.0)

_BEFORE = {
    "F43 Paddle answers 5xx, nothing is done": (
        "internal_error",
        "bad_gateway",
        "service_unavailable",
    ),
    "F46 Paddle answers 429, nothing is done": ("too_many_requests",),
    "F49 Paddle answers 409, nothing is done": ("conflict", "concurrent_modification"),
}
_AFTER = {
    "F44 Paddle answers 5xx, all is done": (
        "internal_error",
        "bad_gateway",
        "service_unavailable",
    ),
    "F46 Paddle answers 429, all is done": ("too_many_requests",),
    "F49 Paddle answers 409, all is done": ("conflict", "concurrent_modification"),
}
_UNREACHED = "F43 Paddle cannot be reached"
_DONE_LATE = "F45 Paddle does it long after the answer was given up"
_DONE = (
    "F45 Paddle does not answer, all is done",
    "F45 the connection to Paddle ends, all is done",
)
_ENDS = (
    "F43 the connection to Paddle ends, nothing is done",
    "F45 the connection to Paddle ends, all is done",
)
_SILENT = (_UNREACHED, "F43 Paddle does not answer, nothing is done", _ENDS[0], *_DONE)
_UNREADABLE = "F42 an answer of Paddle that cannot be read"
_FAULTS = (*_SILENT, *_BEFORE, *_AFTER, _UNREADABLE)

_TELLING = {
    "adjustment_pending_refund_request": "F47 Paddle has a refund pending",
    "adjustment_amount_above_remaining_allowed": "F48 Paddle has less left than is asked for",
    "adjustment_total_amount_above_remaining_allowed": "F48 Paddle has less left than is asked for",
}


class PaddleSide:
    """Stands where the product's client of Paddle expects its connections."""

    def __init__(
        self,
        timeline: Timeline,
        chance: Chance,
        paddle: Paddle,
        webhooks: Webhooks,
        witness: Witness,
    ) -> None:
        self.timeline, self.chance, self.paddle = timeline, chance, paddle
        self.webhooks, self._witness = webhooks, witness
        self._fault: Fault | None = None
        self._told = len(paddle.events)
        self.bad_luck = chance.choice(BAD_LUCK)
        """How many of the next requests for money go wrong for sure."""
        self._lag = chance.choice(LIST_LAGS)
        review = chance.choice((Review.AT_ONCE, Review.BY_HAND))
        options = {"list_lag_seconds": self._lag, "review": review, "requests_per_minute": None}
        paddle.command("options", options, timeline.now)
        # Webhooks are sent from here, so that everything can become of them.
        paddle.world.event_faults.append(EventFault(None, Sending(lost=True), 10**9))
        paddle.faults = self

    def take(self, method: str, path: str) -> Fault | None:
        """The core asks which fault the present request has."""
        fault, self._fault = self._fault, None
        return fault

    def request(
        self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], **_: Any
    ) -> urllib3.HTTPResponse:
        run: Run = self.timeline.run
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        asked = (method, target, headers, body)
        run.asked = (method, parts.path)
        answer = run.call(partial(self._answered, run, asked), seconds=ANSWER_SECONDS)
        self.webhooks.unanswered.clear()
        return urllib3.HTTPResponse(
            io.BytesIO(answer.body),
            headers=answer.headers,
            status=answer.status,
            preload_content=False,
        )

    def _answered(self, run: Run, asked: tuple[Any, ...]) -> Answer:
        fault = self._fault_of(run, asked[0])
        run.note(asked[0], asked[1], fault or "")
        if self._lag and asked[0] == "GET" and run.function == PAYOUTS:
            self.chance.saw("F50 lists of Paddle are behind", PAYOUTS)
        if fault in _SILENT or fault == _DONE_LATE:
            raise self._silence(run, asked, str(fault))
        if fault in _BEFORE:
            self._fault = self._error(_BEFORE[str(fault)])
        elif fault in _AFTER:
            self._fault = self._error(_AFTER[str(fault)], after=True)
        elif fault is not None:
            form = self.chance.choice(tuple(Form))
            self._fault = Fault(FaultKind.MALFORMED, after=True, form=form)
        answer = self._asked(asked, run=run if fault is None else None)
        run.note("answer", answer.status)
        return answer

    def _fault_of(self, run: Run, method: str) -> str | None:
        if run.strikes("F56 the API key is rotated"):
            self._rotate_key()
        is_unlucky = method == "POST" and self.bad_luck > 0
        self.bad_luck -= is_unlucky
        faults = (_DONE_LATE, *_FAULTS) if method == "POST" else _FAULTS
        return self.chance.one_of(faults, run.function, surely=is_unlucky)

    def _error(self, codes: tuple[str, ...], *, after: bool = False) -> Fault:
        code = self.chance.choice(codes)
        wait = self.chance.choice((5, 60, 300)) if code == "too_many_requests" else None
        return Fault(FaultKind.ERROR, after=after, code=code, retry_after=wait)

    def _rotate_key(self) -> None:
        now = self.timeline.now
        old = self.paddle.api_key
        self.paddle.command("key", {}, now)
        self.paddle.command("revoke_key", {"id": old}, now)
        self._witness.secrets.append(self.paddle.api_key)

    def _silence(self, run: Run, asked: tuple[Any, ...], fault: str) -> Exception:
        if fault == _UNREACHED:
            pool: Any = None
            return NewConnectionError(pool, "nobody is there")
        if fault in _DONE:
            self._asked(asked)
        if fault == _DONE_LATE:
            late = READ_SECONDS + self.chance.between(*LATE_BY)
            self.timeline.later(late, lambda: self._carry_out_late(asked))
        if fault in _ENDS:
            return ProtocolError("the connection ended")
        run.wait(READ_SECONDS)
        return NoAnswer("no answer")

    def _carry_out_late(self, asked: tuple[Any, ...]) -> None:
        self._asked(asked)

    def _asked(self, asked: tuple[Any, ...], *, run: Run | None = None) -> Answer:
        """`run` hears the answer as it is, if it is given."""
        method, target, headers, body = asked
        answer = self.paddle.request(method, target, headers, body, self.timeline.now)
        if method == "POST":
            self.timeline.note("paddle", method, answer.status, answer.body[:60])
            self._note_post(body, answer, is_heard=run is not None)
        self.collect()
        return answer

    def _note_post(self, body: bytes, answer: Answer, *, is_heard: bool) -> None:
        told = answer.json() if is_heard else {}
        at = self.timeline.seconds
        code = told.get("error", {}).get("code")
        self._witness.asked_for_adjustments.append((at, json.loads(body), answer.status))
        if is_heard and code is not None:
            self._witness.refusals[payout_in(body.decode()) or ""].add(code)
            if code in _TELLING:
                self.chance.saw(_TELLING[code], PAYOUTS)
        if is_heard and answer.status == 201:
            self.webhooks.unanswered.add(told["data"]["id"])

    def do(self, command: str, **body: Any) -> dict[str, Any] | None:
        """Something happens at Paddle that nobody here asked for; None where it cannot."""
        try:
            done = self.paddle.command(command, body, self.timeline.now)
        except RefusedError as refusal:
            self.timeline.note("outside", command, refusal)
            return None
        self.timeline.note("outside", command)
        self.collect()
        return done

    def collect(self) -> None:
        """Send what has happened since the last look, and see that refunds are decided on."""
        events = self.paddle.events
        for event in events[self._told :]:
            self._told += 1
            self.webhooks.send(event)
            self._see_to(event)

    def _see_to(self, event: Mapping[str, Any]) -> None:
        data = event["data"]
        if event["event_type"] != "adjustment.created" or data["action"] != "refund":
            return
        if data["status"] != approvals.PENDING:
            self.chance.saw("F52 Paddle approves at once", WEBHOOK)
            return
        verdict = self.chance.choice((None, None, None, None, approvals.REJECTED, "never"))
        if verdict != "never":
            within = self.chance.between(*DECIDES_WITHIN)
            self.timeline.later(within, partial(self._decide, data["id"], verdict))

    def _decide(self, adjustment_id: str, verdict: str | None) -> None:
        self.paddle.settle(self.timeline.now)
        try:
            approvals.decide(self.paddle.world, adjustment_id, verdict, at=self.timeline.now)
        except RefusedError:
            self.chance.saw("F53 a bank is faster than Paddle", WEBHOOK)
            self.collect()
            return
        status = self.paddle.state.known("adjustments", adjustment_id)["status"]
        if status == approvals.REJECTED:
            self.chance.saw("F51 Paddle rejects a refund", WEBHOOK)
        self.timeline.note("paddle decides", adjustment_id, status)
        self.collect()
