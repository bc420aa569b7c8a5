"""The template as written, and as SAM expands it for CloudFormation."""

import copy
import functools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import boto3
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

TEMPLATE = Path(__file__).parent.parent / "template.yaml"
REGION = "eu-central-1"

_CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as the long functions that they stand for."""


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.MappingNode):
        value: Any = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(cast("yaml.ScalarNode", node))
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


yaml.add_multi_constructor("!", _long_form, _Loader)


def source() -> dict[str, Any]:
    """A copy of template.yaml that the caller may change."""
    return copy.deepcopy(_source())


@functools.cache
def _source() -> dict[str, Any]:
    return cast(
        "dict[str, Any]",
        yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader=_Loader),  # noqa: S506
    )


def expand(template: Mapping[str, Any]) -> dict[str, Any]:
    """What CloudFormation receives; code is taken as uploaded already, as by `sam deploy`."""
    uploaded = copy.deepcopy(dict(template))
    function_code = uploaded["Globals"]["Function"].pop("CodeUri")
    for resource in uploaded["Resources"].values():
        if (key := _CODE.get(resource["Type"])) is not None:
            path = resource["Properties"].get(key, function_code).strip("/")
            resource["Properties"][key] = f"s3://code/{path}.zip"
    session = boto3.Session(region_name=REGION)
    translator = Translator({}, Parser(), boto_session=session)
    return cast("dict[str, Any]", translator.translate(uploaded, {"Stage": "test"}))


@functools.cache
def expanded() -> dict[str, Any]:
    return expand(_source())


def resources(kind: str | None = None) -> dict[str, dict[str, Any]]:
    """Resources of the expansion by their logical id, all of them or those of one type."""
    every: dict[str, dict[str, Any]] = expanded()["Resources"]
    return {
        logical_id: resource
        for logical_id, resource in every.items()
        if kind is None or resource["Type"] == kind
    }


def table_properties(logical_id: str) -> dict[str, Any]:
    """What create_table needs of a table: keys, indexes and stream, not backups or encryption."""
    properties = _source()["Resources"][logical_id]["Properties"]
    return {
        "AttributeDefinitions": properties["AttributeDefinitions"],
        "KeySchema": properties["KeySchema"],
        "BillingMode": properties["BillingMode"],
        "GlobalSecondaryIndexes": [
            {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
            for index in properties["GlobalSecondaryIndexes"]
        ],
        "StreamSpecification": {"StreamEnabled": True, **properties["StreamSpecification"]},
    }


if __name__ == "__main__":
    # For linters, which know CloudFormation and not SAM.
    sys.stdout.write(json.dumps(expanded(), indent=2))
