"""Plans into transactions: folded by account, packed as far as DynamoDB's limit allows."""

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from makegood.domain.account import Account
from makegood.domain.at_hand import CARDS_PER_COMMIT, LotCard, LotPage, arranged
from makegood.domain.facts import Key, Plan
from makegood.errors import MakegoodError
from makegood.ledger.shapes import shape_of
from makegood.ledger.table import ACTIONS_MAX, NOTHING, Put, Stored, put_of, put_of_card

if TYPE_CHECKING:
    from makegood.domain.lot import Lot

    Cards = defaultdict[str, dict[int, Lot]]

Result = Plan[Any] | MakegoodError


PORTION = 2 * ACTIONS_MAX
"""Actions that are decided on one reading: two full transactions, so that little time passes."""


Records = dict[Key[Any], object]


class Packing(IntEnum):
    """How much shares a transaction. One conflict cancels all of it, so each try packs less."""

    TOGETHER = 0
    """Several accounts."""
    BY_ACCOUNT = 1
    """What hangs together, because it touches the same records."""
    ALONE = 2
    """One decision."""


@dataclass(slots=True)
class Decisions:
    """Decisions as they came out on one reading, in order, and what each of them looked at."""

    stored: Mapping[Key[Any], Stored]
    results: dict[int, Result] = field(default_factory=dict)
    asked: dict[int, set[Key[Any]]] = field(default_factory=dict)
    writes: dict[int, Records] = field(default_factory=dict)
    """What those that came out want written."""


@dataclass(slots=True)
class Transaction:
    """Conditional puts, and the decisions that are settled once they are written."""

    numbers: list[int] = field(default_factory=list)
    puts: list[Put] = field(default_factory=list)
    parts: list["Transaction"] = field(default_factory=list)
    """What was joined into this one, in the order of its puts."""

    def without(self, hit: Collection[int]) -> "Transaction":
        """The parts that none of these puts belongs to."""
        left = Transaction()
        start = 0
        for part in self.parts:
            end = start + len(part.puts)
            if not any(start <= number < end for number in hit):
                left.join(part)
            start = end
        return left

    def join(self, part: "Transaction") -> None:
        self.numbers += part.numbers
        self.puts += part.puts
        self.parts.append(part)


Lane = list[Transaction]
"""Transactions that build on each other: where one fails, the later ones are void."""


def lanes(decisions: Decisions, packing: Packing) -> list[Lane]:
    """All that is to be written, and the decisions that want nothing written."""
    cards = _cards_read(decisions.stored)
    by_group = [_lane(numbers, decisions, packing, cards) for numbers in _groups(decisions)]
    if packing is not Packing.TOGETHER:
        return by_group
    short = [lane[0] for lane in by_group if len(lane) == 1]
    return [[transaction] for transaction in _joined(short)] + [
        lane for lane in by_group if len(lane) > 1
    ]


def _joined(transactions: Iterable[Transaction]) -> Iterator[Transaction]:
    current = Transaction()
    for transaction in transactions:
        if len(current.puts) + len(transaction.puts) > ACTIONS_MAX:
            yield current
            current = Transaction()
        current.join(transaction)
    if current.numbers:
        yield current


def _groups(decisions: Decisions) -> list[list[int]]:
    """Decisions that hang together: one looked at or writes what another one writes."""
    shared = {key for records in decisions.writes.values() for key in records}
    return hanging_together(
        {
            n: decisions.writes.get(n, {}).keys() | (decisions.asked[n] & shared)
            for n in decisions.results
        }
    )


