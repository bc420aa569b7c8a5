"""Entries and the records that brought them about, in both directions (I03, I05, I08)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from tests.simulation.checker.entries import name_of
from tests.simulation.checker.reading import NOTHING, Record, Records
from tests.simulation.witness import Place

_STARTS: Mapping[str, tuple[str, ...]] = {
    "grant": ("grant",),
    "bonus": ("bonus", "purchase_bonus"),
    "charge": ("charge",),
    "refund": ("end",),
    "settle": ("end",),
    "hold": ("hold",),
    "release": ("release",),
    "clawback": ("clawback",),
    "restore": ("restore",),
    "correction": ("correction",),
    "forfeit": ("forfeit",),
}
_PLACES: Mapping[str, str] = {
    "grant": "PURCHASE",
    "purchase_bonus": "PURCHASE",
    "bonus": "BONUS",
    "charge": "JOB",
    "end": "JOB",
    "hold": "CASE",
    "release": "CASE",
    "correction": "CORRECTION",
}


def record_of(entry: Record) -> Place:
    """Where the record of its cause lies."""
    start, _, rest = entry["cause"].partition(":")
    if start in ("clawback", "restore"):
        return f"ADJUSTMENTS#{entry.get('transaction_id')}", "ADJUSTMENTS"
    if start == "forfeit":
        return f"ACCOUNT#{rest}", "SNAPSHOT"
    if start == "correction" and rest.startswith("case:"):
        return f"CASE#{rest.removeprefix('case:')}", "CASE"
    name = rest if start in ("bonus", "correction") else rest.partition(":")[0]
    return f"{_PLACES[start]}#{name}", _PLACES[start]


def wrong_causes(records: Records) -> Iterator[str]:
    yield from (f"I03: {'/'.join(place)} lies where nothing is" for place in records.astray)
    entries = list(records.all_entries())
    causes = Counter(entry["cause"] for entry in entries)
    yield from (f"I05: {count} entries by {cause}" for cause, count in causes.items() if count > 1)
    for entry in entries:
        yield from _of_entry(records, entry)
    yield from _missing(records, causes)


def _of_entry(records: Records, entry: Record) -> Iterator[str]:
    name, cause = name_of(entry), entry["cause"]
    start, _, rest = cause.partition(":")
    if start not in _STARTS.get(entry["kind"], ()):
        yield f"I03: {name}, a {entry['kind']}, is caused by {cause}"
        return
    record = _RECORDS[start](records, entry, rest)
    if record is None:
        yield f"I03: {name} is caused by {cause}, which is not there"
    elif record.get("account_id") != entry["account_id"]:
        invariant = "I08" if start == "end" else "I03"
        yield f"{invariant}: {name} is caused by {cause} of another account"
    elif not _agrees(start, entry, record, rest):
        yield f"I03: {cause} does not say the same as {name}"


def _purchase(records: Records, _entry: Record, rest: str) -> Record | None:
    return records.purchases.get(rest.partition(":")[0])


def _correction(records: Records, _entry: Record, rest: str) -> Record | None:
    if rest.startswith("case:"):
        return records.cases.get(rest.removeprefix("case:"))
    return records.corrections.get(rest)


def _case(records: Records, _entry: Record, rest: str) -> Record | None:
    return records.cases.get(rest.partition(":")[0])


def _adjustment(records: Records, entry: Record, rest: str) -> Record | None:
    told = records.adjustments.get(entry.get("transaction_id", ""))
    if told is None or not any(one["adjustment_id"] == rest for one in told["known"]):
        return None
    return told


_RECORDS: Mapping[str, Callable[[Records, Record, str], Record | None]] = {
    "grant": _purchase,
    "purchase_bonus": _purchase,
    "bonus": lambda records, _entry, rest: records.bonuses.get(rest),
    "charge": lambda records, _entry, rest: records.jobs.get(rest),
    "end": lambda records, _entry, rest: records.jobs.get(rest),
    "hold": _case,
    "release": _case,
    "clawback": _adjustment,
    "restore": _adjustment,
    "correction": _correction,
    "forfeit": lambda records, _entry, rest: records.snapshots.get(rest),
}


def _agrees(start: str, entry: Record, record: Record, rest: str) -> bool:
    seq, credits = entry["seq"], sum(change[1] for change in entry["lots"])
    if start in ("grant", "purchase_bonus"):
        bonus = "bonus_" if start == "purchase_bonus" else ""
        wanted = (rest.partition(":")[2], seq, credits)
        lines = record["lines"]
        return any(
            (line["item_id"], line[f"{bonus}lot"], line[f"{bonus}credits"]) == wanted
            for line in lines
        )
    if start == "bonus":
        return bool((record["lot"], record["credits"]) == (seq, credits))
    if start in ("clawback", "restore"):
        [known] = [one for one in record["known"] if one["adjustment_id"] == rest]
        return bool(known[f"{start}_seq"] == seq)
    if start == "correction":
        change = -entry["postings"].get("adjusted", 0)
        return bool(record.get("seq", seq) == seq and record.get("credits") == change)
    if start == "forfeit":
        return bool(record["status"] == "closed")
    return (
        entry.get("job_id" if start in ("charge", "end") else "case_id") == rest.partition(":")[0]
    )


def _missing(records: Records, causes: Counter[str]) -> Iterator[str]:
    """Records that say they brought an entry about, and there is none."""
    for cause in _told(records):
        if not causes[cause]:
            yield f"I03: there is no entry by {cause}"


def _told(records: Records) -> Iterator[str]:
    yield from (f"charge:{name}" for name in records.jobs)
    yield from (f"end:{name}" for name, job in records.jobs.items() if job["refunded"])
    yield from (f"bonus:{key}" for key in records.bonuses)
    yield from (f"correction:{key}" for key in records.corrections)
    for name, purchase in records.purchases.items():
        for line in purchase["lines"]:
            yield from (
                f"{start}:{name}:{line['item_id']}"
                for start, lot in (("grant", "lot"), ("purchase_bonus", "bonus_lot"))
                if line[lot]
            )
    for told in records.adjustments.values():
        for one in told["known"]:
            yield from (
                f"{kind}:{one['adjustment_id']}"
                for kind in ("clawback", "restore")
                if one[f"{kind}_seq"]
            )
    for case in records.cases.values():
        if case["status"] == "credited" and not case.get("job_id"):
            yield f"correction:case:{case['case_id']}"


def ends_of(records: Records) -> Mapping[str, Record]:
    """The entry with which each job ended, if it moved anything."""
    return {
        entry["cause"].partition(":")[2]: entry
        for entry in records.all_entries()
        if entry["cause"].startswith("end:")
    }


def charge_of(records: Records, job_id: str) -> Record:
    for entry in records.all_entries():
        if entry["cause"] == f"charge:{job_id}":
            return entry
    return NOTHING
