"""Addresses outside: the capabilities that are probed, and the studio's status address.

Functions ask them from several threads at once, so no chance is drawn here: what an address
answers follows from the seed, the address and the time.
"""

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote

from makegood.errors import OutwardError
from makegood.outward.fetch import Fetched
from tests.simulation.chance import Chance
from tests.simulation.faults import LOST_JOBS, OUTAGE_CHECK
from tests.simulation.timeline import Timeline
from tests.simulation.witness import Down, Witness

CAPABILITIES = ("image", "video")
HOST = "https://capabilities.example.com/"
REFERENCE = "https://reference.example.com/"
STATUS = "https://studio.example.com/jobs/{job_id}/status"

HICCUP = 30.0
"""Seconds. The probe of the next minute finds all well again."""

ODD = ("timed_out", "broken_answer", "too_large", "tls_failed", 302, 500)
"""What an address answers, or fails with, that says nothing good of what is behind it."""

SETTINGS: dict[str, Any] = {
    "probes": [{"capability": name, "url": HOST + name} for name in CAPABILITIES],
    "reference_url": REFERENCE,
    "job_status_url": STATUS,
}


@dataclass(slots=True)
class Outside:
    seed: int
    timeline: Timeline
    chance: Chance
    witness: Witness
    states: dict[str, Any] = field(default_factory=dict)
    """What the studio's status address says of each job; of others it says that it knows none."""
    hiccups: list[tuple[str, float]] = field(default_factory=list)
    """Capabilities that are up and fail all the same, for the probe of that second."""

    def fetch(self, url: str, **_bounds: Any) -> Fetched:
        if url.startswith(HOST):
            return self._capability(url.removeprefix(HOST))
        if url == REFERENCE:
            return Fetched(200, b"")
        return self._status(unquote(url.removeprefix(STATUS.partition("{")[0]).partition("/")[0]))

    def is_down(self, capability: str) -> bool:
        now = self.timeline.seconds
        return any(
            down.capability == capability
            and down.since <= now
            and (down.until is None or now < down.until)
            for down in self.witness.downs
        )

    def goes_down(self, capabilities: tuple[str, ...], seconds: float) -> None:
        now = self.timeline.seconds
        self.witness.downs += [Down(name, now, now + seconds) for name in capabilities]

    def _capability(self, name: str) -> Fetched:
        """One that is up answers well, but for a hiccup: three failures are what is believed."""
        if not self.is_down(name):
            return Fetched(503 if self._has_hiccup(name) else 204, b"")
        if self.chance.has("F60 a probed address cannot be judged"):
            self.chance.goes_on("F60 a probed address cannot be judged", OUTAGE_CHECK)
            return _odd(self._number(name))
        return Fetched(503, b"")

    def _has_hiccup(self, name: str) -> bool:
        now = self.timeline.seconds
        return any(name == one and at <= now < at + HICCUP for one, at in self.hiccups)

    def _status(self, job_id: str) -> Fetched:
        fault = "F60 the status address gives no good answer"
        number = self._number(job_id)
        if self.chance.has(fault) and number % 4:
            self.chance.goes_on(fault, LOST_JOBS)
            return _odd(number)
        told = self.states.get(job_id, {"state": "unknown"})
        return Fetched(200, json.dumps(told).encode())

    def _number(self, name: str) -> int:
        text = f"{self.seed} {name} {self.timeline.seconds:.0f}"
        return int.from_bytes(blake2b(text.encode(), digest_size=4).digest())


def _odd(number: int) -> Fetched:
    answer = ODD[number % len(ODD)]
    if isinstance(answer, str):
        raise OutwardError(answer)
    return Fetched(answer, b"<html>no</html>")
