"""What this deployment calls private and still lets be called. It says so in the environment."""

from functools import cache

from makegood.errors import SettingsError
from makegood.outward.addresses import Network, parse_networks
from makegood.settings import outward_settings


@cache
def private_networks() -> tuple[Network, ...]:
    """Raise SettingsError unless the environment says `none`, or names networks."""
    try:
        return parse_networks(outward_settings().private_addresses)
    except ValueError:
        raise SettingsError(
            "MAKEGOOD_PRIVATE_ADDRESSES: expected none, or networks separated by commas"
        ) from None
