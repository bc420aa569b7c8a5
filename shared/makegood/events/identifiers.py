"""The one form that ids have at every door, ours, the studio's and Paddle's.

ASCII only, so that no two ids look alike; no `#` or `/`, so that an id is safe inside a key.
This module tells pydantic the rule without importing it, because the webhook reads it too.
"""

import re
from typing import TYPE_CHECKING, Annotated, Any

from makegood.errors import InvalidIdentifierError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

IDENTIFIER_LENGTH_MAX = 128
IDENTIFIER_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"
_IDENTIFIER = re.compile(IDENTIFIER_PATTERN)


def is_identifier(value: object) -> bool:
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def check_identifier(value: object, *, name: str) -> str:
    """Return the id, or raise InvalidIdentifierError under the name of its field."""
    if not isinstance(value, str) or not is_identifier(value):
        raise InvalidIdentifierError(
            f"{name}: expected 1 to {IDENTIFIER_LENGTH_MAX} ASCII letters, digits or . _ : -"
            " after a letter or digit"
        )
    return value


class _IdentifierRule:
    """Pydantic reads `^` and `$` as the very ends of the text; so does JSON Schema."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        schema: Any = handler(source)
        return schema | {"strict": True, "pattern": f"^{IDENTIFIER_PATTERN}$"}  # type: ignore[no-any-return]


Identifier = Annotated[str, _IdentifierRule()]
