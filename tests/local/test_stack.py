"""The whole laptop, from a signed webhook to the customer's history, through the real entrances."""

import shutil
import subprocess
import time
from typing import Any

import pytest

from local import aws, first_data, reconcile
from local.client import Stack, call, wait_for
from local.demo import program
from tests.local.stacks import LocalStack, calls_of, local_stack, schedules

pytestmark = pytest.mark.emulator

PRICE, CREDITS = first_data.PRICE, first_data.CREDITS
SCHEDULED = {"lost_jobs", "outage_check", "case_clock", "reconciliation"}

TOLD = (
    "refunded, 200 of 200 credits back: The AI provider behind the generation failed.",
    "refunded, 200 credits back: The generation never reported back",
    "refunded, 60 of 60 credits back",
    "The case is credited.",
    "After the second payment alone there are 0 cases.",
    "duplicate_payment: open, needs_review by clause 2(b)",
    "unauthorised: open, needs_review by clause 2(c)",
    "At once the credits are back: the job is charged, 900 are left.",
    "decided by sam",
    "paid: 10.89 USD were paid back to you, and 1,000 credits went back with them.",
    "clawback, -1,000 credits: Your bank took 10.89 USD back",
    "0 credits to spend, 0 held, 400 owed; the account is frozen",
    "600 credits to spend, 0 held, 0 owed; the account is frozen",
    "UTC: opened, reminded, overdue",
    "73 hours certain, by 76 failed probes {'status_503': 152}, with 73 gaps",
    "service_unavailable: open, eligible by clause 2(d)",
    "about 8.16 USD, 750 credits held",
    "service_unavailable: declined, not_eligible by clause 2(d)",
)


def balance(stack: Stack, account_id: str) -> int:
    answer = stack.as_account(account_id, "/v1/me")
    return int(answer.body["balance"]) if answer.status == 200 else 0


def bought(stack: Stack, account_id: str, **more: Any) -> None:
    stack.buy(account_id, PRICE, **more)
    wait_for("the credits", lambda: balance(stack, account_id) >= CREDITS)


def ended(stack: Stack, job_id: str) -> Any:
    job = stack.as_studio("GET", f"/v1/jobs/{job_id}").body
    return job if job["state"] != "charged" else None


def test_a_purchase_becomes_credits_and_a_failed_job_gives_them_back(stack: Stack) -> None:
    first_data.put_prices(stack)
    bought(stack, "acc_story", copies=3)
    first_data.charge(stack, "job_story", credits=300, account_id="acc_story")
    assert balance(stack, "acc_story") == CREDITS - 300

    stack.end_job("job_story", "failed", failure={"code": "provider_503"})
    job = wait_for("the refund", lambda: ended(stack, "job_story"))

    assert (job["state"], job["refunded"], job["clause"]) == ("refunded", 300, "2(a)")
    history = stack.as_account("acc_story", "/v1/me/transactions").body["items"]
    assert [(item["kind"], item["credits"], item["balance"]) for item in history] == [
        ("refund", 300, CREDITS),
        ("charge", -300, CREDITS - 300),
        ("grant", CREDITS, CREDITS),
    ]
    assert history[0]["reason"]
    assert history[0]["job_id"] == "job_story"


def test_a_message_that_can_never_succeed_ends_with_its_reason(stack: Stack) -> None:
    before = stack.waiting_in("job_events_dead_letters")

    stack.send("job_events", {"version": 1, "type": "job.exploded", "job_id": "job_x"})

    wait_for("a dead letter", lambda: stack.waiting_in("job_events_dead_letters") > before)


def test_a_webhook_that_paddle_did_not_sign_moves_nothing(stack: Stack) -> None:
    wait_for("an empty queue", lambda: stack.waiting_in("paddle_events") == 0)
    transaction = {"event_id": "evt_forged", "event_type": "transaction.completed", "data": {}}
    headers = {"Paddle-Signature": f"ts={int(time.time())};h1={'0' * 64}"}

    forged = call("POST", stack.description["api"] + "/webhooks/paddle", transaction, headers)

    assert forged.status == 401
    assert stack.waiting_in("paddle_events") == 0


