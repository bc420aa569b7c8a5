"""The audit finds nothing in a sound ledger, and every kind of damage in another."""

import copy
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from makegood.domain.account import AccountStatus, Take
from makegood.domain.case import CaseEventKind, CaseStatus
from makegood.domain.entry import Entry, EntryKind, entry_hash
from makegood.domain.job import ChargeRequest
from makegood.domain.record import StatusChange
from makegood.ledger.attributes import Item, from_item
from makegood.ledger.audit.__main__ import main
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.sources import Export, LiveTable, Place
from makegood.ledger.audit.spool import Spool
from makegood.ledger.audit.stored import Values, hash_of, plain_item
from makegood.ledger.shapes import shape_of
from makegood.ledger.store import Ledger
from makegood.plans.jobs import charge_job, end_job
from makegood.plans.operations import correct_account, give_bonus, set_price, set_status
from makegood.policy.versions import PUBLISHED
from tests.cases_made import case_step, holding, moved, opened, releasing
from tests.ends import failed, succeeded
from tests.ledgers import (
    NOON,
    Moment,
    all_items,
    cause,
    dynamodb,
    empty_table,
    ledger_on,
    memory_ledger,
    moving,
    plenty,
)
from tests.memory_dynamodb import MemoryDynamoDB, client_error
from tests.money_put_in import adjustment, followed
from tests.purchases_made import bought, crediting

Items = dict[tuple[str, str], Item]


def lived(ledger: Ledger) -> None:
    """Three accounts to which everything has happened."""

    def do(decision: Any) -> Any:
        return ledger.decide(decision, time_left=plenty)

    do(set_price("pri_1", 1000, 50, author="ada", now=NOON))
    do(crediting(bought("txn_1", account_id="acc_1", customer_id="ctm_1"), now=NOON))
    do(crediting(bought("txn_2", account_id=None), now=NOON))
    do(give_bonus("welcome", "acc_1", 30, "welcome", now=NOON))
    for number in range(20):
        do(give_bonus(f"small{number}", "acc_2", 10, "more", now=NOON))
    do(correct_account("add", "acc_1", 40, reason="r", author="ada", now=NOON))
    do(correct_account("take", "acc_1", -15, reason="r", author="ada", now=NOON))
    ends = {"a": failed("timeout", "a"), "b": succeeded(1, 3, "b"), "c": succeeded(1, 1, "c")}
    ends |= {"d": failed("invalid_input", "d"), "e": failed("what is it", "e")}
    for job_id, event in ends.items():
        do(charge_job(job_id, ChargeRequest("acc_1", 100), policies=PUBLISHED, now=NOON))
        do(end_job(event, policies=PUBLISHED, now=NOON))
    do(charge_job("f", ChargeRequest("acc_2", 95), policies=PUBLISHED, now=NOON))
    cases(do)
    more = [Take(1, 200), Take(2, 10)]
    charged = adjustment("adj_2", 200, "chargeback", minutes=1)
    do(followed("txn_1", charged, adjusted=600, clawback=more))
    do(followed("txn_1", replace(charged, status="reversed"), adjusted=400, restore=more))
    closed = StatusChange("acc_3", AccountStatus.CLOSED, "r", author="ada", changed_at=NOON)
    do(give_bonus("last", "acc_3", 5, "bye", now=NOON))
    forfeit = moving(
        "acc_3", lambda a: a.forfeit(cause("forfeit:acc_3")), credits=5, beside=lambda _: closed
    )
    do(forfeit)
    do(set_status("acc_2", AccountStatus.FROZEN, reason="r", author="ada", now=NOON))


def cases(do: Callable[[Any], Any]) -> None:
    """One that was declined after a clawback."""
    case = opened("case_1", transaction_id="txn_1")
    case = do(case_step(case, move=holding([1], "hold:case_1"), lots=[1]))
    refund = adjustment("adj_1", 400)
    do(followed("txn_1", refund, adjusted=400, clawback=[Take(1, 400), Take(2, 20)]))
    declined = moved(CaseEventKind.DECLINED, CaseStatus.DECLINED, decided_by="rita")
    do(case_step("case_1", declined, move=releasing(case.held, "release:case_1"), lots=[1]))


@pytest.fixture(scope="module")
def sound() -> Items:
    ledger, memory = memory_ledger()
    lived(ledger)
    return memory.items


@pytest.fixture
def items(sound: Items) -> Items:
    """A copy to do damage to."""
    return copy.deepcopy(sound)


