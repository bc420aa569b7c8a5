"""A small HTTP server for JSON, for what runs beside the emulator on the laptop."""

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

BODY_MAX_BYTES = 1_048_576


class RefusedError(Exception):
    """Answered with its status and payload; raised by what serves a request."""

    def __init__(self, status: int, payload: Any) -> None:
        super().__init__(payload)
        self.status = status
        self.payload = payload


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    ids: Mapping[str, str]
    """What the named groups of the route's pattern matched."""
    query: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    payload: Any


Serve = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: str
    serve: Serve


@dataclass(frozen=True, slots=True)
class Server:
    http: ThreadingHTTPServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()


def start(routes: Sequence[Route], port: int = 0) -> Server:
    """Serve on 127.0.0.1 until stopped; port 0 takes a free one."""

    class Bound(_Requests):
        table: ClassVar = [
            (route.method, re.compile(route.pattern), route.serve) for route in routes
        ]

    server = Server(ThreadingHTTPServer(("127.0.0.1", port), Bound))
    server.http.daemon_threads = True
    threading.Thread(target=server.http.serve_forever, args=(0.05,), daemon=True).start()
    return server


class _Requests(BaseHTTPRequestHandler):
    table: ClassVar[list[tuple[str, re.Pattern[str], Serve]]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def log_message(self, *_: object) -> None:
        """Silent: the addresses that a person should see are printed by what starts this."""

    def _answer(self, method: str) -> None:
        try:
            reply = self._serve(method)
        except RefusedError as refusal:
            reply = Reply(refusal.status, refusal.payload)
        except (ValueError, KeyError, TypeError) as error:
            reply = Reply(400, {"error": f"{type(error).__name__}: {error}"})
        content = json.dumps(reply.payload).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _serve(self, method: str) -> Reply:
        # Read before anything is decided: what is left unread would be the next request.
        body = self._body()
        address = urlsplit(self.path)
        for known, pattern, serve in self.table:
            match = pattern.fullmatch(address.path)
            if match and known == method:
                query = dict(parse_qsl(address.query))
                return serve(Request(address.path, match.groupdict(), query, body()))
        raise RefusedError(404, {"error": f"no {method} {address.path} here"})

    def _body(self) -> Callable[[], Mapping[str, Any]]:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_MAX_BYTES:
            self.close_connection = True
            raise RefusedError(413, {"error": f"more than {BODY_MAX_BYTES} bytes"})
        content = self.rfile.read(length)

        def parsed() -> Mapping[str, Any]:
            body = json.loads(content) if content else {}
            if not isinstance(body, dict):
                raise RefusedError(400, {"error": "the body must be a JSON object"})
            return body

        return parsed
