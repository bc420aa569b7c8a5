"""Grants the credits of completed purchases that Paddle tells of."""

import base64
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import event_parser
from aws_lambda_powertools.utilities.parser.models import APIGatewayProxyEventV2Model
from aws_lambda_powertools.utilities.typing import LambdaContext
from paddle_billing.Entities.Notifications import NotificationEvent
from paddle_billing.Notifications import Secret, Verifier
from paddle_billing.Notifications.Entities.Transaction import Transaction

logger = Logger(service="paddle-webhook")
metrics = Metrics(namespace="Credits", service="paddle-webhook")
tracer = Tracer(service="paddle-webhook")

dynamodb = boto3.resource("dynamodb")
accounts = dynamodb.Table(os.environ["ACCOUNTS_TABLE"])
history = dynamodb.Table(os.environ["HISTORY_TABLE"])

persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
config = IdempotencyConfig(event_key_jmespath="event_id", expires_after_seconds=7 * 24 * 3600)

CREDITS_BY_PRICE: dict[str, int] = json.loads(os.environ["CREDITS_BY_PRICE"])


@dataclass
class WebhookRequest:
    """What the verifier of the SDK wants: the raw body, and the header by Paddle's name."""

    body: bytes
    headers: dict[str, str]


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@event_parser(model=APIGatewayProxyEventV2Model)
def lambda_handler(event: APIGatewayProxyEventV2Model, context: LambdaContext) -> dict[str, Any]:
    config.register_lambda_context(context)
    request = webhook_request(event)
    secret = parameters.get_secret(os.environ["WEBHOOK_SECRET_NAME"], max_age=300)
    if not Verifier().verify(request, Secret(secret)):
        logger.warning("Signature refused")
        metrics.add_metric(name="SignatureRefused", unit=MetricUnit.Count, value=1)
        return answer(HTTPStatus.UNAUTHORIZED, "invalid signature")

    try:
        notification = NotificationEvent.from_request(request)
    except (KeyError, ValueError):
        logger.exception("Event not understood")
        return answer(HTTPStatus.BAD_REQUEST, "event not understood")
    if (
        isinstance(notification.data, Transaction)
        and notification.event_type == "transaction.completed"
    ):
        grant(purchase=purchase_of(notification))
    return answer(HTTPStatus.OK, "ok")


def webhook_request(event: APIGatewayProxyEventV2Model) -> WebhookRequest:
    body = str(event.body or "")
    raw = base64.b64decode(body) if event.isBase64Encoded else body.encode()
    return WebhookRequest(raw, {"Paddle-Signature": event.headers.get("paddle-signature", "")})


def purchase_of(notification: NotificationEvent) -> dict[str, Any]:
    transaction = notification.data
    credits = sum(
        CREDITS_BY_PRICE[line.price_id] * line.quantity for line in transaction.details.lineItems
    )
    return {
        "event_id": notification.event_id,
        "transaction_id": transaction.id,
        "account_id": transaction.custom_data.data["account_id"],
        "credits": credits,
        "amount": transaction.details.totals.grand_total,
        "currency": transaction.currency_code.value,
        "occurred_at": notification.occurred_at.isoformat(),
    }


@tracer.capture_method(capture_response=False)
@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="purchase", persistence_store=persistence, config=config
)
def grant(purchase: dict[str, Any]) -> dict[str, Any]:
    account: dict[str, Any] = accounts.update_item(
        Key={"account_id": purchase["account_id"]},
        UpdateExpression="ADD balance :credits SET updated_at = :now",
        ExpressionAttributeValues={
            ":credits": purchase["credits"],
            ":now": datetime.now(UTC).isoformat(),
        },
        ReturnValues="UPDATED_NEW",
    )["Attributes"]
    history.put_item(
        Item={
            "account_id": purchase["account_id"],
            "entry_id": f"{purchase['occurred_at']}#grant#{purchase['transaction_id']}",
            "kind": "grant",
            "credits": purchase["credits"],
            "balance": account["balance"],
            "transaction_id": purchase["transaction_id"],
            "amount": purchase["amount"],
            "currency": purchase["currency"],
            "reason": f"You bought {purchase['credits']} credits.",
            "occurred_at": purchase["occurred_at"],
            "recorded_at": datetime.now(UTC).isoformat(),
        }
    )
    logger.info("Credits granted", account_id=purchase["account_id"], credits=purchase["credits"])
    metrics.add_metric(name="CreditsGranted", unit=MetricUnit.Count, value=purchase["credits"])
    return {"credits": purchase["credits"], "balance": int(account["balance"])}


def answer(status: HTTPStatus, message: str) -> dict[str, Any]:
    return {
        "statusCode": status.value,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"message": message}),
    }
