"""The simulation finds the mistakes that are easy to make.

`python -m tests.simulation.measuring` says how often, of all of them. Here each has stories among
which several find it, so that it is still found when chance falls in another way; they begin with
one of those, as the first that finds it is enough.
"""

import inspect

import pytest

from tests.simulation.measuring import look
from tests.simulation.mistakes import MISTAKES, PLACES, planted
from tests.simulation.mistakes.planting import all_modules

FOUND_AMONG: dict[str, range] = {
    "checks_then_writes": range(22),
    "forgets_the_entry": range(11),
    "forgets_the_balance": range(11),
    "forgets_the_job": range(1, 14),
    "forgets_the_purchase": range(1, 12),
    "writes_one_after_the_other": range(11),
    "takes_each_cancellation_for_a_duplicate": range(6, 40),
    "trusts_the_request_token": range(13, 83),
    "puts_the_payout_without_condition": range(16, 133),
    "creates_without_condition": range(32),
    "takes_any_later_version": range(16, 39),
    "never_raises_the_version": range(11),
    "refunds_into_the_newest_lot": range(1, 15),
    "refunds_a_job_that_has_ended": range(1, 18),
    "refunds_a_success_that_is_called_failed": range(6, 53),
    "charges_each_time_it_is_asked": range(2, 32),
    "rounds_down": range(6, 116),
    "leaves_the_case_of_a_job_open": range(11, 165),
    "grants_at_each_telling": range(1, 12),
    "forgets_what_was_told_before_the_purchase": range(11, 145),
    "forgets_the_bonus_credits": range(1, 13),
    "gives_a_bonus_at_each_try": range(1, 33),
    "claws_back_on_each_event": range(15),
    "claws_back_what_is_only_asked_for": range(2, 19),
    "does_not_hear_a_refusal": range(15, 91),
    "does_not_hear_a_reversal": range(2, 34),
    "believes_the_last_that_was_told": range(9, 65),
    "leaves_debt_out": range(14, 114),
    "takes_asked_for_paid": range(6, 57),
    "overlooks_its_own_marker": range(2, 15),
    "posts_without_looking": range(3, 60),
    "unknown_counts_as_failed": range(7, 34),
    "too_many_requests_count_as_failed": range(6, 95),
    "adopts_whatever_is_there": range(21),
    "always_asks_for_all": range(2, 19),
    "holds_on_after_a_no": range(5, 42),
    "holds_on_when_nothing_is_paid": range(3, 68),
    "shows_cases_by_their_id": range(37, 128),
    "checks_no_scopes": range(27, 85),
    "counts_days_for_business_days": range(12),
    "queues_after_the_answer": range(11),
    "believes_every_signature": range(7, 62),
    "keeps_the_secret_for_ever": range(5, 77),
    "logs_the_whole_event": range(11),
    "confirms_the_whole_batch": range(7, 49),
    "stops_at_the_first_error": range(59),
    "drops_what_it_cannot_read": range(26),
    "drops_what_it_cannot_do_at_once": range(7, 49),
    "drops_records_on_an_error": range(9, 84),
    "takes_events_as_put": range(2, 44),
    "forgets_events_without_an_answer": range(2, 44),
    "logs_the_address": range(12),
    "tells_only_of_new_records": range(12),
    "keeps_the_first_caller": range(15, 43),
    "reads_the_clock_once": range(19),
    "logs_the_key": range(12),
    "answers_though_the_queue_failed": range(202, 260),
    "lease_of_five_seconds": range(207, 500),
    "no_lease_check": range(321, 800),
    "lets_who_asked_decide": range(214, 450),
    "counts_one_person_twice": range(285, 500),
    "one_person_is_enough": range(211, 360),
    "finds_an_outage_in_one_failure": range(312, 600),
}


@pytest.mark.parametrize("mistake", FOUND_AMONG)
def test_a_mistake_is_found(mistake: str) -> None:
    found = look(mistake, FOUND_AMONG[mistake], enough=1)

    assert found.seeds, f"not one of {found.played} stories went wrong"


def test_a_mistake_says_what_was_thought() -> None:
    assert all(inspect.getdoc(mistake) for mistake in MISTAKES.values())


def test_each_mistake_has_a_name_of_its_own() -> None:
    assert len(MISTAKES) == sum(map(len, PLACES.values()))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_gone_with_its_story(mistake: str) -> None:
    before = _product()

    with planted(mistake):
        during = _product()

    assert during != before
    assert _product() == before


def _product() -> dict[tuple[str, str], object]:
    """All that modules and classes of the product have, by its name."""
    found: dict[tuple[str, str], object] = {}
    for module in all_modules():
        for name, value in vars(module).items():
            found[module.__name__, name] = value
            if inspect.isclass(value) and value.__module__ == module.__name__:
                more = vars(value).items()
                found |= {(f"{module.__name__}.{name}", key): one for key, one in more}
    return found
