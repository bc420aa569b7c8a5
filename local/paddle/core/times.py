"""Times as Paddle writes them."""

from datetime import UTC, datetime


def text(at: datetime) -> str:
    """Six fraction digits, always: such texts sort as the times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def parsed(written: str) -> datetime:
    """A time without a zone is UTC, as Paddle takes it. Raises ValueError."""
    at = datetime.fromisoformat(written)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
