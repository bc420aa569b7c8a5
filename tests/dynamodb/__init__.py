"""DynamoDB in memory: what it takes, what it refuses, and how it answers."""

from tests.dynamodb.api import DynamoDB
from tests.dynamodb.quirks import Quirk
from tests.dynamodb.refusals import Refused
from tests.dynamodb.store import Change

__all__ = ["Change", "DynamoDB", "Quirk", "Refused"]
