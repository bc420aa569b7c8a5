"""Secrets Manager, the parameter store, the event bus and the mails."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tests.dynamodb import Refused
from tests.simulation.aws.door import Asked, no_answer
from tests.simulation.chance import Chance
from tests.simulation.timeline import Timeline
from tests.simulation.witness import Witness

SECONDS = (0.01, 0.1)
DOWN_FOR = (5.0, 400.0)

Values = Mapping[str, Callable[[], str]]


class Secrets:
    """By their name: what each holds now."""

    def __init__(self, timeline: Timeline, chance: Chance, values: Values) -> None:
        self._timeline, self._chance, self._values = timeline, chance, values
        self._down_until = 0.0

    def __call__(self, asked: Asked) -> Mapping[str, Any]:
        return asked.run.call(partial(self._answer, asked), seconds=SECONDS)

    def _answer(self, asked: Asked) -> Mapping[str, Any]:
        fault = "F55 Secrets Manager is down"
        if self._down_until > self._timeline.seconds and not self._chance.is_calm:
            self._chance.goes_on(fault, asked.run.function)
            raise no_answer(asked)
        if asked.run.strikes(fault):
            self._down_until = self._timeline.seconds + self._chance.between(*DOWN_FOR)
            raise no_answer(asked)
        return {"SecretString": self._values[asked.request["SecretId"]]()}


class Parameters:
    """One parameter: the studio's settings as an operator has written them last."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.text = json.dumps(settings)

    def __call__(self, asked: Asked) -> Mapping[str, Any]:
        return asked.run.call(lambda: {"Parameter": {"Value": self.text}}, seconds=SECONDS)


class EventBus:
    """It takes some of a call, and answers 200."""

    def __init__(self, timeline: Timeline, witness: Witness) -> None:
        self._timeline, self._witness = timeline, witness

    def __call__(self, asked: Asked) -> Mapping[str, Any]:
        return asked.run.call(partial(self._answer, asked), seconds=SECONDS)

    def _answer(self, asked: Asked) -> Mapping[str, Any]:
        results = []
        for entry in asked.request["Entries"]:
            if asked.run.strikes("F33 a message of a batch is not taken"):
                results.append({"ErrorCode": "InternalFailure", "ErrorMessage": "not now"})
            else:
                self._witness.events.append(json.loads(entry["Detail"]))
                results.append({"EventId": str(len(self._witness.events))})
        if asked.run.strikes("F33 messages are taken, and their sender does not hear of it"):
            raise no_answer(asked)
        return {"Entries": results}


class Mails:
    """SES. It takes everything, or is silent."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def __call__(self, asked: Asked) -> Mapping[str, Any]:
        return asked.run.call(partial(self._answer, asked), seconds=SECONDS)

    def _answer(self, asked: Asked) -> Mapping[str, Any]:
        if asked.run.strikes("F33 a message of a batch is not taken"):
            raise Refused("TooManyRequestsException", "slower", status=429)
        self._witness.mails.append(asked.request)
        return {"MessageId": "taken"}
