"""The studio's settings as an operator wants them: read anew, kept if they are good.

They are the text of a parameter, so that a mistake in it is possible. It is refused loudly, and
what was good before stays in force: it lies in the table, where every decision reads it.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from makegood.aws import Caller
from makegood.domain.studio import StudioSettings
from makegood.errors import AwsRefusedError, AwsUnreachableError, RejectedInputError
from makegood.ledger.store import Ledger, TimeLeft
from makegood.observability import count, log
from makegood.plans.studio_settings import put_in_force, settings_of, stay_in_force


def refreshed(
    ledger: Ledger,
    parameters: Caller,
    name: str,
    *,
    private: bool,
    now: datetime,
    time_left: TimeLeft,
) -> StudioSettings:
    """The settings in force after a look at the parameter. Raises only what the ledger raises.

    `private` says whether this deployment lets private networks be called.
    """
    wanted = _wanted(parameters, name, private=private)
    decision = stay_in_force() if wanted is None else put_in_force(wanted, now=now)
    in_force = ledger.decide(decision, time_left=time_left)
    if in_force.changed:
        log("settings.changed")
    return in_force.settings


def _wanted(parameters: Caller, name: str, *, private: bool) -> StudioSettings | None:
    """None if there is nothing to use, which has been told then."""
    try:
        text = parameters.call("GetParameter", {"Name": name})["Parameter"]["Value"]
        return settings_of(text, private=private, zones=ZoneInfo)
    except RejectedInputError as error:
        count("SettingsRefused")
        log("settings.refused", why=str(error))
    except (AwsRefusedError, AwsUnreachableError, KeyError, TypeError) as error:
        count("SettingsUnread")
        log("settings.unread", error=type(error).__name__, why=str(error))
    return None
