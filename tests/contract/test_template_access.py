"""Who may do what: the routes and their scopes, and the role of each function."""

import json
import re
from typing import Any

import pytest

from tests.template import NO_TOKEN, ROOT, Route, resources, routes, source
from tests.test_architecture import FUNCTIONS, OURS, closure, name_of

READ_AND_PUT = {"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query"}
# What each call of the client needs. A transaction needs what is in it, and here that is puts.
NEEDED_BY = {
    "BatchGetItem": "dynamodb:BatchGetItem",
    "Query": "dynamodb:Query",
    "TransactWriteItems": "dynamodb:PutItem",
}
LEDGER = ROOT / "shared" / "makegood" / "ledger"
CONSUME = {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
WRITE_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
USE_KEY = {"kms:Decrypt", "kms:GenerateDataKey"}
READ_STREAM = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
PADDLE_KEY = {"PaddleApiKeySecret": {"secretsmanager:GetSecretValue"}}
SETTINGS = {"SettingsParameter": {"ssm:GetParameter"}}
MISSED_RUN = {"ScheduledRunsDeadLetters": {"sqs:SendMessage"}}

ALLOWED = {
    "PaddleWebhook": {
        "PaddleEventsQueue": {"sqs:SendMessage"},
        "PaddleWebhookSecret": {"secretsmanager:GetSecretValue"},
        "PaddleWebhookLogs": WRITE_LOGS,
        "DataKey": USE_KEY,
    },
    "PaddleEvents": {
        "LedgerTable": READ_AND_PUT,
        "PaddleEventsQueue": CONSUME,
        "PaddleEventsDeadLetters": {"sqs:SendMessage"},
        "PaddleEventsLogs": WRITE_LOGS,
        "DataKey": USE_KEY,
    },
    "JobEvents": {
        "LedgerTable": READ_AND_PUT,
        "JobEventsQueue": CONSUME,
        "JobEventsDeadLetters": {"sqs:SendMessage"},
        "JobEventsLogs": WRITE_LOGS,
        "DataKey": USE_KEY,
    },
    "LostJobs": {
        "LedgerTable": READ_AND_PUT,
        "LedgerTable/index/work": {"dynamodb:Query"},
        "LostJobsLogs": WRITE_LOGS,
        "DataKey": USE_KEY,
        **SETTINGS,
        **MISSED_RUN,
    },
    "OutageCheck": {
        "LedgerTable": READ_AND_PUT,
        "LedgerTable/index/work": {"dynamodb:Query"},
        "OutageCheckLogs": WRITE_LOGS,
        "DataKey": USE_KEY,
        **SETTINGS,
        **MISSED_RUN,
    },
    "CaseClock": {
        "LedgerTable": READ_AND_PUT,
        "LedgerTable/index/work": {"dynamodb:Query"},
        "CaseClockLogs": WRITE_LOGS,
        "DataKey": USE_KEY,
        **SETTINGS,
        **MISSED_RUN,
    },
    "Payouts": {
        "LedgerTable": READ_AND_PUT,
        "PayoutsQueue": {*CONSUME, "sqs:SendMessage"},
        "PayoutsDeadLetters": {"sqs:SendMessage"},
        "PayoutsLogs": WRITE_LOGS,
        "DataKey": USE_KEY,
        **PADDLE_KEY,
    },
    "OutboxRelay": {
        "LedgerTable": {"dynamodb:BatchGetItem"},
        "LedgerTable/stream": READ_STREAM,
        "PayoutsQueue": {"sqs:SendMessage"},
        "OutboxRelayDeadLetters": {"sqs:SendMessage"},
        "EventBus": {"events:PutEvents"},
        "MailFrom": {"ses:SendEmail"},
        "OutboxRelayLogs": WRITE_LOGS,
        "DataKey": USE_KEY,
    },
    "Reconciliation": {
        "LedgerTable": READ_AND_PUT,
        "LedgerTable/index/work": {"dynamodb:Query"},
        "PaddleEventsQueue": {"sqs:SendMessage"},
        "PayoutsQueue": {"sqs:SendMessage"},
        "ReconciliationLogs": WRITE_LOGS,
        "DataKey": USE_KEY,
        **PADDLE_KEY,
        **MISSED_RUN,
    },
    "Api": {
        "LedgerTable": READ_AND_PUT,
        "LedgerTable/index/lookup": {"dynamodb:Query"},
        "LedgerTable/index/work": {"dynamodb:Query"},
        "CursorSecret": {"secretsmanager:GetSecretValue"},
        "ApiLogs": WRITE_LOGS,
        "DataKey": {"kms:Decrypt"},
    },
}

# The role by which schedules call functions; it is no function's.
SCHEDULES = "SchedulesRole"

SCOPES = {
    NO_TOKEN: {"POST /webhooks/paddle", "GET /health", "GET /openapi.json"},
    "jobs": {
        "PUT /v1/jobs/{job_id}",
        "GET /v1/jobs/{job_id}",
        "GET /v1/accounts/{account_id}",
        "PUT /v1/bonuses/{key}",
    },
    "account": {
        "GET /v1/me",
        "GET /v1/me/transactions",
        "GET /v1/me/purchases",
        "POST /v1/me/cases",
        "GET /v1/me/cases",
        "GET /v1/me/cases/{case_id}",
        "POST /v1/me/cases/{case_id}/withdraw",
        "POST /v1/me/cases/{case_id}/appeal",
        "GET /v1/me/notices",
    },
    "review": {
        "GET /v1/accounts/{account_id}/transactions",
        "GET /v1/accounts/{account_id}/purchases",
        "GET /v1/accounts/{account_id}/cases",
        "POST /v1/cases",
        "GET /v1/cases",
        "GET /v1/cases/{case_id}",
        "POST /v1/cases/{case_id}/decision",
        "GET /v1/outages",
        "GET /v1/outages/{outage_id}/customers",
    },
    "operate": {
        "PUT /v1/prices/{price_id}",
        "GET /v1/prices",
        "GET /v1/unmatched",
        "POST /v1/unmatched/{transaction_id}/assign",
        "POST /v1/accounts/{account_id}/corrections",
        "POST /v1/accounts/{account_id}/freeze",
        "POST /v1/accounts/{account_id}/unfreeze",
        "POST /v1/accounts/{account_id}/close",
        "GET /v1/payouts",
        "GET /v1/payouts/breaker",
        "POST /v1/payouts/resume",
        "POST /v1/payouts/{payout_id}/decision",
        "GET /v1/adjustments/waiting",
        "GET /v1/policy",
        "POST /v1/policy/explain",
    },
}


def test_each_route_has_its_one_scope_in_both_spellings() -> None:
    expected = {
        Route(*route.split(" ")): [scope] if scope == NO_TOKEN else [scope, f"makegood/{scope}"]
        for scope, of_scope in SCOPES.items()
        for route in of_scope
    }

    assert routes() == expected


def test_the_user_pool_has_exactly_the_scopes_of_the_routes() -> None:
    server = resources("AWS::Cognito::UserPoolResourceServer")["Scopes"]

    assert {scope["ScopeName"] for scope in server["Scopes"]} == set(SCOPES) - {NO_TOKEN}
    assert server["Identifier"] == "makegood"


@pytest.mark.parametrize(
    ("client", "scopes"),
    [("StudioClient", {"jobs"}), ("OperatorClient", {"review", "operate"})],
)
def test_a_client_of_the_user_pool_gets_its_scopes_and_no_other(
    client: str, scopes: set[str]
) -> None:
    properties = resources("AWS::Cognito::UserPoolClient")[client]

    assert set(properties["AllowedOAuthScopes"]) == {f"makegood/{scope}" for scope in scopes}
    assert properties["AllowedOAuthFlows"] == ["client_credentials"]
    assert properties["GenerateSecret"] is True


def test_a_route_that_names_no_authorizer_needs_a_token() -> None:
    auth = source()["Resources"]["HttpApi"]["Properties"]["Auth"]

    assert auth["DefaultAuthorizer"] == "AccessToken"


def test_the_gateway_checks_issuer_and_audience() -> None:
    body = resources("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]
    schemes = body["components"]["securitySchemes"]
    authorizer = schemes["AccessToken"]["x-amazon-apigateway-authorizer"]

    assert set(schemes) == {"AccessToken"}
    assert authorizer["type"] == "jwt"
    assert authorizer["identitySource"] == "$request.header.Authorization"
    assert authorizer["jwtConfiguration"]["issuer"]["Fn::If"][2] == {"Ref": "TokenIssuer"}
    assert authorizer["jwtConfiguration"]["audience"]["Fn::If"][1:] == [
        [{"Ref": "StudioClient"}, {"Ref": "OperatorClient"}],
        {"Fn::Split": [",", {"Ref": "TokenAudience"}]},
    ]


def test_each_function_has_a_role_of_its_own() -> None:
    roles = [
        function["Role"]["Fn::GetAtt"][0]
        for function in resources("AWS::Lambda::Function").values()
    ]

    assert sorted([*roles, SCHEDULES]) == sorted(resources("AWS::IAM::Role"))
    assert len(set(roles)) == len(roles)


@pytest.mark.parametrize("function", ALLOWED)
def test_a_function_may_do_what_it_must_and_nothing_else(function: str) -> None:
    assert granted(role_of(function)) == ALLOWED[function]


def test_every_function_is_in_the_list_of_what_is_allowed() -> None:
    assert set(ALLOWED) == set(resources("AWS::Lambda::Function"))


@pytest.mark.parametrize("function", ALLOWED)
def test_a_role_has_no_wildcard_and_no_policy_of_somebody_else(function: str) -> None:
    role = role_of(function)

    assert "ManagedPolicyArns" not in role
    for statement in statements(role):
        assert "*" not in json.dumps([statement["Action"], statement["Resource"]])
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & set(statement)


def test_every_wildcard_of_a_policy_is_one_that_is_known() -> None:
    """Roles have none. A key's policy is about that key alone, and writes its resource as `*`."""
    found = {
        (kind, statement.get("Sid", statement["Effect"]), action)
        for kind, statement in policy_statements()
        for action in as_list(statement["Action"])
        if "*" in action
    }
    everywhere = {kind for kind, one in policy_statements() if "*" in as_list(one["Resource"])}

    assert found == {
        # So that the account's administrators keep the key in hand.
        ("AWS::KMS::Key", "TheAccountGoverns", "kms:*"),
        # Word for word what CloudWatch Logs asks for, to its own log groups alone.
        ("AWS::KMS::Key", "LogsAreEncrypted", "kms:Describe*"),
        ("AWS::KMS::Key", "LogsAreEncrypted", "kms:GenerateDataKey*"),
        ("AWS::KMS::Key", "LogsAreEncrypted", "kms:ReEncrypt*"),
        # What is not encrypted on its way is refused to everybody.
        ("AWS::SQS::QueuePolicy", "Deny", "sqs:*"),
    }
    assert everywhere == {"AWS::KMS::Key"}


def test_only_lambda_may_take_a_functions_role() -> None:
    for name, role in resources("AWS::IAM::Role").items():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        service = "scheduler" if name == SCHEDULES else "lambda"

        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"


def test_schedules_may_call_the_scheduled_functions_and_tell_what_failed() -> None:
    role = resources("AWS::IAM::Role")[SCHEDULES]

    assert granted(role) == {
        "LostJobs": {"lambda:InvokeFunction"},
        "OutageCheck": {"lambda:InvokeFunction"},
        "CaseClock": {"lambda:InvokeFunction"},
        "Reconciliation": {"lambda:InvokeFunction"},
        "DataKey": USE_KEY,
        **MISSED_RUN,
    }
    assert "*" not in json.dumps(role)


def test_no_schedule_of_another_account_takes_the_role() -> None:
    [statement] = resources("AWS::IAM::Role")[SCHEDULES]["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


def test_no_role_may_delete_update_or_scan() -> None:
    actions = {
        action
        for role in resources("AWS::IAM::Role").values()
        for allowed in granted(role).values()
        for action in allowed
        if action.startswith("dynamodb:")
    }

    assert actions == READ_AND_PUT | READ_STREAM


def test_what_calls_addresses_outside_puts_no_account_job_or_payout() -> None:
    """What it does put is held against this by its own test, with the real handler."""
    puts = [
        one for one in statements(role_of("OutageCheck")) if "dynamodb:PutItem" in one["Action"]
    ]
    written = ["CASE#*", "MONITOR", "NOTICES#*", "OUTAGES", "OUTAGE_RECORDS", "PURCHASE#*"]

    assert [as_list(put["Action"]) for put in puts] == [["dynamodb:PutItem"]]
    [(operator, keys)] = puts[0]["Condition"].items()
    assert operator == "ForAllValues:StringLike"
    assert list(keys) == ["dynamodb:LeadingKeys"]
    assert sorted(keys["dynamodb:LeadingKeys"]) == [*written, "SETTINGS"]


def test_the_roles_allow_the_calls_that_the_ledger_makes() -> None:
    """Also the calls of a branch that runs only on a bad day."""
    code = "".join(file.read_text(encoding="utf-8") for file in LEDGER.rglob("*.py"))

    assert {
        NEEDED_BY[call] for call in re.findall(r"_dynamodb\.call\(\s*\"(\w+)\"", code)
    } == READ_AND_PUT
    assert not re.search(r'"(ConditionCheck|Update|Delete)"', code)


def test_an_e_mail_is_from_the_one_address_and_where_there_is_none_nothing_is_sent() -> None:
    [choice] = [
        one["Fn::If"]
        for policy in role_of("OutboxRelay")["Policies"]
        for one in policy["PolicyDocument"]["Statement"]
        if "Fn::If" in one
    ]
    sends, statement, otherwise = choice
    identity = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/"
    # Of an empty address there is no second part to select, hence one more.
    parts = {"Fn::Split": ["@", {"Fn::Sub": "${MailFrom}@none"}]}

    assert source()["Conditions"][sends] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "MailFrom"}, ""]}]}
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}
    assert statement["Resource"] == [
        {"Fn::Sub": identity + "${MailFrom}"},
        {"Fn::Sub": [identity + "${Domain}", {"Domain": {"Fn::Select": [1, parts]}}]},
    ]
    assert otherwise == {"Ref": "AWS::NoValue"}


