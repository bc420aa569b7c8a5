"""The stand-in as a server: its memory in a file, its API on a port, its webhooks on their way."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from local.paddle import door
from local.paddle.clock import Clock
from local.paddle.core import schedule
from local.paddle.core.faults import Plan
from local.paddle.core.options import Options
from local.paddle.core.paddle import Paddle as Core
from local.paddle.core.state import State
from local.paddle.delivery import Delivery
from local.paddle.journal import Journal
from local.paddle.kept import Kept


@dataclass(frozen=True, slots=True)
class Paddle:
    door: door.Door
    delivery: Delivery
    kept: Kept

    @property
    def url(self) -> str:
        return self.door.url

    @property
    def api_key(self) -> str:
        return self.kept.paddle.api_key

    @property
    def clock(self) -> Clock:
        return self.kept.clock

    def stop(self) -> None:
        self.door.stop()
        self.delivery.stop()


def start(
    path: Path | None = None,
    *,
    port: int = 0,
    webhook_url: str | None = None,
    retries: schedule.Schedule = schedule.LIVE,
    pace: float = 1,
    options: Options | None = None,
) -> Paddle:
    """Serve and deliver until stopped. Key and webhook secret are made once and kept.

    Without a `webhook_url`, now or earlier, every notification waits until there is one.
    """
    journal, clock, plan = Journal(path), Clock(), Plan()
    # Ids must not repeat those of an earlier start.
    state = State(secrets.token_hex(8))
    state.load(journal.read())
    core = Core(clock.now(), state=state, options=options, faults=plan, retries=retries, pace=pace)
    journal.compact(state.whole())
    state.drain()
    kept = Kept(core, clock, journal, plan)
    if webhook_url is not None:
        kept.send_to(webhook_url)
    opened = door.opened(kept, port)
    core.world.base_url = opened.url
    delivery = Delivery(kept)
    delivery.start()
    return Paddle(opened, delivery, kept)
