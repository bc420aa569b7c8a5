"""What watches the stack and bounds it: alarms, access log, throttles, budget."""

import json
import re
from typing import Any

import pytest

from makegood.domain.purchase import PurchaseState
from makegood.observability import NAMESPACE
from makegood.plans.money.sending import STOPPED_FOR
from makegood.policy.versions import PUBLISHED
from tests.contract.test_template_schedules import EVERY
from tests.template import ROOT, Route, expanded, resources, routes, source

ALARMS = resources("AWS::CloudWatch::Alarm")
FUNCTIONS = list(resources("AWS::Lambda::Function"))
QUEUES = resources("AWS::SQS::Queue")
# Of what is there after each run: silence means that nothing runs.
SILENCE_IS_BAD = {
    "OldestOpenPromiseSeconds",
    "CasesOverdue",
    "Invocations",
    "ReconciliationRuns",
}
HALF_OF_THE_PROMISE = PUBLISHED.versions[-1].refund_within / 2
# Of what lasts, and is counted anew by each run: how many seconds lie between two of them.
MEASURED_EVERY = {
    "CasesOverdue": EVERY["CaseClock"][1],
    "UrgentCasesOpen": EVERY["CaseClock"][1],
    "PayoutBreakerOpen": STOPPED_FOR.total_seconds(),
    "PayoutsForPerson": EVERY["Reconciliation"][1],
    "AdjustmentsWaiting": EVERY["Reconciliation"][1],
    "ReconciliationBlocked": EVERY["Reconciliation"][1],
    "DestinationNotSubscribed": 24 * 3600,
}
OPEN_AND_COSTLY = ["POST /webhooks/paddle", "GET /openapi.json"]


def watches(metric: str, namespace: str, **dimensions: Any) -> list[dict[str, Any]]:
    wanted = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return [
        alarm
        for alarm in ALARMS.values()
        if (alarm["Namespace"], alarm["MetricName"]) == (namespace, metric)
        and alarm.get("Dimensions", []) == wanted
    ]


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_somebody_is_told_of_the_first_failure_of_a_function(name: str, metric: str) -> None:
    [alarm] = watches(metric, "AWS/Lambda", FunctionName={"Ref": name})

    assert is_raised_by_the_first(alarm)


@pytest.mark.parametrize("name", [one for one in QUEUES if one.endswith("DeadLetters")])
def test_somebody_is_told_of_the_first_dead_letter(name: str) -> None:
    queue_name = {"Fn::GetAtt": [name, "QueueName"]}
    [alarm] = watches("ApproximateNumberOfMessagesVisible", "AWS/SQS", QueueName=queue_name)

    assert is_raised_by_the_first(alarm)


@pytest.mark.parametrize("name", [one for one in QUEUES if not one.endswith("DeadLetters")])
def test_somebody_is_told_when_messages_wait(name: str) -> None:
    queue_name = {"Fn::GetAtt": [name, "QueueName"]}
    [alarm] = watches("ApproximateAgeOfOldestMessage", "AWS/SQS", QueueName=queue_name)
    in_vain = QUEUES[name]["RedrivePolicy"]["maxReceiveCount"] * QUEUES[name]["VisibilityTimeout"]

    assert 900 <= alarm["Threshold"] <= in_vain
    assert alarm["Statistic"] == "Maximum"


def test_somebody_is_told_of_the_first_server_error() -> None:
    [alarm] = watches("5xx", "AWS/ApiGateway", ApiId={"Ref": "HttpApi"})

    assert is_raised_by_the_first(alarm)


def test_somebody_is_told_when_webhooks_are_refused() -> None:
    [alarm] = watches(
        "4xx",
        "AWS/ApiGateway",
        ApiId={"Ref": "HttpApi"},
        Stage="$default",
        Method="POST",
        Resource="/webhooks/paddle",
    )

    assert alarm["Statistic"] == "Sum"
    assert alarm["Threshold"] <= 10


def test_somebody_is_told_of_the_first_purchase_that_nobody_can_place() -> None:
    metric = f"Purchases{PurchaseState.UNMATCHED.title()}"
    [alarm] = watches(metric, NAMESPACE, Stage={"Ref": "Stage"})

    assert is_raised_by_the_first(alarm)


