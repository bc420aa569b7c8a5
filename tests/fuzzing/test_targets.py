"""The targets without a fuzzer: all they begin with, what was found, and that they can fail."""

import base64
import json
import random
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import paddle_webhook
from makegood.api import door
from makegood.errors import SignatureMismatchError
from makegood.events.paddle import PaddleCustomer, PaddleEvent
from makegood.paddle.delivery import BODY_BYTES_MAX
from makegood.paddle.envelope import PaddleEnvelope, open_envelope
from tests.fuzzing import corpus, fuzz, mutator, oracles
from tests.fuzzing.doors import header, queue, webhook
from tests.fuzzing.found import FOUND
from tests.fuzzing.outcomes import outcomes
from tests.fuzzing.targets import SIZES, quiet, target
from tests.webhooks import NOW, SAMPLES, sample, sign

PLAIN = b'{"event_id":"e","event_type":"t","occurred_at":"2026-10-28T14:04:11Z","data":'


@pytest.mark.parametrize("name", SIZES)
def test_a_target_holds_for_all_it_begins_with(name: str) -> None:
    judge = target(name)
    with quiet():
        for seed in corpus.seeds(name):
            judge(seed)


@pytest.mark.parametrize(("name", "content", "_what"), FOUND)
def test_what_was_found_holds_now(name: str, content: str, _what: str) -> None:
    with quiet():
        target(name)(base64.b64decode(content))


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_whole_samples_hold(path: Any) -> None:
    with quiet():
        webhook.judge(path.read_bytes())
        queue.judge(b"p" + path.read_bytes())


@pytest.mark.parametrize(
    "body",
    [
        b" " * BODY_BYTES_MAX,
        b" " * (BODY_BYTES_MAX + 1),
        b"\xff" * (BODY_BYTES_MAX + 1),
        b"[" * BODY_BYTES_MAX,
        b'"' + b"\\" * (BODY_BYTES_MAX - 1),
        PLAIN + b"[" + b"1e15," * 52_000 + b"1]}",
        PLAIN + b'{"a":[' + b"1e15," * 52_000 + b"1]}}",
        PLAIN + b'{"a":"' + "\u00e9".encode() * 130_000 + b'"}}',
        PLAIN + b'{"a":"' + b"\x7f" * 260_000 + b'"}}',
        PLAIN + b'{"a":' + b"9" * 260_000 + b"}}",
    ],
    ids=lambda body: repr(body[-20:]),
)
def test_the_webhook_holds_at_its_bound_of_size(body: bytes) -> None:
    with quiet():
        webhook.judge(body)
        queue.judge(b"p" + body)
        queue.judge(b"j" + body)


@pytest.mark.parametrize(
    "text", ["\x7f", "\\u007f", "\\\x7f", "\\\\u007f\x7f", '\x7f"\x7f\n\u00e9']
)
def test_a_delete_character_goes_to_the_queue_as_it_came(text: str) -> None:
    """Escaped, it would be six characters, and the largest bodies more than the queue takes."""
    body = PLAIN + json.dumps({"a": text}, ensure_ascii=False).encode() + b"}"
    message = open_envelope(json.loads(body)).message
    assert json.loads(message) == json.loads(body)
    assert len(message) < len(body) + 8
    with quiet():
        webhook.judge(body)


@pytest.mark.parametrize("name", SIZES)
def test_mutations_repeat_and_stay_within_their_bound(name: str) -> None:
    first, second = (mutator.MUTATORS[name](mutator.of_bytes) for _ in range(2))
    size = SIZES[name]
    made = set()
    for seed in corpus.seeds(name)[:20]:
        for number in range(40):
            data = first(seed, size, number * 7_919)
            assert len(data) <= size
            assert data == second(seed, size, number * 7_919)
            made.add(data)
    assert len(made) > 200


def accepts_all(*_: object, **__: object) -> None:
    return


def mismatches(*_: object, **__: object) -> None:
    raise SignatureMismatchError


def keeps_cards(event: dict[str, Any]) -> PaddleEnvelope:
    kept = {name: event[name] for name in ("event_id", "event_type", "occurred_at", "data")}
    message = json.dumps(kept, separators=(",", ":"))
    return PaddleEnvelope(event["event_id"], event["event_type"], message)