def test_the_demo_tells_its_story_to_the_end(
    running: LocalStack, capsys: pytest.CaptureFixture[str]
) -> None:
    code = program.main(["--home", str(running.home.folder)])

    told = capsys.readouterr()
    assert (code, told.err) == (0, "")
    text = " ".join(told.out.split())
    for line in TOLD:
        assert line in text, line


def test_what_is_written_reaches_the_relay(stack: Stack) -> None:
    functions = aws.client("lambda", stack.description["aws_endpoint"])
    name = stack.description["functions"]["outbox_relay"]
    [mapping] = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    table = f":table/{stack.description['table']}/stream/"
    assert (mapping["State"], table in mapping["EventSourceArn"]) == ("Enabled", True)
    before = calls_of(stack, "outbox_relay")

    first_data.put_prices(stack)
    stack.as_studio(
        "PUT", "/v1/bonuses/relayed", {"account_id": "acc_told", "credits": 5, "reason": "A test."}
    )

    wait_for("the relay", lambda: calls_of(stack, "outbox_relay") > before)


def test_a_deployment_has_paddle_looked_at(stack: Stack) -> None:
    wait_for("the run", lambda: calls_of(stack, "reconciliation") > 0)


def test_a_reconciliation_can_be_asked_for_and_tells_what_it_found(
    running: LocalStack, capsys: pytest.CaptureFixture[str]
) -> None:
    code = reconcile.main(["--home", str(running.home.folder)])

    told = capsys.readouterr()
    assert (code, told.err) == (0, "")
    assert told.out.strip()


@pytest.mark.skipif(not shutil.which("curl"), reason="the printed commands use curl")
def test_the_commands_that_are_printed_can_be_copied(running: LocalStack, stack: Stack) -> None:
    first_data.put_prices(stack)
    bought(stack, first_data.ACCOUNT)
    printed = running.home.log.read_text()
    commands = printed[printed.index("  TOKEN=") : printed.index("The whole story")]
    script = "\n".join(line for line in commands.splitlines() if line[:1] in (" ", "E"))

    done = subprocess.run(  # noqa: S603 - what we print ourselves
        ["bash", "-euc", script],  # noqa: S607
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert f'"account_id":"{first_data.ACCOUNT}"' in done.stdout.replace(": ", ":")
    job = wait_for("the end of the job", lambda: ended(stack, "job_1"))
    assert job["state"] == "refunded"
    wait_for("the purchase", lambda: balance(stack, first_data.ACCOUNT) == 2 * CREDITS)


def test_nothing_that_was_answered_is_lost_however_the_stack_ends(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with local_stack(tmp_path_factory.mktemp("restarts")) as again:
        stack = again.start()
        first_data.put_prices(stack)
        bought(stack, "acc_kept")

        first_data.charge(stack, "job_kept_1", credits=10, account_id="acc_kept")
        for number in range(3):
            stack.send("job_events_dead_letters", {"number": number})
        settings = {**stack.settings(), "holidays": ["2026-12-25"]}
        stack.put_settings(settings)
        assert again.kill_the_emulator() == 1
        stack = again.start()
        assert balance(stack, "acc_kept") == CREDITS - 10
        assert stack.waiting_in("job_events_dead_letters") == 3
        assert stack.waiting_in("paddle_events") == 0
        assert stack.settings() == settings
        assert set(schedules(stack)) == SCHEDULED

        first_data.charge(stack, "job_kept_2", credits=20, account_id="acc_kept")
        again.kill_everything_but_the_emulator()
        stack = again.start()
        assert balance(stack, "acc_kept") == CREDITS - 30

        first_data.charge(stack, "job_kept_3", credits=30, account_id="acc_kept")
        assert again.stop() == 0
        assert not again.home.stack_json.exists()
        again.home.ports.unlink()
        stack = again.start()
        assert balance(stack, "acc_kept") == CREDITS - 60
        relayed = calls_of(stack, "outbox_relay")

        for number in (1, 2, 3):
            job_id = f"job_kept_{number}"
            stack.end_job(job_id, "failed", failure={"code": "provider_503"})
        wait_for("the refunds", lambda: balance(stack, "acc_kept") == CREDITS)
        wait_for("the relay", lambda: calls_of(stack, "outbox_relay") > relayed)
