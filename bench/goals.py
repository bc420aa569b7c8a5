"""What must be reached, and whether it was: `ratios` of the results' file."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.processes import Counts
from bench.samples import Samples
from bench.subjects import PRODUCT, TEXTBOOK

Ratios = dict[str, float]


@dataclass(frozen=True, slots=True)
class Goal:
    """`bound` is a least value where `at_least`, else a most."""

    name: str
    what: str
    bound: float
    at_least: bool = False

    def is_reached(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


GOALS = (
    Goal(
        "storm_refunds_per_core",
        "refunds a core second, storm by account, times textbook",
        20,
        True,
    ),
    Goal("storm_random_refunds_per_core", "the same in random order, times textbook", 12, True),
    Goal("storm_calls_per_refund", "DynamoDB calls a refund, the worse storm", 0.1),
    Goal("storm_wru_per_refund", "write units a refund, storm by account", 5.2),
    Goal("storm_random_wru_per_refund", "write units a refund, random order", 7.1),
    Goal("single_wru_per_refund", "write units of a refund alone", 7.1),
    Goal("webhook_cold_wall", "cold webhook on the wall, of the textbook's", 1 / 5),
    Goal("refund_worker_cold_wall", "cold refund worker on the wall, of the textbook's", 1 / 3),
    Goal("webhook_warm_cpu", "CPU of a warm webhook, of the textbook's", 1 / 4),
    Goal("growth_100k_entries", "a refund or charge, longest history against none", 1.1),
    Goal("worker_peak_mib_at_1000", "peak MiB of a worker at a batch of 1,000", 128),
)


def ratios(
    *,
    cold: Samples,
    warm: Samples,
    storms: Samples,
    totals: Mapping[str, tuple[int, Counts]],
    growth: Mapping[str, float],
    peak_mib: float,
) -> Ratios:
    """The figures of the goals' table: times and CPU against the textbook's, units as they are.

    Growth is judged by the medians of CPU, calls and units, the worst of them. CPU is compared as a
    ratio of interleaved runs.
    """
    both = (PRODUCT, TEXTBOOK)
    each = {name: (counts, jobs) for name, (jobs, counts) in totals.items()}
    calls = [counts.dynamodb_calls / jobs for counts, jobs in each.values()]

    def units(storm: str) -> float:
        counts, jobs = each[storm]
        return counts.write_units / jobs

    told = {
        "storm_refunds_per_core": storms.ratio("together", both, "refunds_per_core_second"),
        "storm_random_refunds_per_core": storms.ratio("random", both, "refunds_per_core_second"),
        "storm_calls_per_refund": max(calls),
        "storm_wru_per_refund": units("together"),
        "storm_random_wru_per_refund": units("random"),
        "single_wru_per_refund": warm.median("refund_alone", PRODUCT, "write_units"),
        "webhook_cold_wall": cold.ratio("webhook", both, "wall_ms"),
        "refund_worker_cold_wall": cold.ratio("refund_worker", both, "wall_ms"),
        "webhook_warm_cpu": warm.ratio("webhook", both, "cpu_us"),
        "growth_100k_entries": max(growth.values()),
        "worker_peak_mib_at_1000": peak_mib,
    }
    return {name: round(value, 4) for name, value in told.items()}
