"""What a cold start loads: each function only what it needs, in a fresh process."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Whole SDKs and models of AWS services: see docs/adr/0009-calls-without-clients.md.
HEAVY = ("boto3", "botocore.session", "botocore.client", "aws_lambda_powertools", "s3transfer")
LEDGER = ("makegood.ledger", "makegood.domain", "makegood.policy", "makegood.wiring")


@pytest.mark.parametrize(
    ("function", "unwanted"),
    [
        ("paddle_webhook", (*HEAVY, "pydantic", *LEDGER)),
        ("paddle_events", (*HEAVY, "makegood.api")),
        ("job_events", (*HEAVY, "makegood.api", "makegood.events.paddle", "makegood.outward")),
        ("lost_jobs", (*HEAVY, "makegood.api", "makegood.events.paddle")),
        ("case_clock", (*HEAVY, "makegood.api", "makegood.events.paddle", "makegood.outward")),
        ("reconciliation", (*HEAVY, "makegood.api", "makegood.outward", "makegood.ledger.audit")),
        ("api", (*HEAVY, "makegood.events.paddle", "makegood.ledger.audit")),
    ],
)
def test_a_function_loads_only_what_it_needs(function: str, unwanted: tuple[str, ...]) -> None:
    program = (
        f"import sys; sys.path[:0] = {[str(ROOT / 'shared'), str(ROOT / 'functions')]!r}\n"
        f"import {function}\n"
        f"print([name for name in {unwanted!r} if name in sys.modules])"
    )
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={}
    )
    assert answer.stdout.strip() == "[]"