@pytest.mark.parametrize(
    "metric",
    ["WriteKeyRangeThroughputThrottleEvents", "WriteMaxOnDemandThroughputThrottleEvents"],
)
def test_somebody_is_told_when_the_table_holds_back_writes(metric: str) -> None:
    [alarm] = watches(metric, "AWS/DynamoDB", TableName={"Ref": "LedgerTable"})

    assert is_raised_by_the_first(alarm)


@pytest.mark.parametrize("index", ["work", "lookup"])
def test_somebody_is_told_when_an_index_holds_back_writes(index: str) -> None:
    table = {"Ref": "LedgerTable"}
    [alarm] = watches(
        "WriteThrottleEvents", "AWS/DynamoDB", TableName=table, GlobalSecondaryIndexName=index
    )

    assert is_raised_by_the_first(alarm)


@pytest.mark.parametrize("metric", ["OldestOpenPromiseSeconds", "SecondsToRefund"])
def test_somebody_is_told_when_half_of_the_promised_time_is_used(metric: str) -> None:
    [alarm] = watches(metric, NAMESPACE, Stage={"Ref": "Stage"})

    assert alarm["Threshold"] == HALF_OF_THE_PROMISE.total_seconds() == 12 * 3600
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["Statistic"] == "Maximum"


@pytest.mark.parametrize(
    "metric",
    [
        "PromisesStuck",
        "SettingsRefused",
        "OutagesOpen",
        "CustomersNotTold",
        "ProbesRefused",
        "DecisionsBroken",
        "PayoutsBlocked",
        "ChargebacksSeen",
        "ReconciliationDifferences",
    ],
)
def test_somebody_is_told_of_the_first(metric: str) -> None:
    [alarm] = watches(metric, NAMESPACE, Stage={"Ref": "Stage"})

    assert is_raised_by_the_first(alarm)


@pytest.mark.parametrize("metric", MEASURED_EVERY)
def test_somebody_is_told_of_the_first_for_as_long_as_it_is_there(metric: str) -> None:
    [alarm] = watches(metric, NAMESPACE, Stage={"Ref": "Stage"})

    assert (alarm["Threshold"], alarm["Statistic"]) == (0, "Maximum")
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["EvaluationPeriods"] == 1
    assert alarm["Period"] >= MEASURED_EVERY[metric]


@pytest.mark.parametrize("metric", ["OldestOpenPromiseSeconds", "CasesOverdue"])
def test_somebody_is_told_when_nobody_watches(metric: str) -> None:
    [alarm] = watches(metric, NAMESPACE, Stage={"Ref": "Stage"})

    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["EvaluationPeriods"] * alarm["Period"] >= 2 * EVERY["CaseClock"][1]


@pytest.mark.parametrize("name", EVERY)
def test_somebody_is_told_when_a_schedule_has_stopped(name: str) -> None:
    _, seconds = EVERY[name]
    [alarm] = (
        watches("ReconciliationRuns", NAMESPACE, Stage={"Ref": "Stage"})
        if name == "Reconciliation"
        else watches("Invocations", "AWS/Lambda", FunctionName={"Ref": name})
    )
    silent = alarm["EvaluationPeriods"] * alarm["Period"]

    assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["TreatMissingData"] == "breaching"
    assert 2 * seconds <= silent <= max(1800, 3 * seconds), "one may be late"


def test_somebody_is_told_of_what_three_runs_could_not_explain() -> None:
    [alarm] = watches("ReconciliationUnexplained", NAMESPACE, Stage={"Ref": "Stage"})

    assert (alarm["Threshold"], alarm["Statistic"]) == (0, "Maximum")
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert (alarm["EvaluationPeriods"], alarm["Period"]) == (3, EVERY["Reconciliation"][1])


