"""What a number of jobs a day needs: `python -m bench.scale` prints the tables of docs/scale.md."""

from dataclasses import dataclass

from bench.cost import Work, core_share, per_million

JOBS_A_DAY = (1_000_000, 100_000_000)

FAILED_SHARE = 0.02
JOBS_FOR_A_PURCHASE = 100
PEAK = 4
"""The busiest second has so many times the average."""

SECONDS_A_DAY = 86_400
CALL_SECONDS = 0.005

# Counted by `make bench` for each of them; microseconds of CPU on its machine, rounded up.
CHARGE = Work(cpu_us=2_500, calls=3, write_units=7, read_units=2, http_requests=1)
SUCCESS = Work(
    cpu_us=250, calls=0.06, write_units=3, read_units=1, invocations=0.01, sqs_messages=1
)
REFUND = Work(cpu_us=400, calls=0.06, write_units=7, read_units=2, invocations=0.01, sqs_messages=1)
WEBHOOK = Work(cpu_us=1_200, calls=1, write_units=0, http_requests=1)
GRANT = Work(
    cpu_us=1_200, calls=0.5, write_units=7, read_units=2.2, invocations=0.1, sqs_messages=1
)

BYTES_KEPT_FOR_A_JOB = 1_000
"""Its own item and the entry of its charge, with the 100 bytes that DynamoDB adds to each."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a day's jobs take, at the average second and at the peak."""

    jobs: int

    @property
    def shares(self) -> tuple[tuple[Work, float], ...]:
        """How many of each happen for one job."""
        bought = 1 / JOBS_FOR_A_PURCHASE
        return (
            (CHARGE, 1.0),
            (SUCCESS, 1 - FAILED_SHARE),
            (REFUND, FAILED_SHARE),
            (WEBHOOK, bought),
            (GRANT, bought),
        )

    @property
    def per_second(self) -> float:
        return self.jobs / SECONDS_A_DAY

    @property
    def write_units(self) -> float:
        """A second, on average."""
        return self.per_second * sum(work.write_units * share for work, share in self.shares)

    @property
    def read_units(self) -> float:
        return self.per_second * sum(work.read_units * share for work, share in self.shares)

    @property
    def api_at_once(self) -> float:
        """Invocations of the API that run at the same time, at the peak."""
        seconds = CHARGE.cpu_us / 1e6 / core_share() + CHARGE.calls * CALL_SECONDS
        return self.per_second * PEAK * seconds

    @property
    def open_list_writes(self) -> float:
        """Writes a second to each of the sixteen keys of the list of open jobs, at the peak."""
        return self.per_second * PEAK * 2 / 16

    @property
    def dollars_a_day(self) -> float:
        dollars = sum(per_million(work)["all"] * share for work, share in self.shares)
        return self.jobs / 1e6 * dollars

    @property
    def gigabytes_a_year(self) -> float:
        return self.jobs * 365 * BYTES_KEPT_FOR_A_JOB / 1e9


def table() -> str:
    """Markdown, as in docs/scale.md."""
    needs = [Need(jobs) for jobs in JOBS_A_DAY]
    rows = {
        "jobs a second, average / peak": [
            f"{n.per_second:,.0f} / {n.per_second * PEAK:,.0f}" for n in needs
        ],
        "write units a second, average / peak": [
            f"{n.write_units:,.0f} / {n.write_units * PEAK:,.0f}" for n in needs
        ],
        "read units a second, average / peak": [
            f"{n.read_units:,.0f} / {n.read_units * PEAK:,.0f}" for n in needs
        ],
        "API invocations at once, peak": [f"{n.api_at_once:,.0f}" for n in needs],
        "writes a second to each key of the list of open jobs, peak": [
            f"{n.open_list_writes:,.0f}" for n in needs
        ],
        "dollars a day, before storage": [f"{n.dollars_a_day:,.2f}" for n in needs],
        "gigabytes more each year": [f"{n.gigabytes_a_year:,.0f}" for n in needs],
    }
    lines = ["| jobs a day | " + " | ".join(f"{jobs:,}" for jobs in JOBS_A_DAY) + " |"]
    lines.append("|---" * (len(JOBS_A_DAY) + 1) + "|")
    lines += [f"| {name} | {' | '.join(values)} |" for name, values in rows.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
