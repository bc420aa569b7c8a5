"""What becomes of the settings that an operator wants."""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.facts import Decide, Facts, Plan
from makegood.domain.outage import SERVICE
from makegood.domain.studio import OutageNotice, Probe, StudioSettings, ZoneNamed
from makegood.errors import RejectedEventError
from makegood.events.studio_settings import SettingsDocument, parse_settings
from makegood.plans.case_opening import settings_in_force, zone_of


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings in force from now on; `changed` says that they were others before."""

    settings: StudioSettings
    changed: bool


def settings_of(text: str, *, private: bool, zones: ZoneNamed) -> StudioSettings:
    """What the document says. Raises RejectedEventError, naming the field and what is expected.

    `private` says whether this deployment lets private networks be called.
    """
    document = parse_settings(text, private=private)
    _check_capabilities(document)
    try:
        zone_of(document.time_zone, zones)
    # What a reader of zones raises: KeyError for no such file, the others for one of another kind.
    except (KeyError, ValueError, OSError):
        raise RejectedEventError(
            "time_zone: expected a name of the IANA time zone database, such as Europe/Berlin"
        ) from None
    return _settings(document)


def put_in_force(wanted: StudioSettings, *, now: datetime) -> Decide[InForce]:
    """Keep good settings, if they are others than those in force."""

    def decide(facts: Facts) -> Plan[InForce]:
        current = settings_in_force(facts)
        if replace(current, loaded_at=None) == replace(wanted, loaded_at=None):
            return Plan(InForce(current, changed=False))
        settings = replace(wanted, loaded_at=now)
        return Plan(InForce(settings, changed=True), (settings,))

    return decide


def stay_in_force() -> Decide[InForce]:
    """The last good settings, or those that hold where none were ever set."""
    return lambda facts: Plan(InForce(settings_in_force(facts), changed=False))


def _check_capabilities(document: SettingsDocument) -> None:
    """An outage of a capability of that name would be taken for one of the whole service."""
    for number, probe in enumerate(document.probes):
        if probe.capability == SERVICE:
            raise RejectedEventError(
                f"probes.{number}.capability: expected another name than {SERVICE}, which stands"
                " for all capabilities together"
            )


def _settings(document: SettingsDocument) -> StudioSettings:
    """In one order, so that the same settings written otherwise are no change."""
    notice = document.outage_notice
    return StudioSettings(
        time_zone=document.time_zone,
        holidays=tuple(sorted(set(document.holidays))),
        probes=tuple(
            Probe(probe.capability, probe.url)
            for probe in sorted(document.probes, key=lambda probe: probe.capability)
        ),
        reference_url=document.reference_url,
        job_status_url=document.job_status_url,
        automatic_duplicates=document.automatic_duplicates,
        second_reviewer_above_minor=document.second_reviewer_above_minor,
        outage_notice=None if notice is None else OutageNotice(notice),
        payouts_per_hour=document.payouts_per_hour,
        payouts_per_hour_minor=document.payouts_per_hour_minor,
    )
