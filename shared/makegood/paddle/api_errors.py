"""Paddle's error codes, and what each asks for of whoever hears it."""

from enum import StrEnum

from makegood.errors import PaddleRefusedError


class Advice(StrEnum):
    RETRY = "retry"
    """It passes: the same request later."""
    LOOK = "look"
    """Somebody adjusted this transaction, perhaps we did: list its adjustments before all else."""
    REJECT = "reject"
    """Paddle will never do this. Nothing has moved."""
    PERSON = "person"
    """Nobody foresaw it."""
    BLOCKED = "blocked"
    """Our key is wrong, or may not do this. It says nothing about what was asked for."""


ADVICE: dict[str, Advice] = {
    "authentication_malformed": Advice.BLOCKED,
    "authentication_missing": Advice.BLOCKED,
    "forbidden": Advice.BLOCKED,
    "invalid_access_token": Advice.BLOCKED,
    "invalid_token": Advice.BLOCKED,
    "bad_gateway": Advice.RETRY,
    "concurrent_modification": Advice.RETRY,
    "conflict": Advice.RETRY,
    "internal_error": Advice.RETRY,
    "service_unavailable": Advice.RETRY,
    "too_many_requests": Advice.RETRY,
    "adjustment_amount_above_remaining_allowed": Advice.LOOK,
    "adjustment_pending_refund_request": Advice.LOOK,
    "adjustment_total_amount_above_remaining_allowed": Advice.LOOK,
    "adjustment_transaction_item_has_already_been_fully_adjusted": Advice.LOOK,
    "adjustment_transaction_item_over_adjustment": Advice.LOOK,
    "adjustment_amount_cannot_be_zero": Advice.REJECT,
    "adjustment_invalid_combination_of_types": Advice.REJECT,
    "adjustment_invalid_credit_action": Advice.REJECT,
    "adjustment_no_tax_available_to_adjust": Advice.REJECT,
    "adjustment_tax_mode_not_allowed": Advice.REJECT,
    "adjustment_transaction_customer_mismatch": Advice.REJECT,
    "adjustment_transaction_invalid_status_for_credit": Advice.REJECT,
    "adjustment_transaction_invalid_status_for_refund": Advice.REJECT,
    "adjustment_transaction_item_invalid": Advice.REJECT,
    "adjustment_transaction_missing_customer_id": Advice.REJECT,
    "adjustment_transaction_subscription_mismatch": Advice.REJECT,
    "adjustment_transaction_without_captured_payment": Advice.REJECT,
    # A transaction that we granted credits for and Paddle does not know; a request of ours that
    # makes no sense to Paddle. Both are our mistake, and nobody knows yet which.
    "bad_request": Advice.PERSON,
    "invalid_field": Advice.PERSON,
    "invalid_json": Advice.PERSON,
    "invalid_url": Advice.PERSON,
    "method_not_allowed": Advice.PERSON,
    "not_found": Advice.PERSON,
    "unsupported_media_type": Advice.PERSON,
}

_KEY_REFUSED = (401, 403)
"""Paddle adds codes without notice. Under these, it is the key whatever the code is."""


def advice(refusal: PaddleRefusedError) -> Advice:
    known = ADVICE.get(refusal.code)
    if known is not None:
        return known
    return Advice.BLOCKED if refusal.status in _KEY_REFUSED else Advice.PERSON