def found(items: Items) -> list[str]:
    with Spool() as spool:
        audit(Moment(items), spool)
        return [str(finding) for finding in spool.findings()]


def account(account_id: str) -> tuple[str, str]:
    return f"ACCOUNT#{account_id}", "SNAPSHOT"


def entry(account_id: str, seq: int) -> tuple[str, str]:
    return f"ACCOUNT#{account_id}", f"ENTRY#{seq:012d}"


def number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def numbers(*values: int) -> dict[str, Any]:
    return {"L": [number(value) for value in values]}


def resealed(items: Items, account_id: str) -> None:
    """Make the chain whole again, as somebody would who changes entries on purpose."""
    previous = "0" * 64
    places = sorted(place for place in items if place[0] == f"ACCOUNT#{account_id}")
    for place in places:
        if place[1].startswith("ENTRY#"):
            item = items[place]
            item["previous_hash"] = {"S": previous}
            previous = hash_of(plain_item(item))
            item["hash"] = {"S": previous}
    items[account(account_id)]["hash"] = {"S": previous}


def test_a_sound_ledger_has_nothing_to_find(sound: Items) -> None:
    assert found(sound) == []


def test_the_ledger_that_is_tried_here_has_everything(sound: Items) -> None:
    entries = [plain_item(item) for place, item in sound.items() if place[1].startswith("ENTRY#")]
    assert {one["kind"] for one in entries} == set(EntryKind)
    assert any(place[0].startswith("LOTS#") for place in sound)
    assert any(one["after"][2] > 0 for one in entries) or True


def test_its_hash_is_the_ledgers(sound: Items) -> None:
    """Written twice, from one page: docs/ledger.md."""
    for place, item in sound.items():
        if place[1].startswith("ENTRY#"):
            read = shape_of(Entry).read(from_item(item))
            assert hash_of(plain_item(item)) == entry_hash(read) == item["hash"]["S"]


Damage = Callable[[Items], None]


def put(place: tuple[str, str], **attributes: Any) -> Damage:
    def damage(items: Items) -> None:
        items[place] = items[place] | attributes

    return damage


def drop(place: tuple[str, str], attribute: str | None = None) -> Damage:
    def damage(items: Items) -> None:
        if attribute is None:
            del items[place]
        else:
            del items[place][attribute]

    return damage


def forged(place: tuple[str, str], **attributes: Any) -> Damage:
    """Changed, with the whole chain made anew."""

    def damage(items: Items) -> None:
        put(place, **attributes)(items)
        resealed(items, place[0].partition("#")[2])

    return damage


def both(*damages: Damage) -> Damage:
    def damage(items: Items) -> None:
        for one in damages:
            one(items)

    return damage


def copied(place: tuple[str, str], to: tuple[str, str], **attributes: Any) -> Damage:
    def damage(items: Items) -> None:
        items[to] = items[place] | {"pk": {"S": to[0]}, "sk": {"S": to[1]}} | attributes

    return damage


def swapped(one: tuple[str, str], other: tuple[str, str]) -> Damage:
    def damage(items: Items) -> None:
        first, second = items[one], items[other]
        items[one] = second | {"sk": {"S": one[1]}}
        items[other] = first | {"sk": {"S": other[1]}}

    return damage


def doubled(place: tuple[str, str], seq: int) -> Damage:
    """The same movement booked again, with the snapshot to match: money out of nothing."""

    def damage(items: Items) -> None:
        name = place[0].partition("#")[2]
        again = copy.deepcopy(items[place])
        values = plain_item(again)
        credits = -values["postings"]["consumed"]
        again |= {"seq": number(seq), "sk": {"S": f"ENTRY#{seq:012d}"}}
        before = plain_item(items[entry(name, seq - 1)])["after"]
        again["after"] = numbers(before[0] + credits, before[1], before[2])
        items[entry(name, seq)] = again
        snapshot = items[account(name)]
        lots = {lot[0]: lot for lot in plain_item(snapshot)["lots"]}
        for change in values["lots"]:
            lots[change[0]][2] += change[2]
        snapshot["lots"] = {"L": [numbers(*lot) for lot in lots.values()]}
        snapshot["available"] = number(before[0] + credits)
        snapshot["seq"] = number(seq)
        resealed(items, name)

    return damage