def in_portions(asked: Mapping[int, set[Key[Any]]], unread: set[Key[Any]]) -> Iterator[list[int]]:
    """Decisions that share no record with another portion's, each with some thirty accounts.

    They go in the order of what they wait for, from anywhere on, so that two workers that sweep
    over the same accounts seldom meet. A decision is counted as two actions, and each record
    that it waits for as one.
    """
    groups = [
        (min((str(key.id) for key in waiting), default=""), numbers, len(waiting))
        for numbers in hanging_together(asked)
        for waiting in [{key for n in numbers for key in asked[n] & unread}]
    ]
    groups.sort(key=itemgetter(0))
    start = random.randrange(len(groups)) if groups else 0  # noqa: S311 - nothing secret
    portion: list[int] = []
    weight = 0
    for _, numbers, waiting in groups[start:] + groups[:start]:
        more = waiting + 2 * len(numbers)
        if portion and weight + more > PORTION:
            yield sorted(portion)
            portion, weight = [], 0
        portion += numbers
        weight += more
    if portion:
        yield sorted(portion)


def hanging_together(keys: Mapping[int, set[Key[Any]]]) -> list[list[int]]:
    """Numbers that are linked by common keys, each group in the order given."""
    leader: dict[int, int] = {}
    by_key: dict[Key[Any], int] = {}

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for number, its_keys in keys.items():
        leader[number] = number
        for key in its_keys:
            other = find(by_key.setdefault(key, number))
            leader[max(find(number), other)] = min(find(number), other)

    groups: defaultdict[int, list[int]] = defaultdict(list)
    for number in keys:
        groups[find(number)].append(number)
    return list(groups.values())


def _lane(numbers: list[int], decisions: Decisions, packing: Packing, cards: "Cards") -> Lane:
    fold = _Fold(decisions.stored, cards)
    lane: Lane = []
    for number in numbers:
        records = decisions.writes.get(number, {})
        if fold.numbers and (packing is Packing.ALONE or not fold.has_room(records)):
            lane.append(fold.closed())
        fold.add(number, records)
    return [*lane, fold.closed()]


class _Fold:
    """The plans of one group, folded: each record is put once, as the last plan leaves it."""

    def __init__(self, stored: Mapping[Key[Any], Stored], cards: "Cards") -> None:
        self._stored = stored
        self._seen: dict[Key[Any], int] = {}
        self._cards = cards
        self._records: Records = {}
        self._with_cards = False
        self.numbers: list[int] = []

    def has_room(self, records: Records) -> bool:
        count = len(self._records.keys() | records.keys())
        return count + (CARDS_PER_COMMIT if self._with_cards else 0) <= ACTIONS_MAX

    def add(self, number: int, records: Records) -> None:
        self.numbers.append(number)
        self._records |= records
        self._with_cards |= any(
            isinstance(record, Account)
            and (record.cards_from > 0 or len(record.lots) > CARDS_PER_COMMIT)
            for record in records.values()
        )

    def closed(self) -> Transaction:
        """What has been added since the last call, as a transaction upon the one before."""
        transaction = Transaction(self.numbers, [])
        room = max(ACTIONS_MAX - len(self._records), 0)
        for key, record in self._records.items():
            if isinstance(record, Account):
                on_cards = self._cards[record.account_id]
                snapshot, cards = arranged(record, set(on_cards.values()), room=room)
                room -= len(cards)
                transaction.puts.append(put_of(snapshot, seen=self._version(key)))
                transaction.puts += [put_of_card(card, seq=record.seq) for card in cards]
                on_cards |= {card.lot.number: card.lot for card in cards}
            else:
                transaction.puts.append(put_of(record, seen=self._version(key)))
        self._records, self.numbers, self._with_cards = {}, [], False
        return transaction

    def _version(self, key: Key[Any]) -> int:
        """The version that the record has by now, if all before this was written."""
        if shape_of(key.kind).once:
            return 0
        seen = self._seen.get(key, self._stored.get(key, NOTHING).version)
        self._seen[key] = seen + 1
        return seen


def _cards_read(stored: Mapping[Key[Any], Stored]) -> "Cards":
    """Cards by account and number. An account is in one group only, so groups can share this."""
    cards: Cards = defaultdict(dict)
    for key, value in stored.items():
        if key.kind is LotCard and value.record is not None:
            cards[value.record.account_id][value.record.lot.number] = value.record.lot
        elif key.kind is LotPage:
            account_id, _ = cast("tuple[str, int]", key.id)
            cards[account_id] |= {lot.number: lot for lot in value.record.lots}
    return cards