def test_the_rule_for_deployments_calls_reconciliation_and_no_other_rule_may() -> None:
    [(rule, _)] = resources("AWS::Events::Rule").items()
    [permission] = [
        one
        for one in resources("AWS::Lambda::Permission").values()
        if one["Principal"] == "events.amazonaws.com"
    ]

    assert permission["FunctionName"] == {"Ref": "Reconciliation"}
    assert permission["SourceArn"] == {"Fn::GetAtt": [rule, "Arn"]}


def test_only_the_ledger_reads_indexes() -> None:
    package = LEDGER.parent
    reading = [
        file.relative_to(package)
        for file in package.rglob("*.py")
        if "IndexName" in file.read_text(encoding="utf-8")
    ]

    assert reading
    assert {file.parts[0] for file in reading} == {"ledger"}


@pytest.mark.parametrize("function", ALLOWED)
def test_a_role_allows_indexes_to_those_functions_whose_code_reads_them(function: str) -> None:
    indexes = {name for name in ALLOWED[function] if name.startswith("LedgerTable/index/")}
    handler = resources("AWS::Lambda::Function")[function]["Handler"].partition(".")[0]
    loaded = closure(FUNCTIONS / f"{handler}.py")
    code = "".join(
        module.read_text(encoding="utf-8") for module in OURS if name_of(module) in loaded
    )

    assert bool(indexes) == ("IndexName" in code)


