"""Works off the customers of outages that have ended, a page after the other.

What is done is kept page by page, so a run that is cut off is taken up by the next one. What was
done twice was done once. Whom no run will be able to tell is left to a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from makegood.batch import decided
from makegood.domain.outage import Outage, Telling
from makegood.domain.studio import ZoneNamed
from makegood.errors import (
    BrokenDecisionError,
    LedgerDamagedError,
    MakegoodError,
    PermanentError,
    TransientError,
)
from makegood.ledger import outage_reads
from makegood.ledger.sale_reads import sales_between
from makegood.ledger.store import Ledger, TimeLeft
from makegood.observability import count, log
from makegood.plans.outage_notices import Told, move_on, stay, tell
from makegood.policy.outages import bought_within
from makegood.policy.published import Policies

PAGE = 25
SECONDS_KEPT = 10.0
"""With less left of a run, no further page is begun."""

FAILED_MAX = 5
"""So many runs in a row meet an error of this software before the others stop waiting for it."""

Result = Told | MakegoodError | None


def tell_waiting(
    ledger: Ledger, *, policies: Policies, zones: ZoneNamed, now: datetime, time_left: TimeLeft
) -> None:
    """Go on where the last run ended, as far as the time goes.

    Raises TransientError where the ledger cannot be reached. An outage that is damaged is told of
    and waits for a person; it does not stand before the others.
    """
    run = _Run(ledger, policies, zones, now, time_left)
    for outage_id in outage_reads.monitor(ledger.table).telling:
        try:
            run.tell_of(outage_id)
        except PermanentError as error:
            count("CustomersNotTold")
            log("outage.not_told", outage_id=outage_id, error=type(error).__name__, why=str(error))


@dataclass(frozen=True, slots=True)
class _Run:
    ledger: Ledger
    policies: Policies
    zones: ZoneNamed
    now: datetime
    time_left: TimeLeft

    def tell_of(self, outage_id: str) -> None:
        outage = outage_reads.outage(self.ledger.table, outage_id)
        if outage is None or outage.telling is None:
            raise LedgerDamagedError("an outage that is named is not there, or has nothing to tell")
        telling, goes_on = outage.telling, True
        while goes_on and telling.done_at is None and self.time_left() > SECONDS_KEPT:
            telling, goes_on = self._page(outage, telling)
            if telling.done_at is not None:
                log("outage.told", outage_id=outage_id, told=telling.told)

    def _page(self, outage: Outage, telling: Telling) -> tuple[Telling, bool]:
        """How far it is after one page, and whether this run may go on from there."""
        first, last = bought_within(outage.span, self.policies)
        sales = sales_between(self.ledger.table, first, last, position=telling.position, limit=PAGE)
        results = self._told(sales.records, outage.outage_id)
        told = sum(isinstance(result, Told) for result in results)
        if told:
            count("CustomersTold", told)
        waiting = [result for result in results if isinstance(result, TransientError)]
        broken = all(isinstance(result, BrokenDecisionError) for result in waiting)
        if waiting and not (broken and telling.failed + 1 >= FAILED_MAX):
            stays = stay(outage.outage_id, telling, told=told, failed=broken)
            return self.ledger.decide(stays, time_left=self.time_left), False
        _leave_to_a_person(sales.records, results)
        moves = move_on(outage.outage_id, telling, to=sales.next, told=told, now=self.now)
        return self.ledger.decide(moves, time_left=self.time_left), True

    def _told(self, ids: Sequence[str], outage_id: str) -> list[Result]:
        tells = [
            tell(one, outage_id, policies=self.policies, zones=self.zones, now=self.now)
            for one in ids
        ]
        return decided(tells, self.ledger, self.time_left)


def _leave_to_a_person(ids: Sequence[str], results: Sequence[Result]) -> None:
    for transaction_id, result in zip(ids, results, strict=True):
        if isinstance(result, MakegoodError):
            count("CustomersNotTold")
            error = type(result).__name__
            log("customer.not_told", transaction_id=transaction_id, error=error, why=str(result))
