"""Who is let in: at the gateway by their token, at AWS's services by their role."""

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa

from local import aws, tokens
from local.client import Stack, call
from tests.local import jwts
from tests.local.stacks import LocalStack

pytestmark = pytest.mark.emulator


def test_anybody_may_look_at_health(stack: Stack) -> None:
    assert stack.request("GET", "/health").status == 200


def test_what_is_not_a_route_is_not_there(stack: Stack) -> None:
    assert stack.request("GET", "/v1/nothing", token=stack.token("jobs")).status == 404


Forge = Callable[[Stack, tokens.Issuer], str | None]

WRONG_TOKENS: dict[str, Forge] = {
    "none": lambda _stack, _issuer: None,
    "nonsense": lambda _stack, _issuer: "nonsense",
    "expired": lambda stack, _issuer: stack.token("jobs", expires_in=-60),
    "alg none": lambda stack, _issuer: jwts.without_signature(stack.token("jobs")),
    "HS256 with the public key": lambda stack, issuer: jwts.signed_with_the_public_key(
        stack.token("jobs"), issuer.public_pem
    ),
    "tampered": lambda stack, _issuer: jwts.with_other_claims(stack.token("operate"), scope="jobs"),
    "of another issuer": lambda _stack, issuer: made(issuer, iss="http://127.0.0.1:1"),
    "for another audience": lambda _stack, issuer: made(issuer, aud="somebody-else"),
    "without an audience": lambda _stack, issuer: made(issuer, aud=None),
    "without an end": lambda _stack, issuer: made(issuer, exp=None),
    "not valid yet": lambda _stack, issuer: made(issuer, nbf=int(time.time()) + 600),
    "of another key": lambda stack, _issuer: tokens.Issuer(
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        stack.description["tokens"].removesuffix("/token"),
    ).token({"scope": "jobs"}, now=int(time.time())),
}


def made(issuer: tokens.Issuer, **claims: Any) -> str:
    """Signed with the right key, and wrong in what it says."""
    return issuer.token({"scope": "jobs", **claims}, now=int(time.time()))


@pytest.fixture
def issuer(running: LocalStack, stack: Stack) -> tokens.Issuer:
    key = tokens.key_kept_at(running.home.signing_key)
    return tokens.Issuer(key, stack.description["tokens"].removesuffix("/token"))


@pytest.mark.parametrize("kind", WRONG_TOKENS)
def test_a_token_of_the_wrong_kind_is_refused_at_the_door(
    kind: str, stack: Stack, issuer: tokens.Issuer
) -> None:
    token = WRONG_TOKENS[kind](stack, issuer)

    answer = stack.request("GET", "/v1/accounts/acc_story", token=token)

    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("account", "PUT", "/v1/jobs/job_1"),
        ("account", "GET", "/v1/prices"),
        ("jobs", "GET", "/v1/me"),
        ("jobs", "PUT", "/v1/prices/pri_1"),
        ("review", "POST", "/v1/accounts/acc_1/freeze"),
        ("job", "GET", "/v1/jobs/job_1"),
        ("jobs2 xjobs", "GET", "/v1/jobs/job_1"),
    ],
)
def test_a_token_of_another_scope_is_refused_at_the_door(
    stack: Stack, scope: str, method: str, path: str
) -> None:
    answer = stack.request(method, path, token=stack.token(scope, account_id="acc_1"))

    assert answer.status == 403
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_one_of_several_scopes_is_enough(stack: Stack) -> None:
    token = stack.token("review operate")

    assert stack.request("GET", "/v1/prices", token=token).status == 200


def as_function(stack: Stack, function: str, service: str) -> Any:
    """A client with no more rights than that function's role has."""
    endpoint = stack.description["aws_endpoint"]
    name = stack.description["functions"][function]
    role = aws.client("lambda", endpoint).get_function_configuration(FunctionName=name)["Role"]
    session = aws.client("sts", endpoint).assume_role(RoleArn=role, RoleSessionName=function)
    key = session["Credentials"]
    connect: Any = boto3.client
    return connect(
        service,
        endpoint_url=endpoint,
        region_name=aws.REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    )


FUNCTIONS = [
    "paddle_webhook",
    "paddle_events",
    "job_events",
    "lost_jobs",
    "outage_check",
    "case_clock",
    "payouts",
    "outbox_relay",
    "reconciliation",
    "api",
]


