"""The functions: runtime, limits, environment, and that each is there."""

import re
from pathlib import PurePath
from typing import Any

import pytest

from makegood import settings
from makegood.outward.addresses import parse_networks
from makegood.policy.versions import PRESETS
from tests.template import ROOT, resources, source

FUNCTIONS = resources("AWS::Lambda::Function")

# What metrics are told apart by.
STAGE = {"MAKEGOOD_STAGE": "Stage"}
POLICY = {"MAKEGOOD_POLICY": "Policy"}
# Scheduled functions read what the operator wants, and whether they may take its addresses.
STUDIO = {
    "MAKEGOOD_SETTINGS_PARAMETER": "SettingsParameter",
    "MAKEGOOD_PRIVATE_ADDRESSES": "PrivateAddresses",
}
PADDLE = {
    "MAKEGOOD_PADDLE_API": "PaddleApi",
    "MAKEGOOD_PADDLE_API_KEY_ARN": "PaddleApiKeySecret",
}
ENVIRONMENT = {
    "PaddleWebhook": {
        "MAKEGOOD_PADDLE_EVENTS_QUEUE_URL": "PaddleEventsQueue",
        "MAKEGOOD_WEBHOOK_SECRET_ARN": "PaddleWebhookSecret",
    },
    "PaddleEvents": {
        "MAKEGOOD_TABLE": "LedgerTable",
        "MAKEGOOD_PADDLE_EVENTS_DEAD_LETTERS_URL": "PaddleEventsDeadLetters",
        **POLICY,
    },
    "JobEvents": {
        "MAKEGOOD_TABLE": "LedgerTable",
        "MAKEGOOD_JOB_EVENTS_DEAD_LETTERS_URL": "JobEventsDeadLetters",
        **POLICY,
    },
    "LostJobs": {"MAKEGOOD_TABLE": "LedgerTable", **POLICY, **STUDIO},
    "OutageCheck": {"MAKEGOOD_TABLE": "LedgerTable", **POLICY, **STUDIO},
    "CaseClock": {"MAKEGOOD_TABLE": "LedgerTable", **POLICY, **STUDIO},
    "Payouts": {
        "MAKEGOOD_TABLE": "LedgerTable",
        "MAKEGOOD_PAYOUTS_QUEUE_URL": "PayoutsQueue",
        "MAKEGOOD_PAYOUTS_DEAD_LETTERS_URL": "PayoutsDeadLetters",
        **POLICY,
        **PADDLE,
    },
    "OutboxRelay": {
        "MAKEGOOD_TABLE": "LedgerTable",
        "MAKEGOOD_PAYOUTS_QUEUE_URL": "PayoutsQueue",
        "MAKEGOOD_EVENT_BUS": "EventBus",
        "MAKEGOOD_OUTBOX_DEAD_LETTERS_URL": "OutboxRelayDeadLetters",
        "MAKEGOOD_MAIL_FROM": "MailFrom",
    },
    "Reconciliation": {
        "MAKEGOOD_TABLE": "LedgerTable",
        "MAKEGOOD_PADDLE_EVENTS_QUEUE_URL": "PaddleEventsQueue",
        "MAKEGOOD_PAYOUTS_QUEUE_URL": "PayoutsQueue",
        "MAKEGOOD_PADDLE_EVENTS_SINCE": "PaddleEventsSince",
        **POLICY,
        **PADDLE,
    },
    "Api": {
        "MAKEGOOD_TABLE": "LedgerTable",
        "MAKEGOOD_CURSOR_SECRET_ARN": "CursorSecret",
        **POLICY,
    },
}


