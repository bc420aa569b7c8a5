from pathlib import Path
from typing import Any

import pytest

from local import template
from local.home import PROJECT

UPLOADED = {"Bucket": "b", "Key": "k"}


def uploads(seen: list[tuple[Path, str]]) -> Any:
    def upload(folder: Path, inside: str) -> dict[str, str]:
        seen.append((folder, inside))
        return UPLOADED

    return upload


def test_code_of_functions_and_layers_is_replaced_by_where_it_was_put() -> None:
    seen: list[tuple[Path, str]] = []
    source = {
        "Globals": {"Function": {"CodeUri": "functions/", "Timeout": 5}},
        "Resources": {
            "One": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "one.main"}},
            "Two": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "two/"}},
            "Layer": {
                "Type": "AWS::Serverless::LayerVersion",
                "Properties": {"ContentUri": "shared/"},
            },
        },
    }

    ready = template.with_code(source, Path("/project"), uploads(seen))

    assert ready["Globals"]["Function"] == {"CodeUri": UPLOADED, "Timeout": 5}
    assert ready["Resources"]["One"]["Properties"] == {"Handler": "one.main"}
    assert ready["Resources"]["Two"]["Properties"]["CodeUri"] == UPLOADED
    assert ready["Resources"]["Layer"]["Properties"]["ContentUri"] == UPLOADED
    assert (Path("/project/shared"), "python/") in seen
    assert (Path("/project/functions"), "") in seen


def test_a_function_without_code_is_refused() -> None:
    source = {"Resources": {"One": {"Type": "AWS::Serverless::Function", "Properties": {}}}}

    with pytest.raises(ValueError, match="no code"):
        template.with_code(source, Path("/project"), uploads([]))


def test_references_to_numbers_become_numbers() -> None:
    source = {
        "Parameters": {
            "Width": {"Type": "Number", "Default": 5},
            "Depth": {"Type": "Number", "Default": 1},
            "Name": {"Type": "String"},
        },
        "Resources": {
            "One": {"Size": {"Ref": "Width"}, "Deep": [{"Ref": "Depth"}], "Name": {"Ref": "Name"}}
        },
    }

    ready = template.with_numbers(source, {"Depth": "7"})

    assert ready["Resources"]["One"] == {"Size": 5, "Deep": [7], "Name": {"Ref": "Name"}}


def test_only_parameters_that_the_template_declares_are_given() -> None:
    declared = template.declared({"Parameters": {"Stage": {}}}, {"Stage": "local", "Old": "x"})

    assert declared == {"Stage": "local"}


def test_the_projects_own_template_is_made_ready_whole() -> None:
    seen: list[tuple[Path, str]] = []
    source = template.read(PROJECT / "template.yaml")

    ready = template.with_code(source, PROJECT, uploads(seen))

    assert set(ready["Resources"]) == set(source["Resources"])
    assert all(folder.is_dir() for folder, _ in seen)
    assert {inside for _, inside in seen} == {"", template.LAYER_PREFIX}
