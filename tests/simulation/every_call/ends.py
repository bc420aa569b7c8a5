"""What is left when all has settled, and whether two stories came to the same."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tests.case_doors import audited
from tests.simulation.checker import wrong
from tests.simulation.every_call.stage import Played
from tests.simulation.wired import bugs
from tests.simulation.witness import Item, Place
from tests.simulation.world import World

APART = 3 * 3600.0
"""Seconds by which the same thing may have been done earlier or later."""

MAY_DIFFER = {
    ("CUSTOMER", "v"): "a purchase that is told before its customer makes the record",
    ("ADJUSTMENTS", "v"): "what two webhooks tell together is written once",
    ("MONITOR", "v"): "a probe that is cut off is not made up for",
    ("OUTAGE_RECORDS", "v"): "the same",
    ("OUTAGE_RECORDS", "failed_probes"): "the same",
    ("OUTAGE_RECORDS", "reasons"): "the same",
    ("PAYOUT", "v"): "an attempt that was cut off counts as one",
    ("PAYOUT", "attempt"): "the same",
    ("PAYOUT", "unknown"): "the same",
    ("PAYOUT", "why"): "after such an attempt another reason can be the first one",
    ("RECONCILIATION", "v"): "a run that is cut off writes less often",
}
"""What is left of the way, and says nothing of where it led, by record and attribute."""

FOLLOWS_FROM_TIMES = frozenset({"hash", "previous_hash"})
"""Each entry's times are in them. Whether they fit is seen by the audit."""

_TIME = re.compile(r"\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\d(?:\.\d+)?Z")
_PAYOUT_STEP = re.compile(r"^(payout:\w+):\d+$")


def left_over(played: Played) -> Iterator[str]:
    """What is wrong at an end, whatever was disturbed on the way."""
    world = played.world
    for name, queue in world.queues.items():
        if queue.waiting:
            yield f"{name} still has {len(queue.waiting)} messages"
        if queue.dead:
            yield f"{name} moved {len(queue.dead)} messages away"
    if world.stream.waiting:
        yield f"the stream still has {len(world.stream.waiting)} records"
    yield from bugs(world)
    yield from world.wrong_at_commits
    yield from wrong(world.table.items, world.witness)
    yield from audited(world.table.items)


def differences(quiet: World, disturbed: World) -> Iterator[str]:
    """Between the table, Paddle, and all that was told, modulo times and ids that are drawn."""
    yield from _of_items(quiet, disturbed)
    for what, of in _COMPARED.items():
        one, other = of(quiet), of(disturbed)
        if one != other:
            yield f"{what}: {sorted(one - other)} became {sorted(other - one)}"


def _of_items(quiet: World, disturbed: World) -> Iterator[str]:
    one, other = _by_place(quiet), _by_place(disturbed)
    for place in sorted(one.keys() | other.keys()):
        name = "/".join(place)
        if place not in other:
            yield f"{name} is missing"
        elif place not in one:
            yield f"{name} is new"
        else:
            yield from _of_attributes(name, one[place], other[place])


def _of_attributes(place: str, one: Item, other: Item) -> Iterator[str]:
    kind = re.split("[#/]", place)[0]
    for name in sorted((one.keys() | other.keys()) - FOLLOWS_FROM_TIMES):
        if (kind, name) not in MAY_DIFFER and not _alike(one.get(name), other.get(name)):
            told = [json.dumps(item.get(name)) for item in (one, other)]
            yield f"{place}, {name}: {told[0]} became {told[1]}"


def _by_place(world: World) -> Mapping[Place, Item]:
    """Without what is drawn at random, and with the places where times are left out."""
    ids = {
        adjustment["id"]: f"adjustment {number}"
        for number, adjustment in enumerate(world.paddle.paddle.state.all("adjustments"), 1)
    }
    found: dict[Place, Item] = {}
    for place, item in world.table.items.items():
        text = json.dumps(item)
        for drawn, name in ids.items():
            text = text.replace(drawn, name)
        named = _TIME.sub("<time>", place[0]), _TIME.sub("<time>", place[1])
        found[named] = _without_count(json.loads(text))
    return found


def _without_count(item: dict[str, Any]) -> Item:
    """Whose notice was written in a run that was cut off is not counted. Notices are compared."""
    item.get("telling", {}).get("M", {}).pop("told", None)
    return item


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, str) and isinstance(other, str):
        return one == other or _alike_but_for_times(one, other)
    return bool(one == other)


def _alike_but_for_times(one: str, other: str) -> bool:
    if _TIME.sub("", one) != _TIME.sub("", other):
        return False
    pairs = zip(_TIME.findall(one), _TIME.findall(other), strict=True)
    return all(abs(_seconds(first, second)) <= APART for first, second in pairs)


def _seconds(one: str, other: str) -> float:
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds()


def _adjustments(world: World) -> set[str]:
    """Each for itself: a second one that is like the first is one too many."""
    return {
        f"{number}: {one['transaction_id']} {one['action']} {one['status']}"
        f" {one['totals']['total']}, {one['reason']}"
        for number, one in enumerate(world.paddle.paddle.state.all("adjustments"), 1)
    }


def _events(world: World) -> set[str]:
    """What is told twice has the same id. A payout's has its version, see `MAY_DIFFER`."""
    ids = {_TIME.sub("<time>", event["event_id"]) for event in world.witness.events}
    steps = sorted(_PAYOUT_STEP.sub(r"\1", one) for one in ids)
    return {f"{one} ({steps.count(one)})" for one in steps}


def _mails(world: World) -> set[str]:
    return {_TIME.sub("<time>", json.dumps(mail)) for mail in world.witness.mails}


def _dead_letters(world: World) -> set[str]:
    return {
        f"{one.queue}: {_TIME.sub('<time>', one.body)}: {one.error}" for one in world.witness.buried
    }


def _answers(world: World) -> set[str]:
    """What everybody heard in the end. What was done before is answered with 200, not 201; who
    repeats a decision that has led to a payment meanwhile hears that the case is settled."""
    last: dict[str, int] = {}
    for call in world.witness.calls:
        asked = json.dumps([call.method, call.path, call.claims, call.body])
        is_settled = call.status == 409 and call.path.endswith("/decision")
        last[asked] = 200 if call.status == 201 or is_settled else call.status
    return {f"{asked}: {status}" for asked, status in last.items()}


_COMPARED: Mapping[str, Callable[[World], set[str]]] = {
    "adjustments": _adjustments,
    "events": _events,
    "mails": _mails,
    "dead letters": _dead_letters,
    "answers": _answers,
}
