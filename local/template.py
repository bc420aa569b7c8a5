"""The project's template, made ready for the laptop: code from zips, parameters of this machine."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

FUNCTION, LAYER = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion"
# What a layer's zip is unpacked under, as `sam build` lays it out for Python.
LAYER_PREFIX = "python/"

Upload = Callable[[Path, str], dict[str, str]]


def read(path: Path) -> dict[str, Any]:
    """The template with its short tags (`!Ref`) written out (`{"Ref": …}`)."""
    template: dict[str, Any] = yaml_parse(path.read_text())
    return template


def with_code(template: Mapping[str, Any], root: Path, upload: Upload) -> dict[str, Any]:
    """The same template with each folder of code replaced by where `upload` put its zip."""
    shared = template.get("Globals", {}).get("Function", {}).get("CodeUri")
    return {
        **{key: value for key, value in template.items() if key != "Globals"},
        **_globals_with_code(template, root, upload),
        "Resources": {
            name: _resource_with_code(resource, root, upload, shared=shared)
            for name, resource in template["Resources"].items()
        },
    }


def declared(template: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, str]:
    """Those of the wanted parameters that the template has."""
    return {name: value for name, value in wanted.items() if name in template.get("Parameters", {})}


def with_numbers(template: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The same template with `Ref`s of its resources to numbers written out as numbers.

    CloudFormation turns the text of a parameter into what the property asks for; MiniStack does
    not, and then compares a text with a number.
    """
    numbers = {
        name: int(given.get(name, parameter.get("Default")))
        for name, parameter in template.get("Parameters", {}).items()
        if parameter["Type"] == "Number"
    }
    return {**template, "Resources": _written_out(template["Resources"], numbers)}


def _written_out(node: Any, numbers: Mapping[str, int]) -> Any:
    if isinstance(node, Mapping):
        if len(node) == 1 and node.get("Ref") in numbers:
            return numbers[node["Ref"]]
        return {name: _written_out(value, numbers) for name, value in node.items()}
    if isinstance(node, list):
        return [_written_out(value, numbers) for value in node]
    return node


def _globals_with_code(template: Mapping[str, Any], root: Path, upload: Upload) -> dict[str, Any]:
    if "Globals" not in template:
        return {}
    function = dict(template["Globals"].get("Function", {}))
    if isinstance(function.get("CodeUri"), str):
        function["CodeUri"] = upload(root / function["CodeUri"], "")
    return {"Globals": {**template["Globals"], "Function": function}}


def _resource_with_code(
    resource: Mapping[str, Any], root: Path, upload: Upload, *, shared: Any
) -> Mapping[str, Any]:
    properties = dict(resource.get("Properties", {}))
    kind = resource.get("Type")
    if kind == FUNCTION and isinstance(properties.get("CodeUri"), str):
        properties["CodeUri"] = upload(root / properties["CodeUri"], "")
    elif kind == LAYER and isinstance(properties.get("ContentUri"), str):
        properties["ContentUri"] = upload(root / properties["ContentUri"], LAYER_PREFIX)
    elif kind == FUNCTION and shared is None and "InlineCode" not in properties:
        raise ValueError("a function of the template has no code")
    return {**resource, "Properties": properties} if properties else resource
