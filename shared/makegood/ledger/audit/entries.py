"""One account's entries, folded again: numbers, chain, postings, lots, balances."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from makegood.ledger.audit.lots import Amounts, Lots, faults_of
from makegood.ledger.audit.stored import BOOKS, GENESIS, Finding, Values, hash_of

OTHER_SIDE = {
    "grant": "issued",
    "bonus": "issued",
    "charge": "consumed",
    "refund": "consumed",
    "settle": "consumed",
    "hold": None,
    "release": None,
    "clawback": "withdrawn",
    "restore": "withdrawn",
    "correction": "adjusted",
    "forfeit": "forfeited",
}

SPENDING = frozenset({"charge", "correction", "forfeit"})
"""Kinds that take from the oldest lots first."""

OF_OPEN_ACCOUNTS = frozenset({"grant", "bonus", "charge", "forfeit"})
"""Kinds that a closed account no longer has."""

_CHANGES: dict[str, Callable[[int, int, int, int], bool]] = {
    "grant": lambda g, u, h, w: g > 0 and u == h == w == 0,
    "bonus": lambda g, u, h, w: g > 0 and u == h == w == 0,
    "charge": lambda g, u, h, w: u > 0 and g == h == w == 0,
    "refund": lambda g, u, h, w: u < 0 and g == h == w == 0,
    "settle": lambda g, u, h, w: u < 0 and g == h == w == 0,
    "hold": lambda g, u, h, w: h > 0 and g == u == w == 0,
    "release": lambda g, u, h, w: h <= 0 and g == u == w == 0,
    "clawback": lambda g, u, h, w: w >= -h >= 0 and g == u == 0,
    "restore": lambda g, u, h, w: w < 0 and g == u == h == 0,
    "correction": lambda g, u, h, w: (g > 0) is not (u > 0) and min(g, u) == 0 == h == w,
    "forfeit": lambda g, u, h, w: u > 0 and g == h == w == 0,
}


@dataclass(slots=True)
class Fold:
    """What an account's entries come to. `books` sums all their postings."""

    account_id: str
    seq: int = 0
    hash: str = GENESIS
    available: int = 0
    debt: int = 0
    lots: Lots = field(default_factory=Lots)
    books: Counter[str] = field(default_factory=Counter)
    forfeited: bool = False
    emptied: bool = True
    """Whether nothing was available at some moment, and since then all is as if it were closed."""
    holds: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """What is held of each lot, by the case that its cause names."""
    clawed: set[int] = field(default_factory=set)
    """Lots of which a clawback took held credits."""
    _off_by: list[int] = field(default_factory=lambda: [0, 0, 0])
    """By how much the last entry's balances were wrong: later ones that are too are no news."""

    def add(self, entry: Values) -> Iterator[Finding]:
        """Fold one more entry. Goes on behind a fault, as if the entry were right."""
        try:
            faults = list(self._faults(entry))
        except (KeyError, TypeError, ValueError) as error:
            faults = [f"cannot be read: {type(error).__name__} {error}"]
        where = f"account {self.account_id}, entry {entry.get('seq', '?')}"
        yield from (Finding(where, fault) for fault in faults)

    def _faults(self, entry: Values) -> Iterator[str]:
        yield from self._chain_faults(entry)
        kind = entry["kind"]
        if kind not in OTHER_SIDE:
            yield f"is of the unknown kind {kind}"
            return
        before = {"available": self.available, "held": self.lots.held, "debt": -self.debt}
        yield from self._lot_faults(entry, kind)
        self.available, self.debt = max(self.lots.left, 0), max(-self.lots.left, 0)
        self._note_holds(entry, kind)
        if kind == "forfeit" and self.lots.held:
            yield "is a forfeit while credits are held"
        if self.forfeited and kind in OF_OPEN_ACCOUNTS:
            yield f"is a {kind} of an account that was closed before"
        self.forfeited = self.forfeited or kind == "forfeit"
        self.emptied = self.available == 0 or (self.emptied and kind not in OF_OPEN_ACCOUNTS)
        yield from self._posting_faults(entry, kind, before)
        after = [self.available, self.lots.held, self.debt]
        off_by = [says - is_ for says, is_ in zip(entry["after"], after, strict=True)]
        if off_by not in ([0, 0, 0], self._off_by):
            yield (
                f"says that {entry['after']} are available, held and owed after it;"
                f" its lots come to {after}"
            )
        self._off_by = off_by

    def _note_holds(self, entry: Values, kind: str) -> None:
        held = {change[0]: change[3] for change in entry["lots"] if change[3]}
        if kind in {"hold", "release"}:
            self.holds[str(entry["cause"]).split(":")[1]].update(held)
        elif kind == "clawback":
            self.clawed.update(held)

    def _chain_faults(self, entry: Values) -> Iterator[str]:
        seq = entry["seq"]
        if seq != self.seq + 1:
            yield f"follows entry {self.seq}: there is a gap"
        if entry["account_id"] != self.account_id or entry["sk"] != f"ENTRY#{seq:012d}":
            yield "does not lie where its account and number belong"
        if entry["previous_hash"] != self.hash:
            yield "does not name the hash of the entry before it"
        if hash_of(entry) != entry["hash"]:
            yield "is not what its hash was made over"
        self.seq, self.hash = seq, entry["hash"]

    def _lot_faults(self, entry: Values, kind: str) -> Iterator[str]:
        numbers = [change[0] for change in entry["lots"]]
        if len(set(numbers)) < len(numbers):
            yield "names a lot twice"
        for number, *amounts in entry["lots"]:
            granted, used, held, withdrawn = amounts
            change: Amounts = (granted, used, held, withdrawn)
            if not _CHANGES[kind](*change):
                yield f"changes lot {number} as no {kind} does"
            if granted and (number != entry["seq"] or len(numbers) > 1):
                yield f"brings in lot {number}, which is not its own"
            if not granted and number not in self.lots.by_number:
                yield f"changes lot {number}, which no entry brought in"
            after = self.lots.apply(number, change)
            yield from (f"leaves lot {number} that {fault}" for fault in faults_of(after))
        taken = [change[0] for change in entry["lots"] if change[2] > 0]
        if kind in SPENDING and taken and self.lots.older_were_passed_over(max(taken)):
            yield "takes credits from a lot while an older one still has some"

    def _posting_faults(self, entry: Values, kind: str, before: dict[str, int]) -> Iterator[str]:
        postings = dict(entry["postings"])
        if unknown := set(postings) - set(BOOKS):
            yield f"moves books that there are not: {', '.join(sorted(unknown))}"
        if sum(postings.values()) != 0:
            yield f"has postings that sum to {sum(postings.values())}, not to zero"
        after = {"available": self.available, "held": self.lots.held, "debt": -self.debt}
        expected = {book: after[book] - before[book] for book in after}
        other = OTHER_SIDE[kind]
        if other is not None:
            expected[other] = -sum(expected.values())
        if postings != {book: credits for book, credits in expected.items() if credits}:
            yield "has postings that are not what its lots say"
        self.books.update(postings)
