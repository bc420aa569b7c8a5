"""Sends notifications until somebody answers 2xx within five seconds, or Paddle would give up."""

import http.client
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from local.paddle.core.notifications import Delivery as Due
from local.paddle.kept import Kept

TIMEOUT_SECONDS = 5
AT_ONCE = 16
LOOK_AGAIN_SECONDS = 0.25

Post = Callable[[str, bytes, Mapping[str, str]], int]


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status answered; 0 for none in time. Redirects are not followed, as Paddle does not."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", address.path or "/", body, dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class Delivery:
    """The thread that sends what is due."""

    def __init__(self, kept: Kept, *, send: Post = post) -> None:
        self._kept, self._send = kept, send
        self._under_way: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="paddle-delivery")

    @property
    def secret(self) -> str:
        """Of the shop's own destination."""
        return str(self._kept.destination()["endpoint_secret_key"])

    def send_due(self) -> list[str]:
        """Try everything that is due now, at once; the ids tried, when all have been answered."""
        with self._lock:
            found = self._kept.due()
            due = [one for one in found if one.notification_id not in self._under_way]
            self._under_way |= {one.notification_id for one in due}
        list(self._pool.map(self._attempt, due))
        return [one.notification_id for one in due]

    def start(self) -> None:
        threading.Thread(target=self._keep_sending, daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _keep_sending(self) -> None:
        while not self._stopping.is_set():
            try:
                tried = self.send_due()
            except RuntimeError:
                # The pool takes nothing more once it was told to stop.
                if self._stopping.is_set():
                    return
                raise
            if not tried:
                self._stopping.wait(LOOK_AGAIN_SECONDS)

    def _attempt(self, due: Due) -> None:
        try:
            status = self._send(due.url, due.body, due.headers)
            self._kept.delivered(due.notification_id, status)
        finally:
            with self._lock:
                self._under_way.discard(due.notification_id)
