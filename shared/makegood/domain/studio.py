"""What an operator of the studio sets without a deployment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

ZoneNamed = Callable[[str], tzinfo]
"""A time zone by its IANA name. Rules are given one, since zones are read from files."""


class OutageNotice(StrEnum):
    """What customers concerned by a long outage get without asking."""

    NOTHING = "nothing"
    TOLD = "told"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Probe:
    """Where a capability answers while it is there."""

    capability: str
    url: str


@dataclass(frozen=True, slots=True)
class StudioSettings:
    """The settings in force: the last good ones that were read.

    `None` for a switch or threshold leaves it to the published policy. `job_status_url` has
    `{job_id}` where the job's id goes; `reference_url` is somebody else's site, which tells the
    service's outage from one of the probes.
    """

    time_zone: str = "UTC"
    holidays: tuple[date, ...] = ()
    probes: tuple[Probe, ...] = ()
    reference_url: str | None = None
    job_status_url: str | None = None
    automatic_duplicates: bool | None = None
    second_reviewer_above_minor: dict[str, int] | None = None
    outage_notice: OutageNotice | None = None
    payouts_per_hour: int | None = None
    payouts_per_hour_minor: dict[str, int] | None = None
    loaded_at: datetime | None = None
