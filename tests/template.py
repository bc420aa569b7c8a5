"""The template as written, and as SAM expands it for CloudFormation."""

import copy
import functools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parent.parent
REGION = "eu-central-1"
NO_TOKEN = "NONE"

_CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}


class Route(NamedTuple):
    method: str
    path: str


def source() -> dict[str, Any]:
    """A copy of template.yaml, its short tags (`!Ref`) written out, that the caller may change."""
    return copy.deepcopy(_source())


@functools.cache
def _source() -> dict[str, Any]:
    template: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return template


def expand(template: Mapping[str, Any]) -> dict[str, Any]:
    """What CloudFormation receives; code is taken as uploaded already, as by `sam deploy`."""
    uploaded = copy.deepcopy(dict(template))
    function_code = uploaded["Globals"]["Function"].pop("CodeUri")
    for resource in uploaded["Resources"].values():
        if (key := _CODE.get(resource["Type"])) is not None:
            path = resource["Properties"].get(key, function_code).strip("/")
            resource["Properties"][key] = f"s3://code/{path}.zip"
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    expansion: dict[str, Any] = translator.translate(uploaded, {})
    return expansion


@functools.cache
def expanded() -> dict[str, Any]:
    return expand(_source())


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Properties, by logical id, of what the expansion has of one type."""
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in expanded()["Resources"].items()
        if resource["Type"] == kind
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


def routes() -> dict[Route, list[str]]:
    """The scopes of each route of the gateway, any of which opens it; NO_TOKEN where none does."""
    paths = resources("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]["paths"]
    return {
        Route(method.upper(), path): _scopes(operation.get("security", []))
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def _scopes(security: list[dict[str, list[str]]]) -> list[str]:
    assert len(security) == 1, "a route that names no authorizer, or several"
    [(authorizer, scopes)] = security[0].items()
    return [NO_TOKEN] if authorizer == NO_TOKEN else scopes


if __name__ == "__main__":
    # For linters, which know CloudFormation and not SAM.
    sys.stdout.write(json.dumps(expanded(), indent=2))
