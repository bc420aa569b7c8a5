"""How DynamoDB says no."""

from collections.abc import Sequence
from typing import Any

from makegood.ledger.attributes import Item


class Refused(Exception):  # noqa: N818 - an answer of AWS, which the caller may expect.
    """An answer that is an error. `reasons` are those of a cancelled transaction, in its order;
    `item` is what a single write's condition met, if the request asked for it."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        reasons: Sequence[dict[str, Any]] = (),
        item: Item | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status
        self.reasons = list(reasons)
        self.item = item


class MismatchedKey(Refused):
    """A key of the wrong type or shape, which a transaction tells among its reasons."""

    def __init__(self, message: str = "The provided key element does not match the schema") -> None:
        super().__init__("ValidationException", message)


class FailedUpdate(Refused):
    """What an update asks for cannot be done to this item; also told among the reasons."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


def invalid(message: str) -> Refused:
    return Refused("ValidationException", message)


def cancelled(reasons: Sequence[dict[str, Any]]) -> Refused:
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = (
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    )
    return Refused("TransactionCanceledException", message, reasons=reasons)
