"""The project's own files: exact pins, deployments without secrets, the right package of tests."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import tests
from makegood.events.studio_settings import parse_settings
from tests.scheduling import SHARED_FIXTURES, shared_fixture
from tests.template import ROOT, source

LAYER = ROOT / "shared" / "requirements.txt"
RUN = ROOT / "requirements.txt"
TESTS = ROOT / "tests" / "requirements.txt"
RUNS_IN_LAMBDA = {"botocore", "pydantic", "tzdata"}
# What Paddle's secrets and keys, AWS's keys and private keys begin with.
SECRET = re.compile(r"pdl_\w*_?[A-Za-z0-9]{8,}|AKIA[A-Z0-9]{16}|BEGIN [A-Z ]*PRIVATE KEY")


@pytest.mark.parametrize("file", [LAYER, RUN, TESTS], ids=["layer", "run", "tests"])
def test_every_requirement_is_pinned_to_one_version(file: Path) -> None:
    for requirement in requirements(file):
        [specifier] = requirement.specifier
        assert specifier.operator == "==", requirement
        assert "*" not in specifier.version, requirement


@pytest.mark.parametrize(
    "files", [[LAYER], [LAYER, RUN], [LAYER, RUN, TESTS]], ids=["layer", "run", "tests"]
)
def test_what_the_pinned_packages_need_is_pinned_too(files: list[Path]) -> None:
    pins = [requirement for file in files for requirement in requirements(file)]
    names = [canonicalize_name(requirement.name) for requirement in pins]

    assert len(set(names)) == len(names), "pinned twice"
    assert {need for pin in pins for need in needs(pin)} <= set(names)


def test_the_layer_holds_what_runs_in_lambda_and_what_that_needs() -> None:
    pins = {canonicalize_name(one.name): one for one in requirements(LAYER)}
    needed = {need for pin in pins.values() for need in needs(pin)}

    assert set(pins) - needed == RUNS_IN_LAMBDA


@pytest.mark.parametrize("file", [LAYER, RUN, TESTS], ids=["layer", "run", "tests"])
def test_what_is_installed_is_what_is_pinned(file: Path) -> None:
    for requirement in requirements(file):
        assert requirement.specifier.contains(metadata.version(requirement.name)), requirement


def test_time_zones_are_known_where_the_system_has_none() -> None:
    program = "from zoneinfo import ZoneInfo; print(ZoneInfo('America/New_York'))"
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONTZPATH": ""},
    )

    assert answer.stdout.strip() == "America/New_York"


def test_the_stages_are_deployed_with_parameters_that_the_template_takes() -> None:
    declared = source()["Parameters"]

    for stage in ("dev", "prod"):
        overrides = parameters(stage)
        assert overrides["Stage"] == stage
        assert set(overrides) <= set(declared)
        for name, value in overrides.items():
            assert accepts(declared[name], value), name


def test_a_stage_asks_for_no_more_rights_than_roles_without_names() -> None:
    for stage in ("dev", "prod"):
        assert deployment(stage)["capabilities"] == "CAPABILITY_IAM"
    assert deployment("prod")["confirm_changeset"] is True


@pytest.mark.parametrize("file", ["docs/runbook.md", "CHANGELOG.md"])
def test_the_settings_that_an_operator_copies_are_good_ones(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    examples = re.findall(r"```json\s+(\{\"time_zone\".*?\})\s+```", text, re.DOTALL)

    assert examples
    for example in examples:
        assert parse_settings(example, private=False).probes


@pytest.mark.parametrize("file", ["samconfig.toml", "template.yaml"])
def test_no_secret_is_written_down(file: str) -> None:
    assert not SECRET.search((ROOT / file).read_text(encoding="utf-8"))


def test_the_tests_are_these_and_not_those_of_a_package() -> None:
    """The Paddle SDK installs a package `tests` beside it."""
    assert Path(tests.__file__).parent == ROOT / "tests"


def test_tests_that_share_a_process_are_known_by_their_ids(request: pytest.FixtureRequest) -> None:
    """Where ids do not tell, every worker that gets one of the tests starts the process again."""
    shared = set(SHARED_FIXTURES.values())
    for item in request.session.items:
        used = shared & set(getattr(item, "fixturenames", ()))
        assert used <= {shared_fixture(item.nodeid)}, f"{item.nodeid}: see tests/scheduling.py"


def requirements(file: Path) -> list[Requirement]:
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]


def needs(pin: Requirement) -> set[str]:
    """Names of what the installed package asks for here, with the extras that the pin names."""
    stated = [Requirement(line) for line in metadata.requires(pin.name) or []]
    return {
        canonicalize_name(one.name)
        for one in stated
        if one.marker is None
        or any(one.marker.evaluate({"extra": extra}) for extra in ("", *pin.extras))
    }


def deployment(stage: str) -> dict[str, Any]:
    configuration = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    chosen: dict[str, Any] = configuration[stage]["deploy"]["parameters"]
    return chosen


def parameters(stage: str) -> dict[str, str]:
    return dict(one.split("=", 1) for one in deployment(stage)["parameter_overrides"])


def accepts(parameter: dict[str, Any], value: str) -> bool:
    if parameter["Type"] == "Number":
        allowed = parameter.get("AllowedValues", [int(value)])
        return int(value) in allowed and int(value) >= parameter.get("MinValue", 0)
    return re.fullmatch(parameter.get("AllowedPattern", ".*"), value) is not None
