"""Two ways of moto's that take most of a test's time, with the same result in a fraction of it."""

import copy
from collections import defaultdict
from typing import Any
from unittest.mock import patch

from moto.core.model import StructureShape
from moto.core.serialize import JSONSerializer
from moto.dynamodb.models.table import Table


def take() -> None:
    """For the rest of this process."""
    patch.object(Table, "__deepcopy__", _as_it_is, create=True).start()
    patch.object(JSONSerializer, "_serialize_type_structure", _serialize).start()


def _as_it_is(table: Table, _memo: dict[int, Any]) -> Table:
    """What a transaction goes back to when it fails.

    moto copies the table with all its items and its stream for each action of a transaction. Its
    puts and deletes replace whole items and never change one, so the items need no copies.
    """
    kept = copy.copy(table)
    kept.items = defaultdict(dict, {key: copy.copy(found) for key, found in table.items.items()})
    if table.stream_shard is not None:
        kept.stream_shard = copy.copy(table.stream_shard)
        kept.stream_shard.table = kept
        kept.stream_shard.items = list(table.stream_shard.items)
    return kept


_slowly = JSONSerializer._serialize_type_structure


def _serialize(
    self: JSONSerializer, serialized: dict[str, Any], value: Any, shape: StructureShape, key: str
) -> None:
    """moto looks for ten kinds of attribute by several names each; nearly all are texts."""
    if shape.name == "AttributeValue" and key and type(value) is dict and len(value) == 1:
        [(kind, content)] = value.items()
        if kind in ("S", "N") and type(content) is str:
            self._default_serialize(serialized, {kind: content}, shape, key)
            return
    _slowly(self, serialized, value, shape, key)
