"""How the stand-in behaves where Paddle itself behaves in several ways."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from local.paddle.core.errors import invalid_field


class Review(StrEnum):
    """Who decides on a refund, and when."""

    AT_ONCE = "at_once"
    """Approved in the answer: `adjustment.created` says so and no update follows."""
    SANDBOX = "sandbox"
    """Pending, and approved at the next full ten minutes."""
    LIVE = "live"
    """Approved at once where Paddle's published conditions hold; a person decides otherwise."""
    BY_HAND = "by_hand"
    """Pending until the command `review`."""


@dataclass(frozen=True, slots=True)
class Options:
    review: Review = Review.SANDBOX
    next_rejected: int = 0
    """So many of the refunds that are reviewed next are rejected."""
    list_lag_seconds: float = 0
    """How long a new adjustment is missing in lists and includes."""
    event_lag_seconds: float = 0
    """How long a new event is missing in `GET /events`."""
    requests_per_minute: int | None = 240
    """None: as many as one likes."""
    auto_approve_max_minor: int = 40_000
    """In the payout currency. Paddle says 400 USD."""
    balance_minor: int = 100_000_000
    """The studio's balance at Paddle; a larger refund is not approved by itself."""
    tells_transaction_updates: bool = False
    """`transaction.updated` after each change of the adjusted totals. Not known of Paddle."""

    def changed(self, given: Mapping[str, Any]) -> "Options":
        """Raises RefusedError for a name that is none."""
        unknown = set(given) - set(asdict(self))
        if unknown:
            raise invalid_field([(name, "is no option") for name in sorted(unknown)])
        if "review" in given:
            given = {**given, "review": Review(given["review"])}
        return replace(self, **given)

    def written(self) -> dict[str, Any]:
        return asdict(self)
