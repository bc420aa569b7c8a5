"""Paddle's stand-in behind the product's own client, without a network and at the test's time."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from urllib3.exceptions import ProtocolError

from local.paddle.core.faults import NoAnswerError, Plan, parsed
from local.paddle.core.options import Review
from makegood.paddle import wire
from makegood.paddle.envelope import open_envelope
from tests.local.paddles import Shop


class AtHand(Shop):
    """A shop whose API the product calls. It keeps what was asked, and in which order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        super().__init__(**{"review": Review.BY_HAND, **options})
        self.asked: list[tuple[str, str]] = []
        self._seen = 0
        monkeypatch.setattr(wire, "connections", lambda: self)

    @property
    def posts(self) -> int:
        return sum(method == "POST" for method, _ in self.asked)

    def fault(self, **fault: Any) -> None:
        """What happens to the next request that it hits; see the stand-in's faults."""
        plan = self.paddle.faults
        assert isinstance(plan, Plan)
        plan.add(parsed(fault))

    def request(
        self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], **_: Any
    ) -> urllib3.HTTPResponse:
        """As urllib3 would, for the product's client."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.asked.append((method, parts.path))
        try:
            answer = self.paddle.request(method, target, headers, body, self.now)
        except NoAnswerError as error:
            raise ProtocolError("the connection ended") from error
        return urllib3.HTTPResponse(
            io.BytesIO(answer.body),
            headers=dict(answer.headers),
            status=answer.status,
            preload_content=False,
        )

    def told_since(self) -> list[str]:
        """What has happened since the last call, as the webhook puts it on the queue."""
        new = self.paddle.events[self._seen :]
        self._seen += len(new)
        names = ("event_id", "event_type", "occurred_at", "data")
        return [open_envelope({name: event[name] for name in names}).message for event in new]
