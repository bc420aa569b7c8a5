"""What the policy says of a request at once (clauses 2, 3 and 5)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

from makegood.domain.case import CaseDecision, CaseOutcome, Category
from makegood.domain.entry import timestamp
from makegood.policy.published import AnswerKind, PublishedPolicy


class Match(StrEnum):
    """How the purchase that a request names was found among the account's own."""

    ONE = "one"
    NONE = "none"
    SEVERAL = "several"


class Argument(StrEnum):
    """Why a customer wants money back, where somebody has said so plainly."""

    DISLIKED = "disliked"
    NOT_USED = "not_used"


@dataclass(frozen=True, slots=True)
class Twin:
    """An earlier payment of the same account for the same goods."""

    transaction_id: str
    seconds_before: int
    same_order: bool


@dataclass(frozen=True, slots=True)
class OutageAfter:
    """The longest complete outage as far as it lies after the purchase."""

    outage_id: str
    seconds: int


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """`unused` and `granted` are bought credits; bonus credits have no money value.

    `refundable_minor` is the money in the unused ones, less what has gone back or is promised.
    `withdrawn` ones went along with money that has gone back.
    """

    transaction_id: str
    bought_at: datetime
    unused: int
    granted: int
    refundable_minor: int
    twin: Twin | None = None
    outage: OutageAfter | None = None
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """All that a request is judged by. It is stored as the decision's inputs."""

    category: Category
    asked_at: datetime
    match: Match
    account_closed: bool = False
    purchase: PurchaseFacts | None = None
    argument: Argument | None = None

    @property
    def matched(self) -> PurchaseFacts | None:
        """The one purchase that is meant. Facts of any other match are not looked at."""
        return self.purchase if self.match is Match.ONE else None

    @property
    def event_at(self) -> datetime:
        """When that happened which is judged: the purchase, or the asking if none is known."""
        return self.asked_at if self.matched is None else self.matched.bought_at


def rule_on_request(facts: RequestFacts, policy: PublishedPolicy) -> CaseDecision:
    """Total: every request has an answer, and each category its own order of rules.

    A closed account forfeits what is left in it (3(b)), also to 2(d); 2(b) and 2(c) are about the
    payment. Somebody who reports misuse or a failed generation always gets a person.
    """
    match facts.category:
        case Category.TECHNICAL_FAILURE:
            outcome, kind = CaseOutcome.NEEDS_REVIEW, AnswerKind.TECHNICAL_REPORT
        case Category.UNAUTHORISED:
            outcome, kind = CaseOutcome.NEEDS_REVIEW, AnswerKind.UNAUTHORISED
        case Category.DUPLICATE_PAYMENT:
            outcome, kind = CaseOutcome.NEEDS_REVIEW, _on_duplicate(facts, policy)
        case Category.SERVICE_UNAVAILABLE:
            outcome, kind = _on_outage(facts, policy)
        case Category.OTHER | Category.ADJUSTMENT | Category.DIFFERENCE:
            outcome, kind = CaseOutcome.NOT_ELIGIBLE, _on_other(facts)
        case _:
            assert_never(facts.category)
    return answered(outcome, kind, policy, inputs=inputs_of(facts))


def answered(
    outcome: CaseOutcome,
    kind: AnswerKind,
    policy: PublishedPolicy,
    *,
    inputs: Mapping[str, object],
) -> CaseDecision:
    """The decision that this rule of the policy makes, in its words."""
    answer = policy.answers[kind]
    return CaseDecision(outcome, answer.clause, policy.version, answer.words, inputs)


def _unmatched(facts: RequestFacts) -> AnswerKind:
    return AnswerKind.MATCHED_SEVERAL if facts.match is Match.SEVERAL else AnswerKind.NOT_MATCHED


def _on_duplicate(facts: RequestFacts, policy: PublishedPolicy) -> AnswerKind:
    purchase = facts.matched
    if purchase is None:
        return _unmatched(facts)
    if is_duplicate(purchase.twin, policy):
        return AnswerKind.DUPLICATE_FOUND
    return AnswerKind.DUPLICATE_NOT_FOUND


def is_duplicate(twin: Twin | None, policy: PublishedPolicy) -> bool:
    """Whether an earlier payment for the same goods is close enough, the limit included."""
    return twin is not None and timedelta(seconds=twin.seconds_before) <= policy.duplicate_within


