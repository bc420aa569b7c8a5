"""What became of the inputs, by name: shown in the report, and told to the fuzzer as coverage.

The validators of the models are compiled, so a tracer of Python's branches does not see them. The
reasons that they give are seen instead: an input that is refused by another field, or by another
rule of it, or that is accepted as another thing, is new.
"""

from collections.abc import Callable

NAMES_MAX = 2_000

_NO_DIGITS = str.maketrans("", "", "0123456789")
_TEXTS_MAX = 50_000


class Outcomes:
    """`on_new` hears each name once, `told` the number of a name each time it is met."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.told: Callable[[int], object] | None = None
        self.on_new: Callable[[str], object] | None = None
        self._known: dict[str, tuple[int, ...]] = {}

    def accepted(self, name: str) -> None:
        self.came_to(f"accepted {name}")

    def came_to(self, name: str) -> None:
        self._saw(name, lambda text: [text])

    def refused(self, text: str) -> None:
        """Each reason of a text for itself: of all combinations there are too many."""
        self._saw(text, lambda text: text.translate(_NO_DIGITS).split("; "))

    def _saw(self, text: str, names_in: Callable[[str], list[str]]) -> None:
        numbers = self._known.get(text)
        if numbers is None:
            numbers = tuple(map(self._number, names_in(text)))
            if len(self._known) < _TEXTS_MAX:
                self._known[text] = numbers
        if self.told is not None:
            for number in numbers:
                self.told(number)

    def _number(self, name: str) -> int:
        """What comes after the last of the names counts as that one."""
        if name not in self.numbers and len(self.numbers) < NAMES_MAX:
            self.numbers[name] = len(self.numbers)
            if self.on_new is not None:
                self.on_new(name)
        return self.numbers.get(name, NAMES_MAX - 1)


outcomes = Outcomes()
