"""How a case comes to be: its id, its due time, the credits it holds. Used by all who open one."""

from datetime import UTC, tzinfo
from hashlib import sha256

from makegood.domain.account import Account, Take
from makegood.domain.business_days import Calendar
from makegood.domain.entry import Cause, Entry
from makegood.domain.facts import Facts, Key
from makegood.domain.purchase import Purchase
from makegood.domain.studio import StudioSettings, ZoneNamed

ROUNDS_MAX = 20
"""How often something can be asked for about one purchase."""

_DIGITS = 24


def case_id_of(subject: str, *parts: str, turn: int = 1) -> str:
    """The id follows from what the case is about, so that two who open it open the same one.

    `subject` is `purchase`, `job` or `request`; `turn` counts the cases about one thing.
    """
    text = "\n".join((subject, *parts, str(turn)))
    return f"case_{sha256(text.encode()).hexdigest()[:_DIGITS]}"


def settings_in_force(facts: Facts) -> StudioSettings:
    return facts.get(Key(StudioSettings, "")) or StudioSettings()


def calendar_of(settings: StudioSettings, zones: ZoneNamed) -> Calendar:
    return Calendar(zone_of(settings.time_zone, zones), frozenset(settings.holidays))


def zone_of(name: str, zones: ZoneNamed) -> tzinfo:
    """UTC needs no files, so that what was never set up works on a machine without them."""
    return UTC if name == "UTC" else zones(name)


def lots_of(purchase: Purchase) -> list[int]:
    """The lots that a purchase became, those of its bonus credits too."""
    return sorted(
        number for line in purchase.lines for number in (line.lot, line.bonus_lot) if number
    )


def held_back(
    account: Account, purchase: Purchase, cause: Cause
) -> tuple[Account, tuple[Entry, ...], tuple[Take, ...]]:
    """The account with what is unused of the purchase held, and what that is.

    The account has the purchase's lots loaded. Where nothing is unused, nothing moves.
    """
    before = {lot.number: lot.held for lot in account.lots}
    after, entry = account.hold(lots_of(purchase), cause)
    held = tuple(
        Take(lot.number, lot.held - before[lot.number])
        for lot in after.lots
        if lot.held > before[lot.number]
    )
    return (after, (entry,), held) if held else (account, (), ())
