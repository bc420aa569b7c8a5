"""Stored items as plain values, and the hash of an entry, both as docs/ledger.md has them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

Values = dict[str, Any]

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
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: where, and what, in plain words."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def plain(attribute: Mapping[str, Any]) -> Any:
    """What the ledger never stores becomes a text that fits nowhere."""
    ((kind, value),) = attribute.items()
    if kind == "S":
        return value
    if kind == "N":
        return int(value)
    if kind == "L":
        return [plain(member) for member in value]
    if kind == "M":
        return {name: plain(member) for name, member in value.items()}
    return f"<an attribute of type {kind}>"


def plain_item(item: Mapping[str, Any]) -> Values:
    return {name: plain(attribute) for name, attribute in item.items()}


_OPTIONAL = ("clause", "policy_version", "job_id", "transaction_id", "case_id", "author")


def hash_of(entry: Values) -> str:
    """Raises KeyError where a member is missing."""
    content = {
        "account_id": entry["account_id"],
        "seq": entry["seq"],
        "kind": entry["kind"],
        "postings": [[b, entry["postings"][b]] for b in BOOKS if b in entry["postings"]],
        "lots": entry["lots"],
        "after": entry["after"],
        "cause": entry["cause"],
        "reason": entry["reason"],
        "occurred_at": entry["occurred_at"],
        "recorded_at": entry["recorded_at"],
        "previous": entry["previous_hash"],
    }
    content |= {name: entry[name] for name in _OPTIONAL if name in entry}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode("ascii")).hexdigest()
