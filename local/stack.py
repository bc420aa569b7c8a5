"""The parts of a running stack, started in order and stopped in the opposite one."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import aws, deployment, ports, secrets_and_settings, tokens
from local.description import Addresses, PaddleSecrets, described
from local.emulator import process
from local.home import Home, read_json, write_json
from local.json_server import Server
from local.paddle import server as paddle_server
from local.studio import server as studio_server

# An hour of Paddle's schedule of retries passes in a minute.
PADDLE_PACE = 60
STAGE = "local"
# Where the stand-in for the studio answers, and nothing else may be called without TLS.
THIS_MACHINE = "127.0.0.1/32"
# Before anything that the stand-in for Paddle can have told.
PADDLE_EVENTS_SINCE = "2020-01-01"
# Nothing is sent to anybody: MiniStack keeps e-mails and shows them.
MAIL_FROM = "makegood@studio.example"


@dataclass(frozen=True, slots=True)
class Running:
    description: dict[str, Any]
    emulator: process.Emulator
    moved: dict[str, int]
    """Parts whose usual port was taken, with the port they have instead."""


@contextmanager
def running(home: Home, root: Path, *, lock: int, pace: float = PADDLE_PACE) -> Iterator[Running]:
    """Everything up and deployed; at the end everything is stopped and its state saved.

    `lock`: of the folder. The emulator keeps it too, for as long as it has something to save.
    """
    home.make()
    usual = {**ports.DEFAULTS, **(read_json(home.ports) or {})}
    chosen = ports.choose(usual, ports.is_free, ports.any_free)
    write_json(home.ports, chosen)
    with ExitStack() as stopping:
        issuer = tokens.serve(tokens.key_kept_at(home.signing_key), chosen["tokens"])
        stopping.callback(issuer.stop)
        emulator = process.start(home, port=chosen["aws"], api_port=chosen["api"], lock=lock)
        stopping.callback(emulator.stop)
        api = f"http://127.0.0.1:{chosen['api']}"
        paddle = paddle_server.start(
            home.paddle, port=chosen["paddle"], webhook_url=f"{api}/webhooks/paddle", pace=pace
        )
        stopping.callback(paddle.stop)
        studio = studio_server.start(chosen["studio"])
        stopping.callback(studio.stop)
        description = _deployed(emulator, root, issuer, paddle, studio, api=api)
        moved = {part: port for part, port in chosen.items() if port != usual[part]}
        yield Running(description, emulator, moved)


def _deployed(
    emulator: process.Emulator,
    root: Path,
    issuer: Server,
    paddle: paddle_server.Paddle,
    studio: Server,
    *,
    api: str,
) -> dict[str, Any]:
    secrets_and_settings.verify(emulator.url, MAIL_FROM)
    deployed = deployment.deploy(emulator.url, root, _parameters(issuer, paddle))
    secrets_and_settings.fill(
        emulator.url,
        {one.logical_id: one.physical_id for one in deployed.resources},
        webhook_secret=paddle.delivery.secret,
        api_key=paddle.api_key,
        studio_url=studio.url,
    )
    emulator.save()
    if deployed.changed:
        emulator.tell_of_deployment()
    return described(
        deployed.resources,
        Addresses(
            api=api,
            aws=emulator.url,
            tokens=f"{issuer.url}/token",
            paddle=paddle.url,
            studio=studio.url,
        ),
        region=aws.REGION,
        paddle=PaddleSecrets(paddle.delivery.secret, paddle.api_key),
        mail_from=MAIL_FROM,
    )


def _parameters(issuer: Server, paddle: paddle_server.Paddle) -> dict[str, str]:
    """What a studio with an issuer of its own, on this machine, gives the template."""
    return {
        "Stage": STAGE,
        "TokenIssuer": issuer.url,
        "TokenAudience": tokens.AUDIENCE,
        "PrivateAddresses": THIS_MACHINE,
        "PaddleApi": paddle.url,
        "PaddleEventsSince": PADDLE_EVENTS_SINCE,
        "MailFrom": MAIL_FROM,
    }
