"""The audit of adjustments, payouts and their cases: nothing in sound ones, all damage."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.domain.account import Take
from makegood.domain.adjustment import (
    APPROVED,
    KNOWN_ACTIONS,
    REVERSED,
    STATUSES,
    AdjustedLine,
    Adjustment,
    Adjustments,
)
from makegood.domain.breaker import Breaker, Minute
from makegood.domain.case import Case, CaseEventKind, CaseStatus, Category, Opener
from makegood.domain.facts import Decide, Key
from makegood.domain.money import Money
from makegood.domain.payout import PayoutState, payout_id_of
from makegood.domain.purchase import Purchase, PurchaseLine, PurchaseState
from makegood.domain.withdrawal import adjusted_minor, withdrawn_of
from makegood.ledger.audit.adjustments import standing_of, withdrawal_faults
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.places import case_of_adjustment, part_of, payout_of
from makegood.ledger.audit.spool import Spool
from makegood.ledger.audit.stored import plain_item
from makegood.ledger.store import Ledger
from makegood.ledger.table import put_of
from makegood.plans.case_opening import case_id_of
from makegood.plans.operations import set_price
from tests.cases_made import holding, moved, opened, releasing
from tests.ledgers import NOON, memory_ledger, plenty, stored
from tests.money_put_in import LINE, adjustment, followed, payout_for, written
from tests.purchases_made import bought, crediting
from tests.unit.test_audit import (
    Damage,
    Items,
    Torn,
    both,
    copied,
    drop,
    forged,
    found,
    number,
    numbers,
    put,
)
from tests.webhooks import NOW

Do = Callable[[Decide[Any]], Any]

ALL = Money(1000, "USD")
PART = Money(400, "USD")
MINUTE = timedelta(minutes=1)


def purchases(do: Do) -> dict[str, list[int]]:
    """One of two lines, others of one; each line is 1000 credits and 100 more. Their lots."""
    do(set_price("pri_1", 1000, 100, author="ada", now=NOON))
    lots, seq = {}, 0
    for days, name in enumerate("abcdefghjkl"):
        lines = 2 if name == "h" else 1
        at = NOW + timedelta(days=days)
        do(crediting(bought(f"txn_{name}", lines=lines, at=at), now=NOON))
        lots[name] = list(range(seq + 1, seq + 2 * lines + 1))
        seq += 2 * lines
    return lots


class Desk:
    """Puts cases and their payouts where the purchases of `lots` are."""

    def __init__(self, ledger: Ledger, do: Do) -> None:
        self.ledger = ledger
        self.do = do
        self.lots = purchases(do)

    def purchase(self, name: str, **changes: Any) -> Purchase:
        return replace(stored(self.ledger, Key(Purchase, f"txn_{name}")), **changes)

    def approved(self, name: str, money: Money) -> Case:
        """A case that holds all of its purchase and has been approved."""
        case = opened(f"case_{name}", transaction_id=f"txn_{name}", money=money)
        self._held(case, "", CaseStatus.OPEN)
        return self.approve(case, "")

    def approve(self, case: Case, occasion: str, held: tuple[Take, ...] = ()) -> Case:
        """With `occasion`, what was let go of is held again for it."""
        case = moved(CaseEventKind.APPROVED, CaseStatus.APPROVED, decided_by="rita")(case)
        case = replace(case, payout_id=payout_id_of(case.case_id, case.approvals))
        if occasion:
            self._held(case, occasion, case.status)
        name = case.case_id[-1]
        case = replace(case, held=held or self.takes(name))
        assert case.money is not None
        purchase = self.purchase(name, case_id=case.case_id, promised_minor=case.money.amount_minor)
        self.do(written(case, purchase, payout_for(case, PayoutState.REQUESTED)))
        return case

    def takes(self, name: str, percent: int = 100) -> tuple[Take, ...]:
        """So much of all that the purchase became."""
        return tuple(Take(lot, (10 if lot % 2 else 1) * percent) for lot in self.lots[name])

    def _held(self, case: Case, occasion: str, status: CaseStatus) -> None:
        name = case.case_id[-1]
        lots = self.lots[name]
        purchase = self.purchase(name, case_id=case.case_id)
        held = replace(case, held=self.takes(name), status=status)
        key = f"hold:{case.case_id}{occasion}"
        self.do(written(held, purchase, move=holding(lots, key), lots=lots))

    def sent(self, case: Case, adjustment_id: str) -> Case:
        paying = moved(
            CaseEventKind.PAYING, CaseStatus.PAYING, author="paddle", adjustment_id=adjustment_id
        )(case)
        assert case.money is not None
        told = adjustment(
            adjustment_id,
            case.money.amount_minor,
            status="pending_approval",
            payout_id=case.payout_id,
        )
        self.do(followed(f"txn_{case.case_id[-1]}", told, adjusted=0))
        self.do(written(paying, payout_for(paying, PayoutState.SENT, adjustment_id=adjustment_id)))
        return paying

    def let_go(self, case: Case, change: Case, state: PayoutState, occasion: str) -> None:
        """The payout is over, and what is still held is free."""
        name = case.case_id[-1]
        change = replace(change, held=())
        self.do(
            written(
                change,
                payout_for(case, state, adjustment_id=change.adjustment_id),
                self.purchase(
                    name,
                    promised_minor=0,
                    case_id=case.case_id if change.is_open else None,
                ),
                move=releasing(case.held, f"release:{case.case_id}{occasion}"),
                lots=self.lots[name],
            )
        )


def payouts(desk: Desk) -> None:
    """One requested, one sent, one paid in part, one rejected and approved again."""
    desk.approved("b", PART)
    desk.sent(desk.approved("c", PART), "adj_c")

    case = desk.sent(desk.approved("d", PART), "adj_d")
    told = adjustment("adj_d", 400, payout_id=case.payout_id)
    desk.do(followed("txn_d", told, adjusted=400, clawback=desk.takes("d", 40)))
    paid = moved(CaseEventKind.PAID, CaseStatus.PAID, author="paddle")(case)
    desk.let_go(case, paid, PayoutState.PAID, ":paid:1")

    case = desk.sent(desk.approved("e", PART), "adj_e")
    rejected(desk, case, "adj_e", adjusted=0)
    case = desk.approve(stored(desk.ledger, Key(Case, "case_e")), ":approval:2")
    desk.do(written(payout_for(case, PayoutState.SENDING)))


def rejected(desk: Desk, case: Case, adjustment_id: str, *, adjusted: int) -> None:
    told = adjustment(adjustment_id, 400, status="rejected", payout_id=case.payout_id)
    desk.do(followed(f"txn_{case.case_id[-1]}", told, adjusted=adjusted))
    unpaid = moved(CaseEventKind.REJECTED_BY_PADDLE, CaseStatus.OPEN, author="paddle")(case)
    desk.let_go(case, unpaid, PayoutState.REJECTED, ":unpaid:1")


def own_case(
    name: str, told: Adjustment, *, closed: bool, category: Category = Category.ADJUSTMENT
) -> Case:
    """The case of an adjustment that nobody asked for."""
    case = opened(
        case_id_of("adjustment", told.adjustment_id),
        transaction_id=f"txn_{name}",
        category=category,
        opened_by=Opener.DETECTOR,
        adjustment_id=told.adjustment_id,
        money=Money(told.amount_minor, "USD"),
    )
    seen = moved(CaseEventKind.ADJUSTED, author="paddle")(replace(case, opener="paddle"))
    return moved(CaseEventKind.CLOSED, CaseStatus.CLOSED)(seen) if closed else seen


def from_outside(desk: Desk) -> None:
    """Refunds of a part, of unknown lines and of tax, a chargeback that was undone, a credit."""
    do = desk.do
    part = adjustment("adj_a", 333)
    first, bonus = desk.lots["a"]
    do(followed("txn_a", part, adjusted=333, clawback=[Take(first, 333), Take(bonus, 34)]))
    do(written(own_case("a", part, closed=True)))

    taken = adjustment("adj_f", 1000, "chargeback", lines={LINE: 1000})
    undoing = adjustment("adj_f2", 1000, "chargeback_reverse", minutes=1)
    all_of = desk.takes("f")
    do(followed("txn_f", taken, adjusted=1000, clawback=all_of))
    do(followed("txn_f", undoing, adjusted=0, restore=all_of, of="adj_f"))
    do(written(own_case("f", taken, closed=False)))

    lines = {"txnitm_1": 200, "somewhere": 100}
    of_two = adjustment("adj_h", 300, "chargeback_warning", lines=lines)
    takes = [Take(lot, n) for lot, n in zip(desk.lots["h"], (50, 5, 250, 25), strict=True)]
    do(followed("txn_h", of_two, adjusted=300, clawback=takes))
    do(followed("txn_h", adjustment("adj_h2", 10, lines={}, minutes=1), adjusted=310))
    do(followed("txn_h", adjustment("adj_h3", 50, "credit", minutes=2), adjusted=310))


def in_doubt(desk: Desk) -> None:
    """A bank takes money that is promised: all of it, or a fifth before the payout is rejected."""
    case = desk.approved("g", ALL)
    desk.do(written(payout_for(case, PayoutState.PERSON, items=())))
    taken = adjustment("adj_g", 1000, "chargeback")
    desk.do(followed("txn_g", taken, adjusted=1000, clawback=desk.takes("g")))

    case = desk.sent(desk.approved("j", PART), "adj_j")
    fifth_taken(desk, "j")
    rejected(desk, case, "adj_j", adjusted=200)
    case = stored(desk.ledger, Key(Case, "case_j"))
    desk.approve(case, ":approval:2", held=desk.takes("j", 80))

    case = desk.approved("k", PART)
    fifth_taken(desk, "k")
    unpaid = moved(CaseEventKind.NOT_PAYABLE, CaseStatus.OPEN, author="payouts")(case)
    desk.let_go(case, unpaid, PayoutState.REFUSED, ":unpaid:1")


def appealed(desk: Desk) -> None:
    """A bank took a fifth of what a case held that was declined then, and holds the rest again."""
    case = opened("case_l", transaction_id="txn_l")
    holds = replace(case, held=desk.takes("l"))
    names = desk.purchase("l", case_id=case.case_id)
    lots = desk.lots["l"]
    desk.do(written(holds, names, move=holding(lots, "hold:case_l"), lots=lots))
    fifth_taken(desk, "l")
    declined = moved(CaseEventKind.DECLINED, CaseStatus.DECLINED, decided_by="rita")(case)
    free = desk.purchase("l", case_id=None)
    move = releasing(holds.held, "release:case_l")
    desk.do(written(declined, free, move=move, lots=lots))
    again = moved(CaseEventKind.APPEALED, CaseStatus.OPEN, author="studio", appealed_at=NOON)
    names = desk.purchase("l", case_id=case.case_id)
    holds = replace(again(declined), held=desk.takes("l", 80))
    desk.do(written(holds, names, move=holding(lots, "hold:case_l:appeal"), lots=lots))


def fifth_taken(desk: Desk, name: str) -> None:
    taken = adjustment(f"adj_{name}2", 200, "chargeback", minutes=1)
    desk.do(followed(f"txn_{name}", taken, adjusted=200, clawback=desk.takes(name, 20)))


def of_nobody(desk: Desk) -> None:
    """Adjustments that wait, a difference that is about no purchase, and the breaker."""
    desk.do(crediting(bought("txn_w", account_id=None), now=NOON))
    for name in ("w", "x"):
        waiting = Adjustments(f"txn_{name}", (adjustment(f"adj_{name}", 100),), waits_since=NOON)
        desk.do(written(waiting))
    differs = own_case("nowhere", adjustment("adj_x", 100), closed=True)
    desk.do(written(replace(differs, category=Category.DIFFERENCE)))
    minutes = tuple(Minute(NOON + n * MINUTE, n + 1, {"USD": 400}) for n in range(3))
    desk.do(written(Breaker(minutes)))


@pytest.fixture(scope="module")
def sound() -> Items:
    ledger, memory = memory_ledger()
    desk = Desk(ledger, lambda decision: ledger.decide(decision, time_left=plenty))
    payouts(desk)
    from_outside(desk)
    in_doubt(desk)
    appealed(desk)
    of_nobody(desk)
    return memory.items


@pytest.fixture
def items(sound: Items) -> Items:
    """A copy to do damage to."""
    return copy.deepcopy(sound)


def test_sound_money_has_nothing_to_find(sound: Items) -> None:
    assert found(sound) == []


def test_the_money_that_is_tried_here_is_in_every_state(sound: Items) -> None:
    records = [plain_item(item) for item in sound.values()]
    cases = {one["status"] for one in records if one["sk"] == "CASE"}
    assert cases >= {"paying", "paid", "closed"}
    states = {one["state"] for one in records if one["sk"] == "PAYOUT"}
    assert states == set(PayoutState)
    told = [a for one in records if one["sk"] == "ADJUSTMENTS" for a in one["known"]]
    assert {one["status"] for one in told} == set(STATUSES) - {REVERSED}


def test_money_belongs_to_the_account_of_its_purchase(sound: Items) -> None:
    owners = {place: part_of(plain_item(item)) for place, item in sound.items()}
    assert owners[adjustments("a")] == ("acc_1", "adjustments")
    assert owners[adjustments("x")] == ("", "adjustments")
    assert owners[payout("b")] == ("acc_1", "payout")
    assert owners[BREAKER] == ("", "breaker")


def test_the_page_names_payouts_and_cases_as_the_ledger_does() -> None:
    assert payout_of("case_1", 2) == payout_id_of("case_1", 2)
    assert case_of_adjustment("adj_1") == case_id_of("adjustment", "adj_1")


def told(name: str, position: int, **attributes: Any) -> Damage:
    """Change an adjustment; None takes an attribute away."""

    def damage(items: Items) -> None:
        known = items[adjustments(name)]["known"]["L"][position]["M"]
        known.update(attributes)
        for attribute in [name for name, value in attributes.items() if value is None]:
            del known[attribute]

    return damage


def told_too(name: str, adjustment_id: str, **attributes: Any) -> Damage:
    """One more adjustment, like the first."""

    def damage(items: Items) -> None:
        known = items[adjustments(name)]["known"]["L"]
        first = copy.deepcopy(known[0]["M"])
        known.append({"M": first | {"adjustment_id": text(adjustment_id)} | attributes})

    return damage


def caused(by: str, **attributes: Any) -> Damage:
    """Forge the entry of this cause."""

    def damage(items: Items) -> None:
        places = [p for p, item in items.items() if item.get("cause") == text(by)]
        forged(places[0], **attributes)(items)

    return damage


def event(place: tuple[str, str], position: int, **attributes: Any) -> Damage:
    def damage(items: Items) -> None:
        items[place]["events"]["L"][position]["M"].update(attributes)

    return damage


def in_status(place: tuple[str, str], status: str) -> Damage:
    return both(put(place, status=text(status)), event(place, -1, status=text(status)))


def text(value: str) -> dict[str, str]:
    return {"S": value}


def pairs(*values: tuple[str, int]) -> dict[str, Any]:
    return {"L": [{"L": [text(name), number(minor)]} for name, minor in values]}


def adjustments(name: str) -> tuple[str, str]:
    return f"ADJUSTMENTS#txn_{name}", "ADJUSTMENTS"


def case(name: str) -> tuple[str, str]:
    return f"CASE#case_{name}", "CASE"


def purchase(name: str) -> tuple[str, str]:
    return f"PURCHASE#txn_{name}", "PURCHASE"


def payout(name: str, turn: int = 1) -> tuple[str, str]:
    return f"PAYOUT#{payout_of(f'case_{name}', turn)}", "PAYOUT"


OWN_A = (f"CASE#{case_of_adjustment('adj_a')}", "CASE")
OWN_F = (f"CASE#{case_of_adjustment('adj_f')}", "CASE")
DIFFERS = (f"CASE#{case_of_adjustment('adj_x')}", "CASE")
BREAKER = ("PAYOUT_BREAKER", "PAYOUT_BREAKER")
PAYOUT_X = ("PAYOUT#payout_x", "PAYOUT")

# What was done to the ledger, and a piece of what the audit has to say of it.
DAMAGE: dict[str, tuple[Damage, str]] = {
    # Places
    "a payout in a wrong place": (
        copied(payout("b"), PAYOUT_X),
        "PAYOUT#payout_x, PAYOUT: does not lie where its own attributes say",
    ),
    "adjustments in a wrong place": (
        copied(adjustments("a"), adjustments("b")),
        "ADJUSTMENTS#txn_b, ADJUSTMENTS: does not lie where its own attributes say",
    ),
    "a second breaker": (
        copied(BREAKER, ("PAYOUT_BREAKER", "OTHER")),
        "PAYOUT_BREAKER, OTHER: does not lie where its own attributes say",
    ),
    # Adjustments by themselves
    "adjustments out of order": (
        told("h", 0, created_at=text("2099-01-01T00:00:00.000000Z")),
        "has adjustments that are not in order",
    ),
    "an adjustment twice": (
        told("h", 1, adjustment_id=text("adj_h")),
        "names an adjustment twice",
    ),
    "an adjustment in no status": (
        told("a", 0, status=text("lost")),
        "has adj_a, which is in the unknown status lost",
    ),
    "an adjustment of no action": (
        told("a", 0, action=text("gift")),
        "has adj_a, which is of the unknown action gift",
    ),
    "an adjustment of less than nothing": (
        told("h", 1, amount_minor=number(-1)),
        "has adj_h2, which is of less than nothing",
    ),
    "less than nothing of a line": (
        told("a", 0, lines=pairs((LINE, -1))),
        "has adj_a, which is of less than nothing",
    ),
    "adjustments that cannot be read": (
        drop(adjustments("a"), "known"),
        "ADJUSTMENTS#txn_a: cannot be read",
    ),
    "adjustments wait for what was granted": (
        put(adjustments("h"), waits_since=text("2026-11-22T12:00:00.000000Z")),
        "ADJUSTMENTS#txn_h: waits, and its purchase was granted",
    ),
    "adjustments of nobody whose purchase was granted": (
        drop(adjustments("c"), "account_id"),
        "ADJUSTMENTS#txn_c: waits, and its purchase was granted",
    ),
    "adjustments are followed in another account": (
        put(adjustments("c"), account_id=text("acc_2")),
        "is followed in an account that was not granted its purchase",
    ),
    "adjustments are followed that nothing was granted for": (
        both(
            put(adjustments("w"), account_id=text("acc_1")), drop(adjustments("w"), "waits_since")
        ),
        "ADJUSTMENTS#txn_w: is followed in an account that was not granted its purchase",
    ),
    # What they claim
    "adjustments are gone": (
        drop(adjustments("a")),
        "PURCHASE#txn_a: says that 333 are adjusted; its adjustments come to 0",
    ),
    "adjustments are gone that took credits": (
        drop(adjustments("a")),
        "PURCHASE#txn_a: has lot 1, of which 333 credits are withdrawn; its adjustments claim 0",
    ),
    "a purchase says that less is adjusted": (
        put(purchase("a"), adjusted_minor=number(332)),
        "says that 332 are adjusted; its adjustments come to 333",
    ),
    "a purchase says that nothing is adjusted": (
        drop(purchase("a"), "adjusted_minor"),
        "says that 0 are adjusted; its adjustments come to 333",
    ),
    "a lot lost a credit too many": (
        told("a", 0, lines=pairs((LINE, 332))),
        "has lot 1, of which 333 credits are withdrawn; its adjustments claim 332",
    ),
    "a lot lost a credit too few": (
        told("a", 0, lines=pairs((LINE, 341))),
        "has lot 2, of which 34 credits are withdrawn; its adjustments claim 35",
    ),
    "money of unknown lines took credits of one": (
        told("h", 0, lines=pairs(("txnitm_1", 300))),
        "has lot 15, of which 50 credits are withdrawn; its adjustments claim 0",
    ),
    "all money is gone and not all credits": (
        both(told("a", 0, amount_minor=number(1000)), put(purchase("a"), adjusted_minor=number(1))),
        "has lot 1, of which 333 credits are withdrawn; its adjustments claim 1000",
    ),
    "tax took credits": (
        told("h", 1, lines=pairs((LINE, 10))),
        "has lot 15, of which 50 credits are withdrawn; its adjustments claim 60",
    ),
    "a pending refund took credits": (
        told("c", 0, status=text("approved")),
        "PURCHASE#txn_c: says that 0 are adjusted; its adjustments come to 400",
    ),
    "a reversal is gone": (
        lambda items: items[adjustments("f")]["known"]["L"].pop(),
        "PURCHASE#txn_f: says that 0 are adjusted; its adjustments come to 1000",
    ),
    "a reversal undoes another action": (
        told("f", 1, action=text("chargeback_warning_reverse")),
        "PURCHASE#txn_f: says that 0 are adjusted; its adjustments come to 1000",
    ),
    # The entries that they made
    "a clawback that no adjustment names": (
        told("a", 0, clawback_seq=number(0)),
        "has the cause clawback:adj_a, whose record does not say so",
    ),
    "a restore that no adjustment names": (
        told("f", 0, restore_seq=number(0)),
        "has the cause restore:adj_f, whose record does not say so",
    ),
    "a clawback under another number": (
        told("a", 0, clawback_seq=number(99)),
        "names the entry 99; the one of clawback:adj_a is",
    ),
    "a clawback that there was not": (
        told("h", 1, clawback_seq=number(5)),
        "says that credits moved; there is no entry clawback:adj_h2",
    ),
    "a restore that is a clawback": (
        both(
            caused("clawback:adj_a", cause=text("restore:adj_a")),
            told("a", 0, restore_seq=number(1)),
        ),
        "has an entry restore:adj_a, which is a clawback",
    ),
    "a clawback of another purchase's lots": (
        both(
            copied(adjustments("a"), adjustments("b"), transaction_id=text("txn_b")),
            drop(adjustments("a")),
        ),
        "has an entry clawback:adj_a, which moved lots that are not its: [1, 2]",
    ),
    "a clawback in another account": (
        put(adjustments("a"), account_id=text("acc_2")),
        "is of account acc_2; its entry is acc_1's",
    ),
    "a credit took credits": (
        told("h", 2, clawback_seq=number(5)),
        "has adj_h3, which moved credits as a credit that is approved",
    ),
    "a rejected refund took credits": (
        told("a", 0, status=text("rejected")),
        "has adj_a, which moved credits as a refund that is rejected",
    ),
    "credits came back before they were taken": (
        told("f", 0, clawback_seq=number(9999)),
        "has adj_f, which gave credits back before it took them",
    ),
    "credits moved for what waits": (
        told("w", 0, clawback_seq=number(5)),
        "ADJUSTMENTS#txn_w: waits, and says that credits moved by adj_w",
    ),
    # Cases that are only to be seen
    "what was asked for is closed": (
        in_status(case("b"), "closed"),
        "is closed, which no case of the category unauthorised can be",
    ),
    "what is only to be seen is approved": (
        in_status(OWN_F, "approved"),
        "is approved, which no case of the category adjustment can be",
    ),
    "what is only to be seen is declined": (
        in_status(DIFFERS, "declined"),
        "is declined, which no case of the category difference can be",
    ),
    "what is only to be seen holds credits": (
        put(OWN_F, held={"L": [numbers(11, 5)]}),
        "holds or pays something as a case of the category adjustment",
    ),
    "what is only to be seen has a payout": (
        put(DIFFERS, payout_id=text("payout_1")),
        "holds or pays something as a case of the category difference",
    ),
    "a purchase names what is only to be seen": (
        put(purchase("f"), case_id=text(OWN_F[0].removeprefix("CASE#"))),
        "which is only to be seen",
    ),
    "a case is about an adjustment that there is not": (
        put(OWN_F, adjustment_id=text("adj_z")),
        "is about the adjustment adj_z, which its purchase does not have",
    ),
    "a case of an adjustment has another id": (
        copied(OWN_F, case("x"), case_id=text("case_x")),
        "CASE#case_x: is about the adjustment adj_f, which its purchase does not have",
    ),
    "a case of an adjustment is another account's": (
        put(OWN_F, account_id=text("acc_2")),
        "is about the purchase txn_f, which its account does not have",
    ),
    "a case was closed by who asked for it": (
        put(OWN_A, opened_by=text("support"), opener=text("rita")),
        "was decided by who asked for it",
    ),
    # Cases and their payouts
    "a payout is gone": (drop(payout("b")), "CASE#case_b: is approved, and there is no payout"),
    "a case names no payout": (
        drop(case("b"), "payout_id"),
        "is approved, and does not name the payout of its last approval",
    ),
    "a case names an earlier payout": (
        put(case("e"), payout_id=text(payout_of("case_e", 1))),
        "is approved, and does not name the payout of its last approval",
    ),
    "a case was never approved": (
        event(case("b"), 1, kind=text("reminded")),
        "is approved, and does not name the payout of its last approval",
    ),
    "a payout is of another account": (
        put(payout("b"), account_id=text("acc_2")),
        "is approved, and its payout is of something else",
    ),
    "a payout is of another amount": (
        put(payout("d"), amount_minor=number(401)),
        "is paid, and its payout is of something else",
    ),
    "a payout is of another currency": (
        put(payout("c"), currency=text("EUR")),
        "is paying, and its payout is of something else",
    ),
    "an approved case was paid": (
        put(payout("b"), state=text("paid"), adjustment_id=text("adj_b")),
        "is approved, and its payout is paid",
    ),
    "an approved case's payout was refused": (
        put(payout("b"), state=text("refused")),
        "is approved, and its payout is refused",
    ),
    "a paying case's payout was not sent": (
        put(payout("c"), state=text("requested")),
        "is paying, and its payout is requested",
    ),
    "a paid case's payout was rejected": (
        put(payout("d"), state=text("rejected")),
        "is paid, and its payout is rejected",
    ),
    "a case is paid by another adjustment": (
        put(case("d"), adjustment_id=text("adj_z")),
        "is paid by the adjustment adj_z, and its payout by adj_d",
    ),
    "a case is being paid by another adjustment": (
        put(case("c"), adjustment_id=text("adj_z")),
        "is paying by the adjustment adj_z, and its payout by adj_c",
    ),
    "a paid case without money": (
        put(case("d"), amount_minor=number(0)),
        "is paid without money of a purchase",
    ),
    "a paying case promises another currency": (
        put(case("c"), currency=text("EUR")),
        "promises EUR for the purchase txn_c",
    ),
    "a purchase does not name a paying case": (
        drop(purchase("c"), "case_id"),
        "is paying about the purchase txn_c, which does not name it",
    ),
    # Payouts by themselves
    "a payout in no state": (put(payout("b"), state=text("lost")), "is in the unknown state lost"),
    "a payout of no money": (put(payout("b"), amount_minor=number(0)), "is of no money"),
    "a payout was sent as nothing": (
        drop(payout("c"), "adjustment_id"),
        "is sent, and names no adjustment",
    ),
    "a payout that nothing waits for": (
        put(payout("e"), state=text("requested")),
        "is requested, and its case case_e does not wait for it",
    ),
    "a payout of a case that is settled": (
        in_status(case("b"), "declined"),
        "is requested, and its case case_b does not wait for it",
    ),
    "a payout of another case": (
        put(payout("b"), case_id=text("case_c")),
        "is of the case case_c, which is not about its purchase",
    ),
    "a payout of no case": (
        put(payout("b"), case_id=text("case_z")),
        "is of the case case_z, which is not about its purchase",
    ),
    "a second payout of one approval": (
        copied(payout("b"), PAYOUT_X, payout_id=text("payout_x")),
        "PAYOUT#payout_x: is of no approval of the case case_b",
    ),
    "a payout of another's purchase": (
        put(purchase("d"), account_id=text("acc_2")),
        f"{payout('d')[0]}: is about the purchase txn_d, which its account does not have",
    ),
    "a payout of less than nothing": (
        put(payout("b"), items=pairs((LINE, 500), ("txnitm_1", -100))),
        "pays less than nothing of a line",
    ),
    "a payout of a line that there is not": (
        put(payout("b"), items=pairs(("txnitm_7", 400))),
        "does not pay lines of its purchase, each once",
    ),
    "a payout of a line twice": (
        put(payout("b"), items=pairs((LINE, 300), (LINE, 100))),
        "does not pay lines of its purchase, each once",
    ),
    "a payout whose items are less": (
        put(payout("b"), items=pairs((LINE, 399))),
        "pays 400; its items come to 399",
    ),
    "a payout of all that says it is of a part": (
        put(payout("b"), items={"L": []}),
        "pays 400; its items come to 1000",
    ),
    # Not twice
    "a paying case that is not promised": (
        drop(purchase("c"), "promised_minor"),
        "says that 0 are promised; its approved cases promise 400",
    ),
    "a paid case that is promised still": (
        put(purchase("d"), promised_minor=number(400)),
        "says that 400 are promised; its approved cases promise 0",
    ),
    "more is promised and paid than was collected": (
        put(purchase("d"), promised_minor=number(601)),
        "has 601 promised and 400 adjusted, of 1000",
    ),
    "more is promised than was collected, and a bank took it": (
        put(purchase("g"), promised_minor=number(1001)),
        "has 1001 promised and 1000 adjusted, of 1000",
    ),
    "a payout was paid twice": (
        told_too("c", "adj_c2"),
        f"has several adjustments by the payout {payout_of('case_c', 1)}",
    ),
    "a payout by an adjustment that there is not": (
        put(payout("d"), adjustment_id=text("adj_z")),
        "names the adjustment adj_z, which does not name it",
    ),
    "a payout of another purchase asked for an adjustment": (
        told("a", 0, payout_id=text(payout_of("case_b", 1))),
        f"names the payout {payout_of('case_b', 1)}, which is not of its purchase",
    ),
    "a payout by somebody else's adjustment": (
        told("d", 0, payout_id=None),
        "names the adjustment adj_d, which does not name it",
    ),
    # What cases hold
    "a case was paid once and let go for a second time": (
        caused("release:case_d:paid:1", cause=text("release:case_d:paid:2")),
        "has the cause release:case_d:paid:2, whose record does not say so",
    ),
    "a case holds for an approval that there was not": (
        caused("hold:case_b", cause=text("hold:case_b:approval:2")),
        "has the cause hold:case_b:approval:2, whose record does not say so",
    ),
    "a case let go of nothing when it was not paid": (
        put(case("e"), held={"L": []}),
        "CASE#case_e: says that it holds []; its entries hold [[9, 1000], [10, 100]]",
    ),
    "a case says that it holds what a bank took": (
        put(case("j"), held={"L": [numbers(19, 1001), numbers(20, 80)]}),
        "CASE#case_j: says that it holds [[19, 1001], [20, 80]]; its entries hold",
    ),
    "a case says that it lost what a bank took": (
        put(case("g"), held={"L": []}),
        "CASE#case_g: says that it holds []; its entries hold",
    ),
    # The breaker
    "the breaker's minutes are out of order": (
        lambda items: items[BREAKER]["minutes"]["L"].reverse(),
        "PAYOUT_BREAKER: has minutes that are not in order",
    ),
    "the breaker has a minute twice": (
        lambda items: items[BREAKER]["minutes"]["L"].append(items[BREAKER]["minutes"]["L"][-1]),
        "PAYOUT_BREAKER: has minutes that are not in order",
    ),
    "a breaker that cannot be read": (
        drop(BREAKER, "minutes"),
        "PAYOUT_BREAKER: cannot be read",
    ),
}


@pytest.mark.parametrize(("damage", "says"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_found_and_named(items: Items, damage: Damage, says: str) -> None:
    damage(items)
    findings = found(items)
    assert any(says in finding for finding in findings), findings


# What may be so, though it is seldom: nothing is to be said of it.
ALLOWED: dict[str, Damage] = {
    "a bank took more than was collected": told("g", 0, amount_minor=number(1200)),
    "Paddle rejected another adjustment by the same payout": told_too(
        "c", "adj_c2", status=text("rejected")
    ),
    "a person has the payout of a paying case": put(payout("c"), state=text("person")),
    "what waits copies the marks of payouts": both(
        told("x", 0, payout_id=text("payout_1")), told_too("x", "adj_x2")
    ),
    "a difference is about somebody's purchase": put(DIFFERS, transaction_id=text("txn_a")),
    "what was not for credits does not wait": drop(adjustments("x"), "waits_since"),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_may_be_so_is_silent(items: Items, change: Damage) -> None:
    change(items)
    assert found(items) == []


def test_reading_again_finds_what_the_scan_missed(items: Items, sound: Items) -> None:
    """Adjustments, payouts and cases that came while it was under way."""
    for place in (
        adjustments("a"),
        adjustments("d"),
        payout("b"),
        payout("e", 2),
        case("c"),
        OWN_F,
    ):
        del items[place]
    assert len(found(items)) > 5
    with Spool() as spool:
        audit(Torn(items, sound, settles_after=1), spool)
        assert list(spool.findings()) == []


AMOUNTS = st.sampled_from([0, 1, 300, 400, 500, 999, 1000, 1001])
ITEMS = st.sampled_from(["txnitm_0", "txnitm_1", "somewhere"])
TOLD = st.builds(
    Adjustment,
    adjustment_id=st.uuids().map(str),
    action=st.sampled_from(sorted(KNOWN_ACTIONS)),
    status=st.sampled_from([*STATUSES, APPROVED, APPROVED]),
    currency=st.just("USD"),
    amount_minor=AMOUNTS,
    lines=st.lists(st.builds(AdjustedLine, ITEMS, AMOUNTS), max_size=3).map(tuple),
    created_at=st.integers(0, 9).map(lambda n: NOON + n * MINUTE),
    told_at=st.just(NOON),
)
LINES = st.builds(
    PurchaseLine,
    item_id=st.just(""),
    price_id=st.just("pri_1"),
    quantity=st.just(1),
    amount_minor=st.sampled_from([0, 1, 333, 1000]),
    tax_minor=st.just(0),
    credits=st.sampled_from([1, 7, 1000]),
    bonus_credits=st.sampled_from([0, 3, 100]),
)


@given(
    told=st.lists(TOLD, max_size=8),
    lines=st.lists(LINES, max_size=3),
    collected=st.integers(1, 2500),
)
@settings(max_examples=300)
def test_what_adjustments_claim_is_written_twice_from_one_page(
    told: list[Adjustment], lines: list[PurchaseLine], collected: int
) -> None:
    known = Adjustments("txn_1", account_id="acc_1")
    for one in told:
        known = known.with_one(one)
    bought_lines = [
        replace(
            line,
            item_id=f"txnitm_{n}",
            lot=2 * n + 1,
            bonus_lot=2 * n + 2 if line.bonus_credits else 0,
        )
        for n, line in enumerate(lines)
    ]
    purchase = Purchase(
        *("txn_1", PurchaseState.GRANTED, None, None, None, "USD", collected),
        lines=tuple(bought_lines),
        occurred_at=NOON,
        recorded_at=NOON,
        account_id="acc_1",
    )
    purchase = replace(purchase, adjusted_minor=adjusted_minor(purchase, known))
    withdrawn = {take.number: take.credits for take in withdrawn_of(purchase, known)}
    stored_known = plain_item(put_of(known, seen=0)["Item"])
    standing = [one["adjustment_id"] for one in standing_of(stored_known)]
    assert standing == [one.adjustment_id for one in known.standing]
    stored_purchase = plain_item(put_of(purchase, seen=0)["Item"])
    assert list(withdrawal_faults(stored_purchase, stored_known, withdrawn.__getitem__)) == []
