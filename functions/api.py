"""Answers the studio, its customers, its reviewers and its operators."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from makegood import wiring
from makegood.api.door import Response, receive
from makegood.api.routing import Desk


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> Response:
    desk = Desk(
        wiring.ledger(),
        wiring.policies(),
        wiring.cursor_key,
        wiring.time_left(context),
        ZoneInfo,
    )
    return receive(event, desk)
