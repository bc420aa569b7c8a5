import pytest

from local.description import Addresses, PaddleSecrets, Resource, described, words

ADDRESSES = Addresses(
    api="http://127.0.0.1:2",
    aws="http://127.0.0.1:1",
    tokens="http://127.0.0.1:3/token",
    paddle="http://127.0.0.1:4",
    studio="http://127.0.0.1:5",
)
RESOURCES = [
    Resource("LedgerTable", "AWS::DynamoDB::Table", "ledger-1"),
    Resource("JobEventsQueue", "AWS::SQS::Queue", "http://127.0.0.1:9/0/jobs"),
    Resource("JobEventsDeadLetters", "AWS::SQS::Queue", "http://127.0.0.1:9/0/dead"),
    Resource("JobEvents", "AWS::Lambda::Function", "makegood-JobEvents-1"),
    Resource("PayoutsQueue", "AWS::SQS::Queue", "http://127.0.0.1:9/0/payouts"),
    Resource("EventBus", "AWS::Events::EventBus", "makegood-local"),
    Resource("SettingsParameter", "AWS::SSM::Parameter", "/makegood/settings"),
    Resource("JobEventsRole", "AWS::IAM::Role", "role"),
]


def test_stack_json_has_the_shape_that_others_rely_on() -> None:
    told = described(
        RESOURCES,
        ADDRESSES,
        region="us-east-1",
        paddle=PaddleSecrets("pdl_1", "pdl_2"),
        mail_from="makegood@studio.example",
    )

    assert told == {
        "api": "http://127.0.0.1:2",
        "console": None,
        "aws_endpoint": "http://127.0.0.1:1",
        "region": "us-east-1",
        "table": "ledger-1",
        "queues": {
            "job_events": "http://127.0.0.1:1/0/jobs",
            "job_events_dead_letters": "http://127.0.0.1:1/0/dead",
            "payouts": "http://127.0.0.1:1/0/payouts",
        },
        "functions": {"job_events": "makegood-JobEvents-1"},
        "parameters": {"settings": "/makegood/settings"},
        "event_bus": "makegood-local",
        "mail": {
            "from": "makegood@studio.example",
            "sent": "http://127.0.0.1:1/_ministack/ses/messages",
        },
        "paddle": {"api": "http://127.0.0.1:4", "webhook_secret": "pdl_1", "api_key": "pdl_2"},
        "studio": {"api": "http://127.0.0.1:5"},
        "tokens": "http://127.0.0.1:3/token",
    }


@pytest.mark.parametrize(
    ("logical_id", "expected"),
    [
        ("Api", "api"),
        ("PaddleEventsDeadLetters", "paddle_events_dead_letters"),
        ("LostJobs", "lost_jobs"),
    ],
)
def test_names_of_the_template_are_told_in_words(logical_id: str, expected: str) -> None:
    assert words(logical_id) == expected
