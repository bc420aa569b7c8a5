"""Reasons that people write: one line of text that shows what it says."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

LENGTH_MAX = 2_000

# Two characters that are unseen and still needed: they shape Persian and Hindi, and join emoji.
_JOINERS = {"\u200c", "\u200d"}
# Letters and symbols by their category, blank to the eye.
_BLANK = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}
# What stands here once bytes that were no text have been read as text.
_REPLACEMENT = "\ufffd"


def check_plain_text(text: str) -> str:
    """Return the text without blanks around it.

    Refused are control and line-break characters, the unseen ones that turn or hide text
    (bidirectional overrides, zero-width spaces), and text in which nothing can be seen.
    """
    text = text.strip()
    if len(text) > LENGTH_MAX:
        raise PydanticCustomError("text", "expected at most 2000 characters")
    if not all(map(_is_allowed, text)):
        raise PydanticCustomError("text", "expected one line of text without unseen characters")
    if not any(map(_can_be_seen, text)):
        raise PydanticCustomError("text", "expected a text that can be seen")
    return text


def _is_allowed(character: str) -> bool:
    if character in _JOINERS:
        return True
    category = unicodedata.category(character)
    return category[0] != "C" and category not in {"Zl", "Zp"} and character != _REPLACEMENT


def _can_be_seen(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in _BLANK


# The schema bounds what is sent, blanks around it included, by what cannot be right any more.
PlainText = Annotated[
    str,
    Field(max_length=2 * LENGTH_MAX),
    AfterValidator(check_plain_text),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": LENGTH_MAX,
            "description": "One line of 1 to 2000 characters, shown to people as it is.",
        }
    ),
]
