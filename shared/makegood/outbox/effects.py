"""What has to happen outside because of a record that was written: `Change -> [Effect]`."""

from makegood.domain.case import Case
from makegood.domain.entry import Entry
from makegood.domain.payout import Payout
from makegood.domain.record import StatusChange
from makegood.outbox.case_steps import of_case
from makegood.outbox.change import Change
from makegood.outbox.effect import Effect
from makegood.outbox.movements import of_entry, of_payout, of_status


def effects_of(change: Change) -> list[Effect]:
    """The same change has the same effects, whenever and however often it is looked at."""
    match change.new:
        case Entry() | StatusChange() if change.old is not None:
            return []  # They are written once; who erases something in one tells nothing new.
        case Entry() as entry:
            return of_entry(entry)
        case StatusChange() as status:
            return of_status(status)
        case Case() as case:
            return of_case(case, change.old if isinstance(change.old, Case) else None)
        case Payout() as payout:
            return of_payout(payout, change)
        case _:
            return []
