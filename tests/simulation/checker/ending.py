"""What must hold when a story is over: the whole table, and all that the outside saw."""

from collections.abc import Iterator, Mapping

from tests.simulation.checker.access import wrong_access
from tests.simulation.checker.adjustments import wrong_adjustments
from tests.simulation.checker.cases import wrong_cases
from tests.simulation.checker.causes import wrong_causes
from tests.simulation.checker.jobs import wrong_jobs
from tests.simulation.checker.lists import wrong_lists
from tests.simulation.checker.logs import wrong_logs
from tests.simulation.checker.lots import Fold, folded
from tests.simulation.checker.messages import wrong_messages
from tests.simulation.checker.outages import wrong_outages
from tests.simulation.checker.payouts import wrong_payouts
from tests.simulation.checker.people import wrong_people
from tests.simulation.checker.purchases import wrong_purchases
from tests.simulation.checker.reading import Records, read
from tests.simulation.checker.reports import wrong_reports
from tests.simulation.witness import Item, Place, Witness

Table = Mapping[Place, Item]


def wrong(items: Table, witness: Witness) -> list[str]:
    records = read(items)
    folds, found = _folds(records)
    return [*found, *_all(records, folds, witness)]


def same(before: Table, after: Table) -> list[str]:
    """I18: what was told again has changed nothing."""
    places = sorted(set(before) | set(after))
    return [
        f"I18: {'/'.join(place)} is not what it was before all was told again"
        for place in places
        if before.get(place) != after.get(place)
    ]


def _folds(records: Records) -> tuple[dict[str, Fold], list[str]]:
    folds, found = {}, []
    for account in sorted({*records.entries, *records.snapshots, *records.cards}):
        snapshot, cards = records.snapshots.get(account), records.cards.get(account, {})
        folds[account], wrongs = folded(account, records.entries[account], snapshot, cards)
        found += wrongs
    return folds, found


def _all(records: Records, folds: Mapping[str, Fold], witness: Witness) -> Iterator[str]:
    yield from wrong_causes(records)
    yield from wrong_jobs(records, witness)
    yield from wrong_purchases(records, witness)
    yield from wrong_adjustments(records, folds, witness)
    yield from wrong_payouts(records, witness)
    yield from wrong_cases(records, witness)
    yield from wrong_lists(records, witness)
    yield from wrong_messages(records, witness)
    yield from wrong_access(records, witness)
    yield from wrong_people(records, witness)
    yield from wrong_outages(records, witness)
    yield from wrong_logs(witness)
    yield from wrong_reports(records, witness)
    if not witness.settled:
        yield "I17: it never settles"