def test_the_key_is_used_through_the_services_that_hold_the_data() -> None:
    for role in resources("AWS::IAM::Role").values():
        for statement in statements(role):
            if "kms:Decrypt" in as_list(statement["Action"]):
                assert list(statement["Condition"]) == ["StringEquals"]
                assert list(statement["Condition"]["StringEquals"]) == ["kms:ViaService"]


def test_nobody_but_the_account_governs_the_key() -> None:
    [key] = resources("AWS::KMS::Key").values()
    policy = [statement for statement in key["KeyPolicy"]["Statement"] if "Fn::If" not in statement]

    everything = [one for one in policy if "kms:*" in as_list(one["Action"])]
    assert [one["Sid"] for one in everything] == ["TheAccountGoverns"]
    assert all("Condition" in one for one in policy if one not in everything)


def policy_statements() -> list[tuple[str, dict[str, Any]]]:
    """Of roles, the key and the queues, each with the type of what it belongs to."""
    documents = {
        "AWS::IAM::Role": [
            policy["PolicyDocument"]
            for role in resources("AWS::IAM::Role").values()
            for policy in role["Policies"]
        ],
        "AWS::KMS::Key": [key["KeyPolicy"] for key in resources("AWS::KMS::Key").values()],
        "AWS::SQS::QueuePolicy": [
            policy["PolicyDocument"] for policy in resources("AWS::SQS::QueuePolicy").values()
        ],
    }
    return [
        (kind, one["Fn::If"][1] if "Fn::If" in one else one)
        for kind, of_kind in documents.items()
        for document in of_kind
        for one in document["Statement"]
    ]


