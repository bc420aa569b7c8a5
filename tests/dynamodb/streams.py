"""Records of the table's stream, as Lambda hands them to a function."""

from typing import TYPE_CHECKING, Any

from tests.dynamodb.keys import key_of
from tests.template import REGION

if TYPE_CHECKING:
    from tests.dynamodb.store import Change

SOURCE = f"arn:aws:dynamodb:{REGION}:123456789012:table/ledger/stream/2026-01-01T00:00:00.000"
FIRST = 4421584500000000017450439000
"""Sequence numbers are long: nothing may take them for what fits into 64 bits."""


def stream_record(number: int, change: "Change", image_bytes: int, now: float) -> dict[str, Any]:
    place, old, new = change
    told: dict[str, Any] = {
        "ApproximateCreationDateTime": int(now),
        "Keys": key_of(place),
        "SequenceNumber": str(FIRST + number),
        "SizeBytes": image_bytes + len(place[0]) + len(place[1]) + 4,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    if new is not None:
        told["NewImage"] = new
    if old is not None:
        told["OldImage"] = old
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    return {
        "eventID": f"{number:032x}",
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": told,
        "eventSourceARN": SOURCE,
    }
