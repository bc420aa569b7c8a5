"""Answers that are odd and within DynamoDB's rules."""

from enum import Enum


class Quirk(Enum):
    """One that does not fit its operation, or the little that is there, changes nothing."""

    EMPTY_PAGE = "a page without items, after which there are more"
    SHORT_PAGE = "a page that ends before its limit, after which there may be more"
    PARTLY_DONE = "keys or writes of a batch are left over"
