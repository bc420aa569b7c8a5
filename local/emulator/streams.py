"""Feeds a table's stream to its function as on AWS: a batch at a time, from where it failed.

MiniStack reads streams and calls functions. What it lacks: it takes a batch for done of which the
function says that a part failed, it lets queues wait while the function works, and what nobody has
worked on is gone with a stop.
"""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ministack.core import responses
from ministack.services import dynamodb, lambda_svc

Record = Mapping[str, Any]

OK, PROBLEM = "OK", "PROBLEM: Function call failed"


class Streams:
    def __init__(self, kept: Path) -> None:
        self._kept = kept

    def install(self) -> None:
        lambda_svc._poll_dynamodb_streams = _poll

    def save(self) -> None:
        """Write down what no function has worked on yet."""
        self._kept.write_text(json.dumps([[*place, records] for place, records in _waiting()]))

    def restore(self) -> None:
        """To be called before anything is changed: streams begin anew, with what was kept."""
        lambda_svc._dynamodb_stream_positions._data.clear()
        if self._kept.exists():
            for account, region, table, records in json.loads(self._kept.read_text()):
                dynamodb._stream_records.set_scoped(account, region, table, records)


def worked_off(result: Mapping[str, Any], records: Sequence[Record]) -> int:
    """How many of them are done: those before the first one that failed, and it and the rest come
    again. An answer that names none of them is about all of them, as on AWS."""
    if result.get("error"):
        return 0
    answer = result.get("body") or {}
    failures = (json.loads(answer) if isinstance(answer, str) else answer).get("batchItemFailures")
    if not failures:
        return len(records)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    failed = [one.get("itemIdentifier") for one in failures]
    return min((numbers.index(one) for one in failed if one in numbers), default=0)


def _poll() -> bool:
    """Whether a function was called. MiniStack's poller asks again and again."""
    begun = False
    for place, mapping in _mappings():
        with responses.request_scope(*place):
            begun = _begin(mapping) or begun
    return begun


def _begin(mapping: dict[str, Any]) -> bool:
    identity = mapping["UUID"]
    resting = lambda_svc._esm_backoff_until.get(identity, 0) > time.time()
    if resting or not mapping.get("Enabled", True) or lambda_svc._esm_inflight.get(identity):
        return False
    name, qualifier = mapping["FunctionName"], mapping.get("Qualifier")
    function, _configuration = lambda_svc._get_func_record_for_qualifier(name, qualifier)
    position = _position(mapping)
    records = dynamodb.stream_records_since(_table(mapping), position, mapping["BatchSize"])
    if function is None or not records:
        return False
    work = (mapping, function, records, position)
    lambda_svc._dispatch_esm_batch(identity, _work_off, *work)
    return True


def _work_off(
    mapping: dict[str, Any], function: Any, records: Sequence[Record], position: int
) -> None:
    result = lambda_svc._execute_function(function, {"Records": records})
    done = worked_off(result, records)
    mapping["LastProcessingResult"] = OK if done == len(records) else PROBLEM
    lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position + done
    if done < len(records):
        told = "%s did %d of %d changes: %s"
        why = result.get("body")
        lambda_svc.logger.warning(told, mapping["FunctionName"], done, len(records), why)
        rest = time.time() + lambda_svc._ESM_BACKOFF_SECONDS
        lambda_svc._esm_backoff_until[mapping["UUID"]] = rest


def _waiting() -> Iterator[tuple[tuple[str, str, str], list[Record]]]:
    """Records of each table, from the first one that one of its functions has not done."""
    tables: dict[tuple[str, str, str], int] = {}
    for place, mapping in _mappings():
        with responses.request_scope(*place):
            key = (*place, _table(mapping))
            tables[key] = min(_position(mapping), tables.get(key, _position(mapping)))
    for (account, region, table), position in tables.items():
        with responses.request_scope(account, region):
            records = dynamodb.stream_records_since(table, position, sys.maxsize)
        yield (account, region, table), records


def _mappings() -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for account, region, mapping in lambda_svc._iter_all_esms():
        if ":dynamodb:" in mapping["EventSourceArn"]:
            yield (account, region), mapping


def _table(mapping: Mapping[str, Any]) -> str:
    """Of arn:aws:dynamodb:…:table/<table>/stream/<label>."""
    return str(mapping["EventSourceArn"].split("/")[1])


def _position(mapping: Mapping[str, Any]) -> int:
    """How far its function is, counted from the first record since the start."""
    kept = lambda_svc._dynamodb_stream_positions.get(mapping["UUID"], 0)
    return int(max(kept, dynamodb.stream_start_position(_table(mapping))))
