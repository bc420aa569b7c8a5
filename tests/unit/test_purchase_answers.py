"""One's own purchase as it is shown, while a case is open about it and after."""

from dataclasses import replace

from makegood.api.purchase_answers import show_owned
from makegood.domain.account import AccountStatus
from makegood.domain.lot import Lot
from makegood.domain.purchase import Purchase
from makegood.policy.versions import PUBLISHED
from tests.unit.test_refundable import account, line, purchase


def shown(of: Purchase, *lots: Lot) -> tuple[int, int, int, int]:
    answer = show_owned(of, account(*lots), PUBLISHED)
    lines = sum(each["refundable"]["amount_minor"] for each in answer["lines"])
    return (
        answer["adjusted_minor"],
        answer["promised_minor"],
        answer["refundable_minor"],
        lines,
    )


def test_what_has_gone_back_and_what_is_promised_is_said_and_subtracted() -> None:
    of = purchase(line(1), line(2), adjusted=300, promised=500)
    assert shown(of, Lot(1, 100), Lot(2, 100)) == (300, 500, 1200, 1200)


def test_the_tax_in_it_is_said() -> None:
    answer = show_owned(purchase(line(1, 1190, tax=190)), account(Lot(1, 100)), PUBLISHED)
    assert (answer["refundable_minor"], answer["refundable_tax_minor"]) == (1190, 190)


def test_what_is_held_for_a_case_could_be_paid_back_and_is_shown_as_held() -> None:
    [of] = show_owned(purchase(line(1)), account(Lot(1, 100, held=100)), PUBLISHED)["lines"]
    assert (of["unused"], of["held"], of["refundable"]["amount_minor"]) == (0, 100, 1000)
    assert of["refundable"]["clause"] == "1", "not used up"


def test_one_unused_credit_is_not_all_used() -> None:
    lots = [Lot(1, 100, used=99), Lot(2, 100, used=100)]
    left, used = show_owned(purchase(line(1), line(2)), account(*lots), PUBLISHED)["lines"]
    assert (left["refundable"]["clause"], used["refundable"]["clause"]) == ("1", "3(a)")


def test_the_rule_names_the_hours_of_its_version() -> None:
    [policy] = PUBLISHED.versions
    longer = replace(PUBLISHED, versions=(replace(policy, outage_longer_than=policy.lost_after),))
    [of] = show_owned(purchase(line(1)), account(Lot(1, 100)), PUBLISHED)["lines"]
    [other] = show_owned(purchase(line(1)), account(Lot(1, 100)), longer)["lines"]
    assert "more than 72 hours" in of["refundable"]["why_not"]
    assert "more than 2 hours" in other["refundable"]["why_not"]


def test_the_rule_against_what_has_gone_back_is_not_that_it_was_used() -> None:
    lots = [Lot(1, 100, used=60, withdrawn=40), Lot(2, 100, used=100)]
    gone, used = show_owned(purchase(line(1), line(2)), account(*lots), PUBLISHED)["lines"]
    assert (gone["refundable"]["clause"], used["refundable"]["clause"]) == ("6", "3(a)")


def test_what_came_back_into_a_closed_account_is_shown_with_the_rule_that_keeps_it() -> None:
    closed = replace(account(Lot(1, 100, used=70)), status=AccountStatus.CLOSED)
    [of] = show_owned(purchase(line(1)), closed, PUBLISHED)["lines"]
    assert (of["unused"], of["refundable"]["amount_minor"]) == (30, 0)
    assert of["refundable"]["clause"] == "3(b)"
