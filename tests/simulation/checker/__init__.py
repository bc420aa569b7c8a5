"""What must hold in a story, written from the documents alone: nothing of the product is used.

`Watch` looks at each committed transaction, `wrong` at how all ended, `same` at a replay. What
they find begins with the invariant's id.
"""

from tests.simulation.checker.ending import same, wrong
from tests.simulation.checker.watching import Watch

__all__ = ["Watch", "same", "wrong"]
