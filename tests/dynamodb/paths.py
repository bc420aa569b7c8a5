"""Document paths: `a`, `a.b`, `a[2].c`. Nothing is changed in place; what changes is copied."""

from typing import Any

from makegood.ledger.attributes import Attribute, Item
from tests.dynamodb.refusals import FailedUpdate

Path = tuple[str | int, ...]
"""Names, and numbers of members of lists. The first is a name."""


def found(item: Item, path: Path) -> Attribute | None:
    inside: Any = {"M": item}
    for step in path:
        if isinstance(step, int):
            members = inside.get("L", ())
            inside = members[step] if step < len(members) else None
        else:
            inside = inside.get("M", {}).get(step)
        if inside is None:
            return None
    attribute: Attribute = inside
    return attribute


def with_value(item: Item, path: Path, value: Attribute) -> Item:
    """A copy with this value there. What it lies in must be there already."""
    changed: Item = _changed({"M": item}, path, value)["M"]
    return changed


def without(item: Item, path: Path) -> Item:
    changed: Item = _changed({"M": item}, path, None)["M"]
    return changed


def _changed(inside: Attribute | None, path: Path, value: Attribute | None) -> Attribute:
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if inside is None or "L" not in inside:
            raise _no_such_path()
        return {"L": _changed_list(inside["L"], step, rest, value)}
    if inside is None or "M" not in inside:
        raise _no_such_path()
    members = dict(inside["M"])
    if rest:
        members[step] = _changed(members.get(step), rest, value)
    elif value is None:
        members.pop(step, None)
    else:
        members[step] = value
    return {"M": members}


def _changed_list(
    members: list[Attribute], number: int, rest: Path, value: Attribute | None
) -> list[Attribute]:
    """A value past the end becomes the last one."""
    changed = list(members)
    if rest:
        changed[number : number + 1] = [
            _changed(members[number] if number < len(members) else None, rest, value)
        ]
    elif value is None:
        del changed[number : number + 1]
    else:
        changed[number : number + 1] = [value]
    return changed


def _no_such_path() -> FailedUpdate:
    return FailedUpdate("The document path provided in the update expression is invalid for update")
