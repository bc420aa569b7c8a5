"""How tools speak: nothing that was sent or stored reaches the terminal as a command to it."""

import argparse
import json
import sys
from typing import NoReturn


def harmless(text: str) -> str:
    """Control characters, escapes and unseen ones are shown as they are written in Python."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )


def say(line: str) -> None:
    sys.stdout.write(f"{harmless(line)}\n")


def say_json(value: object) -> None:
    # ASCII alone, so that no character of a text is the terminal's.
    sys.stdout.write(f"{json.dumps(value, indent=2, ensure_ascii=True)}\n")


def complain(line: str) -> None:
    sys.stderr.write(f"{harmless(line)}\n")


class Parser(argparse.ArgumentParser):
    """argparse repeats what it does not understand."""

    def error(self, message: str) -> NoReturn:
        super().error(harmless(message))