def breaks(*_: object, **__: object) -> None:
    raise KeyError("id")


def local_time(_body: object) -> PaddleEvent:
    customer = PaddleCustomer(
        id="ctm_1", email="a@b", status="active", created_at=TIME, updated_at=TIME
    )
    return PaddleEvent("e", "customer.created", NOW.replace(tzinfo=ELSEWHERE), customer)


ELSEWHERE = timezone(timedelta(hours=1))
TIME: Any = "2026-10-28T14:04:11Z"
CARD = PLAIN + b'{"card":1}}'
SIGNED = sign(b"").encode()


@pytest.mark.parametrize(
    ("module", "name", "instead", "data", "raised"),
    [
        (header, "verify_signature", accepts_all, b"ts=1;h1=2\n", AssertionError),
        (header, "verify_signature", mismatches, SIGNED + b"\n", AssertionError),
        (paddle_webhook, "open_envelope", keeps_cards, CARD, AssertionError),
        (paddle_webhook, "open_envelope", breaks, CARD, KeyError),
        (paddle_webhook, "verify_signature", accepts_all, b"!{}", AssertionError),
        (webhook, "parse_paddle_event", breaks, CARD + b" " * (-len(CARD) % 8), KeyError),
        (door, "check_identifier", lambda value, name: value, b"\x03 ", AssertionError),
    ],
)
def test_a_broken_promise_is_seen(
    module: Any,
    name: str,
    instead: Callable[..., Any],
    data: bytes,
    raised: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, name, instead)
    judge = target({header: "header", door: "api"}.get(module, "webhook"))
    with quiet(), pytest.raises(raised):
        judge(data)


@pytest.mark.parametrize("parse", [breaks, local_time])
def test_a_broken_parser_of_messages_is_seen(
    parse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(queue._PARSERS, b"p", parse)
    with pytest.raises((KeyError, AssertionError)):
        queue.judge(b"p" + sample("customer.created"))


@pytest.mark.parametrize(
    "body",
    [b"NaN", b'{"a":1,"a":1}', b"[" * 65 + b"]" * 65, b'"\\ud800"', b"1" * 41, b"1e999", b"\xff"],
)
def test_the_plain_reader_refuses_what_is_not_strict(body: bytes) -> None:
    with pytest.raises(oracles.NotStrictError):
        oracles.strict_json(body)


@pytest.fixture
def seeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to fuzz in, on a platform that Atheris has no package for."""
    monkeypatch.setattr(fuzz, "guided", lambda: False)
    monkeypatch.setattr(outcomes, "on_new", None)
    monkeypatch.setattr(outcomes, "numbers", {})
    monkeypatch.setattr(outcomes, "_known", {})
    (tmp_path / fuzz.SEEDS).mkdir()
    (tmp_path / fuzz.SEEDS / "000").write_bytes(b"p" + sample("customer.created"))
    return tmp_path


def test_without_a_fuzzer_the_same_mutations_are_made(
    seeded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fuzz.run("queue", seconds=0, runs=300, seed=1, folder=seeded)
    assert "number_of_executed_units: 300" in capsys.readouterr().err
    assert not list(seeded.glob(f"{fuzz.FOUND}*"))
    names = (seeded / fuzz.OUTCOMES).read_text(encoding="utf-8").splitlines()
    assert "'accepted PaddleCustomer'" in names
    assert len(names) > 10


def test_without_a_fuzzer_too_what_breaks_is_kept(
    seeded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(queue._PARSERS, b"p", breaks)
    with pytest.raises(KeyError):
        fuzz.run("queue", seconds=0, runs=300, seed=1, folder=seeded)
    [found] = seeded.glob(f"{fuzz.FOUND}*")
    assert found.read_bytes() in mutated_once(seeded)


def mutated_once(folder: Path) -> list[bytes]:
    chance = random.Random(1)  # noqa: S311 - as the run has it
    [seed] = [path.read_bytes() for path in (folder / fuzz.SEEDS).iterdir()]
    mutate = mutator.MUTATORS["queue"](mutator.of_bytes)
    chosen = chance.choice([seed])
    return [mutate(chosen, SIZES["queue"], chance.getrandbits(32))]
