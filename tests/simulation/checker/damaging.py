"""Ends of good stories, to be damaged: the checker is worth what it sees of that."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from tests.simulation.checker import wrong
from tests.simulation.checker.entries import FIRST_HASH, hash_of
from tests.simulation.checker.reading import plain
from tests.simulation.story import Story
from tests.simulation.wired import environment
from tests.simulation.witness import Item, Place, Witness

SEEDS = (348, 456, 48, 179, 395, 74, 370, 4, 47, 301)
"""Together they have nearly all kinds of records. Where they lack one, others are played."""

MOST = 120


@dataclass(slots=True)
class End:
    """A copy of how a story ended, in plain values, to be damaged."""

    items: dict[Place, dict[str, Any]]
    witness: Witness

    def of(self, sk: str, **wanted: Any) -> Iterator[dict[str, Any]]:
        """Records of a kind, by the beginning of its sort key, that have these values."""
        for place in sorted(self.items):
            item = self.items[place]
            has_all = all(item.get(name) == value for name, value in wanted.items())
            if place[1].startswith(sk) and has_all:
                yield item

    def put(self, item: dict[str, Any]) -> None:
        self.items[item["pk"], item["sk"]] = item

    def remove(self, item: dict[str, Any]) -> None:
        del self.items[item["pk"], item["sk"]]

    def chain(self, account: str) -> None:
        """Give all entries of an account the hashes that they ought to have."""
        previous = FIRST_HASH
        for entry in self.entries(account):
            entry["previous_hash"] = previous
            entry["hash"] = previous = hash_of(entry)
        snapshot = self.items[f"ACCOUNT#{account}", "SNAPSHOT"]
        snapshot["hash"] = previous

    def entries(self, account: str) -> list[dict[str, Any]]:
        return [one for one in self.of("ENTRY#") if one["account_id"] == account]

    def invariants(self) -> set[str]:
        """Those that are named for it."""
        return {text[:3] for text in wrong(self.table(), self.witness)}

    def table(self) -> dict[Place, Item]:
        return {place: typed(item) for place, item in self.items.items()}


def typed(item: dict[str, Any]) -> Item:
    return {name: _typed(value) for name, value in item.items()}


def _typed(value: Any) -> dict[str, Any]:
    if value is None:
        return {"NULL": True}
    if isinstance(value, dict):
        return {"M": typed(value)}
    if isinstance(value, list):
        return {"L": [_typed(one) for one in value]}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


@cache
def played(seed: int) -> Story:
    with environment():
        return Story(seed).play()


def ended(seed: int) -> End | None:
    """None where something went wrong already, or did not come to its end."""
    story = played(seed)
    items = {place: dict(plain(item)) for place, item in story.world.table.items.items()}
    end = End(items, deepcopy(story.world.witness))
    return end if end.witness.settled and not end.invariants() else None


class Damage(NamedTuple):
    """`does` it to an end, and returns False where there is nothing to damage.

    `named` is what must be found; `also` what may follow from it.
    """

    does: Callable[[End], bool]
    named: str
    also: frozenset[str]


DAMAGES: list[Damage] = []

Does = Callable[[End], bool]


def damage(named: str, *also: str) -> Callable[[Does], Does]:
    def note(does: Does) -> Does:
        DAMAGES.append(Damage(does, named, frozenset(also)))
        return does

    return note


def damaged(does: Does) -> End:
    """The first end in which there is something to damage."""
    for seed in chain(SEEDS, range(MOST)):
        end = ended(seed)
        if end is not None and does(end):
            return end
    raise LookupError(f"no story has anything for {does.__name__}")
