"""How what is stored is shown at a terminal: nothing of it reaches one as a command."""

import argparse
from typing import NoReturn


def harmless(text: str) -> str:
    """Control characters, escapes and unseen ones are shown as they are written in Python."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )


class Parser(argparse.ArgumentParser):
    """argparse repeats what it does not understand."""

    def error(self, message: str) -> NoReturn:
        super().error(harmless(message))
