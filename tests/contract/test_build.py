"""The check that `make build` ends with finds each thing that a build can lack."""

import shutil
from pathlib import Path

import pytest

from tests.built import BYTE_CODE, FUNCTIONS, UNCHECKED, faults
from tests.template import ROOT

HEADER = b"\xf3\x0d\x0d\x0a"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build in miniature, with nothing wrong."""
    package = tmp_path / "Layer" / "python" / "makegood"
    native = tmp_path / "Layer" / "python" / "pydantic_core"
    for folder in (package, native, *(tmp_path / name for name in FUNCTIONS)):
        folder.mkdir(parents=True)
        source = folder / "module.py"
        source.write_text("")
        compiled(source).parent.mkdir()
        compiled(source).write_bytes(HEADER + UNCHECKED + b"\0" * 8)
    (package / "py.typed").write_text("")
    (native / "_pydantic_core.cpython-313-aarch64-linux-gnu.so").write_bytes(b"")
    return tmp_path


def compiled(source: Path) -> Path:
    return source.parent / "__pycache__" / f"{source.stem}.{BYTE_CODE}"


def test_a_complete_build_has_no_faults(build: Path) -> None:
    assert list(faults(build)) == []


@pytest.mark.parametrize("place", [*FUNCTIONS, "Layer/python/makegood"])
def test_missing_byte_code_is_found(build: Path, place: str) -> None:
    compiled(build / place / "module.py").unlink()
    assert list(faults(build)) == [f"{place}/module.py has no byte-code for Lambda's Python"]


@pytest.mark.parametrize("flags", [0, 3], ids=["by time stamp", "checked hash"])
def test_byte_code_that_would_be_checked_is_found(build: Path, flags: int) -> None:
    path = compiled(build / "Api" / "module.py")
    path.write_bytes(HEADER + flags.to_bytes(4, "little") + b"\0" * 8)
    (fault,) = faults(build)
    assert fault.startswith("Api/module.py has byte-code that Lambda would check")


def test_what_is_missing_or_too_much_is_found(build: Path) -> None:
    shutil.rmtree(build / "JobEvents")
    (build / "Layer" / "python" / "boto3").mkdir()
    for native in build.rglob("*.so"):
        native.rename(native.with_name("_pydantic_core.cpython-313-x86_64-linux-gnu.so"))
    assert list(faults(build)) == [
        "the layer holds boto3, which no function needs",
        "the layer lacks pydantic_core for arm64",
        "JobEvents is not built",
    ]


def test_make_build_ends_with_the_check() -> None:
    recipe = (ROOT / "Makefile").read_text().split("\nbuild:")[1].split("\n\n")[0]
    assert recipe.rstrip().endswith("-m tests.built $(BUILT)")
