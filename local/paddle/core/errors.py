"""Paddle's errors: each code with its status and its sentence, as its reference pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DOCUMENTATION = "https://developer.paddle.com/errors"


@dataclass(frozen=True, slots=True)
class Kind:
    status: int
    detail: str
    """With `{}` where Paddle names ids or amounts."""
    group: str = "shared"
    type: str = "request_error"


def _adjustment(detail: str) -> Kind:
    return Kind(400, detail, "adjustments")


def _notification(detail: str) -> Kind:
    return Kind(400, detail, "notifications")


KINDS = {
    "authentication_missing": Kind(403, "Authentication header not included in request."),
    "authentication_malformed": Kind(
        403, "Authentication header included, but incorrectly formatted."
    ),
    "invalid_token": Kind(403, "Invalid or revoked API key."),
    # The only 401: for tokens of OAuth, which API keys are not.
    "invalid_access_token": Kind(401, "Access token is expired or invalid."),
    "forbidden": Kind(403, "You aren't permitted to perform this request."),
    "not_found": Kind(404, "Entity {} not found"),
    "invalid_url": Kind(404, "The requested URL does not exist."),
    "method_not_allowed": Kind(405, "The endpoint does not support the HTTP method you used."),
    "bad_request": Kind(400, "{}"),
    "invalid_field": Kind(400, "Request does not pass validation."),
    "invalid_json": Kind(400, "JSON payload is invalid."),
    "invalid_time_query_parameter": Kind(400, "Unable to parse time query parameter {}."),
    "unsupported_media_type": Kind(415, "Invalid Content-Type header."),
    "conflict": Kind(409, "Your request conflicts with another change."),
    "concurrent_modification": Kind(409, "Concurrent modification of entity {}."),
    "too_many_requests": Kind(
        429,
        "IP address exceeded the allowed rate limit. "
        "Retry after the number of seconds in the Retry-After header.",
        type="api_error",
    ),
    "internal_error": Kind(
        500, "There's a temporary problem. Your request was not processed.", type="api_error"
    ),
    "bad_gateway": Kind(
        502, "Temporarily unable to handle your request. It was not processed.", type="api_error"
    ),
    "service_unavailable": Kind(
        503, "Temporarily unavailable. Your request was not processed.", type="api_error"
    ),
    "adjustment_pending_refund_request": _adjustment(
        "You are unable to create further adjustments against this transaction as there is a "
        "pending refund request"
    ),
    "adjustment_transaction_invalid_status_for_refund": _adjustment(
        "The transaction being adjusted (refund) has a non supported status. ID: {}"
    ),
    "adjustment_transaction_invalid_status_for_credit": _adjustment(
        "The transaction being adjusted (credit) has a non supported status. ID: {}"
    ),
    "adjustment_transaction_without_captured_payment": _adjustment(
        "The transaction being adjusted doesn't have a captured payment. ID: {}"
    ),
    "adjustment_amount_above_remaining_allowed": _adjustment(
        "There has been one or more adjustments made to the transaction item provided that exceed "
        "the total amount of the item. ID: {}, Amount Left: {}"
    ),
    "adjustment_total_amount_above_remaining_allowed": _adjustment(
        "The adjustment amount exceeds the total amount left to adjust. "
        "Amount to Adjust: {}, Amount Left: {}"
    ),
    "adjustment_transaction_item_has_already_been_fully_adjusted": _adjustment(
        "One of the transaction items has already been adjusted in full. ID: {}"
    ),
    "adjustment_transaction_item_over_adjustment": _adjustment(
        "One or more adjustment items are being over adjusted"
    ),
    "adjustment_transaction_item_invalid": _adjustment(
        "One or more adjustment items cannot be processed"
    ),
    "adjustment_amount_cannot_be_zero": _adjustment(
        "You are attempting to make an adjustment with zero amount on a transaction item. ID: {}"
    ),
    "adjustment_invalid_combination_of_types": _adjustment(
        "The adjustment specifies a combination of items whose type is not compatible together."
    ),
    "adjustment_invalid_credit_action": _adjustment(
        "You cannot create a credit adjustment for an automatically-collected transaction."
    ),
    "adjustment_no_tax_available_to_adjust": _adjustment(
        "You are attempting to make a tax adjustment on a transaction item but there's not "
        "available tax for it. ID: {}"
    ),
    "adjustment_tax_mode_not_allowed": _adjustment(
        "You're attempting to pass `tax_mode: external` with a `type` other than `partial` or an "
        "`action` other than `refund`."
    ),
    "adjustment_transaction_customer_mismatch": _adjustment(
        "The customer_id specified in the adjustment doesn't match the one from the transaction. "
        "Adjustment customer ID: {}, Transaction customer ID: {}"
    ),
    "adjustment_transaction_subscription_mismatch": _adjustment(
        "The subscription_id specified in the adjustment doesn't match the one from the "
        "transaction. Adjustment subscription ID: {}, Transaction subscription ID: {}"
    ),
    "adjustment_transaction_missing_customer_id": _adjustment(
        "Cannot create adjustments for a transaction that doesn't have a Customer."
    ),
    "notification_cannot_replay": _notification(
        "Notification {} can't be replayed because it's not `delivered` or `failed`."
    ),
    "notification_replay_invalid_origin_type": _notification(
        "Only notifications with the origin `event` can be replayed."
    ),
    "notification_maximum_active_settings_reached": _notification(
        "You have reached the maximum of 10 active notification settings."
    ),
    "url_notification_setting_incorrect": _notification("The destination must be a URL."),
    "email_notification_setting_incorrect": _notification("The destination must be an email."),
}


class RefusedError(Exception):
    """Paddle's answer is this error. Nothing has changed."""

    def __init__(
        self,
        code: str,
        *named: object,
        fields: Sequence[tuple[str, str]] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.named, self.fields = code, named, tuple(fields)
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        return KINDS[self.code].status

    def payload(self) -> dict[str, Any]:
        kind = KINDS[self.code]
        error: dict[str, Any] = {
            "type": kind.type,
            "code": self.code,
            "detail": kind.detail.format(*self.named) if self.named else kind.detail,
            "documentation_url": f"{DOCUMENTATION}/{kind.group}/{self.code}",
        }
        if self.fields:
            error["errors"] = [{"field": name, "message": what} for name, what in self.fields]
        return error


def invalid_field(fields: Sequence[tuple[str, str]]) -> RefusedError:
    return RefusedError("invalid_field", fields=fields)


def not_found(entity_id: str) -> RefusedError:
    return RefusedError("not_found", entity_id)
