"""Which adjustments Paddle makes when it is asked to, and the error for each that it does not.

Where the reference pages name several codes for one fault, the choice is this stand-in's: a single
item at fault gets its own code, several get `adjustment_transaction_item_invalid` with all of them
named, one item named twice `adjustment_transaction_item_over_adjustment`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.paddle.core import payments, remaining
from local.paddle.core.adjustments import Draft, Part
from local.paddle.core.amounts import Split
from local.paddle.core.errors import RefusedError
from local.paddle.core.refund_requests import Wanted, WantedItem
from local.paddle.core.remaining import Line

Record = Mapping[str, Any]


def draft(wanted: Wanted, transaction: Record, adjustments: Sequence[Record]) -> Draft:
    """What is to be made, as yet undecided. Raises RefusedError."""
    _check_transaction(wanted, transaction)
    if any(one["status"] == "pending_approval" for one in adjustments):
        raise RefusedError("adjustment_pending_refund_request")
    lines = remaining.lines(transaction, adjustments)
    parts = _all_that_is_left(lines) if wanted.full else _asked_for(wanted, lines)
    made = Draft(wanted.action, wanted.full, wanted.reason, "approved", parts)
    left = remaining.total(transaction, adjustments)
    if made.whole.total > left:
        asked = made.whole.total
        raise RefusedError("adjustment_total_amount_above_remaining_allowed", asked, left)
    return made


def _check_transaction(wanted: Wanted, transaction: Record) -> None:
    customer_id = transaction["customer_id"]
    if customer_id is None:
        raise RefusedError("adjustment_transaction_missing_customer_id")
    if wanted.customer_id not in (None, customer_id):
        code = "adjustment_transaction_customer_mismatch"
        raise RefusedError(code, wanted.customer_id, customer_id)
    if wanted.subscription_id not in (None, transaction["subscription_id"]):
        code = "adjustment_transaction_subscription_mismatch"
        raise RefusedError(code, wanted.subscription_id, transaction["subscription_id"])
    if wanted.action == "credit":
        _check_creditable(transaction)
    else:
        _check_refundable(transaction)


def _check_creditable(transaction: Record) -> None:
    if transaction["collection_mode"] == "automatic":
        raise RefusedError("adjustment_invalid_credit_action")
    if transaction["status"] not in ("billed", "past_due"):
        code = "adjustment_transaction_invalid_status_for_credit"
        raise RefusedError(code, transaction["id"])


def _check_refundable(transaction: Record) -> None:
    if transaction["status"] != "completed":
        code = "adjustment_transaction_invalid_status_for_refund"
        raise RefusedError(code, transaction["id"])
    if payments.method_of(transaction) is None:
        code = "adjustment_transaction_without_captured_payment"
        raise RefusedError(code, transaction["id"])


def _all_that_is_left(lines: Sequence[Line]) -> list[Part]:
    parts = [Part(one.id, "full", one.left, one.tax_rate) for one in lines if one.left.total]
    if not parts:
        code = "adjustment_transaction_item_has_already_been_fully_adjusted"
        raise RefusedError(code, lines[0].id)
    return parts


def _asked_for(wanted: Wanted, lines: Sequence[Line]) -> list[Part]:
    by_id = {line.id: line for line in lines}
    problems = list(_problems(wanted, by_id))
    if len(problems) == 1:
        raise problems[0][1]
    if problems:
        raise RefusedError(
            "adjustment_transaction_item_invalid",
            fields=[(f"adjustment.transaction.items[{at}]", _told(one)) for at, one in problems],
        )
    parts = [_part(item, by_id[item.line_id], wanted) for item in wanted.items]
    for line in lines:
        if sum(part.split.total for part in parts if part.line_id == line.id) > line.left.total:
            raise RefusedError("adjustment_transaction_item_over_adjustment")
    return parts


def _told(problem: RefusedError) -> str:
    return str(problem.payload()["detail"])


def _problems(wanted: Wanted, lines: Mapping[str, Line]) -> Iterator[tuple[int, RefusedError]]:
    for at, item in enumerate(wanted.items):
        line = lines.get(item.line_id)
        problem = _unknown(at) if line is None else _problem(item, line, wanted)
        if problem is not None:
            yield at, problem


def _unknown(at: int) -> RefusedError:
    field = f"adjustment.transaction.items[{at}]"
    return RefusedError(
        "adjustment_transaction_item_invalid", fields=[(field, "is no item of the transaction")]
    )


def _problem(item: WantedItem, line: Line, wanted: Wanted) -> RefusedError | None:
    if item.kind == "tax":
        if line.left.tax:
            return None
        return RefusedError("adjustment_no_tax_available_to_adjust", line.id)
    if item.amount == 0:
        return RefusedError("adjustment_amount_cannot_be_zero", line.id)
    if not line.left.total:
        code = "adjustment_transaction_item_has_already_been_fully_adjusted"
        return RefusedError(code, line.id)
    left = line.left.subtotal if wanted.before_tax else line.left.total
    if item.amount is not None and item.amount > left:
        return RefusedError("adjustment_amount_above_remaining_allowed", line.id, left)
    return None


def _part(item: WantedItem, line: Line, wanted: Wanted) -> Part:
    if item.kind == "tax":
        return Part(line.id, "tax", Split(0, line.left.tax), line.tax_rate)
    if item.amount is None:
        return Part(line.id, "full", line.left, line.tax_rate)
    cut = remaining.share_before_tax if wanted.before_tax else remaining.share
    return Part(line.id, "partial", cut(line, item.amount), line.tax_rate)
