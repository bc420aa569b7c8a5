"""What went wrong in a story: by the checker, by the product's own audit, and by its log."""

from tests.case_doors import audited
from tests.simulation.checker import same, wrong
from tests.simulation.story import Story


def wrongs(story: Story) -> list[str]:
    world = story.world
    items = world.table.items
    found = [*story.bugs(), *world.wrong_at_commits, *wrong(items, world.witness)]
    if story.before_replay is not None:
        found += same(story.before_replay, items)
    return [*dict.fromkeys(found), *audited(items)]
