"""How tools speak: nothing that was sent or stored reaches the terminal as a command to it."""

import json
import sys

from makegood.ledger.audit.shown import harmless


def say(line: str) -> None:
    sys.stdout.write(f"{harmless(line)}\n")


def say_json(value: object) -> None:
    # ASCII alone, so that no character of a text is the terminal's.
    sys.stdout.write(f"{json.dumps(value, indent=2, ensure_ascii=True)}\n")


def complain(line: str) -> None:
    sys.stderr.write(f"{harmless(line)}\n")
