"""What holds the data: the table, the queues, the secrets and the key."""

import json
from typing import Any

import pytest

from tests.template import expanded, resources, source, table_properties

KEEPS_DATA = {
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
}
ENCRYPTED = {
    "AWS::Lambda::Function": "KmsKeyArn",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::SecretsManager::Secret": "KmsKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SQS::Queue": "KmsMasterKeyId",
}
QUEUES = resources("AWS::SQS::Queue")
SOURCES = [name for name, queue in QUEUES.items() if "RedrivePolicy" in queue]
# Of schedules, of functions that nobody waits for, and of the table's stream: no queue feeds them.
APART = ["ScheduledRunsDeadLetters", "OutboxRelayDeadLetters"]
DEAD_LETTERS = [name for name in QUEUES if name not in (*SOURCES, *APART)]
ALL_MAPPINGS = resources("AWS::Lambda::EventSourceMapping")
STREAM = {"Fn::GetAtt": ["LedgerTable", "StreamArn"]}
MAPPINGS = {name: one for name, one in ALL_MAPPINGS.items() if one["EventSourceArn"] != STREAM}
DAY_SECONDS = 86_400


def test_what_keeps_data_outlives_the_stack() -> None:
    kept = {
        name: resource
        for name, resource in expanded()["Resources"].items()
        if resource["Type"] in KEEPS_DATA
    }

    assert {resource["Type"] for resource in kept.values()} == KEEPS_DATA
    for name, resource in kept.items():
        assert resource.get("DeletionPolicy") == "Retain", name
        assert resource.get("UpdateReplacePolicy") == "Retain", name


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_data_is_encrypted_with_the_stacks_own_key(kind: str) -> None:
    for name, properties in resources(kind).items():
        assert target(properties[ENCRYPTED[kind]]) == "DataKey", name


def test_the_key_rotates() -> None:
    assert resources("AWS::KMS::Key")["DataKey"]["EnableKeyRotation"] is True


def test_the_ledger_cannot_be_lost() -> None:
    table = resources("AWS::DynamoDB::Table")["LedgerTable"]

    assert table["DeletionProtectionEnabled"] is True
    assert table["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 35,
    }
    encryption = table["SSESpecification"]
    assert (encryption["SSEEnabled"], encryption["SSEType"]) == (True, "KMS")
    assert target(encryption["KMSMasterKeyId"]) == "DataKey"


def test_the_ledger_has_the_keys_and_indexes_that_the_code_knows() -> None:
    table = table_properties("LedgerTable")

    assert keys(table) == ["pk", "sk"]
    assert {index["IndexName"]: keys(index) for index in table["GlobalSecondaryIndexes"]} == {
        "work": ["work_pk", "work_sk"],
        "lookup": ["lookup_pk", "lookup_sk"],
    }
    for index in table["GlobalSecondaryIndexes"]:
        assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert {one["AttributeType"] for one in table["AttributeDefinitions"]} == {"S"}
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"


def test_the_ledgers_cost_has_a_ceiling() -> None:
    table = resources("AWS::DynamoDB::Table")["LedgerTable"]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    for one in [table, *table["GlobalSecondaryIndexes"]]:
        assert one["OnDemandThroughput"] == {
            "MaxReadRequestUnits": {"Ref": "TableMaxReadUnits"},
            "MaxWriteRequestUnits": {"Ref": "TableMaxWriteUnits"},
        }


