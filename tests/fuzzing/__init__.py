"""Parsers under mutated input, guided by coverage: `python -m tests.fuzzing --help`."""

import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
# As pytest has it: a process of its own does not read pyproject.toml.
for _path in (str(_ROOT / "shared"), str(_ROOT / "functions")):
    if _path not in sys.path:
        sys.path.append(_path)
