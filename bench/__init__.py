"""Measures the product beside a textbook solution. `python -m bench` does it all."""

import sys
from pathlib import Path

# The worlds that both solutions start from are made with the product's own code.
sys.path.append(str(Path(__file__).parents[1] / "shared"))