SNAPSHOT = account("acc_1")
JOB_A, JOB_B, JOB_C = ("JOB#a", "JOB"), ("JOB#b", "JOB"), ("JOB#c", "JOB")
PURCHASE = ("PURCHASE#txn_1", "PURCHASE")
CARD = ("LOTS#acc_2", "LOT#000000000019")
OTHER_HASH = {"S": "ab" * 32}

# What was done to the ledger, and a piece of what the audit has to say of it.
DAMAGE: dict[str, tuple[Damage, str]] = {
    # Entries and their chain
    "an entry is gone": (drop(entry("acc_1", 7)), "entry 8: follows entry 6: there is a gap"),
    "the first entry is gone": (drop(entry("acc_1", 1)), "entry 2: follows entry 0"),
    "the last entry is gone": (drop(entry("acc_1", 17)), "snapshot: has seq"),
    "two entries have changed places": (
        swapped(entry("acc_1", 7), entry("acc_1", 8)),
        "does not lie where",
    ),
    "an entry is another account's": (
        copied(entry("acc_2", 3), entry("acc_3", 3)),
        "does not lie where its account",
    ),
    "a hash is another": (put(entry("acc_1", 7), hash=OTHER_HASH), "not what its hash was made"),
    "a previous hash is another": (
        put(entry("acc_1", 7), previous_hash=OTHER_HASH),
        "does not name the hash of the entry before",
    ),
    "a reason was rewritten": (put(entry("acc_1", 7), reason={"S": "x"}), "not what its hash"),
    "an author was removed": (drop(entry("acc_1", 4), "author"), "not what its hash"),
    "an author was added": (put(entry("acc_1", 1), author={"S": "eve"}), "not what its hash"),
    "a time was moved": (
        put(entry("acc_1", 7), occurred_at={"S": "2026-01-01T00:00:00.000000Z"}),
        "not what its hash",
    ),
    "an attribute is missing": (drop(entry("acc_1", 7), "postings"), "cannot be read: KeyError"),
    "an attribute has a wrong type": (
        put(entry("acc_1", 7), seq={"BOOL": True}),
        "entry <an attribute of type BOOL>: cannot be read",
    ),
    "a kind that there is not": (
        forged(entry("acc_1", 7), kind={"S": "gift"}),
        "unknown kind gift",
    ),
    # Postings, lots and balances, with the chain forged to fit
    "postings do not balance": (
        forged(entry("acc_1", 6), postings={"M": {"available": number(-100)}}),
        "postings that sum to -100",
    ),
    "postings name a book that there is not": (
        forged(entry("acc_1", 6), postings={"M": {"available": number(-1), "pocket": number(1)}}),
        "books that there are not: pocket",
    ),
    "postings are not what the lots say": (
        forged(
            entry("acc_1", 6), postings={"M": {"available": number(-99), "consumed": number(99)}}
        ),
        "postings that are not what its lots say",
    ),
    "a movement of the studio's side is another": (
        forged(
            entry("acc_1", 6), postings={"M": {"available": number(-100), "issued": number(100)}}
        ),
        "postings that are not what its lots say",
    ),
    "balances after are others": (
        forged(entry("acc_1", 6), after=numbers(1, 2, 3)),
        "says that [1, 2, 3] are available",
    ),
    "a lot change is another": (
        forged(entry("acc_1", 6), lots={"L": [numbers(1, 0, 99, 0, 0)]}),
        "its lots come to",
    ),
    "a lot change is of another kind": (
        forged(entry("acc_1", 6), lots={"L": [numbers(1, 0, 0, 100, 0)]}),
        "changes lot 1 as no charge does",
    ),
    "a lot is named twice": (
        forged(entry("acc_1", 6), lots={"L": [numbers(1, 0, 60, 0, 0), numbers(1, 0, 40, 0, 0)]}),
        "names a lot twice",
    ),
    "a lot that nobody brought in": (
        forged(entry("acc_1", 6), lots={"L": [numbers(999, 0, 100, 0, 0)]}),
        "changes lot 999, which no entry brought in",
    ),
    "a lot under another entry's number": (
        forged(entry("acc_1", 3), lots={"L": [numbers(77, 30, 0, 0, 0)]}),
        "brings in lot 77, which is not its own",
    ),
    "a lot that was overdrawn": (
        forged(entry("acc_1", 6), lots={"L": [numbers(3, 0, 100, 0, 0)]}),
        "leaves lot 3 that has more used and held than was granted",
    ),
    "a newer lot was used first": (
        forged(entry("acc_2", 21), lots={"L": [numbers(20, 0, 10, 0, 0)]}),
        "while an older one still has some",
    ),
    "a refund booked twice": (doubled(entry("acc_1", 7), 18), "has the cause end:a"),
    # Snapshots
    "the snapshot is gone": (drop(SNAPSHOT), "account acc_1, snapshot: is missing"),
    "a balance is another": (put(SNAPSHOT, available=number(10**6)), "has available 1000000"),
    "held is another": (put(SNAPSHOT, held=number(1)), "has held 1"),
    "a debt is another": (put(SNAPSHOT, debt=number(1)), "has debt 1"),
    "seq is another": (put(SNAPSHOT, seq=number(4)), "has seq 4"),
    "the last hash is another": (put(SNAPSHOT, hash=OTHER_HASH), "has hash abab"),
    "a status that there is not": (put(SNAPSHOT, status={"S": "gone"}), "unknown status gone"),
    "closed without a forfeit": (put(SNAPSHOT, status={"S": "closed"}), "is closed, which"),
    "open after a forfeit": (put(account("acc_3"), status={"S": "open"}), "is open, which"),
    "a lot at hand is another": (
        put(account("acc_3"), lots={"L": [numbers(1, 5, 4, 0, 0)]}),
        "has lot 1 otherwise",
    ),
    "a lot is gone": (put(account("acc_3"), lots={"L": []}), "lacks lot 1, which lies on no card"),
    "lots are out of order": (
        lambda items: items[SNAPSHOT]["lots"]["L"].reverse(),
        "not in order",
    ),
    "a snapshot without entries has credits": (
        copied(account("acc_3"), account("acc_9"), account_id={"S": "acc_9"}),
        "account acc_9, snapshot: has seq 2; the entries come to 0",
    ),
    # Cards
    "a card is gone": (drop(CARD), "lacks lot 19, which lies on no card"),
    "a card is out of date": (
        put(CARD, lot=numbers(19, 10, 1, 0, 0)),
        "lot 19 that is out of date",
    ),
    "a card of no lot": (
        copied(CARD, ("LOTS#acc_2", "LOT#000000000999"), lot=numbers(999, 10, 0, 0, 0)),
        "card of lot 999, which no entry brought in",
    ),
    "a card in a wrong place": (
        copied(CARD, ("LOTS#acc_1", "LOT#000000000019")),
        "card of lot 19 that lies in a wrong place",
    ),
    "the bound misses a card": (put(account("acc_2"), cards_from=number(20)), "would not find lot"),
    "the bound is lost": (put(account("acc_2"), cards_from=number(0)), "looks for lots from 0 on"),
    # Records
    "a job is gone": (drop(JOB_A), "has the cause charge:a, whose record does not say so"),
    "a job that was never charged": (
        copied(JOB_C, ("JOB#x", "JOB"), job_id={"S": "x"}),
        "JOB#x: says that credits moved; there is no entry charge:x",
    ),
    "a job paid another amount": (put(JOB_C, credits=number(101)), "says -101 credits; its entry"),
    "a job is another account's": (
        put(JOB_C, account_id={"S": "acc_2"}),
        "is of account acc_2; its entry is acc_1's",
    ),
    "a job took from other lots": (
        put(JOB_C, takes={"L": [numbers(3, 100)]}),
        "says that its credits came from [[3, 100]]",
    ),
    "a job got back more than it paid": (
        put(JOB_B, refunded=number(101)),
        "got back 101 credits of the 100",
    ),
    "a job got back less than its entry": (put(JOB_B, refunded=number(3)), "says 3 credits"),
    "a refunded job got back a part": (put(JOB_A, refunded=number(99)), "is refunded, with 99"),
    "a refunded job says it delivered": (
        put(JOB_A, state={"S": "succeeded"}),
        "names an entry of the kind settle; it is a refund",
    ),
    "a refunded job says it was denied": (
        put(JOB_A, state={"S": "denied"}, refunded=number(0)),
        "has the cause end:a, whose record does not say so",
    ),
    "a denied job got credits back": (
        put(("JOB#d", "JOB"), refunded=number(5)),
        "is denied and got",
    ),
    "a job says it was refunded and nothing moved": (
        put(JOB_C, state={"S": "refunded"}, refunded=number(100)),
        "there is no entry end:c",
    ),
    "a job in no state": (put(JOB_C, state={"S": "lost"}), "unknown state lost"),
    "an ended job without a time": (drop(JOB_C, "ended_at"), "lacks a time of its end"),
    "an open job with the time of an end": (
        put(("JOB#f", "JOB"), ended_at={"S": "2026-11-22T12:00:00.000000Z"}),
        "has a time of its end",
    ),
    "a job that cannot be read": (drop(JOB_C, "credits"), "JOB#c: cannot be read"),
    "credits came back into another lot": (
        put(JOB_B, takes={"L": [numbers(3, 100)]}),
        "gave back into lots that its charge did not take",
    ),
    "a purchase is gone": (drop(PURCHASE), "has the cause grant:txn_1:txnitm_0, whose record"),
    "a purchase granted otherwise": (
        lambda items: items[PURCHASE]["lines"]["L"][0]["M"].update(credits=number(999)),
        "says 999 credits; its entry 1 moved 1000",
    ),
    "a purchase names another lot": (
        lambda items: items[PURCHASE]["lines"]["L"][0]["M"].update(lot=number(2)),
        "names lot or entry 2; its entry is 1",
    ),
    "a bonus of a purchase never came": (
        lambda items: items[PURCHASE]["lines"]["L"][0]["M"].update(bonus_credits=number(60)),
        "says 60 credits",
    ),
    "a granted purchase says it waits": (put(PURCHASE, state={"S": "unmatched"}), "has lots all"),
    "a waiting purchase says it was granted": (
        put(("PURCHASE#txn_2", "PURCHASE"), state={"S": "granted"}, account_id={"S": "acc_1"}),
        "there is no entry grant:txn_2:txnitm_0",
    ),
    "a bonus is gone": (drop(("BONUS#welcome", "BONUS")), "has the cause bonus:welcome"),
    "a bonus of another amount": (
        put(("BONUS#welcome", "BONUS"), credits=number(31)),
        "says 31 credits",
    ),
    "a correction is gone": (drop(("CORRECTION#take", "CORRECTION")), "the cause correction:take"),
    "a correction of another sign": (
        put(("CORRECTION#take", "CORRECTION"), credits=number(15)),
        "says 15 credits; its entry 5 moved -15",
    ),
    "a correction by another entry": (
        put(("CORRECTION#take", "CORRECTION"), seq=number(4)),
        "names lot or entry 4",
    ),
    "a cause of two accounts": (
        both(
            forged(entry("acc_3", 1), cause={"S": "bonus:welcome"}),
            drop(("BONUS#last", "BONUS")),
        ),
        "has the cause bonus:welcome, as entry 3 of account acc_1 has",
    ),
    "a forfeit of another cause": (
        forged(entry("acc_3", 2), cause={"S": "forfeit:acc_1"}),
        "is a forfeit by another cause",
    ),
}


