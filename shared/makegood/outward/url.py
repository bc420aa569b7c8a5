"""The address of a call, by the same grammar that the settings are read with."""

from makegood.errors import OutwardError
from makegood.events.url import Url, url_of


def parse_url(text: str) -> Url:
    """Raise OutwardError, `url_refused`, unless this is a plain address of the web."""
    url = url_of(text)
    if url is None:
        raise OutwardError("url_refused")
    return url
