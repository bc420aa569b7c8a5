"""Paddle as one object: requests in, answers out, and deliveries that are due.

It has no clock, no sockets and no chance of its own: every call says what time it is. A caller
that never hears an answer gets a NoAnswerError.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from local.paddle import catalog
from local.paddle.core import (
    access,
    approvals,
    commands,
    destinations,
    earlier,
    notifications,
    routes,
    schedule,
)
from local.paddle.core.errors import RefusedError
from local.paddle.core.faults import Fault, FaultKind, Faults, Form, NoAnswerError, Plan
from local.paddle.core.options import Options
from local.paddle.core.state import Record, State
from local.paddle.core.world import World

SANDBOX_URL = "https://sandbox-api.paddle.com"
DELAY_HEADER = "x-local-delay"
"""Seconds that the answer takes. Only between this and the server, which waits and drops it."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Paddle:
    def __init__(
        self,
        now: datetime,
        *,
        state: State | None = None,
        options: Options | None = None,
        faults: Faults | None = None,
        retries: schedule.Schedule = schedule.LIVE,
        pace: float = 1,
        base_url: str = SANDBOX_URL,
    ) -> None:
        """With what `state` remembers, or new: the catalog's prices, one destination, one key.

        `options` None takes those that were kept. `pace` 60 makes an hour of retries a minute.
        """
        self.state = state or State()
        self.faults: Faults = faults or Plan()
        self.retries, self.pace = retries, pace
        self._limit = access.RateLimit()
        kept = self.state.find("options", "options") or {}
        written = {name: value for name, value in kept.items() if name != "id"}
        chosen = options or Options().changed(written)
        self.world = World(self.state, chosen, now, base_url)
        _furnish(self.state, now)

    @property
    def api_key(self) -> str:
        """The first one that is not revoked."""
        return next(str(key["id"]) for key in self.state.all("keys") if not key["revoked"])

    @property
    def destination(self) -> Record:
        """The shop's own, which is there from the beginning."""
        return self.state.all("notification_settings")[0]

    @property
    def events(self) -> list[Record]:
        """All that has happened, in the order of telling, `id` beside the usual fields."""
        return self.state.all("events")

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        now: datetime,
    ) -> Answer:
        """One request to Paddle's API; `path` with its query. Raises NoAnswerError."""
        self.settle(now)
        path, _, query = path.partition("?")
        fault = self.faults.take(method, path)
        if fault is not None and not fault.after:
            _fail_before(fault)
            if fault.kind is FaultKind.ERROR:
                return self._refusal(_error(fault))
        try:
            answer = self._serve(method, path, query, headers, body)
        except RefusedError as refusal:
            answer = self._refusal(refusal)
        return answer if fault is None else self._spoiled(answer, fault)

    def command(self, name: str, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Make something happen; see `commands`. Raises RefusedError, and ValueError or KeyError
        for a body that makes no sense."""
        self.settle(now)
        return commands.COMMANDS[name](self.world, body)

    def settle(self, now: datetime) -> None:
        """It is this time now: what was to happen by itself until now happens."""
        self.world.now = now
        if self.state.open("reviews"):
            approvals.settle(self.world)

    def due_deliveries(
        self, now: datetime, *, signed_at: int | None = None
    ) -> list[notifications.Delivery]:
        """The webhooks to be sent now. They stay due until `delivered` tells of them."""
        self.settle(now)
        return notifications.due(self.world, signed_at=signed_at)

    def delivered(self, notification_id: str, status: int, now: datetime) -> Record:
        """What the receiver answered, 0 for nothing in time; the notification after that."""
        self.settle(now)
        return notifications.attempted(
            self.world, notification_id, status, retries=self.retries, pace=self.pace
        )

    def copy(self, faults: Faults | None = None) -> "Paddle":
        """Goes on alone from here, without the faults that were still to come."""
        other = Paddle(
            self.world.now,
            state=self.state.copy(),
            options=self.world.options,
            faults=faults,
            retries=self.retries,
            pace=self.pace,
            base_url=self.world.base_url,
        )
        other._limit = self._limit.copy()
        return other

    def _serve(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        sent = {name.lower(): value for name, value in headers.items()}
        now = self.world.now
        self._limit.check(self.world.options.requests_per_minute, now)
        serve, permission, entity_id = routes.route(method, path)
        access.check(self.state, sent, permission=permission, now=now)
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        asked = routes.Asked(path, entity_id, parameters, _json_object(sent, body))
        told = serve(self.world, asked)
        if told.data is None:
            return Answer(told.status, {}, b"")
        meta: dict[str, Any] = {"request_id": self.state.ids.uuid()}
        if told.pagination is not None:
            meta["pagination"] = told.pagination
        return _answer(told.status, {"data": told.data, "meta": meta})

    def _refusal(self, refusal: RefusedError) -> Answer:
        payload: dict[str, Any] = {"error": refusal.payload()}
        if refusal.retry_after is None:
            # The one error whose example in Paddle's own pages has no `meta`.
            payload["meta"] = {"request_id": self.state.ids.uuid()}
            return _answer(refusal.status, payload)
        return _answer(refusal.status, payload, {"Retry-After": str(refusal.retry_after)})

    def _spoiled(self, answer: Answer, fault: Fault) -> Answer:
        """What is left of an answer whose request has had its effect."""
        if fault.kind in (FaultKind.TIMEOUT, FaultKind.DROP):
            raise NoAnswerError(fault)
        if fault.kind is FaultKind.ERROR:
            return self._refusal(_error(fault))
        if fault.kind is FaultKind.SLOW:
            delay = {DELAY_HEADER: str(fault.seconds)}
            return Answer(answer.status, {**answer.headers, **delay}, answer.body)
        return Answer(answer.status, answer.headers, _malformed(answer.body, fault.form))


def _fail_before(fault: Fault) -> None:
    if fault.kind in (FaultKind.TIMEOUT, FaultKind.DROP):
        raise NoAnswerError(fault)


def _error(fault: Fault) -> RefusedError:
    return RefusedError(fault.code, retry_after=fault.retry_after)


def _malformed(body: bytes, form: Form) -> bytes:
    if form is Form.CUT:
        return body[: len(body) // 2]
    if form is Form.NOT_JSON:
        return b"<html><body>Created</body></html>"
    if form is Form.NO_DATA:
        return b'{"meta":{}}'
    if form is Form.NO_ID:
        whole = json.loads(body)
        if isinstance(whole.get("data"), dict):
            whole["data"].pop("id", None)
        return notifications.encoded(whole)
    return b""


def _json_object(headers: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
    if headers.get("paddle-version", "1") != "1":
        raise RefusedError("bad_request", "There is no such version of the API.")
    if not body:
        return {}
    kind = headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind != "application/json":
        raise RefusedError("unsupported_media_type")
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise RefusedError("invalid_json") from error
    if not isinstance(parsed, dict):
        raise RefusedError("invalid_json")
    return parsed


def _answer(status: int, payload: Any, headers: Mapping[str, str] | None = None) -> Answer:
    sent = {"Content-Type": "application/json", **(headers or {})}
    return Answer(status, sent, notifications.encoded(payload))


def _furnish(state: State, now: datetime) -> None:
    """What a studio has at Paddle before anything happens, as far as it is missing."""
    earlier.bring_forward(state, now)
    for price in catalog.PRICES:
        if state.find("prices", price["id"]) is None:
            state.put("prices", price)
    if not state.all("notification_settings"):
        state.put("notification_settings", destinations.default(state.ids, now))
    if not state.all("keys"):
        state.put("keys", access.new_key(state.ids, now, permissions=[access.ALL]))
