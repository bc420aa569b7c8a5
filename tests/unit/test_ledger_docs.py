"""docs/ledger.md says what the code does: postings, hash, costs."""

import json
import re
from collections import defaultdict
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.domain.account import Account, Take
from makegood.domain.entry import Book, Entry, EntryKind, entry_hash
from makegood.domain.job import ChargeRequest
from makegood.errors import RefusedError
from makegood.events.job_status import Running
from makegood.ledger.attributes import Item
from makegood.ledger.store import Ledger
from makegood.plans.case_watch import refund_undecided
from makegood.plans.jobs import charge_job, end_job
from makegood.plans.lost_jobs import look_at_job
from makegood.plans.operations import correct_account, give_bonus, set_price
from makegood.policy.versions import PUBLISHED
from tests.ends import failed, succeeded
from tests.histories import History, next_step
from tests.ledgers import NOON, cause, memory_ledger, plenty
from tests.memory_dynamodb import MemoryDynamoDB
from tests.purchases_made import bought, crediting
from tests.unit.test_entry import ENTRY

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")

SIGN = "[+\N{MINUS SIGN}]"
Signs = dict[str, set[int]]


def rows(first_column: str) -> list[dict[str, str]]:
    """The table of the page whose first column has this name."""
    lines = PAGE.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    names = cells(lines[start])
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append(dict(zip(names, cells(line), strict=True)))
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def signs(text: str) -> set[int]:
    return {1 if sign == "+" else -1 for sign in re.findall(SIGN, text)}


def documented() -> dict[str, Signs]:
    kinds = {}
    for row in rows("kind"):
        books = {book: signs(row[book]) for book in ("available", "held", "debt")}
        other = row["other side"].split()
        if other:
            books[other[0]] = signs(row["other side"])
        kinds[row["kind"]] = {book: moved for book, moved in books.items() if moved}
    return kinds


def documented_lots() -> dict[str, Signs]:
    found = {}
    for row in rows("kind"):
        changes = re.findall(rf"(granted|used|held|withdrawn) ({SIGN})", row["lots"])
        found[row["kind"]] = {name: signs(sign) for name, sign in changes}
    return found


_seen: dict[str, Signs] = defaultdict(lambda: defaultdict(set))
_seen_lots: dict[str, Signs] = defaultdict(lambda: defaultdict(set))


@given(st.data())
@settings(max_examples=150)
def _live(data: st.DataObject) -> None:
    history = History()
    for _ in range(25):
        step = next_step(data, history, closing=len(history.entries) > 15)
        try:
            entry = history.take(step)
        except RefusedError:
            continue
        _see(entry)


def _see(entry: Entry) -> None:
    for posting in entry.postings:
        _seen[entry.kind.value][posting.book.value].add(1 if posting.credits > 0 else -1)
    for change in entry.lots:
        for name in ("granted", "used", "held", "withdrawn"):
            if amount := getattr(change, name):
                _seen_lots[entry.kind.value][name].add(1 if amount > 0 else -1)


def _release_into_a_debt() -> None:
    """Too rare to wait for."""
    account, _ = Account("acc_1").bonus(10, cause("1"))
    account, _ = account.hold([1], cause("2"))
    account, _ = account.bonus(5, cause("3"))
    account, _ = account.charge(5, cause("4"))
    account, _ = account.clawback([Take(3, 5)], cause("5"))
    _see(account.release([Take(1, 10)], cause("6"))[1])


def test_the_table_of_postings_is_what_the_code_does() -> None:
    """Nothing moves that the page does not name, and all that it names does move."""
    _live()
    _release_into_a_debt()
    assert {kind: dict(books) for kind, books in _seen.items()} == documented()
    assert {kind: dict(lots) for kind, lots in _seen_lots.items()} == documented_lots()


def test_the_table_has_every_kind_and_every_book() -> None:
    assert [row["kind"] for row in rows("kind")] == [kind.value for kind in EntryKind]
    books = {book for kind in documented().values() for book in kind}
    assert books == {book.value for book in Book}
    order = re.search(r"in the order ([a-z, ]+), without", PAGE)
    assert order is not None
    assert order[1].split(", ") == [book.value for book in Book]


def test_the_example_hashes_as_the_page_says() -> None:
    """Only the page's own words are used here: SHA-256 over the bytes of the JSON as it stands."""
    found = re.search(r"```json\n(.+)\n```\n\n    ([0-9a-f]{64})\n", PAGE)
    assert found is not None
    text, digest = found.groups()
    assert sha256(text.encode("ascii")).hexdigest() == digest == entry_hash(ENTRY)


def test_the_members_of_the_hashed_object_are_those_of_the_page() -> None:
    named = {name for row in rows("member") for name in re.findall(r"`(\w+)`", row["member"])}
    found = re.search(r"```json\n(.+)\n```", PAGE)
    assert found is not None
    example = set(json.loads(found[1]))
    assert example < named
    assert named - example == {"job_id", "case_id", "author"}


def test_the_attributes_of_stored_items_are_those_of_the_page() -> None:
    ledger, memory = memory_ledger()
    decisions = [give_bonus(f"b{n}", "acc_1", 10, "w", now=NOON) for n in range(20)]
    ledger.decide_all(decisions, time_left=plenty)
    items = {
        "snapshot": memory.items["ACCOUNT#acc_1", "SNAPSHOT"],
        "entry": memory.items["ACCOUNT#acc_1", "ENTRY#000000000001"],
        "card": memory.items["LOTS#acc_1", "LOT#000000000020"],
    }
    optional = {"clause", "policy_version", "job_id", "transaction_id", "case_id", "author"}
    for row in rows("item"):
        named = set(re.findall(r"`(\w+)`", row["attributes"]))
        stored = set(items[row["item"]]) - {"pk", "sk", "v"}
        assert stored <= named, row["item"]
        assert named - stored <= optional, row["item"]