def test_each_file_of_functions_is_one_function_of_the_template() -> None:
    handlers = sorted(function["Handler"] for function in FUNCTIONS.values())
    files = sorted((ROOT / "functions").glob("*.py"))

    assert handlers == [f"{file.stem}.lambda_handler" for file in files]
    assert all("def lambda_handler(" in file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_told_where_its_things_are_and_no_more(name: str) -> None:
    """Only references: a value written out could be a secret, or lead to another stack."""
    variables = FUNCTIONS[name]["Environment"]["Variables"]
    told = STAGE | ENVIRONMENT[name]

    assert variables == {key: reference_to(target) for key, target in told.items()}


def reference_to(target: str) -> dict[str, Any]:
    """No setting may be empty; the one parameter that may be has a word for it."""
    reference = {"Ref": target}
    return {"Fn::If": ["SendsMail", reference, "none"]} if target == "MailFrom" else reference


def test_what_is_given_to_functions_is_what_the_settings_read() -> None:
    given = {variable for variables in ENVIRONMENT.values() for variable in variables}
    read = {
        settings.PREFIX + field.upper()
        for kind in settings.Settings.__constraints__
        for field in kind.__dataclass_fields__
    }

    assert given == read


def test_the_policies_to_choose_from_are_the_presets() -> None:
    parameter = source()["Parameters"]["Policy"]

    assert set(parameter["AllowedValues"]) == set(PRESETS)
    assert parameter["Default"] == "published"


@pytest.mark.parametrize("text", ["none", "10.0.0.0/8", "10.1.0.0/16,fd00::/8", "127.0.0.1/32"])
def test_networks_that_the_template_takes_are_understood(text: str) -> None:
    assert re.fullmatch(source()["Parameters"]["PrivateAddresses"]["AllowedPattern"], text)
    assert bool(parse_networks(text)) == (text != "none")


@pytest.mark.parametrize("text", ["", "all", "10.0.0.1", "10.0.0.0/8,", "none,10.0.0.0/8", "*"])
def test_nothing_else_is_taken_for_networks(text: str) -> None:
    assert not re.fullmatch(source()["Parameters"]["PrivateAddresses"]["AllowedPattern"], text)


def test_nothing_private_is_reachable_unless_somebody_says_so() -> None:
    assert source()["Parameters"]["PrivateAddresses"]["Default"] == "none"


@pytest.mark.parametrize(
    "text", ["sandbox", "live", "http://127.0.0.1:4572", "http://localhost:4572"]
)
def test_paddles_two_worlds_are_taken_and_the_stand_in_on_this_machine(text: str) -> None:
    assert re.fullmatch(source()["Parameters"]["PaddleApi"]["AllowedPattern"], text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Live",
        "https://api.paddle.com",
        "http://127.0.0.1",
        "http://127.0.0.1:1/",
        "http://127.0.0.1:4572@evil.example",
        "http://10.0.0.1:80",
    ],
)
def test_nothing_else_is_taken_for_paddle(text: str) -> None:
    assert not re.fullmatch(source()["Parameters"]["PaddleApi"]["AllowedPattern"], text)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("2026-12-01", True),
        ("2000-01-31", True),
        ("2026-13-01", False),
        ("2026-12-32", False),
        ("2026-12-01T00:00:00Z", False),
        ("", False),
    ],
)
def test_the_beginning_of_reconciliation_is_a_day(text: str, taken: bool) -> None:
    pattern = source()["Parameters"]["PaddleEventsSince"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, text)) == taken


@pytest.mark.parametrize("name", ["PaddleApi", "PaddleEventsSince"])
def test_where_money_goes_and_since_when_is_said_by_whoever_deploys(name: str) -> None:
    assert "Default" not in source()["Parameters"][name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_where_the_layer_was_built_for(name: str) -> None:
    layer = source()["Resources"]["Layer"]
    function = FUNCTIONS[name]

    assert function["Runtime"] == layer["Metadata"]["BuildMethod"] == "python3.13"
    assert function["Architectures"] == [layer["Metadata"]["BuildArchitecture"]] == ["arm64"]
    assert function["Layers"] == [{"Ref": layer_version()}]
    assert layer["Properties"]["CompatibleRuntimes"] == ["python3.13"]
    assert layer["Properties"]["CompatibleArchitectures"] == ["arm64"]


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        pytest.param("PaddleWebhook", 4, id="Paddle waits five seconds"),
        pytest.param("PaddleEvents", 30, id="a batch"),
        pytest.param("JobEvents", 30, id="another batch"),
        pytest.param("LostJobs", 60, id="the next run comes in five minutes"),
        pytest.param("OutageCheck", 30, id="the next run comes in a minute"),
        pytest.param("CaseClock", 60, id="the next run comes in a quarter of an hour"),
        pytest.param("Payouts", 60, id="a few calls to Paddle, ten seconds each"),
        pytest.param("OutboxRelay", 60, id="a hundred changes"),
        pytest.param("Reconciliation", 300, id="the next run comes in an hour"),
        pytest.param("Api", 10, id="the gateway waits thirty"),
    ],
)
def test_a_function_ends_before_its_caller_gives_up(name: str, seconds: int) -> None:
    assert FUNCTIONS[name]["Timeout"] == seconds


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_not_use_up_the_account(name: str) -> None:
    reserved = FUNCTIONS[name]["ReservedConcurrentExecutions"]
    if not isinstance(reserved, int):
        reserved = source()["Parameters"][reserved["Ref"]]["MinValue"]

    assert reserved >= 5


@pytest.mark.parametrize("name", FUNCTIONS)
def test_code_can_be_held_to_a_signature(name: str) -> None:
    assert FUNCTIONS[name]["CodeSigningConfigArn"] == {
        "Fn::If": [
            "ChecksSignatures",
            {"Ref": "CodeSigningConfigArn"},
            {"Ref": "AWS::NoValue"},
        ]
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_logs_json_into_a_group_of_its_own(name: str) -> None:
    assert FUNCTIONS[name]["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": {"Ref": f"{name}Logs"},
    }


def test_logs_are_kept_for_a_year_at_least() -> None:
    retention = source()["Parameters"]["LogRetentionDays"]
    groups = resources("AWS::Logs::LogGroup")

    assert set(groups) == {f"{name}Logs" for name in [*FUNCTIONS, "HttpApi"]}
    for group in groups.values():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert min(retention["AllowedValues"]) >= 365
    assert retention["Default"] in retention["AllowedValues"]


def test_the_layer_is_the_shared_folder() -> None:
    layer = source()["Resources"]["Layer"]["Properties"]

    assert PurePath(layer["ContentUri"]) == PurePath("shared")
    assert (ROOT / "shared" / "requirements.txt").is_file()


def layer_version() -> str:
    """SAM puts a hash of the layer behind its name."""
    [logical_id] = resources("AWS::Lambda::LayerVersion")
    return logical_id