def test_a_queue_has_dead_letters_and_those_are_nobody_elses() -> None:
    assert sorted(DEAD_LETTERS) == sorted(dead_letters_of(name) for name in SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_a_message_is_tried_five_times_and_then_kept_for_a_fortnight(name: str) -> None:
    dead_letters = QUEUES[dead_letters_of(name)]

    assert QUEUES[name]["RedrivePolicy"]["maxReceiveCount"] == 5
    assert dead_letters["MessageRetentionPeriod"] == 14 * DAY_SECONDS
    assert 4 * DAY_SECONDS <= QUEUES[name]["MessageRetentionPeriod"] <= 10 * DAY_SECONDS


@pytest.mark.parametrize("name", APART)
def test_what_was_not_done_at_all_is_kept_for_a_fortnight_and_apart(name: str) -> None:
    assert QUEUES[name]["MessageRetentionPeriod"] == 14 * DAY_SECONDS
    assert QUEUES[name]["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}


@pytest.mark.parametrize("name", SOURCES)
def test_dead_letters_come_from_their_queue_only(name: str) -> None:
    allowed = QUEUES[dead_letters_of(name)]["RedriveAllowPolicy"]
    queue_name = QUEUES[name]["QueueName"]["Fn::Sub"]

    assert allowed["redrivePermission"] == "byQueue"
    assert [arn["Fn::Sub"] for arn in allowed["sourceQueueArns"]] == [
        f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{queue_name}"
    ]


@pytest.mark.parametrize(
    ("name", "bytes_max"),
    [
        # 256 KiB from Paddle; written as ASCII a body is at most three times as long.
        pytest.param("PaddleEventsQueue", 1_048_576, id="a webhook's body"),
        pytest.param("JobEventsQueue", 65_536, id="a job event"),
        pytest.param("PayoutsQueue", 65_536, id="the name of a payout"),
    ],
)
def test_a_message_has_a_largest_size_and_fits_into_the_dead_letters(
    name: str, bytes_max: int
) -> None:
    assert QUEUES[name]["MaximumMessageSize"] == bytes_max
    assert QUEUES[dead_letters_of(name)]["MaximumMessageSize"] >= bytes_max


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_refuses_what_is_not_encrypted_on_its_way(name: str) -> None:
    policies = [
        policy["PolicyDocument"]["Statement"]
        for policy in resources("AWS::SQS::QueuePolicy").values()
        if policy["Queues"] == [{"Ref": name}]
    ]

    assert len(policies) == 1, "of two policies the second would replace the first"
    assert {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": {"Fn::GetAtt": [name, "Arn"]},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    } in policies[0]


@pytest.mark.parametrize("mapping", ALL_MAPPINGS)
def test_one_message_of_a_batch_can_fail_alone(mapping: str) -> None:
    assert ALL_MAPPINGS[mapping]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("mapping", ALL_MAPPINGS)
def test_no_message_is_filtered_away(mapping: str) -> None:
    """What a filter of a queue does not match is deleted."""
    assert "FilterCriteria" not in ALL_MAPPINGS[mapping]


def test_no_change_of_the_ledger_is_passed_over() -> None:
    """From its beginning, again and again, and told before the stream forgets it after a day."""
    [(name, stream)] = [one for one in ALL_MAPPINGS.items() if one[0] not in MAPPINGS]
    forgotten = stream["MaximumRecordAgeInSeconds"]

    assert target(stream["FunctionName"]) == "OutboxRelay", name
    assert stream["StartingPosition"] == "TRIM_HORIZON"
    assert stream["MaximumRetryAttempts"] == -1
    assert DAY_SECONDS * 3 // 4 <= forgotten <= DAY_SECONDS - 3600
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["BatchSize"] <= 100
    dead_letters = {"Fn::GetAtt": ["OutboxRelayDeadLetters", "Arn"]}
    assert stream["DestinationConfig"] == {"OnFailure": {"Destination": dead_letters}}


def test_the_shards_of_a_new_table_may_all_be_read_at_once_even_while_they_split() -> None:
    [stream] = [one for name, one in ALL_MAPPINGS.items() if name not in MAPPINGS]
    relay = resources("AWS::Lambda::Function")["OutboxRelay"]

    assert relay["ReservedConcurrentExecutions"] >= 8 * stream["ParallelizationFactor"]


def test_a_purchase_waits_for_no_other_and_a_storm_is_taken_in_large_batches() -> None:
    batches = {
        target(mapping["EventSourceArn"]): (
            mapping["BatchSize"],
            mapping.get("MaximumBatchingWindowInSeconds", 0),
        )
        for mapping in MAPPINGS.values()
    }

    assert batches == {
        "PaddleEventsQueue": (10, 0),
        "JobEventsQueue": (1000, 1),
        "PayoutsQueue": (1, 0),
    }


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_a_batch_has_six_timeouts_before_its_messages_come_again(mapping: str) -> None:
    visibility = QUEUES[target(MAPPINGS[mapping]["EventSourceArn"])]["VisibilityTimeout"]
    window = MAPPINGS[mapping].get("MaximumBatchingWindowInSeconds", 0)

    assert visibility >= 6 * (consumer(mapping)["Timeout"] + window)


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_a_queue_never_calls_more_than_may_run(mapping: str) -> None:
    """A throttled batch counts as received: five of them, and a good message is a dead letter."""
    called = MAPPINGS[mapping]["ScalingConfig"]["MaximumConcurrency"]
    reserved = consumer(mapping)["ReservedConcurrentExecutions"]

    if isinstance(called, int):
        assert called <= source()["Parameters"][reserved["Ref"]]["MinValue"]
    else:
        assert called == reserved


def test_paddle_is_asked_by_as_few_at_once_as_a_queue_can_be_held_to() -> None:
    [payouts] = [one for one in MAPPINGS.values() if target(one["FunctionName"]) == "Payouts"]

    assert payouts["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_every_queue_with_dead_letters_has_its_consumer() -> None:
    consumed = [target(mapping["EventSourceArn"]) for mapping in MAPPINGS.values()]

    assert sorted(consumed) == sorted(SOURCES)


def test_the_webhook_secret_verifies_nothing_until_it_is_filled() -> None:
    secret = resources("AWS::SecretsManager::Secret")["PaddleWebhookSecret"]

    assert json.loads(secret["SecretString"]) == {"secrets": []}


def test_nothing_is_paid_until_paddles_key_is_filled_in() -> None:
    secret = resources("AWS::SecretsManager::Secret")["PaddleApiKeySecret"]

    assert json.loads(secret["SecretString"]) == {"key": ""}


def test_what_happens_is_told_on_a_bus_of_the_stages_own() -> None:
    assert resources("AWS::Events::EventBus")["EventBus"]["Name"] == {
        "Fn::Sub": "makegood-${Stage}"
    }


def test_the_cursor_key_is_made_by_the_stack() -> None:
    made = resources("AWS::SecretsManager::Secret")["CursorSecret"]["GenerateSecretString"]
    left_out = set(made["ExcludeCharacters"])

    assert (made["SecretStringTemplate"], made["GenerateStringKey"]) == ("{}", "key")
    assert made["PasswordLength"] == 64
    assert made["ExcludeUppercase"] is made["ExcludePunctuation"] is True
    assert set("abcdefghijklmnopqrstuvwxyz0123456789") - left_out == set("0123456789abcdef")


def test_the_settings_are_json() -> None:
    [parameter] = resources("AWS::SSM::Parameter").values()

    assert json.loads(parameter["Value"]) == {"time_zone": "UTC"}


def test_outputs_name_all_that_tools_need() -> None:
    assert set(source()["Outputs"]) >= {
        "ApiUrl",
        "TableName",
        "PaddleEventsQueueUrl",
        "PaddleEventsDeadLettersUrl",
        "JobEventsQueueUrl",
        "JobEventsDeadLettersUrl",
        "PaddleWebhookFunction",
        "PaddleEventsFunction",
        "JobEventsFunction",
        "ApiFunction",
        "PaddleWebhookSecretArn",
        "CursorSecretArn",
        "SettingsParameterName",
        "LostJobsFunction",
        "OutageCheckFunction",
        "CaseClockFunction",
        "ScheduledRunsDeadLettersUrl",
        "PayoutsQueueUrl",
        "PayoutsDeadLettersUrl",
        "OutboxRelayDeadLettersUrl",
        "PayoutsFunction",
        "OutboxRelayFunction",
        "ReconciliationFunction",
        "PaddleApiKeySecretArn",
        "EventBusName",
    }


def target(value: dict[str, Any]) -> str:
    return str(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])


def keys(table: dict[str, Any]) -> list[str]:
    assert [key["KeyType"] for key in table["KeySchema"]] == ["HASH", "RANGE"]
    return [key["AttributeName"] for key in table["KeySchema"]]


def dead_letters_of(name: str) -> str:
    return target(QUEUES[name]["RedrivePolicy"]["deadLetterTargetArn"])


def consumer(mapping: str) -> dict[str, Any]:
    return resources("AWS::Lambda::Function")[target(MAPPINGS[mapping]["FunctionName"])]
