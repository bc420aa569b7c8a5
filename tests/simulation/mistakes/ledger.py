"""Mistakes in how the ledger writes."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from makegood.aws import Caller
from makegood.errors import AwsRefusedError, AwsUnreachableError
from makegood.ledger import table
from makegood.ledger.table import Fate, Put, Table, Written
from tests.simulation.mistakes.planting import (
    Mistake,
    Patch,
    is_a,
    is_entry,
    is_snapshot,
    place,
    without_condition,
    writing,
)


def checks_then_writes(patch: Patch) -> None:
    """It was read a moment ago, so it is still so when it is written: no conditions at all."""
    writing(patch, lambda puts: [without_condition(put) for put in puts])


def forgets_the_entry(patch: Patch) -> None:
    """The balance is what counts; how it came about is in the logs."""
    writing(patch, lambda puts: [put for put in puts if not is_entry(put)] or puts)


def forgets_the_balance(patch: Patch) -> None:
    """The balance can be reckoned from the entries at any time."""
    writing(patch, lambda puts: [put for put in puts if not is_snapshot(put)] or puts)


def forgets_the_job(patch: Patch) -> None:
    """The entry says already that the job was given back: the record of the job can wait."""

    def kept(puts: list[Put]) -> list[Put]:
        is_refund = any(is_entry(put) and "end:" in str(put["Item"]) for put in puts)
        return [put for put in puts if not (is_refund and is_a(put, "JOB"))]

    writing(patch, kept)


def forgets_the_purchase(patch: Patch) -> None:
    """A purchase is recorded by its entries. That it was granted needs no record of its own."""
    writing(
        patch,
        lambda puts: [
            put for put in puts if not (is_a(put, "PURCHASE") and any(map(is_entry, puts)))
        ],
    )


def writes_one_after_the_other(patch: Patch) -> None:
    """First the credits, then all that hangs on them: if the second fails, it is tried again."""
    write = Table.write

    def written(self: Table, puts: Sequence[Put]) -> Fate:
        credits = [put for put in puts if place(put)[0].startswith(("ACCOUNT#", "LOTS#"))]
        rest = [put for put in puts if put not in credits]
        for part in (credits, rest):
            if part and (fate := write(self, part)).written is not Written.YES:
                return Fate(fate.written)
        return Fate(Written.YES)

    patch.setattr(Table, "write", written)


def takes_each_cancellation_for_a_duplicate(patch: Patch) -> None:
    """A condition failed, so somebody was faster with the same thing: all is well."""
    fate_of = table._fate

    def fate(error: AwsRefusedError) -> Fate:
        if error.code == "TransactionCanceledException":
            return Fate(Written.YES)
        return fate_of(error)

    patch.setattr(table, "_fate", fate)


def takes_no_answer_for_yes(patch: Patch) -> None:
    """DynamoDB is slow now and then, and does in the end what it was asked for."""
    send = Caller._send

    def sent(self: Caller, call: Any) -> dict[str, Any]:
        try:
            return send(self, call)
        except AwsUnreachableError:
            if call.name == "TransactWriteItems":
                return {}
            raise

    patch.setattr(Caller, "_send", sent)


def trusts_the_request_token(patch: Patch) -> None:
    """AWS itself sees to it that a transaction with the same token is done once.

    The token follows from what is written; so neither conditions nor a look at what there is.
    """

    def write(self: Table, puts: Sequence[Put]) -> Fate:
        actions = [{"Put": {"TableName": self._name, **without_condition(put)}} for put in puts]
        token = blake2b(_what(puts).encode(), digest_size=16).hexdigest()
        request = {"TransactItems": actions, "ClientRequestToken": token}
        try:
            self._dynamodb.call("TransactWriteItems", request)
        except AwsRefusedError as error:
            if error.code == "IdempotentParameterMismatchException":
                return Fate(Written.YES)
            return table._fate(error)
        except AwsUnreachableError:
            return Fate(Written.AGAIN)
        return Fate(Written.YES)

    patch.setattr(Table, "write", write)


def _what(puts: Sequence[Put]) -> str:
    """The causes of entries, or else the records themselves."""
    causes = [put["Item"]["cause"]["S"] for put in puts if is_entry(put)]
    return "\n".join(causes or [f"{place(put)} {put['Item']['v']['N']}" for put in puts])


MISTAKES: tuple[Mistake, ...] = (
    checks_then_writes,
    forgets_the_entry,
    forgets_the_balance,
    forgets_the_job,
    forgets_the_purchase,
    writes_one_after_the_other,
    takes_each_cancellation_for_a_duplicate,
    takes_no_answer_for_yes,
    trusts_the_request_token,
)
