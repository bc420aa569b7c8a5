"""Mistakes in the expressions that DynamoDB is sent. No linter reads them."""

from makegood.ledger.table import Put
from tests.simulation.mistakes.planting import (
    Mistake,
    Patch,
    is_a,
    is_entry,
    is_snapshot,
    without_condition,
    writing,
)


def puts_the_balance_without_condition(patch: Patch) -> None:
    """The entry is conditional, so nothing can be written twice."""
    writing(
        patch, lambda puts: [without_condition(put) if is_snapshot(put) else put for put in puts]
    )


def puts_account_and_entry_without_condition(patch: Patch) -> None:
    """The job is conditional, and one job is one refund: the account need not be."""
    writing(
        patch,
        lambda puts: [
            without_condition(put) if is_snapshot(put) or is_entry(put) else put for put in puts
        ],
    )


def puts_the_job_without_condition(patch: Patch) -> None:
    """The account is conditional, and a job changes only with its account."""
    writing(
        patch, lambda puts: [without_condition(put) if is_a(put, "JOB") else put for put in puts]
    )


def puts_the_payout_without_condition(patch: Patch) -> None:
    """The lease was looked at just now."""
    writing(
        patch, lambda puts: [without_condition(put) if is_a(put, "PAYOUT") else put for put in puts]
    )


def puts_the_case_without_condition(patch: Patch) -> None:
    """Two people seldom look at the same case in the same second."""
    writing(
        patch, lambda puts: [without_condition(put) if is_a(put, "CASE") else put for put in puts]
    )


def creates_without_condition(patch: Patch) -> None:
    """What was not there when it was looked for needs no condition."""

    def changed(put: Put) -> Put:
        is_new = "not_exists" in put.get("ConditionExpression", "")
        return without_condition(put) if is_new and not is_entry(put) else put

    writing(patch, lambda puts: [changed(put) for put in puts])


def takes_any_later_version(patch: Patch) -> None:
    """`v >= :seen` in the place of `v = :seen`: a newer version is all the better."""

    def changed(put: Put) -> Put:
        condition = put.get("ConditionExpression", "")
        return {**put, "ConditionExpression": condition.replace("v = :seen", "v >= :seen")}

    writing(patch, lambda puts: [changed(put) for put in puts])


def never_raises_the_version(patch: Patch) -> None:
    """The version is compared, and written as it was."""

    def changed(put: Put) -> Put:
        seen = put.get("ExpressionAttributeValues", {}).get(":seen")
        return put if seen is None else {**put, "Item": {**put["Item"], "v": seen}}

    writing(patch, lambda puts: [changed(put) for put in puts])


MISTAKES: tuple[Mistake, ...] = (
    puts_the_balance_without_condition,
    puts_account_and_entry_without_condition,
    puts_the_job_without_condition,
    puts_the_payout_without_condition,
    puts_the_case_without_condition,
    creates_without_condition,
    takes_any_later_version,
    never_raises_the_version,
)
