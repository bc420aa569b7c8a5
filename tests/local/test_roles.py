import json
from typing import Any

import pytest

from local.emulator import roles


def asked(*given: Any) -> Any:
    return given


@pytest.mark.parametrize("key", ["test", "anything", "AKIA1", "000000000000", "", None])
def test_people_and_tools_may_do_anything(key: str | None) -> None:
    assert roles.for_sessions(asked)(key, "dynamodb:Scan") is None


def test_functions_are_asked_about() -> None:
    assert roles.for_sessions(asked)("ASIA1", "dynamodb:Scan") == ("ASIA1", "dynamodb:Scan")


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ("sqs:SendMessageBatch", "sqs:SendMessage"),
        ("sqs:SendMessage", "sqs:SendMessage"),
        ("batch:SubmitBatch", "batch:SubmitBatch"),
    ],
)
def test_an_action_is_asked_about_by_the_name_that_policies_use(action: str, named: str) -> None:
    assert roles.named_as_in_policies(asked)("ASIA1", action, "sqs") == ("ASIA1", named, "sqs")


def sender_of(path: str, **email: Any) -> str:
    resource_of = roles.of_the_sender(lambda *_given: "somebody else")
    return resource_of("POST", path, json.dumps(email).encode(), "us-east-1", "1")


@pytest.mark.parametrize("sender", ["a@studio.example", "Makegood <a@studio.example>"])
def test_an_e_mail_is_asked_about_by_its_sender(sender: str) -> None:
    resource = sender_of("/v2/email/outbound-emails", FromEmailAddress=sender)

    assert resource == "arn:aws:ses:us-east-1:1:identity/a@studio.example"


def test_nothing_but_an_e_mail_has_a_sender() -> None:
    assert sender_of("/v2/email/identities", EmailIdentity="a@studio.example") == "somebody else"


def test_the_address_that_an_e_mail_is_from_is_told() -> None:
    def asked_about(*_given: Any, **named: Any) -> Any:
        return named["service_context"]

    enforce = roles.named_as_in_policies(asked_about)
    identity = "arn:aws:ses:us-east-1:1:identity/a@studio.example"

    told = enforce("ASIA1", "ses:SendEmail", resource_arn=identity, service_context=None)
    assert told == {"ses:FromAddress": "a@studio.example"}
