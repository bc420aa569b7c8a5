"""What the studio tells the one who asks, as somebody at this laptop wants it told.

`GET /health/{capability}` and `GET /jobs/{job_id}` are what the functions ask; a `PUT` to the same
address says what they shall hear. A capability nobody spoke of is healthy, and a job nobody spoke
of is unknown. What was said is forgotten when the stack stops.
"""

import threading
from typing import Any

from local.json_server import Reply, Request, Route, Server
from local.json_server import start as serve

CAPABILITIES = ("image", "video")
"""Those of the settings that a new stack begins with."""

HEALTHY, DOWN = 200, 503
UNKNOWN = {"state": "unknown"}


class Studio:
    """What is to be told. Requests come from several threads."""

    def __init__(self) -> None:
        self._down: set[str] = set()
        self._jobs: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def health(self, request: Request) -> Reply:
        with self._lock:
            healthy = request.ids["id"] not in self._down
        return Reply(HEALTHY if healthy else DOWN, {"healthy": healthy})

    def set_health(self, request: Request) -> Reply:
        healthy = request.body["healthy"]
        if not isinstance(healthy, bool):
            raise TypeError('"healthy" must be true or false')
        with self._lock:
            (self._down.discard if healthy else self._down.add)(request.ids["id"])
        return self.health(request)

    def job(self, request: Request) -> Reply:
        with self._lock:
            return Reply(200, self._jobs.get(request.ids["id"], UNKNOWN))

    def set_job(self, request: Request) -> Reply:
        with self._lock:
            self._jobs[request.ids["id"]] = dict(request.body)
        return self.job(request)


def start(port: int = 0) -> Server:
    studio = Studio()
    capability, job = r"/health/(?P<id>[\w.:-]+)", r"/jobs/(?P<id>[\w.:-]+)"
    return serve(
        [
            Route("GET", capability, studio.health),
            Route("PUT", capability, studio.set_health),
            Route("GET", job, studio.job),
            Route("PUT", job, studio.set_job),
        ],
        port,
    )


def settings(url: str) -> dict[str, Any]:
    """The settings of a studio that answers at this address."""
    return {
        "time_zone": "UTC",
        "probes": [
            {"capability": capability, "url": f"{url}/health/{capability}"}
            for capability in CAPABILITIES
        ],
        "job_status_url": f"{url}/jobs/{{job_id}}",
    }
