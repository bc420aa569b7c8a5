"""Where items come from: the table itself, or the files of an export."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from makegood.ledger.audit.stored import Values, plain_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Place = tuple[str, str]

KEYS_MAX = 100
"""Of one BatchGetItem."""


class Source(Protocol):
    def items(self) -> Iterator[Values]: ...

    def again(self, account_id: str, places: Iterable[Place]) -> Iterator[Values] | None:
        """All of an account and these records as they are now; None if this is one moment."""


class Export:
    """What DynamoDB's export to S3 wrote, or any file with an `{"Item": …}` on each line."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = list(paths)

    def items(self) -> Iterator[Values]:
        for file in self._files():
            opened = gzip.open if file.suffix == ".gz" else open
            with opened(file, "rt", encoding="utf-8") as lines:
                for line in lines:
                    if line.strip():
                        yield plain_item(json.loads(line)["Item"])

    def again(self, account_id: str, places: Iterable[Place]) -> Iterator[Values] | None:  # noqa: ARG002
        return None

    def _files(self) -> Iterator[Path]:
        for path in self._paths:
            if path.is_dir():
                # Beside its data an export has manifests, which hold no items.
                found = [*path.rglob("*.json"), *path.rglob("*.json.gz")]
                yield from sorted(f for f in found if not f.name.startswith("manifest-"))
            else:
                yield path


class LiveTable:
    """A table that may be written to meanwhile. Reads only: Scan, Query, BatchGetItem."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def items(self) -> Iterator[Values]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._name, ConsistentRead=True
        )
        for page in pages:
            yield from map(plain_item, page["Items"])

    def again(self, account_id: str, places: Iterable[Place]) -> Iterator[Values] | None:
        return self._again(account_id, list(places))

    def _again(self, account_id: str, places: list[Place]) -> Iterator[Values]:
        for start in range(0, len(places), KEYS_MAX):
            yield from self._records(places[start : start + KEYS_MAX])
        for pk in (f"ACCOUNT#{account_id}", f"LOTS#{account_id}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._name,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                ConsistentRead=True,
            )
            for page in pages:
                yield from map(plain_item, page["Items"])

    def _records(self, places: list[Place]) -> Iterator[Values]:
        wanted: Any = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in places]
        while wanted:
            answer: Any = self._client.batch_get_item(
                RequestItems={self._name: {"Keys": wanted, "ConsistentRead": True}}
            )
            yield from map(plain_item, answer["Responses"].get(self._name, []))
            wanted = answer["UnprocessedKeys"].get(self._name, {}).get("Keys", [])