# Costs


def write_units(before: dict[Any, Item], after: dict[Any, Item]) -> tuple[int, int]:
    """Puts, and write units: two a kilobyte in a transaction, one a key in or out of an index."""
    puts, units = 0, 0
    for place, item in after.items():
        old = before.get(place)
        if old == item:
            continue
        puts += 1
        units += 2 * -(-len(json.dumps(item)) // 2048)  # Written as JSON it is about twice as long.
        for index in ("work", "lookup"):
            keys = [
                tuple(one[name]["S"] for name in (f"{index}_pk", f"{index}_sk"))
                if one and f"{index}_pk" in one
                else None
                for one in (old, item)
            ]
            if keys[0] != keys[1]:
                units += sum(key is not None for key in keys)
    return puts, units


def cost(ledger: Ledger, memory: MemoryDynamoDB, *decisions: Any) -> tuple[int, int]:
    before = dict(memory.items)
    results = ledger.decide_all(list(decisions), time_left=plenty)
    assert not any(isinstance(result, Exception) for result in results), results
    return write_units(before, memory.items)


def _double_payment(
    ledger: Ledger, memory: MemoryDynamoDB, day: int, *, order_ref: str
) -> tuple[int, int]:
    """Two payments for the same goods a minute apart, of the order `the same` and another one."""
    at = NOON + timedelta(days=2 + day)
    pair = [
        bought(f"txn_{day}_{n}", customer_id="ctm_1", at=at + timedelta(minutes=n), order_ref=ref)
        for n, ref in enumerate(("the_same", order_ref.replace(" ", "_")))
    ]
    first, second = (crediting(one, now=NOON) for one in pair)
    cost(ledger, memory, first)
    return cost(ledger, memory, second)


def _later_looks() -> dict[str, Any]:
    """What time does to a job in review, and to one that is overdue."""
    overdue, undecided = NOON + timedelta(hours=1), NOON + timedelta(hours=20)
    running = Running(state="running")
    late = succeeded(1, 1, "job_0")
    return {
        "a person, or the clock, gives it back then": refund_undecided(
            "job_4", policies=PUBLISHED, now=undecided
        ),
        "the studio says of an overdue job that it still runs": look_at_job(
            "job_7", running, policies=PUBLISHED, now=overdue
        ),
        "it succeeds after its refund": end_job(late, policies=PUBLISHED, now=undecided),
    }


def measured() -> dict[str, tuple[int, int]]:
    ledger, memory = memory_ledger()

    def charge(job: str) -> Any:
        return charge_job(job, ChargeRequest("acc_1", 10), policies=PUBLISHED, now=NOON)

    def end(event: Any) -> Any:
        return end_job(event, policies=PUBLISHED, now=NOON)

    def of(*decisions: Any) -> tuple[int, int]:
        return cost(ledger, memory, *decisions)

    of(set_price("pri_1", 1000, 0, author="ada", now=NOON))
    costs = {"a bonus or a correction": of(give_bonus("b", "acc_1", 500, "w", now=NOON))}
    correction = correct_account("c", "acc_1", 5, reason="r", author="ada", now=NOON)
    assert of(correction) == costs["a bonus or a correction"]
    costs["a job is charged"] = of(charge("job_0"))
    for number in range(1, 9):
        assert of(charge(f"job_{number}")) == costs["a job is charged"]
    costs["it fails and is refunded, or settled in part"] = of(end(failed("timeout", "job_0")))
    assert (
        of(end(succeeded(1, 2, "job_1"))) == costs["it fails and is refunded, or settled in part"]
    )
    costs["it succeeds, or its refund is denied"] = of(end(succeeded(1, 1, "job_2")))
    denied = of(end(failed("invalid_input", "job_3")))
    assert denied == costs["it succeeds, or its refund is denied"]
    costs["its failure waits for a person, as a case"] = of(end(failed("martians", "job_4")))
    costs |= {name: of(decision) for name, decision in _later_looks().items()}
    two = of(end(failed("timeout", "job_5")), end(failed("timeout", "job_6")))
    one = costs["it fails and is refunded, or settled in part"]
    costs["each further refund of the same account in a batch"] = two[0] - one[0], two[1] - one[1]
    first = bought("txn_1", customer_id="ctm_1")
    costs["a first purchase of one line"] = of(crediting(first, now=NOON))
    later = bought("txn_2", customer_id="ctm_1", at=NOON + timedelta(days=1))
    costs["a later one of the same customer"] = of(crediting(later, now=NOON))
    for number, which in enumerate(("another", "the same")):
        found = _double_payment(ledger, memory, number, order_ref=which)
        plain = costs["a later one of the same customer"]
        costs[f"it is a duplicate payment, of {which} order"] = (
            found[0] - plain[0],
            found[1] - plain[1],
        )
    costs["anything that is told again"] = of(
        charge("job_1"), end(failed("timeout", "job_0")), crediting(first, now=NOON)
    )
    return costs


def count_in(cell: str) -> int:
    return int(cell.removesuffix(" more"))


def test_the_costs_are_those_of_the_page() -> None:
    page = {
        row["what happens"]: (count_in(row["puts"]), count_in(row["write units"]))
        for row in rows("what happens")
    }
    assert measured() == page
