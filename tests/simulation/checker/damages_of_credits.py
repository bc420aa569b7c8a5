"""Damages of accounts, entries, lots, jobs and purchases."""

from typing import Any

from tests.simulation.checker.damaging import End, damage

OTHER = {"acc_1": "acc_2", "acc_2": "acc_1"}


def _first(found: Any) -> Any:
    return next(iter(found), None)


def _account(end: End) -> Any:
    """A snapshot of somebody who has something."""
    return _first(one for one in end.of("SNAPSHOT") if one["lots"])


@damage("I01")
def a_changed_balance(end: End) -> bool:
    if snapshot := _account(end):
        snapshot["available"] += 5
    return bool(snapshot)


@damage("I01", "I26")
def postings_that_do_not_sum(end: End) -> bool:
    if entry := _first(end.of("ENTRY#", kind="charge")):
        entry["postings"]["consumed"] += 1
        end.chain(entry["account_id"])
    return bool(entry)


@damage("I01", "I26")
def balances_after_an_entry_that_are_not_so(end: End) -> bool:
    if entry := _first(end.of("ENTRY#", kind="charge")):
        entry["after"][0] += 1
        end.chain(entry["account_id"])
    return bool(entry)


@damage("I02")
def a_lot_that_is_not_what_its_entries_say(end: End) -> bool:
    if snapshot := _account(end):
        snapshot["lots"][0][2] += 1
    return bool(snapshot)


@damage("I02", "I07", "I01")
def a_lot_of_which_too_much_is_used(end: End) -> bool:
    entry = _first(one for one in end.of("ENTRY#", kind="charge") if len(one["lots"]) == 1)
    if entry:
        [change] = entry["lots"]
        change[2] += 100_000
        end.chain(entry["account_id"])
    return bool(entry)


@damage("I03")
def an_entry_without_its_record(end: End) -> bool:
    if bonus := _first(end.of("BONUS")):
        end.remove(bonus)
    return bool(bonus)


@damage("I03")
def a_record_without_its_entry(end: End) -> bool:
    if bonus := _first(end.of("BONUS")):
        end.put({**bonus, "pk": "BONUS#another", "key": "another"})
    return bool(bonus)


@damage("I03")
def a_record_that_says_another_number(end: End) -> bool:
    if bonus := _first(end.of("BONUS")):
        bonus["credits"] += 1
    return bool(bonus)


@damage("I03")
def something_that_lies_astray(end: End) -> bool:
    end.put({"pk": "MOON#1", "sk": "MOON", "v": 1})
    return True


@damage("I04", "I26")
def an_entry_that_was_changed(end: End) -> bool:
    if entry := _first(end.of("ENTRY#")):
        entry["reason"] = "It was otherwise."
    return bool(entry)


@damage("I04", "I01", "I02", "I03", "I26")
def an_entry_that_was_deleted(end: End) -> bool:
    if entry := _first(end.of("ENTRY#", kind="bonus")):
        end.remove(entry)
    return bool(entry) and "I09" not in end.invariants()


@damage("I05", "I03")
def a_bonus_that_was_given_twice(end: End) -> bool:
    for entry in end.of("ENTRY#", kind="bonus"):
        account = entry["account_id"]
        snapshot = end.items[f"ACCOUNT#{account}", "SNAPSHOT"]
        if not entry["cause"].startswith("bonus:") or snapshot["debt"]:
            continue
        seq, [[_, credits, *_rest]] = snapshot["seq"] + 1, entry["lots"]
        snapshot["seq"], snapshot["available"] = seq, snapshot["available"] + credits
        snapshot["lots"].append([seq, credits, 0, 0, 0])
        again = {**entry, "sk": f"ENTRY#{seq:012d}", "seq": seq, "lots": [[seq, credits, 0, 0, 0]]}
        again["postings"] = {"available": credits, "issued": -credits}
        again["after"] = [snapshot["available"], snapshot["held"], 0]
        end.put(again)
        end.chain(account)
        return True
    return False


@damage("I06")
def a_failure_that_is_none_of_the_persons(end: End) -> bool:
    """Its job got its credits back, and was told to have failed by its user's own input."""
    for number, sent in enumerate(end.witness.sent):
        if sent.source == "studio" and '"provider_503"' in sent.body:
            body = sent.body.replace("provider_503", "invalid_input")
            end.witness.sent[number] = _replaced(sent, body=body)
            return bool(end.invariants())
    return False


