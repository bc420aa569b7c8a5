"""Requests to Paddle's API, one at a time: paced, bounded, and repeated only where harmless.

The connections are those to AWS; see `makegood.aws`. No redirect is followed and no proxy used:
the key goes to the one address that it is for.
"""

import json
from collections.abc import Callable, Mapping

import urllib3

from makegood.aws import back_off, connections
from makegood.errors import PaddleRefusedError, PaddleUnreachableError
from makegood.paddle.api_answers import Fields, read_answer
from makegood.paddle.api_errors import Advice, advice
from makegood.paddle.environments import Environment
from makegood.paddle.pace import Pace

CONNECT_SECONDS = 2
READ_SECONDS = 10
WHOLE_SECONDS = 15
"""For all of an answer. The limit before bounds one receipt: a few bytes now and then pass it."""

ATTEMPTS = 2
"""Of a GET: what still fails comes again with its message."""

ANSWER_BYTES_MAX = 10 * 1024 * 1024
"""A page of events, the largest answer, has 200. Of the largest sample that is 1 MiB."""

CHUNK_BYTES = 64 * 1024


class Wire:
    """One side of Paddle, one key. Its repr shows no key, and neither does any error."""

    def __init__(
        self,
        there: Environment,
        key: str,
        *,
        newer_key: Callable[[], str | None],
        pace: Pace,
        pause: Callable[[int], None] = back_off,
    ) -> None:
        self._there = there
        self._key = there.check_key(key)
        self._newer_key = newer_key
        self._pace = pace
        self._pause = pause
        self._timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)

    def __repr__(self) -> str:
        return f"Wire({self._there.url})"

    @property
    def url(self) -> str:
        return self._there.url

    def get(self, operation: str, target: str) -> Fields:
        """The answer. Asked again where none came, and once with a newer key where Paddle
        refuses the one that is held; never where Paddle counts requests.

        Raises PaddleRefusedError or PaddleUnreachableError, and what `newer_key` raises.
        """
        try:
            return self._got(operation, target)
        except PaddleRefusedError as refusal:
            if advice(refusal) is not Advice.BLOCKED or not self._took_newer_key():
                raise
        return self._got(operation, target)

    def post(self, operation: str, target: str, body: Mapping[str, object]) -> Fields:
        """The answer to exactly one request, whatever becomes of it.

        Not even where no connection came about is it sent again: whoever asks for money looks
        first at what there is.
        """
        content = json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
        return self._send(operation, "POST", target, content, wanted=201)

    def _got(self, operation: str, target: str) -> Fields:
        for attempt in range(1, ATTEMPTS):
            try:
                return self._send(operation, "GET", target, None, wanted=200)
            except PaddleUnreachableError:
                self._pause(attempt)
        return self._send(operation, "GET", target, None, wanted=200)

    def _took_newer_key(self) -> bool:
        newer = self._newer_key()
        if newer is None or newer == self._key:
            return False
        self._key = self._there.check_key(newer)
        return True

    def _send(
        self, operation: str, method: str, target: str, content: bytes | None, *, wanted: int
    ) -> Fields:
        until = self._pace.wait() + WHOLE_SECONDS
        try:
            response = connections().request(
                method,
                self._there.url + target,
                body=content,
                headers=self._headers(content),
                timeout=self._timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            answer = self._read(operation, response, until)
        except urllib3.exceptions.HTTPError as error:
            raise PaddleUnreachableError(f"{operation}: {type(error).__name__}") from error
        return read_answer(operation, wanted, response.status, response.headers, answer)

    def _headers(self, content: bytes | None) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {self._key}",
            "Paddle-Version": "1",
            "User-Agent": "makegood",
        }
        return headers if content is None else headers | {"Content-Type": "application/json"}

    def _read(self, operation: str, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := response.read1(CHUNK_BYTES):
            parts.append(part)
            size += len(part)
            if size > ANSWER_BYTES_MAX or self._pace.clock() > until:
                response.close()
                what = "large" if size > ANSWER_BYTES_MAX else "slow"
                raise PaddleUnreachableError(f"{operation}: too {what} an answer")
        return b"".join(parts)