def test_every_function_is_listed(stack: Stack) -> None:
    assert set(stack.description["functions"]) == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_may_do_what_its_role_does_not_say(stack: Stack, function: str) -> None:
    table = as_function(stack, function, "dynamodb")
    key = {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}

    with pytest.raises(ClientError, match="not authorized"):
        table.scan(TableName=stack.description["table"])
    with pytest.raises(ClientError, match="not authorized"):
        table.delete_item(TableName=stack.description["table"], Key=key)


def test_the_webhook_may_queue_and_never_sees_the_ledger(stack: Stack) -> None:
    table = as_function(stack, "paddle_webhook", "dynamodb")
    queues = as_function(stack, "paddle_webhook", "sqs")
    key = {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}

    with pytest.raises(ClientError, match="not authorized"):
        table.get_item(TableName=stack.description["table"], Key=key)
    with pytest.raises(ClientError, match="not authorized"):
        queues.send_message(QueueUrl=stack.description["queues"]["job_events"], MessageBody="x")


def test_settings_are_read_by_scheduled_functions_and_changed_by_none(stack: Stack) -> None:
    name = stack.description["parameters"]["settings"]
    scheduled, other = as_function(stack, "case_clock", "ssm"), as_function(stack, "api", "ssm")

    assert scheduled.get_parameter(Name=name)["Parameter"]["Name"] == name
    with pytest.raises(ClientError, match="not authorized"):
        scheduled.put_parameter(Name=name, Value="{}", Overwrite=True)
    with pytest.raises(ClientError, match="not authorized"):
        other.get_parameter(Name=name)


def test_a_scheduled_function_reads_the_list_of_work_and_no_other(stack: Stack) -> None:
    table = as_function(stack, "lost_jobs", "dynamodb")
    name = stack.description["table"]

    def query(index: str) -> Any:
        return table.query(
            TableName=name,
            IndexName=index,
            KeyConditionExpression=f"{index}_pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "nothing"}},
        )

    assert query("work")["Items"] == []
    with pytest.raises(ClientError, match="not authorized"):
        query("lookup")


def test_only_those_who_ask_paddle_may_read_its_key(stack: Stack) -> None:
    endpoint = stack.description["aws_endpoint"]
    name = stack.description["functions"]["payouts"]
    told = aws.client("lambda", endpoint).get_function_configuration(FunctionName=name)
    arn = told["Environment"]["Variables"]["MAKEGOOD_PADDLE_API_KEY_ARN"]

    for function in ("payouts", "reconciliation"):
        secrets = as_function(stack, function, "secretsmanager")
        content = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
        assert content == {"key": stack.description["paddle"]["api_key"]}
    for function in ("paddle_webhook", "outbox_relay", "api"):
        secrets = as_function(stack, function, "secretsmanager")
        with pytest.raises(ClientError, match="not authorized"):
            secrets.get_secret_value(SecretId=arn)


def test_the_relay_tells_on_its_own_bus_and_writes_nothing_down(stack: Stack) -> None:
    events = as_function(stack, "outbox_relay", "events")
    table = as_function(stack, "outbox_relay", "dynamodb")
    told = {"Source": "test", "DetailType": "test", "Detail": "{}"}
    own = {**told, "EventBusName": stack.description["event_bus"]}

    assert events.put_events(Entries=[own])["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match="not authorized"):
        events.put_events(Entries=[told])
    with pytest.raises(ClientError, match="not authorized"):
        table.put_item(
            TableName=stack.description["table"], Item={"pk": {"S": "x"}, "sk": {"S": "x"}}
        )


def test_e_mails_are_sent_by_the_relay_and_from_one_address(stack: Stack) -> None:
    text = {"Data": "A test.", "Charset": "UTF-8"}
    email = {
        "FromEmailAddress": stack.description["mail"]["from"],
        "Destination": {"ToAddresses": ["doors@customer.example"]},
        "Content": {"Simple": {"Subject": text, "Body": {"Text": text}}},
    }

    as_function(stack, "outbox_relay", "sesv2").send_email(**email)
    with pytest.raises(ClientError, match="not authorized"):
        as_function(stack, "api", "sesv2").send_email(**email)
    other = {**email, "FromEmailAddress": "somebody@studio.example"}
    with pytest.raises(ClientError, match="not authorized"):
        as_function(stack, "outbox_relay", "sesv2").send_email(**other)

    kept = call("GET", stack.description["mail"]["sent"]).body["messages"]
    sent = [one for messages in kept.values() for one in messages]
    assert [one["Source"] for one in sent if one["To"] == ["doors@customer.example"]] == [
        stack.description["mail"]["from"]
    ]