def _replaced(what: Any, **changes: Any) -> Any:
    return type(what)(**{name: getattr(what, name) for name in what.__slots__} | changes)


@damage("I06")
def a_job_of_which_the_state_is_another(end: End) -> bool:
    if job := _first(end.of("JOB", state="refunded")):
        job["state"] = "succeeded"
    return bool(job)


@damage("I06", "I03", "I07", "I26")
def a_failed_job_without_a_refund(end: End) -> bool:
    """As if nobody had told of it: no entry, and the rest of the account as it would be then."""
    for job in end.of("JOB", state="refunded"):
        entries = end.entries(job["account_id"])
        last = entries[-1] if entries else {}
        if last.get("cause") != f"end:{job['job_id']}" or last["postings"].get("debt"):
            continue
        snapshot = end.items[f"ACCOUNT#{job['account_id']}", "SNAPSHOT"]
        snapshot["seq"] -= 1
        snapshot["available"] -= last["postings"]["available"]
        lots = {lot[0]: lot for lot in snapshot["lots"]}
        for number, _granted, used, *_ in last["lots"]:
            lots[number][2] -= used
        end.remove(last)
        end.chain(job["account_id"])
        job["state"], job["refunded"] = "denied", 0
        return end.invariants() >= {"I06"}
    return False


@damage("I07", "I06")
def a_job_that_got_more_back_than_it_paid(end: End) -> bool:
    if job := _first(end.of("JOB", state="refunded")):
        job["refunded"] += 1
    return bool(job)


@damage("I07")
def a_job_that_took_from_another_lot(end: End) -> bool:
    if job := _first(end.of("JOB", state="denied")):
        job["takes"][0][0] += 90
    return bool(job)


@damage("I08", "I03", "I17", "I23")
def a_refund_to_another_account(end: End) -> bool:
    if job := _first(end.of("JOB", state="refunded")):
        job["account_id"] = OTHER[job["account_id"]]
    return bool(job)


@damage("I08", "I03", "I06")
def a_refund_without_a_charge(end: End) -> bool:
    if job := _first(end.of("JOB", state="refunded")):
        end.remove(job)
        end.witness.job_truth.pop(job["job_id"], None)
        end.witness.sent.clear()
    return bool(job)


@damage("I09")
def a_purchase_with_another_prices_credits(end: End) -> bool:
    bought = [line["price_id"] for one in end.of("PURCHASE") for line in one["lines"]]
    if bought:
        price = end.witness.prices[bought[0]]
        end.witness.prices[bought[0]] = type(price)(price.credits + 1, price.bonus)
    return bool(bought)


@damage("I09")
def a_payment_that_is_nowhere(end: End) -> bool:
    if end.witness.transactions:
        one = {**end.witness.transactions[0], "id": "txn_nowhere"}
        end.witness.transactions = [*end.witness.transactions, one]
    return bool(end.witness.transactions)


@damage("I09", "I11")
def a_purchase_that_nobody_has_paid(end: End) -> bool:
    if end.witness.transactions:
        end.witness.transactions = end.witness.transactions[1:]
    return bool(end.witness.transactions)


@damage("I09", "I03", "I13", "I17", "I19", "I23", "I26")
def a_purchase_of_another_account(end: End) -> bool:
    for purchase in end.of("PURCHASE", state="granted"):
        if not purchase.get("assigned_by") and not purchase.get("case_id"):
            purchase["account_id"] = OTHER[purchase["account_id"]]
            return end.invariants() >= {"I09"}
    return False


@damage("I19")
def a_basket_that_forgot_a_sale(end: End) -> bool:
    basket = _first(one for one in end.items.values() if one["pk"].startswith("BASKETS#"))
    if basket:
        basket["sales"].pop()
    return bool(basket)


@damage("I09", "I23")
def a_purchase_that_nobody_said_whose_it_is(end: End) -> bool:
    """Paddle was not told, its customer has bought nothing else, and no person has said it."""
    for purchase in end.of("PURCHASE", state="granted"):
        name = purchase["transaction_id"]
        purchase["customer_id"] = "ctm_alone"
        purchase.pop("assigned_by", None)
        end.witness.transactions = [
            {**one, "custom_data": None} if one["id"] == name else one
            for one in end.witness.transactions
        ]
        return True
    return False
