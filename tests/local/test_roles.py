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
