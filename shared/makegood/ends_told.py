"""What is told of jobs that ended, whoever ended them: one line and a few metrics for a batch."""

from collections import Counter
from collections.abc import Sequence

from makegood.observability import count, log, measure
from makegood.plans.job_ends import Ended


def tell_of_ends(ends: Sequence[Ended]) -> None:
    """One line for a batch: a line for each refund would cost as much as the refund."""
    if not ends:
        return
    new = [end for end in ends if not end.again]
    states = Counter(end.job.state for end in new)
    again = len(ends) - len(new)
    late = sum(end.late_success for end in ends)
    log("jobs.ended", **{state.value: n for state, n in states.items()}, again=again, late=late)
    for state, number in states.items():
        count(f"Jobs{state.value.capitalize()}", number)
    if returned := sum(end.job.refunded for end in new):
        count("CreditsReturned", returned)
    if again:
        count("JobsToldAgain", again)
    if late:
        count("LateSuccesses", late)
    waited = [seconds for end in new if (seconds := end.seconds_to_refund) is not None]
    measure("SecondsToRefund", waited, "Seconds")
