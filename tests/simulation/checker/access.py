"""Who asked for what, and what they were told: nobody meets anybody else's things (I23)."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.simulation.checker.reading import Records
from tests.simulation.witness import Call, Witness

_MINE = "/v1/me"


def wrong_access(records: Records, witness: Witness) -> Iterator[str]:
    owners = _owners(records)
    accounts = {*owners.values(), *records.snapshots}
    for call in witness.calls:
        if "account_id" in call.claims:
            yield from _of_customer(call, owners, accounts)
    yield from _asked(records, witness)
    yield from _mails(records, witness, owners)


def _owners(records: Records) -> Mapping[str, str]:
    """By the name of whatever an account has: whose it is."""
    owners: dict[str, str] = {}
    for kind in (records.jobs, records.purchases, records.cases, records.payouts):
        for name, record in kind.items():
            if record.get("account_id") is not None:
                owners[name] = record["account_id"]
    for told in records.adjustments.values():
        if told.get("account_id") is not None:
            owners |= {one["adjustment_id"]: told["account_id"] for one in told["known"]}
    return owners


def _of_customer(call: Call, owners: Mapping[str, str], accounts: set[str]) -> Iterator[str]:
    me, what = call.claims["account_id"], f"{call.claims['sub']}: {call.method} {call.path}"
    if not 200 <= call.status < 300:
        return
    if not call.path.startswith(_MINE):
        yield f"I23: {what} is not a customer's, and was answered with {call.status}"
    for name in call.path.split("/"):
        if owners.get(name, me) != me:
            yield f"I23: {what} is {owners[name]}'s, and was answered with {call.status}"
    for text in texts(call.answer):
        if owners.get(text, me) != me:
            yield f"I23: {what} was answered with {text}, which is {owners[text]}'s"
        if text in accounts and text != me:
            yield f"I23: {what} was told of {text}"


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def _asked(records: Records, witness: Witness) -> Iterator[str]:
    """What customers did stands in their own cases only."""
    account_of = {
        call.claims["sub"]: call.claims["account_id"]
        for call in witness.calls
        if "account_id" in call.claims
    }
    for case in records.cases.values():
        for event in case["events"]:
            account = account_of.get(event["author"], case["account_id"])
            if account != case["account_id"]:
                yield f"I23: {event['author']} {event['kind']} {case['case_id']} of another account"
    operators = [
        *((one["author"], place) for place, made in records.statuses.items() for one in made),
        *((one["author"], name) for name, one in records.corrections.items()),
    ]
    for author, name in operators:
        if author in account_of:
            yield f"I23: {author}, a customer, changed {name}"


def _mails(records: Records, witness: Witness, owners: Mapping[str, str]) -> Iterator[str]:
    """A mail about a case goes to who paid, or to who asked."""
    addresses: dict[str, set[str]] = {}
    for name, case in records.cases.items():
        addresses[name] = {str(case.get("request", {}).get("email"))}
        purchase = records.purchases.get(case.get("transaction_id", ""), {})
        customer = records.customers.get(purchase.get("customer_id", ""), {})
        addresses[name].add(str(customer.get("email")))
    for mail in witness.mails:
        text = mail["Content"]["Simple"]["Body"]["Text"]["Data"]
        about = [name for name in addresses if name in text]
        for address in mail["Destination"]["ToAddresses"]:
            if not any(address in addresses[name] for name in about):
                yield f"I23: a mail about {about} went to another address"
