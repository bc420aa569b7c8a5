"""The stand-in's HTTP door: Paddle's API at its real paths, and `/_local` beside it."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

from local.paddle.control import PREFIX, control
from local.paddle.core.errors import RefusedError
from local.paddle.core.faults import FaultKind, NoAnswerError
from local.paddle.core.paddle import DELAY_HEADER
from local.paddle.kept import Kept

BODY_MAX_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Door:
    http: ThreadingHTTPServer
    closing: threading.Event

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def stop(self) -> None:
        """Whoever still waits for an answer gets none."""
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


def opened(kept: Kept, port: int = 0) -> Door:
    """Serve on 127.0.0.1 until stopped; port 0 takes a free one."""

    class Bound(_Requests):
        paddle = kept
        closing = threading.Event()

    door = Door(ThreadingHTTPServer(("127.0.0.1", port), Bound), Bound.closing)
    door.http.daemon_threads = True
    threading.Thread(target=door.http.serve_forever, args=(0.05,), daemon=True).start()
    return door


class _Requests(BaseHTTPRequestHandler):
    paddle: ClassVar[Kept]
    closing: ClassVar[threading.Event]
    protocol_version = "HTTP/1.1"
    # An answer in one piece: in two, the second waits for the first to be acknowledged.
    wbufsize = -1

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Silent: the addresses that a person should see are printed by what starts this."""

    def _answer(self) -> None:
        # Read before anything is decided: what is left unread would be the next request.
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_MAX_BYTES:
            self.close_connection = True
            return self._send(413, {}, b"")
        body = self.rfile.read(length)
        if urlsplit(self.path).path.startswith(PREFIX):
            return self._control(body)
        return self._ask(body)

    def _ask(self, body: bytes) -> None:
        try:
            answer = self.paddle.request(self.command, self.path, dict(self.headers), body)
        except NoAnswerError as error:
            if error.fault.kind is FaultKind.TIMEOUT:
                self.closing.wait(error.fault.seconds)
            self.close_connection = True
            return
        headers = dict(answer.headers)
        self.closing.wait(float(headers.pop(DELAY_HEADER, 0)))
        self._send(answer.status, headers, answer.body)

    def _control(self, body: bytes) -> None:
        try:
            path = urlsplit(self.path).path
            status, told = control(self.paddle, self.command, path, _object(body))
        except RefusedError as refusal:
            status, told = refusal.status, {"error": refusal.payload()}
        except (ValueError, LookupError, TypeError, ArithmeticError) as error:
            status, told = 400, {"error": f"{type(error).__name__}: {error}"}
        self._send(status, {"Content-Type": "application/json"}, json.dumps(told).encode())

    def _send(self, status: int, headers: Mapping[str, Any], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _object(body: bytes) -> dict[str, Any]:
    given = json.loads(body) if body else {}
    if not isinstance(given, dict):
        raise TypeError("the body must be a JSON object")
    return given