def test_somebody_is_told_when_promises_wait_in_the_stream() -> None:
    [alarm] = watches("IteratorAge", "AWS/Lambda", FunctionName={"Ref": "OutboxRelay"})

    assert alarm["Threshold"] == 15 * 60 * 1000
    assert alarm["Statistic"] == "Maximum"


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_reaches_the_topic_and_not_when_nothing_happens(name: str) -> None:
    topic = {"Fn::If": ["MakesAlarmTopic", {"Ref": "AlarmTopic"}, {"Ref": "AlarmTopicArn"}]}
    missing = "breaching" if ALARMS[name]["MetricName"] in SILENCE_IS_BAD else "notBreaching"

    assert ALARMS[name]["AlarmActions"] == [topic]
    assert ALARMS[name]["TreatMissingData"] == missing


@pytest.mark.parametrize(
    "name", [one for one, alarm in ALARMS.items() if alarm["Namespace"] == NAMESPACE]
)
def test_what_an_alarm_watches_is_what_the_code_publishes(name: str) -> None:
    """A misspelt metric has no data, and its alarm would be silent for ever."""
    metric = ALARMS[name]["MetricName"]
    folders = (ROOT / "functions", ROOT / "shared" / "makegood")
    code = [file.read_text(encoding="utf-8") for one in folders for file in one.rglob("*.py")]
    states = {f"Purchases{state.title()}" for state in PurchaseState}

    assert metric in states or any(f'"{metric}"' in text for text in code)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_leads_to_its_page_of_the_runbook(name: str) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    headings = [slug(line.strip("# ")) for line in runbook.splitlines() if line.startswith("#")]

    _, found, anchor = ALARMS[name]["AlarmDescription"].partition("See docs/runbook.md#")
    assert found
    assert anchor.rstrip(".") in headings


def test_every_request_is_logged_without_what_it_carries() -> None:
    log = stage()["AccessLogSettings"]

    assert log["DestinationArn"] == {"Fn::GetAtt": ["HttpApiLogs", "Arn"]}
    assert {"status", "routeKey", "requestId"} <= set(json.loads(log["Format"]))
    assert not re.search(r"\$context\.(path|requestOverride)|uthorization", log["Format"])


def test_routes_are_throttled() -> None:
    settings = stage()

    for one in [settings["DefaultRouteSettings"], *settings["RouteSettings"].values()]:
        assert 0 < one["ThrottlingRateLimit"] <= one["ThrottlingBurstLimit"] <= 200
        assert one["DetailedMetricsEnabled"] is True


@pytest.mark.parametrize("route", OPEN_AND_COSTLY)
def test_a_flood_of_strangers_leaves_room_for_the_other_routes(route: str) -> None:
    settings = stage()

    assert Route(*route.split(" ")) in routes()
    assert (
        settings["RouteSettings"][route]["ThrottlingRateLimit"]
        < settings["DefaultRouteSettings"]["ThrottlingRateLimit"]
    )


def test_a_budget_can_be_set() -> None:
    budget = expanded()["Resources"]["Budget"]

    assert budget["Condition"] == "MakesBudget"
    assert budget["Properties"]["Budget"]["BudgetLimit"]["Amount"] == {"Ref": "MonthlyBudgetUsd"}
    assert budget["Properties"]["NotificationsWithSubscribers"][0]["Subscribers"]


@pytest.mark.parametrize(
    ("rule", "given", "needed"),
    [
        ("AnIssuerNeedsItsAudience", "TokenIssuer", "TokenAudience"),
        ("ABudgetNeedsAReader", "MonthlyBudgetUsd", "AlarmEmail"),
    ],
)
def test_a_parameter_is_refused_without_the_one_it_needs(
    rule: str, given: str, needed: str
) -> None:
    stated = source()["Rules"][rule]

    assert stated["RuleCondition"]["Fn::Not"][0]["Fn::Equals"][0] == {"Ref": given}
    assert stated["Assertions"][0]["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": needed}, ""]}]}


def is_raised_by_the_first(alarm: dict[str, Any]) -> bool:
    return (
        alarm["Threshold"] == 0
        and alarm["ComparisonOperator"] == "GreaterThanThreshold"
        and alarm["EvaluationPeriods"] == 1
        and alarm["Period"] == 60
        and alarm["Statistic"] in {"Sum", "Maximum"}
    )


def stage() -> dict[str, Any]:
    [properties] = resources("AWS::ApiGatewayV2::Stage").values()
    return properties


def slug(heading: str) -> str:
    """As a page's readers' link to a heading is made."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
