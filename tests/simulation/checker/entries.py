"""One entry by itself: its kind, its postings, its hash (I01, I04)."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from tests.simulation.checker.reading import Record

FIRST_HASH = "0" * 64
BOOKS = (
    "available",
    "held",
    "debt",
    "issued",
    "consumed",
    "withdrawn",
    "adjusted",
    "forfeited",
)

_NAMED = ("clause", "policy_version", "job_id", "transaction_id", "case_id", "author")

# By kind: which books may move in which direction, and which of granted, used, held, withdrawn.
_KINDS: Mapping[str, tuple[Mapping[str, str], tuple[str, str, str, str]]] = {
    "grant": ({"available": "+", "debt": "+", "issued": "-"}, ("+", "", "", "")),
    "bonus": ({"available": "+", "debt": "+", "issued": "-"}, ("+", "", "", "")),
    "charge": ({"available": "-", "consumed": "+"}, ("", "+", "", "")),
    "refund": ({"available": "+", "debt": "+", "consumed": "-"}, ("", "-", "", "")),
    "settle": ({"available": "+", "debt": "+", "consumed": "-"}, ("", "-", "", "")),
    "hold": ({"available": "-", "held": "+"}, ("", "", "+", "")),
    "release": ({"available": "+", "held": "-", "debt": "+"}, ("", "", "-", "")),
    "clawback": (
        {"available": "-", "held": "-", "debt": "-", "withdrawn": "+"},
        ("", "", "-", "+"),
    ),
    "restore": ({"available": "+", "debt": "+", "withdrawn": "-"}, ("", "", "", "-")),
    "correction": ({"available": "+-", "debt": "+", "adjusted": "+-"}, ("+", "+", "", "")),
    "forfeit": ({"available": "-", "forfeited": "+"}, ("", "+", "", "")),
}


def name_of(entry: Record) -> str:
    return f"{entry['account_id']}/{entry['seq']}"


def wrong_by_itself(entry: Record) -> Iterator[str]:
    name, kind, postings = name_of(entry), entry["kind"], entry["postings"]
    if sum(postings.values()):
        yield f"I01: the postings of {name} sum to {sum(postings.values())}"
    if hash_of(entry) != entry["hash"]:
        yield f"I04: {name} is not what its hash says"
    if kind not in _KINDS:
        yield f"I04: {name} is of the unknown kind {kind}"
        return
    books, columns = _KINDS[kind]
    for book, credits in postings.items():
        if not _may_move(books.get(book, ""), credits):
            yield f"I01: {name}, a {kind}, moves {book} by {credits}"
    for _number, *changes in entry["lots"]:
        if not all(map(_may_move, columns, changes)):
            yield f"I02: {name}, a {kind}, changes a lot by {changes}"
    yield from _other_side(entry)


def _other_side(entry: Record) -> Iterator[str]:
    """What the studio's books say of the same lots."""
    granted, used, _, withdrawn = (
        sum(change[column] for change in entry["lots"]) for column in (1, 2, 3, 4)
    )
    postings = entry["postings"]
    wanted = {"withdrawn": withdrawn}
    if entry["kind"] in ("grant", "bonus"):
        wanted["issued"] = -granted
    elif entry["kind"] == "correction":
        wanted["adjusted"] = used - granted
    else:
        wanted["forfeited" if entry["kind"] == "forfeit" else "consumed"] = used
    for book, credits in wanted.items():
        if postings.get(book, 0) != credits:
            told = f"{postings.get(book, 0)} to {book}, its lots {credits}"
            yield f"I01: {name_of(entry)} posts {told}"


def _may_move(directions: str, credits: int) -> bool:
    return not credits or ("+" if credits > 0 else "-") in directions


def hash_of(entry: Record) -> str:
    """As docs/ledger.md writes it down."""
    content: dict[str, Any] = {
        name: entry[name]
        for name in ("account_id", "kind", "reason", "occurred_at", "recorded_at", "seq", "after")
    }
    postings = entry["postings"]
    content |= {
        "cause": entry["cause"],
        "lots": entry["lots"],
        "postings": [[book, postings[book]] for book in BOOKS if postings.get(book)],
        "previous": entry["previous_hash"],
        **{name: entry[name] for name in _NAMED if entry.get(name) is not None},
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()
