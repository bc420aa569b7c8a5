"""Sends notifications until somebody answers 2xx within five seconds, or Paddle would give up."""

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from local.paddle import ids, schedule, signing
from local.paddle.clock import Clock, milliseconds, text
from local.paddle.records import Record, Records

TIMEOUT_SECONDS = 5
AT_ONCE = 16
LOOK_AGAIN_SECONDS = 0.25

Post = Callable[[str, bytes, Mapping[str, str]], int]


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status answered; 0 for none in time. Redirects are not followed, as Paddle does not."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", address.path or "/", body, dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def encoded(payload: Mapping[str, Any]) -> bytes:
    """The body as sent: compact, UTF-8 as it is."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


class Delivery:
    """The notifications of one destination and the thread that sends those that are due."""

    def __init__(
        self,
        records: Records,
        clock: Clock,
        *,
        secret: str,
        url: str | None = None,
        retries: schedule.Schedule = schedule.LIVE,
        pace: float = 1,
        send: Post = post,
    ) -> None:
        """`url` None keeps every notification waiting until there is one."""
        self.secret = secret
        self.url = url
        self._records, self._clock, self._send = records, clock, send
        self._retries, self._pace = retries, pace
        self._under_way: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="paddle-delivery")

    def notify(self, event: Mapping[str, Any], *, delay: timedelta = timedelta()) -> str:
        """Queue one notification of an event; its id. Another call makes another copy."""
        now = self._clock.now()
        notification_id = ids.new("ntf", milliseconds(now))
        self._records.put(
            "notifications",
            {
                "id": notification_id,
                "type": event["event_type"],
                "status": "not_attempted",
                "payload": {
                    "event_id": event["event_id"],
                    "event_type": event["event_type"],
                    "occurred_at": event["occurred_at"],
                    "notification_id": notification_id,
                    "data": event["data"],
                },
                "occurred_at": event["occurred_at"],
                "origin": "event",
                "retry_at": text(now + delay),
                "times_attempted": 0,
                "attempts": [],
            },
        )
        return notification_id

    def send_due(self) -> list[str]:
        """Try everything that is due now, at once; the ids tried, when all have been answered."""
        now = text(self._clock.now())
        with self._lock:
            due = [one for one in self._records.all("notifications") if self._is_due(one, now)]
            self._under_way |= {one["id"] for one in due}
        list(self._pool.map(self._attempt, due))
        return [one["id"] for one in due]

    def start(self) -> None:
        threading.Thread(target=self._keep_sending, daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _keep_sending(self) -> None:
        while not self._stopping.is_set():
            if not self.send_due():
                self._stopping.wait(LOOK_AGAIN_SECONDS)

    def _is_due(self, notification: Record, now: str) -> bool:
        waiting = notification["status"] in ("not_attempted", "needs_retry")
        free = notification["id"] not in self._under_way
        return bool(self.url) and waiting and free and notification["retry_at"] <= now

    def _attempt(self, notification: Record) -> None:
        try:
            status = self._send_signed(notification)
            self._records.put("notifications", self._after(notification, status))
        finally:
            with self._lock:
                self._under_way.discard(notification["id"])

    def _send_signed(self, notification: Record) -> int:
        body = encoded(notification["payload"])
        signed = signing.signature(body, self.secret, timestamp=self._clock.unix_time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Paddle (local stand-in)",
            signing.HEADER: signed,
        }
        return self._send(str(self.url), body, headers)

    def _after(self, notification: Record, status: int) -> Record:
        now = self._clock.now()
        attempts = [*notification["attempts"], {"attempted_at": text(now), "status": status}]
        after = {**notification, "attempts": attempts, "times_attempted": len(attempts)}
        if 200 <= status < 300:
            return {**after, "status": "delivered", "delivered_at": text(now), "retry_at": None}
        again = schedule.next_attempt(
            self._retries,
            first_attempt_at=datetime.fromisoformat(attempts[0]["attempted_at"]),
            attempts=len(attempts),
            pace=self._pace,
        )
        if again is None:
            return {**after, "status": "failed", "retry_at": None}
        return {**after, "status": "needs_retry", "retry_at": text(again)}
