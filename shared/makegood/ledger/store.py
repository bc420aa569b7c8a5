"""The ledger: decisions in, one transaction for each account out.

A decision is pure (`Facts -> Plan`). Here it gets what it asks for, its plan is written on
condition that everything is still as it was read, and where that fails it is read and decided
anew. So whoever comes second, be it a copy of the same message or another worker, decides on
what the first one left behind, and no cancellation has to be interpreted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from makegood.aws import back_off
from makegood.domain.facts import Decide, Facts, Key, Plan, Unread
from makegood.errors import (
    LedgerBusyError,
    LedgerUnavailableError,
    MakegoodError,
    WriteRefusedError,
)
from makegood.ledger.packing import Decisions, Packing, Transaction, in_portions, lanes
from makegood.ledger.shapes import key_of
from makegood.ledger.table import NOTHING, Fate, Stored, Table, Written

T = TypeVar("T")
TimeLeft = Callable[[], float]
"""Seconds that the caller may still use."""

RESERVE_SECONDS = 1.0
"""Kept for the answer: nothing is begun with less."""

ATTEMPTS = (Packing.TOGETHER, Packing.TOGETHER, Packing.BY_ACCOUNT, Packing.ALONE)
"""How much shares a transaction at the first attempts, and from the last one on."""


class Ledger:
    """Makes decisions come true. Safe to share between threads."""

    def __init__(self, table: Table, *, pause: Callable[[int], None] = back_off) -> None:
        self.table = table
        self._pause = pause

    def decide(self, decision: Decide[T], *, time_left: TimeLeft) -> T:
        """Make one decision come true and return its outcome, or raise what stood against it."""
        (result,) = self.decide_all([decision], time_left=time_left)
        if isinstance(result, MakegoodError):
            raise result
        return result

    def decide_all(
        self, decisions: Sequence[Decide[T]], *, time_left: TimeLeft
    ) -> list[T | MakegoodError]:
        """Make decisions come true; those that wait for the same account, in the given order.

        Each gets its outcome, or the error that stood against it alone. An outcome that is
        returned has been written; with an error, nothing has, except that `LedgerBusyError` and
        `LedgerUnavailableError` leave open whether it has: decide again.
        """
        results: dict[int, Any] = {}
        left_over: MakegoodError = LedgerBusyError("others changed the same records each time")
        try:
            self._until_all_are_settled(dict(enumerate(decisions)), results, time_left)
        except LedgerUnavailableError as error:
            left_over = error
        return [results.get(number, left_over) for number in range(len(decisions))]

    def _until_all_are_settled(
        self, decisions: dict[int, Decide[T]], results: dict[int, Any], time_left: TimeLeft
    ) -> None:
        attempt = 0
        while decisions and time_left() > RESERVE_SECONDS:
            packing = ATTEMPTS[min(attempt, len(ATTEMPTS) - 1)]
            self._attempt(decisions, results, packing, time_left)
            decisions = {n: decide for n, decide in decisions.items() if n not in results}
            attempt += 1
            if decisions:
                self._pause(attempt)

    def _attempt(
        self,
        open_decisions: Mapping[int, Decide[T]],
        results: dict[int, Any],
        packing: Packing,
        time_left: TimeLeft,
    ) -> None:
        for portion, stored in self._portions(open_decisions):
            decided = self._read_and_decide(portion, stored, time_left)
            for lane in lanes(decided, packing):
                for transaction in lane:
                    if time_left() <= RESERVE_SECONDS:
                        return
                    settled = self._written(transaction, decided, packing)
                    results |= settled
                    if len(settled) < len(transaction.numbers) or _refused(settled):
                        break

    def _portions(
        self, decisions: Mapping[int, Decide[T]]
    ) -> Iterator[tuple[dict[int, Decide[T]], dict[Key[Any], Stored]]]:
        """Some accounts at a time, with what has been read for them.

        What all decisions ask for first is read for all at once. What they ask for next is what
        rivals write too (their accounts), so it is read just before it is written: the longer
        that takes, the more often somebody else was faster.
        """
        _, unread = _decide(decisions, {})
        first = self.table.read(unread)
        decided, unread = _decide(decisions, first)
        for numbers in in_portions(decided.asked, unread):
            asked = {key for n in numbers for key in decided.asked[n]}
            stored = {key: first[key] for key in asked if key in first}
            if waiting := asked & unread:
                stored |= self.table.read(waiting)
            yield {n: decisions[n] for n in numbers}, stored

    def _written(
        self, transaction: Transaction, decided: Decisions, packing: Packing
    ) -> dict[int, Any]:
        """Write one transaction. Returns what is final by that; the rest has to be redone.

        If rivals have changed some accounts of it, the others are sent again without those.
        """
        fate = self.table.write(transaction.puts) if transaction.puts else Fate(Written.YES)
        if fate.written is Written.YES:
            return {n: _outcome(decided.results[n]) for n in transaction.numbers}
        if fate.written is Written.AGAIN and fate.hit and len(transaction.parts) > 1:
            left = transaction.without(fate.hit)
            return self._written(left, decided, packing) if left.numbers else {}
        if fate.written is Written.NEVER and packing is Packing.ALONE:
            error = WriteRefusedError("DynamoDB refuses what this decision wants written")
            return dict.fromkeys(transaction.numbers, error)
        return {}

    def _read_and_decide(
        self,
        decisions: Mapping[int, Decide[T]],
        stored: dict[Key[Any], Stored],
        time_left: TimeLeft,
    ) -> Decisions:
        """Make every decision on one reading: read what they ask for until they ask no more."""
        while time_left() > RESERVE_SECONDS:
            decided, unread = _decide(decisions, stored)
            if not unread:
                self._drop_doubtful(decided)
                return decided
            stored |= self.table.read(unread)
        return Decisions(stored)

    def _drop_doubtful(self, decided: Decisions) -> None:
        """Leave open what was decided on records that were not all so at one moment.

        What writes is asserted by its writing. What only tells (a refusal, an earlier answer) is
        not: a job may have been charged between the reading of the job and that of its account.
        Records that read the same a second time, after all were read once, were so together.
        """
        telling = [
            number
            for number in decided.results
            if number not in decided.writes and len(decided.asked[number]) > 1
        ]
        keys = {key for number in telling for key in decided.asked[number]}
        now = self.table.read(keys) if keys else {}
        for number in telling:
            if any(now[k] != decided.stored.get(k, NOTHING) for k in decided.asked[number]):
                del decided.results[number]


def _decide(
    decisions: Mapping[int, Decide[Any]], stored: Mapping[Key[Any], Stored]
) -> tuple[Decisions, set[Key[Any]]]:
    facts = Facts({key: value.record for key, value in stored.items()})
    decided = Decisions(stored)
    unread: set[Key[Any]] = set()
    for number, decide in decisions.items():
        try:
            decided.results[number] = plan = decide(facts)
            if plan.writes:
                decided.writes[number] = {key_of(record): record for record in plan.writes}
                facts.expect(plan, decided.writes[number])
        except Unread as request:
            unread.update(request.keys)
        except MakegoodError as refusal:
            decided.results[number] = refusal
        decided.asked[number] = facts.asked()
    return decided, unread


def _outcome(result: Plan[Any] | MakegoodError) -> Any:
    return result.outcome if isinstance(result, Plan) else result


def _refused(settled: Mapping[int, Any]) -> bool:
    return any(isinstance(result, WriteRefusedError) for result in settled.values())
