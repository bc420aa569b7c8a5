"""Plain values to DynamoDB's attribute values and back.

boto3's own serializer makes every number a Decimal of at most 28 digits here and 38 there, and
accepts what has no place in a ledger. This one knows text, whole numbers, lists and maps, and
refuses the rest.
"""

from collections.abc import Mapping
from typing import Any

Attribute = dict[str, Any]
Item = dict[str, Attribute]


def to_attribute(value: object) -> Attribute:
    """Raises TypeError for anything but str, int, list, tuple and dict; a bool is not an int."""
    kind = type(value)
    if kind is str:
        return {"S": value}
    if kind is int:
        return {"N": str(value)}
    if isinstance(value, (list, tuple)):
        return {"L": [to_attribute(member) for member in value]}
    if isinstance(value, dict):
        return {"M": to_item(value)}
    raise TypeError(f"a {kind.__name__} is not stored in the ledger")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return value
        case "N":
            return int(value)
        case "L":
            return [from_attribute(member) for member in value]
        case "M":
            return from_item(value)
        case _:
            raise TypeError(f"an attribute of type {kind} is not the ledger's")


def to_item(values: Mapping[str, object]) -> Item:
    """Absent values (None) are left out: a missing attribute reads as None again."""
    return {
        # Most are text; a call for each would take longer than the rest.
        name: {"S": value} if type(value) is str else to_attribute(value)
        for name, value in values.items()
        if value is not None
    }


def from_item(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: from_attribute(attribute) for name, attribute in item.items()}
