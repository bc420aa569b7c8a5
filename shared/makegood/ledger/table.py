"""Reading records from the table, and writing them in transactions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from makegood.aws import Caller, back_off
from makegood.domain.at_hand import LotCard, LotPage
from makegood.domain.facts import Damaged, Key
from makegood.errors import AwsRefusedError, AwsUnreachableError, LedgerUnavailableError
from makegood.ledger.attributes import Attribute, Item, from_item, to_item
from makegood.ledger.shapes import key_of, place_of, shape_of
from makegood.ledger.shapes.accounts import card_sk, cards_pk

ACTIONS_MAX = 100
"""Actions in one transaction, and keys in one BatchGetItem: both limits are DynamoDB's."""

CARDS_PER_PAGE = 100

ROUNDS_MAX = 6
"""How often the keys that one BatchGetItem left unread are asked for again."""


class Written(Enum):
    """What became of a transaction. Only YES says that it happened; AGAIN leaves it open."""

    YES = "yes"
    AGAIN = "again"
    """Something was not as it was read, there was no capacity, or no answer came back."""
    NEVER = "never"
    """DynamoDB will not take this, however often it is sent."""


@dataclass(frozen=True, slots=True)
class Fate:
    """`hit` numbers the puts that cancelled the transaction, where DynamoDB told."""

    written: Written
    hit: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it was read and its version; None and 0 where there is none."""

    record: Any
    version: int


NOTHING = Stored(None, 0)

Put = dict[str, Any]
"""A conditional put, as DynamoDB takes it, without the table's name."""


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one query, and where the next page starts, if there is one."""

    items: list[Item]
    next: Item | None


class Table:
    """The ledger's one table: consistent reads, and transactions of conditional puts."""

    def __init__(
        self, dynamodb: Caller, name: str, *, pause: Callable[[int], None] = back_off
    ) -> None:
        self._pause = pause
        self._dynamodb = dynamodb
        self._name = name

    def read(self, keys: Iterable[Key[Any]]) -> dict[Key[Any], Stored]:
        """These records as they are now. Each is read consistently, not all at one moment."""
        found: dict[Key[Any], Stored] = {}
        records = []
        for key in keys:
            if key.kind is LotPage:
                account_id, first = cast("tuple[str, int]", key.id)
                found[key] = Stored(self._cards(account_id, first), 0)
            else:
                records.append(key)
        for start in range(0, len(records), ACTIONS_MAX):
            found |= self._records(records[start : start + ACTIONS_MAX])
        return found

    def query(self, condition: str, values: dict[str, str], *, limit: int, **options: Any) -> Page:
        """One page of items; `options` go to DynamoDB's Query as they are."""
        request = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": to_item(values),
            "Limit": limit,
            **options,
        }
        with _reaching_dynamodb():
            answer = self._dynamodb.call("Query", request)
        return Page(answer["Items"], answer.get("LastEvaluatedKey"))

    def write(self, puts: Sequence[Put]) -> Fate:
        """All of these conditional puts in one transaction, or none."""
        actions = [{"Put": {"TableName": self._name, **put}} for put in puts]
        try:
            self._dynamodb.call("TransactWriteItems", {"TransactItems": actions})
        except AwsRefusedError as error:
            return _fate(error)
        except AwsUnreachableError:
            return Fate(Written.AGAIN)
        return Fate(Written.YES)

    def _records(self, keys: Sequence[Key[Any]]) -> dict[Key[Any], Stored]:
        by_place = {place_of(key): key for key in keys}
        found: dict[Key[Any], Stored] = dict.fromkeys(keys, NOTHING)
        wanted: list[Any] = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in by_place]
        for attempt in range(ROUNDS_MAX):
            request = {"RequestItems": {self._name: {"Keys": wanted, "ConsistentRead": True}}}
            with _reaching_dynamodb():
                answer = self._dynamodb.call("BatchGetItem", request)
            for item in answer["Responses"].get(self._name, []):
                key = by_place[item["pk"]["S"], item["sk"]["S"]]
                found[key] = _stored(key, item)
            wanted = answer["UnprocessedKeys"].get(self._name, {}).get("Keys", [])
            if not wanted:
                return found
            self._pause(attempt)
        raise LedgerUnavailableError("DynamoDB has no capacity for these reads")

    def _cards(self, account_id: str, first: int) -> LotPage:
        page = self.query(
            "pk = :pk AND sk >= :first",
            {":pk": cards_pk(account_id), ":first": card_sk(first)},
            limit=CARDS_PER_PAGE,
            ConsistentRead=True,
        )
        read = shape_of(LotCard).read
        lots = tuple(read(from_item(item)).lot for item in page.items)
        return LotPage(lots, lots[-1].number + 1 if page.next and lots else 0)


def put_of(record: object, *, seen: int) -> Put:
    """A put on condition that the record is as it was seen: version `seen`, or 0, not there."""
    put = _put(record)
    if seen == 0:
        return put | {"ConditionExpression": "attribute_not_exists(pk)"}
    put["Item"]["v"] = {"N": str(seen + 1)}
    return put | {
        "ConditionExpression": "v = :seen",
        "ExpressionAttributeValues": {":seen": {"N": str(seen)}},
    }


def put_of_card(card: LotCard, *, seq: int) -> Put:
    """A card is written beside its account's snapshot, which guards it; it never goes back."""
    put = _put(card)
    put["Item"]["v"] = {"N": str(seq)}
    return put | {
        "ConditionExpression": "attribute_not_exists(pk) OR v < :seq",
        "ExpressionAttributeValues": {":seq": {"N": str(seq)}},
    }


def _put(record: Any) -> Put:
    pk, sk = place_of(key_of(record))
    values = shape_of(type(record)).write(record)
    item: dict[str, Attribute] = to_item({"pk": pk, "sk": sk, "v": 1, **values})
    return {"Item": item}


def _stored(key: Key[Any], item: Any) -> Stored:
    try:
        values = from_item(item)
        return Stored(shape_of(key.kind).read(values), values["v"])
    except (KeyError, TypeError, ValueError) as error:
        # Only who needs this very record is refused; the rest of its batch goes on.
        what = f"a stored {key.kind.__name__} cannot be read: {type(error).__name__}"
        return Stored(Damaged(what), 0)


_WORTH_ANOTHER_READ = frozenset(
    {
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "None",
    }
)


def _fate(error: AwsRefusedError) -> Fate:
    """Reads the fixed codes only, never a text; see docs/adr/0002-read-again.md."""
    code = error.code
    if code == "TransactionCanceledException":
        reasons = [reason.get("Code", "None") for reason in error.reasons]
        if not _WORTH_ANOTHER_READ.issuperset(reasons):
            return Fate(Written.NEVER)
        return Fate(
            Written.AGAIN, frozenset(n for n, reason in enumerate(reasons) if reason != "None")
        )
    if code in ("ValidationException", "ItemCollectionSizeLimitExceededException"):
        return Fate(Written.NEVER)
    if code in ("AccessDeniedException", "ResourceNotFoundException", "KMSAccessDeniedException"):
        raise LedgerUnavailableError(str(error)) from error
    return Fate(Written.AGAIN)


@contextmanager
def _reaching_dynamodb() -> Iterator[None]:
    try:
        yield
    except (AwsRefusedError, AwsUnreachableError) as error:
        raise LedgerUnavailableError(str(error)) from error