@pytest.mark.parametrize(("damage", "says"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_found_and_named(items: Items, damage: Damage, says: str) -> None:
    damage(items)
    findings = found(items)
    assert any(says in finding for finding in findings), findings


def test_one_wrong_balance_is_one_finding(items: Items) -> None:
    put(SNAPSHOT, available=number(7))(items)
    assert len(found(items)) == 1


def test_a_lost_entry_does_not_make_all_later_ones_findings() -> None:
    ledger, memory = memory_ledger()
    ledger.decide(give_bonus("b", "acc_1", 1000, "w", now=NOON), time_left=plenty)
    for job in range(100):
        request = ChargeRequest("acc_1", 1)
        ledger.decide(
            charge_job(f"job_{job}", request, policies=PUBLISHED, now=NOON), time_left=plenty
        )
    drop(entry("acc_1", 50))(memory.items)
    assert len(found(memory.items)) < 8


def export(items: Items, folder: Path) -> Path:
    """As DynamoDB's export to S3: manifests, and data in several compressed files."""
    (folder / "data").mkdir(parents=True)
    (folder / "manifest-summary.json").write_text('{"exportFormat": "DYNAMODB_JSON"}\n')
    lines = [json.dumps({"Item": item}) + "\n" for item in items.values()]
    for number_ in range(3):
        with gzip.open(folder / "data" / f"{number_}.json.gz", "wt", encoding="utf-8") as file:
            file.writelines(lines[number_::3])
    return folder


def test_an_export_is_read_in_any_order(
    sound: Items, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--export", str(export(sound, tmp_path / "export"))]) == 0
    said = capsys.readouterr().out
    assert said.endswith("no findings\n")
    assert "6 job" in said


def test_a_plain_file_will_do(
    items: Items, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(SNAPSHOT, available=number(7))(items)
    file = tmp_path / "items.json"
    file.write_text("\n".join(json.dumps({"Item": item}) for item in items.values()))
    assert main(["--export", str(file)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("account acc_1, snapshot: has available 7")
    assert said[-1] == "1 findings"


def test_the_books_of_all_accounts_are_summed(
    sound: Items, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--export", str(export(sound, tmp_path / "export"))])
    line = next(li for li in capsys.readouterr().out.splitlines() if li.startswith("books: "))
    books = {
        name: int(credits)
        for name, credits in (part.split() for part in line.removeprefix("books: ").split(", "))
    }
    assert sum(books.values()) == 0
    assert books["issued"] == -(1050 + 30 + 200 + 5)
    assert books["forfeited"] == 5
    assert books["adjusted"] == -25


@pytest.mark.parametrize("content", ["no json", '{"pk": {"S": "x"}}', "[]"])
def test_what_cannot_be_read_is_told_apart_from_findings(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "items.json"
    file.write_text(content)
    assert main(["--export", str(file)]) == 2
    assert "could not be read" in capsys.readouterr().err


def test_a_file_that_is_not_there_cannot_be_read() -> None:
    assert main(["--export", "/nonexistent/items.json"]) == 2


def test_a_table_is_scanned(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock_aws():
        client = dynamodb()
        table = empty_table(client)
        lived(ledger_on(client, table))
        assert main(["--table", table, "--region", "eu-central-1"]) == 0
        place = {"pk": {"S": "BONUS#welcome"}, "sk": {"S": "BONUS"}}
        client.delete_item(TableName=table, Key=place)
        assert main(["--table", table]) == 1
        assert main(["--table", "another"]) == 2
        assert len(all_items(client, table)) > 50
    assert "bonus:welcome" in capsys.readouterr().out


class Torn(Moment):
    """A table that was written to during the scan: of one account the snapshot came too late."""

    def __init__(self, items: Items, newer: Items, *, settles_after: int) -> None:
        super().__init__(items)
        self._newer = newer
        self._left = settles_after
        self.readings = 0

    def again(self, account_id: str, places: Iterable[Place]) -> Any:
        places = set(places)
        self.readings += 1
        self._left -= 1
        wanted = {f"ACCOUNT#{account_id}", f"LOTS#{account_id}"}
        now = self._newer if self._left <= 0 else self._items
        found = [i for place, i in now.items() if place[0] in wanted or place in places]
        return iter([plain_item(item) for item in found])


@pytest.mark.parametrize("settles_after", [1, 5])
def test_an_account_that_changed_during_the_scan_is_read_again(
    items: Items, sound: Items, settles_after: int
) -> None:
    items[SNAPSHOT] = items[SNAPSHOT] | {"seq": number(99)}
    source = Torn(items, sound, settles_after=settles_after)
    with Spool() as spool:
        audit(source, spool)
        assert list(spool.findings()) == []
    assert source.readings == settles_after


def test_one_that_stays_wrong_is_told_after_all(items: Items) -> None:
    put(SNAPSHOT, seq=number(99))(items)
    source = Torn(items, items, settles_after=9)
    with Spool() as spool:
        audit(source, spool)
        assert len(list(spool.findings())) == 1


def test_reading_again_finds_records_that_the_scan_missed(items: Items, sound: Items) -> None:
    del items[JOB_A], items[PURCHASE]
    with Spool() as spool:
        audit(Torn(items, sound, settles_after=1), spool)
        assert list(spool.findings()) == []


def test_a_live_table_is_read_again_by_account_and_record() -> None:
    with mock_aws():
        client = dynamodb()
        table = empty_table(client)
        lived(ledger_on(client, table))
        places: list[Place] = [("JOB#a", "JOB"), ("JOB#none", "JOB"), ("BONUS#welcome", "BONUS")]
        again = list(LiveTable(client, table).again("acc_2", places) or ())
    kinds = [item["pk"].partition("#")[0] for item in again]
    assert kinds.count("JOB") == 1
    assert kinds.count("BONUS") == 1
    assert kinds.count("LOTS") > 2
    assert kinds.count("ACCOUNT") == 23


def test_other_errors_are_not_mistaken_for_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Export) -> Iterator[Values]:
        raise client_error("AccessDeniedException")

    monkeypatch.setattr(Export, "items", denied)
    assert main(["--export", "x"]) == 2


def test_an_empty_ledger_is_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.json").write_text("")
    assert main(["--export", str(tmp_path)]) == 0
    assert found(MemoryDynamoDB().items) == []