def _on_outage(facts: RequestFacts, policy: PublishedPolicy) -> tuple[CaseOutcome, AnswerKind]:
    purchase = facts.matched
    if purchase is None:
        return CaseOutcome.NEEDS_REVIEW, _unmatched(facts)
    if not is_long_enough(purchase.outage, policy):
        return CaseOutcome.NOT_ELIGIBLE, AnswerKind.OUTAGE_TOO_SHORT
    if facts.account_closed:
        return CaseOutcome.NOT_ELIGIBLE, AnswerKind.ACCOUNT_CLOSED
    if purchase.unused <= 0:
        return CaseOutcome.NOT_ELIGIBLE, _nothing_left(purchase)
    return CaseOutcome.ELIGIBLE, AnswerKind.OUTAGE_LONG_ENOUGH


def is_long_enough(outage: OutageAfter | None, policy: PublishedPolicy) -> bool:
    """Clause 2(d): longer than the limit, not exactly as long."""
    return outage is not None and timedelta(seconds=outage.seconds) > policy.outage_longer_than


def _on_other(facts: RequestFacts) -> AnswerKind:
    """The clause that says most plainly why not; clause 1 where none of 3 fits."""
    if facts.account_closed:
        return AnswerKind.ACCOUNT_CLOSED
    if facts.argument is Argument.DISLIKED:
        return AnswerKind.DISLIKED
    if facts.argument is Argument.NOT_USED:
        return AnswerKind.NOT_USED
    if facts.matched is not None and facts.matched.unused <= 0:
        return _nothing_left(facts.matched)
    return AnswerKind.NO_EXCEPTION


def _nothing_left(purchase: PurchaseFacts) -> AnswerKind:
    """It is only said of credits that were used that they were."""
    return AnswerKind.ALREADY_PAID_BACK if purchase.withdrawn > 0 else AnswerKind.ALREADY_USED


def inputs_of(facts: RequestFacts) -> dict[str, object]:
    """The facts as they are stored: text, whole numbers and maps, nothing for what is absent."""
    inputs: dict[str, object] = {
        "category": facts.category.value,
        "asked_at": timestamp(facts.asked_at),
        "match": facts.match.value,
        "account_closed": said(facts.account_closed),
    }
    if facts.argument is not None:
        inputs["argument"] = facts.argument.value
    if facts.purchase is not None:
        inputs["purchase"] = _purchase_inputs(facts.purchase)
    return inputs


def _purchase_inputs(purchase: PurchaseFacts) -> dict[str, object]:
    inputs: dict[str, object] = {
        "transaction_id": purchase.transaction_id,
        "bought_at": timestamp(purchase.bought_at),
        "unused": purchase.unused,
        "granted": purchase.granted,
        "refundable_minor": purchase.refundable_minor,
    }
    if purchase.twin is not None:
        inputs["twin"] = twin_inputs(purchase.twin)
    if purchase.outage is not None:
        inputs["outage"] = asdict(purchase.outage)
    if purchase.withdrawn:
        inputs["withdrawn"] = purchase.withdrawn
    return inputs


def twin_inputs(twin: Twin) -> dict[str, object]:
    return asdict(twin) | {"same_order": said(twin.same_order)}


def facts_of(inputs: Mapping[str, Any]) -> RequestFacts:
    """What `inputs_of` made these from. Raises KeyError, TypeError, ValueError for anything else.

    Fields that it does not know are left alone: a detector may add its evidence.
    """
    argument, purchase = inputs.get("argument"), inputs.get("purchase")
    return RequestFacts(
        category=Category(inputs["category"]),
        asked_at=datetime.fromisoformat(inputs["asked_at"]),
        match=Match(inputs["match"]),
        account_closed=heard(inputs["account_closed"]),
        purchase=None if purchase is None else _purchase_of(purchase),
        argument=None if argument is None else Argument(argument),
    )


def _purchase_of(inputs: Mapping[str, Any]) -> PurchaseFacts:
    twin, outage = inputs.get("twin"), inputs.get("outage")
    return PurchaseFacts(
        transaction_id=inputs["transaction_id"],
        bought_at=datetime.fromisoformat(inputs["bought_at"]),
        unused=inputs["unused"],
        granted=inputs["granted"],
        refundable_minor=inputs["refundable_minor"],
        twin=None if twin is None else twin_of(twin),
        outage=None if outage is None else OutageAfter(outage["outage_id"], outage["seconds"]),
        withdrawn=inputs.get("withdrawn", 0),
    )


def twin_of(inputs: Mapping[str, Any]) -> Twin:
    return Twin(inputs["transaction_id"], inputs["seconds_before"], heard(inputs["same_order"]))


def said(fact: bool) -> str:
    """Stored values know no yes and no."""
    return "yes" if fact else "no"


def heard(word: str) -> bool:
    return {"yes": True, "no": False}[word]
