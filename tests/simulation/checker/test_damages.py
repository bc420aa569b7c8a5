"""Each rule of the checker sees what it is there for, and nothing where all is well."""

import pytest

from tests.simulation.checker import (
    damages_of_cases,
    damages_of_credits,
    damages_of_details,
    damages_of_messages,
    damages_of_money,
    damages_of_the_outside,
    same,
    wrong,
)
from tests.simulation.checker.damaging import DAMAGES, SEEDS, Damage, damaged, played

MODULES = (
    damages_of_cases,
    damages_of_credits,
    damages_of_details,
    damages_of_messages,
    damages_of_money,
    damages_of_the_outside,
)

"""Each notes its damages when it is imported."""

ELSEWHERE = {
    "I18": "test_what_a_replay_changes_is_seen",
    "I20": "test_watching.py",
    "I28": "tests/simulation/test_stories.py::test_the_same_seed_is_the_same_story",
}
"""Where those are held that no damage of an end can show."""


@pytest.mark.parametrize("seed", SEEDS)
def test_good_stories_are_clean(seed: int) -> None:
    story = played(seed)

    assert wrong(story.world.table.items, story.world.witness) == []
    assert story.world.wrong_at_commits == []


@pytest.mark.parametrize("one", DAMAGES, ids=lambda one: one.does.__name__)
def test_each_damage_is_named(one: Damage) -> None:
    end = damaged(one.does)

    found = end.invariants()
    assert one.named in found
    assert found <= {one.named, *one.also}


def test_what_a_replay_changes_is_seen() -> None:
    items = played(SEEDS[0]).world.table.items
    place = min(place for place in items if place[1] == "SNAPSHOT")
    changed = {**items, place: {**items[place], "available": {"N": "31337"}}}
    missing = {other: item for other, item in items.items() if other != place}

    assert same(items, dict(items)) == []
    for other in (changed, missing):
        [text] = same(items, other)
        assert text.startswith(f"I18: {place[0]}/SNAPSHOT ")


def test_each_invariant_is_damaged_or_held_elsewhere() -> None:
    named = {one.named for one in DAMAGES}

    assert named.isdisjoint(ELSEWHERE)
    assert named | ELSEWHERE.keys() == {f"I{number:02d}" for number in range(1, 29)}
