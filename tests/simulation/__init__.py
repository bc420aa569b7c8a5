"""A simulation of payouts: the real handlers, and a world that does to them all that it can."""

import sys
from pathlib import Path

for _folder in ("shared", "functions"):
    _path = str(Path(__file__).parents[2] / _folder)
    if _path not in sys.path:
        sys.path.append(_path)
