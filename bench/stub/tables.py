"""Tables that hold items, and what DynamoDB does to them. Items are kept as text, to be small."""

import json
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.stub import expressions, units

Item = dict[str, Any]
Place = tuple[str, ...]

ACTIONS_MAX = 100
PAGE_BYTES_MAX = 1024 * 1024


class RefusedError(Exception):
    """What DynamoDB would answer with an error."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


@dataclass(frozen=True, slots=True)
class Layout:
    """`indexes` names the key attributes of each index; all indexes hold keys only."""

    key: tuple[str, ...]
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class Table:
    layout: Layout
    items: dict[Place, str] = field(default_factory=dict)
    order: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def place(self, key: Mapping[str, Any]) -> Place:
        return tuple(key[name]["S"] for name in self.layout.key)

    def read(self, place: Place) -> Item:
        text = self.items.get(place)
        return json.loads(text) if text is not None else {}

    def store(self, item: Item) -> None:
        place = self.place(item)
        if place not in self.items and len(place) > 1:
            insort(self.order[place[0]], place[1])
        self.items[place] = json.dumps(item, separators=(",", ":"))

    def cost(self, before: Item, after: Item, *, transaction: bool) -> int:
        sizes = units.item_size(before), units.item_size(after)
        return units.write_units(*sizes, transaction=transaction) + sum(
            units.index_units(before, after, index=index, key=self.layout.key)
            for index in self.layout.indexes.values()
        )


class Database:
    """DynamoDB's operations, as far as the two solutions use them."""

    def __init__(self, layouts: Mapping[str, Layout]) -> None:
        self.tables = {name: Table(layout) for name, layout in layouts.items()}
        self.counts: Counter[str] = Counter()

    def get_item(self, request: Mapping[str, Any]) -> Any:
        table = self.tables[request["TableName"]]
        return {"Item": item} if (item := self._read(table, table.place(request["Key"]))) else {}

    def batch_get_item(self, request: Mapping[str, Any]) -> Any:
        answer: dict[str, list[Item]] = {}
        for name, wanted in request["RequestItems"].items():
            table = self.tables[name]
            places = [table.place(key) for key in wanted["Keys"]]
            if not 0 < len(set(places)) == len(places) <= ACTIONS_MAX:
                raise RefusedError("ValidationException")
            answer[name] = [item for place in places if (item := self._read(table, place))]
        return {"Responses": answer, "UnprocessedKeys": {}}

    def query(self, request: Mapping[str, Any]) -> Any:
        """`pk = :x`, alone or with `sk >= :y`, on the table itself, in rising order."""
        table, values = self.tables[request["TableName"]], request["ExpressionAttributeValues"]
        first, *rest = (value["S"] for value in values.values())
        keys = table.order.get(first, [])
        start = bisect_left(keys, rest[0]) if rest else 0
        chosen = keys[start : start + request["Limit"]]
        items = [table.read((first, key)) for key in chosen]
        self.counts["read_units"] += int(units.read_units(sum(map(units.item_size, items))))
        answer: dict[str, Any] = {"Items": items, "Count": len(items)}
        if start + len(chosen) < len(keys):
            answer["LastEvaluatedKey"] = {name: items[-1][name] for name in table.layout.key}
        return answer

    def put_item(self, request: Mapping[str, Any]) -> Any:
        table = self.tables[request["TableName"]]
        before = table.read(table.place(request["Item"]))
        if not _meets(before, request):
            raise RefusedError("ConditionalCheckFailedException", **_returned(before, request))
        self._write(table, before, request["Item"], transaction=False)
        return {}

    def update_item(self, request: Mapping[str, Any]) -> Any:
        table = self.tables[request["TableName"]]
        before = table.read(table.place(request["Key"]))
        if not _meets(before, request):
            raise RefusedError("ConditionalCheckFailedException", **_returned(before, request))
        after = expressions.updated(
            before or dict(request["Key"]),
            request["UpdateExpression"],
            request.get("ExpressionAttributeNames", {}),
            request["ExpressionAttributeValues"],
        )
        self._write(table, before, after, transaction=False)
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        return {"Attributes": changed} if request.get("ReturnValues") == "UPDATED_NEW" else {}

    def transact_write_items(self, request: Mapping[str, Any]) -> Any:
        puts = [action["Put"] for action in request["TransactItems"]]
        tables = [self.tables[put["TableName"]] for put in puts]
        places = [table.place(put["Item"]) for table, put in zip(tables, puts, strict=True)]
        if not 0 < len(set(places)) == len(places) <= ACTIONS_MAX:
            raise RefusedError("ValidationException")
        before = [table.read(place) for table, place in zip(tables, places, strict=True)]
        met = [_meets(item, put) for item, put in zip(before, puts, strict=True)]
        self.counts["actions"] += len(puts)
        if not all(met):
            self._cancel(tables, before, puts, met)
        for table, item, put in zip(tables, before, puts, strict=True):
            self._write(table, item, put["Item"], transaction=True)
        return {}

    def seed(self, name: str, items: Iterable[Item]) -> None:
        """Put items there without counting anything."""
        for item in items:
            self.tables[name].store(item)

    def _cancel(
        self,
        tables: Sequence[Table],
        before: Sequence[Item],
        puts: Sequence[Mapping[str, Any]],
        met: Sequence[bool],
    ) -> None:
        """A cancelled transaction is billed too, without the indexes that it did not reach."""
        self.counts["cancelled"] += 1
        for item, put in zip(before, puts, strict=True):
            size = units.item_size(item), units.item_size(put["Item"])
            self.counts["write_units"] += units.write_units(*size, transaction=True)
        assert len(tables) == len(met)
        reasons = [{"Code": "None" if ok else "ConditionalCheckFailed"} for ok in met]
        raise RefusedError("TransactionCanceledException", CancellationReasons=reasons)

    def _read(self, table: Table, place: Place) -> Item:
        item = table.read(place)
        self.counts["read_units"] += int(units.read_units(units.item_size(item)))
        return item

    def _write(self, table: Table, before: Item, after: Item, *, transaction: bool) -> None:
        self.counts["write_units"] += table.cost(before, after, transaction=transaction)
        table.store(after)


def _meets(item: Item, request: Mapping[str, Any]) -> bool:
    text = request.get("ConditionExpression")
    return text is None or expressions.condition(text)(
        item,
        request.get("ExpressionAttributeNames", {}),
        request.get("ExpressionAttributeValues", {}),
    )


def _returned(item: Item, request: Mapping[str, Any]) -> dict[str, Any]:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {"Item": item} if wanted and item else {}
