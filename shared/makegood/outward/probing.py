"""Asking all capabilities at once whether they are there."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from makegood.domain.studio import Probe
from makegood.errors import OutwardError
from makegood.outward.addresses import Network
from makegood.outward.fetch import fetch

SECONDS = 4.0
"""For all together: what answers later is of no use to anybody who waits for a video."""

NOT_SENT = frozenset({"url_refused", "scheme_refused", "port_refused", "address_refused"})
"""What we ourselves refuse to call says nothing about whether it is there."""

HEALTHY = range(200, 300)


def probe_all(probes: Iterable[Probe], *, private: Sequence[Network]) -> Mapping[str, str | None]:
    """Why each capability failed, None where it answered well. All threads have ended then."""
    wanted = {probe.capability: probe.url for probe in probes}
    if not wanted:
        return {}
    with ThreadPoolExecutor(len(wanted)) as threads:
        answers = threads.map(lambda url: why_failed(url, private=private), wanted.values())
        return dict(zip(wanted, answers, strict=True))


def why_failed(url: str, *, private: Sequence[Network]) -> str | None:
    """A status is all that is asked for; the body may be anything, and is not read."""
    try:
        status = fetch(url, private=private, seconds=SECONDS, bytes_max=0).status
    except OutwardError as error:
        return error.reason
    return None if status in HEALTHY else f"status_{status}"
