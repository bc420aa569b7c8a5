"""Paddle: the stand-in's core behind connections that fail, and all that others do there."""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
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
from makegood.paddle.envelope import open_envelope
from makegood.paddle.wire import READ_SECONDS
from tests.simulation.aws import Queue
from tests.simulation.chance import Chance
from tests.simulation.runs import Run
from tests.simulation.timeline import Timeline

ANSWER_SECONDS = (0.1, 3.0)
LATE_BY = (1.0, 120.0)
"""After a caller has given up, a request can still be carried out."""

LIST_LAGS = (0, 10, 30, 60, 60)
BAD_LUCK = (0, 1, 1, 1, 2)
"""So many of the first requests for money go wrong for sure: on these, all depends."""

WEBHOOK_SECONDS = ((0.05, 3.0), (1.0, 60.0), (30.0, 900.0))
"""How long they take in a story. A payout of which a webhook tells early is safe early."""

WEBHOOK_LATE = (30.0, 7200.0)
DECIDES_WITHIN = (20.0, 7200.0)

_BEFORE = {
    "paddle: 5xx, nothing done": ("internal_error", "bad_gateway", "service_unavailable"),
    "paddle: 429, nothing done": ("too_many_requests",),
    "paddle: 409, nothing done": ("conflict", "concurrent_modification"),
    "paddle: the key is refused": ("forbidden", "invalid_token"),
}
_AFTER = {
    "paddle: 5xx, all done": ("internal_error", "bad_gateway", "service_unavailable"),
    "paddle: 429, all done": ("too_many_requests",),
    "paddle: 409, all done": ("conflict", "concurrent_modification"),
}
_SILENT = (
    "paddle: cannot be reached",
    "paddle: no answer, nothing done",
    "paddle: no answer, all done",
    "paddle: done long after the answer was given up",
    "paddle: the connection ends, nothing done",
    "paddle: the connection ends, all done",
)
_FAULTS = (*_SILENT, *_BEFORE, *_AFTER, "paddle: an answer that cannot be read")

EVERYTHING = 10**9


