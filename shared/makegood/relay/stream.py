"""Records of the table's stream, read as the ledger's own records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from makegood.domain.case import Case
from makegood.domain.entry import Entry
from makegood.domain.payout import Payout
from makegood.domain.record import StatusChange
from makegood.errors import LedgerDamagedError
from makegood.ledger.attributes import from_item
from makegood.ledger.shapes import shape_of
from makegood.outbox.change import Change
from makegood.outbox.effect import Effect
from makegood.outbox.effects import effects_of

_KINDS: dict[tuple[str, str], type[Any]] = {
    ("ACCOUNT", "ENTRY"): Entry,
    ("ACCOUNT", "STATUS"): StatusChange,
    ("CASE", "CASE"): Case,
    ("PAYOUT", "PAYOUT"): Payout,
}
"""What others hear of, by what its two keys begin with."""

_SILENT = frozenset(
    {
        "ADJUSTMENTS",
        "BASKETS",
        "BONUS",
        "CORRECTION",
        "CUSTOMER",
        "EVENT",
        "JOB",
        "LOTS",
        "MONITOR",
        "NOTICES",
        "OUTAGES",
        "OUTAGE_RECORDS",
        "PAYOUT_BREAKER",
        "PRICES",
        "PURCHASE",
        "RECONCILIATION",
        "SETTINGS",
    }
)
"""What nobody outside hears of. A kind of record that is in neither list is a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a stream record asks for, or why that cannot be said."""

    sequence_number: str
    pk: str
    sk: str
    effects: tuple[Effect, ...] = ()
    error: LedgerDamagedError | None = None


def promise_of(record: Mapping[str, Any]) -> Promise:
    """Raises nothing for what a record holds: one that is damaged holds up no other."""
    told = record["dynamodb"]
    number, keys = told["SequenceNumber"], told.get("Keys", {})
    pk, sk = (str(keys.get(name, {}).get("S", "")) for name in ("pk", "sk"))
    try:
        return Promise(number, pk, sk, tuple(_effects(told, pk, sk)))
    except LedgerDamagedError as error:
        return Promise(number, pk, sk, error=error)
    except Exception as bug:  # noqa: BLE001 - damage shows in many ways, and has to stay alone
        # Never the error's own text, which may repeat what is stored.
        what = f"a stored record cannot be read: {type(bug).__name__}"
        return Promise(number, pk, sk, error=LedgerDamagedError(what))


def _effects(told: Mapping[str, Any], pk: str, sk: str) -> list[Effect]:
    kind = _kind(pk, sk)
    # A record that is gone was erased by a person, and what it promised has been kept before.
    if kind is None or "NewImage" not in told:
        return []
    read = shape_of(kind).read
    new = from_item(told["NewImage"])
    old = from_item(told["OldImage"]) if told.get("OldImage") else None
    at = datetime.fromtimestamp(int(told["ApproximateCreationDateTime"]), UTC)
    before = None if old is None else read(old)
    return effects_of(Change(read(new), before, version=new["v"], at=at))


def _kind(pk: str, sk: str) -> type[Any] | None:
    """None for what is told to nobody. Raises LedgerDamagedError for what nobody knows."""
    begins = pk.partition("#")[0], sk.partition("#")[0]
    if begins in _KINDS:
        return _KINDS[begins]
    if begins[0] in _SILENT or begins == ("ACCOUNT", "SNAPSHOT"):
        return None
    raise LedgerDamagedError("a record of a kind that this release does not know")
