"""The two doors of the HTTP API: people's and the studio's requests, and Paddle's webhooks."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from tests.http_events import event
from tests.simulation.chance import Chance
from tests.simulation.faults import API, WEBHOOK
from tests.simulation.lambdas import NOT_ENDED, Lambdas
from tests.simulation.runs import CLOCKS_APART
from tests.simulation.timeline import Timeline
from tests.simulation.witness import Call, Delivery, Witness
from tests.webhooks import http_event

PADDLE_WAITS = 5.0
TRIES_MAX = 12
"""So often somebody sends the same request, until there is an answer that says something."""

PATIENCE = (1.0, 90.0)


class Gateway:
    """Hands requests to functions, and notes what comes of them."""

    def __init__(
        self, timeline: Timeline, chance: Chance, lambdas: Lambdas, witness: Witness
    ) -> None:
        self._timeline, self._chance = timeline, chance
        self._lambdas, self._witness = lambdas, witness

    def ask(
        self,
        method: str,
        path: str,
        claims: Mapping[str, str],
        body: Any = None,
        *,
        key: str | None = None,
        **query: Any,
    ) -> Call:
        """One request, by a run that waits for it."""
        headers = {} if key is None else {"idempotency-key": key}
        request = event(
            method,
            path,
            claims,
            body=body,
            query=urlencode(query),
            headers=headers,
            at=self._timeline.now + timedelta(seconds=self._skew(API)),
        )
        began = self._timeline.seconds
        name = f"api:{method} {path}"
        answer = self._lambdas.invoke(API, request, name=name)
        status = 0 if answer is NOT_ENDED else answer["statusCode"]
        told = json.loads(answer["body"]) if status and answer.get("body") else None
        self._timeline.note("answers", status, method, path)
        call = Call(began, method, path, dict(claims), body, status, told)
        self._witness.calls.append(call)
        return call

    def insist(
        self, method: str, path: str, claims: Mapping[str, str], body: Any = None, **more: Any
    ) -> Call:
        """The same request until its answer says what has become of it; 5xx and none do not."""
        run = self._timeline.run
        call = self.ask(method, path, claims, body, **more)
        for _ in range(TRIES_MAX):
            if 0 < call.status < 500:
                break
            run.wait(self._chance.between(*PATIENCE))
            call = self.ask(method, path, claims, body, **more)
        return call

    def deliver(
        self,
        event_id: str,
        body: bytes,
        sign: Callable[[int], str],
        then: Callable[[int], None],
        *,
        is_good: bool = True,
    ) -> None:
        """A webhook, signed for the moment. `then` hears the status that Paddle heard."""
        at = self._timeline.now + timedelta(seconds=self._skew(WEBHOOK))
        began = self._timeline.seconds
        request = http_event(body, sign(int(at.timestamp())), at=at)
        ended = partial(self._delivered, began, event_id, is_good, then)
        self._lambdas.start(WEBHOOK, request, name=f"webhook:{event_id[-6:]}", skew=0, then=ended)

    def _delivered(
        self, began: float, event_id: str, is_good: bool, then: Callable[[int], None], answer: Any
    ) -> None:
        in_time = self._timeline.seconds - began <= PADDLE_WAITS
        status = answer["statusCode"] if answer is not NOT_ENDED and in_time else 0
        queued = any(
            one.queue == "paddle_events" and event_id in one.body for one in self._witness.sent
        )
        self._timeline.note("paddle hears", event_id, status)
        self._witness.deliveries.append(Delivery(began, event_id, is_good, status, queued))
        then(status)

    def _skew(self, function: str) -> float:
        if not self._chance.strikes("F24 a clock is minutes off", function):
            return 0.0
        return self._chance.between(-CLOCKS_APART, CLOCKS_APART)
