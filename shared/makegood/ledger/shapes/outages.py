"""What the probes saw, and the studio's settings in force."""

from datetime import date, timedelta

from makegood.domain.entry import timestamp
from makegood.domain.monitor import Monitor
from makegood.domain.outage import CompleteOutages, Ending, Gap, Outage, OutageSpan, Telling
from makegood.domain.studio import OutageNotice, Probe, StudioSettings
from makegood.ledger.shapes.shape import (
    Shape,
    Values,
    timestamp_if_any,
    to_time,
    to_time_if_any,
)

ONLY = ""
"""The id of a record of which there is one."""

OUTAGES_PK = "OUTAGE_RECORDS"

_MICROSECOND = timedelta(microseconds=1)


def _write_complete(outages: CompleteOutages) -> Values:
    return {
        "spans": [
            {
                "outage_id": span.outage_id,
                "started_at": timestamp(span.started_at),
                "last_failed_at": timestamp(span.last_failed_at),
            }
            for span in outages.spans
        ]
    }


def _read_complete(values: Values) -> CompleteOutages:
    return CompleteOutages(
        tuple(
            OutageSpan(
                span["outage_id"], to_time(span["started_at"]), to_time(span["last_failed_at"])
            )
            for span in values["spans"]
        )
    )


def _write_outage(outage: Outage) -> Values:
    return {
        "outage_id": outage.outage_id,
        "component": outage.component,
        "started_at": timestamp(outage.started_at),
        "last_failed_at": timestamp(outage.last_failed_at),
        "failed_probes": outage.failed_probes,
        "gaps": [[timestamp(gap.start), timestamp(gap.end)] for gap in outage.gaps],
        "gap_count": outage.gap_count,
        "unseen_us": outage.unseen // _MICROSECOND,
        "reasons": dict(outage.reasons),
        "ended_at": timestamp_if_any(outage.ended_at),
        "ending": None if outage.ending is None else outage.ending.value,
        "telling": None if outage.telling is None else _telling_values(outage.telling),
    }


def _telling_values(telling: Telling) -> Values:
    return {
        "notice": telling.notice.value,
        "position": telling.position,
        "told": telling.told,
        "failed": telling.failed,
        "done_at": timestamp_if_any(telling.done_at),
    }


def _read_outage(values: Values) -> Outage:
    ending, telling = values.get("ending"), values.get("telling")
    return Outage(
        outage_id=values["outage_id"],
        component=values["component"],
        started_at=to_time(values["started_at"]),
        last_failed_at=to_time(values["last_failed_at"]),
        failed_probes=values["failed_probes"],
        gaps=tuple(Gap(to_time(start), to_time(end)) for start, end in values["gaps"]),
        gap_count=values["gap_count"],
        unseen=values["unseen_us"] * _MICROSECOND,
        reasons=values["reasons"],
        ended_at=to_time_if_any(values.get("ended_at")),
        ending=None if ending is None else Ending(ending),
        telling=None if telling is None else _read_telling(telling),
    )


def _read_telling(values: Values) -> Telling:
    return Telling(
        notice=OutageNotice(values["notice"]),
        position=values.get("position"),
        told=values["told"],
        failed=values["failed"],
        done_at=to_time_if_any(values.get("done_at")),
    )


def _write_monitor(monitor: Monitor) -> Values:
    return {
        "seen_at": timestamp_if_any(monitor.seen_at),
        "suspected": [_write_outage(outage) for outage in monitor.suspected],
        "open": dict(monitor.open),
        "telling": list(monitor.telling),
    }


def _read_monitor(values: Values) -> Monitor:
    return Monitor(
        seen_at=to_time_if_any(values.get("seen_at")),
        suspected=tuple(_read_outage(outage) for outage in values["suspected"]),
        open=values["open"],
        telling=tuple(values["telling"]),
    )


def _write_settings(settings: StudioSettings) -> Values:
    automatic, notice = settings.automatic_duplicates, settings.outage_notice
    return {
        "time_zone": settings.time_zone,
        "holidays": [day.isoformat() for day in settings.holidays],
        "probes": [{"capability": p.capability, "url": p.url} for p in settings.probes],
        "reference_url": settings.reference_url,
        "job_status_url": settings.job_status_url,
        "automatic_duplicates": None if automatic is None else int(automatic),
        "second_reviewer_above_minor": settings.second_reviewer_above_minor,
        "outage_notice": None if notice is None else notice.value,
        "payouts_per_hour": settings.payouts_per_hour,
        "payouts_per_hour_minor": settings.payouts_per_hour_minor,
        "loaded_at": timestamp_if_any(settings.loaded_at),
    }


def _read_settings(values: Values) -> StudioSettings:
    automatic, notice = values.get("automatic_duplicates"), values.get("outage_notice")
    return StudioSettings(
        time_zone=values["time_zone"],
        holidays=tuple(date.fromisoformat(day) for day in values["holidays"]),
        probes=tuple(Probe(**probe) for probe in values["probes"]),
        reference_url=values.get("reference_url"),
        job_status_url=values.get("job_status_url"),
        automatic_duplicates=None if automatic is None else bool(automatic),
        second_reviewer_above_minor=values.get("second_reviewer_above_minor"),
        outage_notice=None if notice is None else OutageNotice(notice),
        payouts_per_hour=values.get("payouts_per_hour"),
        payouts_per_hour_minor=values.get("payouts_per_hour_minor"),
        loaded_at=to_time_if_any(values.get("loaded_at")),
    )


COMPLETE_OUTAGES: Shape[CompleteOutages] = Shape(
    id=lambda _: ONLY,
    place=lambda _: ("OUTAGES", "COMPLETE"),
    write=_write_complete,
    read=_read_complete,
)
OUTAGE: Shape[Outage] = Shape(
    id=lambda outage: outage.outage_id,
    place=lambda outage_id: (OUTAGES_PK, outage_id),
    write=_write_outage,
    read=_read_outage,
)
MONITOR: Shape[Monitor] = Shape(
    id=lambda _: ONLY,
    place=lambda _: ("MONITOR", "MONITOR"),
    write=_write_monitor,
    read=_read_monitor,
)
STUDIO_SETTINGS: Shape[StudioSettings] = Shape(
    id=lambda _: ONLY,
    place=lambda _: ("SETTINGS", "SETTINGS"),
    write=_write_settings,
    read=_read_settings,
)