class PaddleSide:
    """Stands where the product's client of Paddle expects its connections."""

    def __init__(self, timeline: Timeline, chance: Chance, paddle: Paddle, webhooks: Queue) -> None:
        self.timeline, self.chance, self.paddle, self.webhooks = timeline, chance, paddle, webhooks
        self.refusals: defaultdict[str, set[str]] = defaultdict(set)
        """Codes with which Paddle itself has refused, by payout."""
        self._fault: Fault | None = None
        self._told = len(paddle.events)
        self._unanswered: set[str] = set()
        self._webhooks_take = chance.choice(WEBHOOK_SECONDS)
        self._bad_luck = chance.choice(BAD_LUCK)
        lag = chance.choice(LIST_LAGS)
        self._approves_at_once = chance.choice((True, False))
        review = Review.AT_ONCE if self._approves_at_once else Review.BY_HAND
        options = {"list_lag_seconds": lag, "review": review, "requests_per_minute": None}
        paddle.command("options", options, timeline.now)
        # Webhooks are sent from here, so that everything can become of them.
        paddle.world.event_faults.append(EventFault(None, Sending(lost=True), EVERYTHING))
        paddle.faults = self
        if lag:
            chance.saw("paddle: lists lag")

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
        answer = run.call(partial(self._answered, run, asked), seconds=ANSWER_SECONDS)
        self._unanswered.clear()
        return urllib3.HTTPResponse(
            io.BytesIO(answer.body),
            headers=answer.headers,
            status=answer.status,
            preload_content=False,
        )

    def _answered(self, run: Run, asked: tuple[Any, ...]) -> Answer:
        has_bad_luck = asked[0] == "POST" and self._bad_luck > 0
        self._bad_luck -= has_bad_luck
        fault = self.chance.one_of(_FAULTS, surely=has_bad_luck)
        run.note(asked[0], asked[1], fault or "")
        if fault in _SILENT:
            raise self._silence(run, asked, fault)
        if fault in _BEFORE:
            code = self.chance.choice(_BEFORE[fault])
            wait = self.chance.choice((5, 60, 300)) if code == "too_many_requests" else None
            self._fault = Fault(FaultKind.ERROR, code=code, retry_after=wait)
        elif fault in _AFTER:
            code = self.chance.choice(_AFTER[fault])
            wait = 60 if code == "too_many_requests" else None
            self._fault = Fault(FaultKind.ERROR, after=True, code=code, retry_after=wait)
        elif fault is not None:
            form = self.chance.choice(tuple(Form))
            self._fault = Fault(FaultKind.MALFORMED, after=True, form=form)
        answer = self._asked(asked, is_true=fault is None)
        run.note("answer", answer.status)
        return answer

    def _silence(self, run: Run, asked: tuple[Any, ...], fault: str | None) -> Exception:
        if fault == "paddle: cannot be reached":
            pool: Any = None
            return NewConnectionError(pool, "nobody is there")
        if fault is not None and fault.endswith("all done"):
            self._asked(asked, is_true=False)
        if fault == "paddle: done long after the answer was given up" and asked[0] == "POST":
            late = READ_SECONDS + self.chance.between(*LATE_BY)
            self.timeline.later(late, lambda: self._carry_out_late(asked))
        if fault is not None and "connection ends" in fault:
            return ProtocolError("the connection ended")
        run.wait(READ_SECONDS)
        return NoAnswer("no answer")

    def _carry_out_late(self, asked: tuple[Any, ...]) -> None:
        self._asked(asked, is_true=False)

    def _asked(self, asked: tuple[Any, ...], *, is_true: bool) -> Answer:
        method, target, headers, body = asked
        answer = self.paddle.request(method, target, headers, body, self.timeline.now)
        if method == "POST":
            self.timeline.note("paddle", method, answer.status, answer.body[:60])
        if is_true and method == "POST" and answer.status >= 400:
            payout_id = payout_in(body.decode()) or ""
            self.refusals[payout_id].add(answer.json()["error"]["code"])
        if is_true and method == "POST" and answer.status == 201:
            self._unanswered.add(answer.json()["data"]["id"])
        self.collect()
        return answer

    def do(self, command: str, **body: Any) -> dict[str, Any] | None:
        """Something happens at Paddle that nobody here asked for; None where it cannot."""
        try:
            done = self.paddle.command(command, body, self.timeline.now)
        except RefusedError as refusal:
            self.timeline.note("outside", command, refusal)
            return None
        self.timeline.note("outside", command, done["adjustment"]["id"])
        self.collect()
        return done

    def adjustments(self, transaction_ids: Iterable[str]) -> list[dict[str, Any]]:
        """The truth, oldest first."""
        return [one for name in transaction_ids for one in self.paddle.state.adjustments_of(name)]

    def collect(self) -> None:
        """Send what has happened since the last look, and see that refunds are decided on."""
        events = self.paddle.events
        for event in events[self._told :]:
            self._told += 1
            self._send(event)
            self._see_to(event)

    def _send(self, event: Mapping[str, Any]) -> None:
        if self.chance.strikes("webhook: lost"):
            self.timeline.note("webhook lost", event["event_type"], event["data"]["id"])
            return
        copies = 2 if self.chance.strikes("webhook: delivered twice") else 1
        for _ in range(copies):
            delay = self.chance.between(*self._webhooks_take)
            if self.chance.strikes("webhook: late"):
                delay += self.chance.between(*WEBHOOK_LATE)
            self.timeline.later(delay, partial(self._webhook, event))

    def _webhook(self, event: Mapping[str, Any]) -> None:
        if event["data"]["id"] in self._unanswered:
            self.chance.saw("webhook: before the answer")
        self.webhooks.put(_message(event))

    def _see_to(self, event: Mapping[str, Any]) -> None:
        data = event["data"]
        if event["event_type"] != "adjustment.created" or data["action"] != "refund":
            return
        if data["status"] != approvals.PENDING:
            self.chance.saw("paddle: approves at once")
            return
        verdict = self.chance.choice((None, None, None, None, approvals.REJECTED, "never"))
        if verdict == "never":
            self.chance.saw("paddle: never decides")
            return
        within = self.chance.between(*DECIDES_WITHIN)
        self.timeline.later(within, partial(self._decide, data["id"], verdict))

    def _decide(self, adjustment_id: str, verdict: str | None) -> None:
        self.paddle.settle(self.timeline.now)
        try:
            approvals.decide(self.paddle.world, adjustment_id, verdict, at=self.timeline.now)
        except RefusedError:
            self.collect()  # It was decided in another way.
            return
        status = self.paddle.state.known("adjustments", adjustment_id)["status"]
        self.chance.saw("paddle: rejects" if status == "rejected" else "paddle: approves later")
        self.timeline.note("paddle decides", adjustment_id, status)
        self.collect()

    def tell_everything(self, within: float) -> None:
        """As reconciliation does: what was told and what was not, in no order."""
        events = [one for one in self.paddle.events if one["event_type"].startswith("adjustment.")]
        for event in events:
            self.webhooks.put(_message(event), delay=self.chance.between(0, within))


def _message(event: Mapping[str, Any]) -> str:
    return open_envelope({k: v for k, v in event.items() if k != "id"}).message
