"""Everything that a story plays in, put together: AWS, Paddle, the studio's own addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local.paddle.core.paddle import Paddle
from makegood.ledger.attributes import Item
from tests.dynamodb import Change, DynamoDB
from tests.simulation.aws.door import Service
from tests.simulation.aws.others import EventBus, Mails, Parameters, Secrets
from tests.simulation.aws.queues import Queue
from tests.simulation.aws.sending import Queues
from tests.simulation.aws.stream import Stream
from tests.simulation.aws.table import Table
from tests.simulation.chance import Chance
from tests.simulation.checker import Watch
from tests.simulation.gateway import Gateway
from tests.simulation.lambdas import Lambdas, sources
from tests.simulation.outside import SETTINGS, Outside
from tests.simulation.paddle import PaddleSide
from tests.simulation.runs import Run
from tests.simulation.schedules import Schedules
from tests.simulation.starts import PRICES, Start
from tests.simulation.timeline import START, Timeline
from tests.simulation.webhooks import Webhooks, secret_text
from tests.simulation.witness import Price, Witness, Write

INDEX_LAGS = (0.0, 0.0, 2.0, 60.0)

CURSOR_KEY = '{"key": "' + "07" * 32 + '"}'


@dataclass(slots=True)
class World:
    """One seed's. `wrong_at_commits` is what the checker saw of single transactions."""

    seed: int
    start: Start
    timeline: Timeline
    chance: Chance
    witness: Witness = field(init=False)
    table: DynamoDB = field(init=False)
    lambdas: Lambdas = field(init=False)
    gateway: Gateway = field(init=False)
    webhooks: Webhooks = field(init=False)
    paddle: PaddleSide = field(init=False)
    queues: dict[str, Queue] = field(init=False)
    stream: Stream = field(init=False)
    outside: Outside = field(init=False)
    schedules: Schedules = field(init=False)
    parameters: Parameters = field(init=False)
    wrong_at_commits: list[str] = field(default_factory=list)
    names: int = 0
    _table_door: Table = field(init=False)
    _watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        timeline, chance = self.timeline, self.chance
        self.witness = Witness(START.timestamp())
        self.witness.prices = {name: Price(*worth) for name, worth in PRICES.items()}
        self.lambdas = Lambdas(timeline, chance)
        self.gateway = Gateway(timeline, chance, self.lambdas, self.witness)
        self.stream = Stream(timeline, chance, self.lambdas)
        self.outside = Outside(self.seed, timeline, chance, self.witness)
        self.schedules = Schedules(timeline, chance, self.lambdas)
        self._open_table(self.start.items)
        self.queues = {
            name: Queue(name, timeline, chance, self.lambdas, source, self.witness)
            for name, source in sources().items()
        }
        self._meet_paddle(self.start.paddle.copy())

    def _open_table(self, items: Mapping[tuple[str, str], Item]) -> None:
        self.table = DynamoDB(on_commit=self._committed)
        self.table.items = dict(items)
        self.table.index_lag = self.chance.choice(INDEX_LAGS)
        self._table_door = Table(self.timeline, self.chance, self.table)
        self._watch = Watch(items)
        self.parameters = Parameters(SETTINGS)

    def _meet_paddle(self, paddle: Paddle) -> None:
        timeline, chance, witness = self.timeline, self.chance, self.witness
        self.webhooks = Webhooks(timeline, chance, paddle, self.gateway, witness)
        self.paddle = PaddleSide(timeline, chance, paddle, self.webhooks, witness)
        witness.secrets.append(paddle.api_key)

    def services(self) -> Mapping[str, Service]:
        """By what their requests begin with."""
        values = {
            "webhook": lambda: secret_text(self.webhooks.secrets),
            "api-key": lambda: f'{{"key": "{self.paddle.paddle.api_key}"}}',
            "cursor": lambda: CURSOR_KEY,
        }
        return {
            "DynamoDB_20120810": self._table_door,
            "AmazonSQS": Queues(self.timeline, self.queues, self.witness),
            "secretsmanager": Secrets(self.timeline, self.chance, values),
            "AmazonSSM": self.parameters,
            "AWSEvents": EventBus(self.timeline, self.witness),
            "path": Mails(self.witness),
        }

    def _committed(self, changes: list[Change]) -> None:
        """One transaction is done: it is looked at, and its stream records go out."""
        number = self.witness.writes[-1].number + 1 if self.witness.writes else 1
        at, by = self.timeline.seconds, self._table_door.writer
        writes = [
            Write(at, number, change.place, change.old, change.new or {}, by) for change in changes
        ]
        self.witness.writes += writes
        self.wrong_at_commits += self._watch.look(writes)
        self.stream.append(self.table.stream)
        self.table.stream.clear()

    def acts(self, name: str, work: Any, *given: Any) -> None:
        """Somebody begins to do something; where they wait, the rest goes on."""
        run = Run(name, self.timeline, self.chance)
        self.timeline.start(run, partial(work, self, *given))

    def wait(self, least: float, most: float) -> None:
        self.timeline.run.wait(self.chance.between(least, most))

    def name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}_{self.names}"

    def items_of(self, sk: str) -> list[Item]:
        """All records of a kind, by the sort key that those of the kind have."""
        items = self.table.items
        return [items[place] for place in sorted(items) if place[1] == sk]
