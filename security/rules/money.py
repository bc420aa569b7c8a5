# ruff: noqa
# What the rules of money.yaml find (ruleid) and let pass (ok).

# ruleid: chance-in-a-rule
import random

# ruleid: chance-in-a-rule
import uuid

# ruleid: chance-in-a-rule
from secrets import token_hex

# ok: chance-in-a-rule
import re


def share(collected, unused, granted):
    # ruleid: money-divided
    exact = collected * unused / granted
    # ruleid: money-divided
    rounded = round(exact)
    # ruleid: money-divided
    text = float("10.89")
    # ruleid: money-divided
    precise = decimal.Decimal("10.89")
    # ok: money-divided
    return collected * unused // granted


def lease(now):
    # ruleid: clock-read
    began = datetime.now(UTC)
    # ruleid: clock-read
    stamp = time.time()
    # ruleid: clock-read
    today = date.today()
    # ok: clock-read
    left = until - time.monotonic()
    # ok: clock-read
    return now + timedelta(minutes=2)
