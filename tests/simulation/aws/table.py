"""DynamoDB, and what it can do to a call."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from tests.dynamodb import DynamoDB, Quirk, Refused
from tests.simulation.aws.door import Asked, no_answer
from tests.simulation.chance import Chance
from tests.simulation.faults import INDEXED
from tests.simulation.timeline import Gone, Timeline

SECONDS = (0.004, 0.03)
LATE_BY = (0.5, 20.0)
IN_PROGRESS = 5.0
"""Seconds after which, by AWS's word, a transaction may be tried again."""

DENIED = ("AccessDeniedException", "ResourceNotFoundException", "KMSDisabledException")
STORMS = {
    "F01 DynamoDB throttles for minutes": (30.0, 600.0),
    "F17 access to the table is denied for a while": (10.0, 300.0),
}
"""Seconds that they last."""

_ON_READS = (
    "F01 DynamoDB throttles a call",
    "F02 DynamoDB answers 500, nothing is done",
    "F02 a request never reaches DynamoDB",
    "F04 DynamoDB's answer is lost",
)
_ON_WRITES = (
    "F15 a transaction is too large",
    *_ON_READS,
    "F03 DynamoDB answers 500, all is done",
    "F04 a write is done after its caller gave up",
    "F05 DynamoDB's answer is lost, then the run ends",
    "F07 somebody else's transaction is in the way",
    "F08 a transaction is throttled",
    "F09 a transaction is cancelled for several reasons",
    "F10 a transaction is in progress",
)
_CANCELS = {
    "F07 somebody else's transaction is in the way": ("TransactionConflict",),
    "F08 a transaction is throttled": ("ThrottlingError",),
    "F09 a transaction is cancelled for several reasons": (
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ThrottlingError",
    ),
}
_SERVER_ERROR = ("InternalServerError", "try again", 500)
_REFUSALS: dict[str, tuple[str, str, int]] = {
    "F01 DynamoDB throttles a call": ("ThrottlingException", "slower", 400),
    "F02 DynamoDB answers 500, nothing is done": _SERVER_ERROR,
    "F15 a transaction is too large": ("ValidationException", "Item size has exceeded", 400),
}
_ODD_ANSWERS = {
    "F16 keys are left unread": Quirk.PARTLY_DONE,
    "F16 a page is empty, and more follow": Quirk.EMPTY_PAGE,
}


class Table:
    """The one table behind DynamoDB's API, with faults."""

    def __init__(self, timeline: Timeline, chance: Chance, table: DynamoDB) -> None:
        self._timeline, self._chance, self.table = timeline, chance, table
        self.writer = ""
        """The function whose write is being carried out."""
        self._storm: tuple[str, float] | None = None
        self._in_progress: dict[str, float] = {}

    def __call__(self, asked: Asked) -> Mapping[str, Any]:
        return asked.run.call(partial(self._answer, asked), seconds=SECONDS)

    def _answer(self, asked: Asked) -> Mapping[str, Any]:
        run = asked.run
        if run.limit is None:
            return self._done(asked)
        self._weather(asked)
        fault = self._fault(asked)
        run.note(asked.operation, fault or "", more=partial(_named, asked))
        if fault is None or fault in _ODD_ANSWERS:
            return self._done(asked, _ODD_ANSWERS.get(fault or ""))
        if fault in _REFUSALS:
            raise Refused(*_REFUSALS[fault])
        if fault in _CANCELS:
            raise _cancelled(asked, _CANCELS[fault])
        raise self._failure(asked, fault)

    def _failure(self, asked: Asked, fault: str) -> BaseException:
        """What is done may be done nevertheless."""
        if fault == "F10 a transaction is in progress":
            self._in_progress[str(asked.request)] = self._timeline.seconds + IN_PROGRESS
            return Refused("TransactionInProgressException", "it is in progress")
        if fault == "F03 DynamoDB answers 500, all is done":
            self._done_unheard(asked)
            return Refused(*_SERVER_ERROR)
        return self._silence(asked, fault)

    def _silence(self, asked: Asked, fault: str) -> BaseException:
        if fault == "F04 a write is done after its caller gave up":
            late = self._chance.between(*LATE_BY)
            self._timeline.later(late, partial(self._done_unheard, asked))
        elif fault != "F02 a request never reaches DynamoDB":
            self._done_unheard(asked)
        if fault == "F05 DynamoDB's answer is lost, then the run ends":
            return Gone()
        return no_answer(asked)

    def _fault(self, asked: Asked) -> str | None:
        function = asked.run.function
        writes = asked.operation.startswith(("Transact", "Put", "Update"))
        fault = self._chance.one_of(_ON_WRITES if writes else _ON_READS, function)
        if fault is None and asked.operation == "BatchGetItem":
            return self._chance.one_of(("F16 keys are left unread",), function)
        if fault is None and asked.operation == "Query" and function in INDEXED:
            return self._chance.one_of(("F16 a page is empty, and more follow",), function)
        return fault

    def _weather(self, asked: Asked) -> None:
        """Raises Refused while a storm lasts, and begins one."""
        function = asked.run.function
        if self._storm is not None and (
            self._chance.is_calm or self._storm[1] <= self._timeline.seconds
        ):
            self._storm = None
        if self._storm is not None:
            self._chance.goes_on(self._storm[0], function)
        elif name := self._chance.one_of(tuple(STORMS), function):
            self._storm = name, self._timeline.seconds + self._chance.between(*STORMS[name])
        if self._storm is not None:
            asked.run.note(asked.operation, self._storm[0])
            is_denied = self._storm[0].startswith("F17")
            raise Refused(self._chance.choice(DENIED) if is_denied else "ThrottlingException", "no")
        if self._in_progress:
            self._check_progress(str(asked.request))

    def _check_progress(self, request: str) -> None:
        if self._in_progress.get(request, 0.0) > self._timeline.seconds:
            raise Refused("TransactionInProgressException", "it is in progress")
        self._in_progress.pop(request, None)

    def _done(self, asked: Asked, quirk: Quirk | None = None) -> Mapping[str, Any]:
        self.writer = asked.run.function
        if "IndexName" in asked.request and self.table.index_lag:
            self._chance.saw("F13 an index is behind", asked.run.function)
        now = self._timeline.now.timestamp()
        return self.table.call(asked.operation, asked.request, now=now, quirk=quirk)

    def _done_unheard(self, asked: Asked) -> None:
        try:
            self._done(asked)
        except Refused as refusal:
            self._timeline.note("unheard", asked.operation, refusal.code)
        else:
            self._timeline.note("unheard", asked.operation)


def _cancelled(asked: Asked, codes: Sequence[str]) -> Refused:
    count = len(asked.request.get("TransactItems", [None]))
    reasons = [{"Code": codes[number % len(codes)]} for number in range(count)]
    return Refused("TransactionCanceledException", "cancelled", reasons=reasons)


def _named(asked: Asked) -> str:
    """Sorted: sets are in no order that two processes agree about."""
    request = asked.request
    if "TransactItems" in request:
        puts = [next(iter(action.values())) for action in request["TransactItems"]]
        return " ".join(sorted(_short(put.get("Item") or put["Key"]) for put in puts))
    if "RequestItems" in request:
        ((_, wanted),) = request["RequestItems"].items()
        return " ".join(sorted(_short(key) for key in wanted["Keys"]))
    return str(request.get("ExpressionAttributeValues", ""))


def _short(item: Mapping[str, Any]) -> str:
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    kind, _, name = pk.partition("#")
    version = f"@{item['v']['N']}" if "v" in item else ""
    return f"{kind}:{name[-8:]}{'' if sk == kind else ':' + sk}{version}"