def role_of(function: str) -> dict[str, Any]:
    role = resources("AWS::Lambda::Function")[function]["Role"]["Fn::GetAtt"][0]
    return resources("AWS::IAM::Role")[role]


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    """Also those that only some stacks have."""
    return [
        statement["Fn::If"][1] if "Fn::If" in statement else statement
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def granted(role: dict[str, Any]) -> dict[str, set[str]]:
    """Actions by the resource they are allowed on."""
    by_resource: dict[str, set[str]] = {}
    for statement in statements(role):
        for resource in as_list(statement["Resource"]):
            by_resource.setdefault(named(resource), set()).update(as_list(statement["Action"]))
    return by_resource


def named(arn: dict[str, Any]) -> str:
    if "Fn::Sub" in arn:
        text = json.dumps(arn["Fn::Sub"])
        if ":identity/" in text and "${MailFrom}" in text:
            return "MailFrom"
        text = str(arn["Fn::Sub"])
        return _parameter(text) or text.replace("${", "").replace(".Arn}", "")
    if arn.get("Fn::GetAtt") == ["LedgerTable", "StreamArn"]:
        return "LedgerTable/stream"
    return str(arn["Ref"] if "Ref" in arn else arn["Fn::GetAtt"][0])


def _parameter(arn: str) -> str | None:
    """Which parameter of the template an ARN means: of its name, which begins with a slash."""
    prefix = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"
    names = {
        prefix + parameter["Name"]["Fn::Sub"]: logical_id
        for logical_id, parameter in resources("AWS::SSM::Parameter").items()
    }
    return names.get(arn)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
